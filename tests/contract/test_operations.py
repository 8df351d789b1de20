"""Every operation XO offers is reached by a tool and answers it: counted from the fake's own log of requests."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aims import aimed, candidates, prepare
from desk import ENTRIES, Desk, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from oracle import Oracle
from world import World

if TYPE_CHECKING:
    from fake_xo.requests import Seen

DROPPED = {"GET /docs/swagger.json"}
"""No tool wants the contract itself."""
UNDONE = {"add_host_to_pool"}
"""The fake has one pool, and all its hosts are in it: XO's refusal is what is tested there."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=8, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=5000) as running:
        yield running


def call_events(desk: Desk) -> None:
    """The tools around event streams, in the order that makes sense."""
    stream = (desk.call("open_events_stream").structured_content or {})["id"]
    added = desk.call("add_event_subscription", id=stream, collection="VM")
    assert not added.is_error, text_of(added)
    assert not desk.call("read_events", id=stream, timeout=0).is_error
    chosen = desk.call("add_event_subscription", id=stream, collection="host", fields=["id", "power_state"])
    assert not chosen.is_error, text_of(chosen)
    removed = desk.call("remove_event_subscription", id=stream, subscriptionId="VM")
    assert not removed.is_error, text_of(removed)
    assert not desk.call("close_events_stream", id=stream).is_error


@pytest.mark.newest
def test_every_operation_is_requested_and_every_tool_succeeds(
    fake: FakeXo, oracle: Oracle, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
):
    world = World(fake)
    whole: list[Seen] = []
    undone: dict[str, str] = {}
    with Desk(variables(fake, **folders(tmp_path_factory.mktemp("files")))) as desk:
        call_events(desk)
        whole += world.log()
        for entry in ENTRIES.values():
            if entry.facts.module == "events":
                continue
            world.restore()
            for object_id in candidates(fake, entry):
                world.restore()
                prepare(fake, desk, entry, object_id)
                result = desk.call(entry.name, aimed(fake, entry, object_id))
                whole += world.log()
                if not result.is_error:
                    undone.pop(entry.name, None)
                    break
                undone[entry.name] = text_of(result)
        assert desk.log.faults == []
    assert oracle.complaints(whole) == []
    assert {seen.header("x-xo-client") for seen in whole} == {"mcp"}
    wanted = {key for key, each in oracle.operations.items() if not each.get("deprecated")} - DROPPED
    requested, successful = oracle.asked(whole)
    share = 100 * len(requested.keys() & wanted) / len(wanted)
    figures = f"{len(requested.keys() & wanted)} of {len(wanted)} operations requested ({share:.0f} %), "
    figures += f"{len(successful.keys() & wanted)} with success; {len(ENTRIES) - len(undone)} of {len(ENTRIES)} tools"
    with capsys.disabled():
        print(f"\n{figures} succeeded, in {len(whole)} requests")
    assert requested.keys() == wanted
    assert successful.keys() == wanted
    assert undone.keys() == UNDONE, undone


def test_a_repository_that_a_job_uses_is_not_forgotten_and_the_caller_hears(fake: FakeXo, tmp_path: Path):
    used = fake.find("backup-jobs")["remotes"]
    with Desk(variables(fake, **folders(tmp_path))) as desk:
        answer = desk.call("forget_backup_repository", id=used["id"])
    assert answer.is_error
    assert "a backup job uses it" in text_of(answer)
    assert fake.record("backup-repositories", used["id"]) is not None
