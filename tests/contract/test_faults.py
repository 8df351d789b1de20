"""Every fault on every kind of call: a clear error in bounded time, nothing left on disk, and the next call works."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from answers import check_answer
from desk import Desk, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from mcp.types import CallToolResult
from world import World
from xo_mcp.api.settings import Timeouts

HASTE = Timeouts(connect=2, normal=0.5, change=0.5, wait=None, transfer=0.5, pool=2)
LONGEST_REPLY = 1 << 20


@dataclass(frozen=True)
class Kind:
    """One kind of call.

    Attributes:
        tool: A tool of it.
        operation: The request that is disturbed.
        collection: Of the object it is called on.
        fields: Of that object.
        arguments: Besides `id`.
    """

    tool: str
    operation: str
    collection: str = ""
    fields: tuple[tuple[str, Any], ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def repeatable(self) -> bool:
        """Whether the request changes nothing."""
        return self.operation.startswith("GET ")

    def given(self, fake: FakeXo) -> dict[str, Any]:
        """The arguments."""
        given = dict(self.arguments)
        if self.collection:
            given["id"] = fake.find(self.collection, **dict(self.fields))["id"]
        return given


KINDS = {
    "list": Kind("list_hosts", "GET /hosts"),
    "get": Kind("get_host", "GET /hosts/{id}", "hosts"),
    "write": Kind("update_vm", "PATCH /vms/{id}", "vms", (), (("nameLabel", "renamed"),)),
    "create": Kind("create_group", "POST /groups", "", (), (("name", "fresh"),)),
    "action": Kind(
        "start_vm", "POST /vms/{id}/actions/start", "vms", (("power_state", "Halted"),), (("timeout", 0.5),)
    ),
    "follow": Kind("start_vm", "GET /tasks/{id}", "vms", (("power_state", "Halted"),), (("timeout", 0.5),)),
    "download": Kind("export_vm_xva", "GET /vms/{id}.{format}", "vms"),
    "upload": Kind("import_vdi_to_sr", "POST /srs/{id}/vdis", "srs", (), (("file", "disk.vhd"),)),
}
FAULTS: dict[str, dict[str, Any]] = {
    "hang": {},
    "slow": {"seconds": 20},
    "reset-early": {},
    "close": {},
    "reset": {},
    "truncate": {},
    "cut-short": {},
    "stall": {},
    "lost-answer": {},
    "status-429": {},
    "status-500": {},
    "status-502": {},
    "status-503": {},
    "garbage": {},
    "html": {},
    "empty": {},
    "huge": {"size": 4 * LONGEST_REPLY},
}
LOST = ("reset", "truncate", "cut-short", "stall", "lost-answer")
"""Faults that spoil an answer about something that was done."""
HARMLESS = {
    *((fault, "follow") for fault in FAULTS),  # the action was started: the answer says how to follow it
    *((fault, "write") for fault in ("reset", "truncate", "cut-short", "stall")),  # 204 has no body to spoil
    ("lost-answer", "write"),  # it was done, as reads show
    *((fault, kind) for fault in LOST for kind in ("create", "action", "upload")),  # and here too
    *(("empty", kind) for kind in ("write", "create", "action")),  # XO says nothing where it may
    *((fault, "download") for fault in ("cut-short", "garbage", "huge")),  # a whole file, whatever is in it
}
"""Fault and kind of call that lead to an answer, and why that is right."""
UNKNOWN = re.compile(
    r"Whether XO did it is unknown|has not said whether|what it has already done|look before repeating a write"
)
"""What the error of a write says that may have been done."""
SURELY_NOT = {"status-429", "status-503", "html"}
"""Answers that come before anything is done."""


@dataclass
class Bench:
    """A server in haste, its XO, and where its files are."""

    fake: FakeXo
    desk: Desk
    folder: Path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("files")
    changes = {"timeouts": HASTE, "max_reply": LONGEST_REPLY}
    with (
        running_fake_xo(vms=6, lag=0, task_seconds=0, export_bytes=300_000, gzip=False) as fake,
        Desk(variables(fake, **folders(folder)), client=changes) as desk,
    ):
        yield Bench(fake, desk, folder)


@pytest.fixture
def world(bench: Bench) -> Iterator[World]:
    kept = World(bench.fake)
    yield kept
    kept.restore()
    for file in left(bench.folder):
        file.unlink()


def left(folder: Path) -> list[Path]:
    """Every file an export made."""
    return [file for file in (folder / "download").rglob("*") if file.is_file()]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault(bench: Bench, world: World, fault: str, kind: str):
    fake, desk, folder = bench.fake, bench.desk, bench.folder
    call = KINDS[kind]
    given = call.given(fake)
    struck = fake.fault(call.operation, fault, times=None, **FAULTS[fault])
    answer = desk.call(call.tool, given)

    assert struck.hits, "the fault was not met"
    check_error(fake, answer)
    assert answer.is_error != ((fault, kind) in HARMLESS), text_of(answer)
    if answer.is_error:
        assert left(folder) == []
    assert not any(file.suffix == ".part" for file in left(folder))
    if not call.repeatable:
        assert not answer.is_error or fault in SURELY_NOT or UNKNOWN.search(text_of(answer)), text_of(answer)
        assert struck.hits == 1, "what may have been done was done again"
    assert desk.log.faults == []

    world.restore()
    again = desk.call(call.tool, given)
    assert not again.is_error, text_of(again)


def check_error(fake: FakeXo, answer: CallToolResult) -> None:
    check_answer(answer)
    assert fake.admin_token not in text_of(answer)


@pytest.mark.parametrize("certificate", ["self-signed", "wrong-host", "expired"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_certificate(tmp_path: Path, certificate: str, kind: str):
    call = KINDS[kind]
    with running_fake_xo(vms=4, lag=0, tls=certificate) as fake:
        trusted = {"XO_CA_FILE": str(fake.ca_file)}
        with Desk(variables(fake, **folders(tmp_path), **trusted), client={"timeouts": HASTE}) as desk:
            answer = desk.call(call.tool, call.given(fake))
            desk.look()
            assert desk.log.faults == []
        assert answer.is_error
        check_error(fake, answer)
        assert "certificate" in text_of(answer)
        assert left(tmp_path) == []
        assert fake.requests == [], "something was sent over a connection that is not trusted"


def test_a_right_certificate(tmp_path: Path):
    with running_fake_xo(vms=4, lag=0, tls="good") as fake:
        with Desk(variables(fake, **folders(tmp_path), XO_CA_FILE=str(fake.ca_file))) as desk:
            answer = desk.call("list_vms", {})
            desk.look()
        assert not answer.is_error, text_of(answer)
