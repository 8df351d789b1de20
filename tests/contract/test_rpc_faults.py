"""Every fault of the WebSocket on every kind of call over it: clear words in bounded time, and the next call works."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from answers import check_answer
from desk import Desk, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from world import World
from xo_mcp.api.settings import Timeouts

HASTE = Timeouts(connect=2, normal=0.5, change=0.5, wait=None, transfer=0.5, pool=2)
LONGEST = 15
"""Seconds after which a call hangs: XO's restart is waited for meanwhile."""


@dataclass(frozen=True)
class Kind:
    """One kind of call: a tool, its method, and the collection of the object it is called on."""

    tool: str
    method: str
    collection: str
    fields: tuple[tuple[str, Any], ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()
    changes: bool = True

    def given(self, fake: FakeXo) -> dict[str, Any]:
        """The arguments."""
        return {"id": fake.find(self.collection, **dict(self.fields))["id"], **dict(self.arguments)}


KINDS = {
    "read": Kind("list_sr_unhealthy_vdis", "sr.getVdiChainsInfo", "srs", changes=False),
    "write": Kind("update_sr", "sr.set", "srs", (), (("name_label", "renamed"),)),
    "long": Kind("start_vm_from_cd", "vm.recoveryStart", "vms", (("power_state", "Halted"),), (("timeout", 1),)),
    "builder": Kind("update_pool", "pool.set", "pools", (), (("name_label", "renamed"),)),
    "file": Kind("download_host_system_status", "host.getSystemStatus", "hosts", changes=False),
}
FAULTS: dict[str, dict[str, Any]] = {
    "hang": {},
    "slow": {"seconds": 20},
    "reset": {},
    "lost-answer": {},
    "garbage": {},
}
UNKNOWN = re.compile(r"Whether XO did it is unknown|still working on it")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeXo, Desk, Path]]:
    """A server in haste, and its XO."""
    files = tmp_path_factory.mktemp("files")
    with (
        running_fake_xo(vms=4, lag=0, task_seconds=0) as fake,
        Desk(variables(fake, **folders(files)), client={"timeouts": HASTE}) as desk,
    ):
        yield fake, desk, files


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_socket(
    place: tuple[FakeXo, Desk, Path], monkeypatch: pytest.MonkeyPatch, fault: str, kind: str
) -> None:
    fake, desk, files = place
    monkeypatch.setattr("xo_mcp.rpc.files._WAIT", 0.5)  # a report of a host may take minutes
    monkeypatch.setattr("xo_mcp.rpc.following._RESTART", 0.5)
    world, call = World(fake), KINDS[kind]
    given = call.given(fake)
    struck = fake.fault(f"CALL {call.method}", fault, times=None if fault in {"hang", "slow"} else 1, **FAULTS[fault])
    began = time.monotonic()
    answer = desk.call(call.tool, given)

    assert time.monotonic() - began < LONGEST
    assert struck.hits, "the fault was not met"
    check_answer(answer)
    assert fake.admin_token not in text_of(answer)
    silent = fault in {"hang", "slow"}
    if kind == "long" and silent:
        assert "Do not call it again" in text_of(answer)
    elif fault == "lost-answer" and call.changes:
        assert not answer.is_error, text_of(answer)
        assert "XO did not answer, but reads show" in text_of(answer)
    else:
        assert answer.is_error is (silent or (call.changes and fault != "garbage")), text_of(answer)
    if call.changes and answer.is_error:
        assert UNKNOWN.search(text_of(answer)), text_of(answer)
        assert struck.hits == 1, "what may have been done was done again"
    assert not [file for file in files.rglob("*") if file.suffix == ".part"]
    assert desk.log.faults == []

    fake.xo.faults.clear()
    world.restore()
    again = desk.call(call.tool, given)
    assert not again.is_error, text_of(again)
    world.restore()
