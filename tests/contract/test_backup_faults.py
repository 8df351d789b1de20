"""Faults of the WebSocket on each kind of call over it: a clear error, nothing left behind, nothing done twice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import backup_aims
import pytest
from answers import check_answer
from desk import Desk, folders, text_of, variables
from fake_xo import FakeXo, running_fake_xo
from world import World
from xo_mcp.api.settings import Timeouts

HASTE = Timeouts(connect=2, normal=0.5, change=0.5, wait=None, transfer=0.5, pool=2)


@dataclass(frozen=True)
class Kind:
    """One kind of call.

    Attributes:
        tool: A tool of it.
        method: What is disturbed.
        changes: Whether it changes anything.
        is_long: Whether it is followed, however long it takes.
    """

    tool: str
    method: str
    changes: bool = True
    is_long: bool = False


KINDS = {
    "read": Kind("list_xo_logs", "log.get", changes=False),
    "composed read": Kind("list_backup_partitions", "backupNg.listPartitions", changes=False),
    "file": Kind("download_backup_files", "backupNg.fetchFiles", changes=False),
    "write": Kind("delete_vm_backups", "backupNg.deleteVmBackups"),
    "create": Kind("create_backup_job", "backupNg.createJob"),
    "change": Kind("update_backup_job", "backupNg.editJob"),
    "schedule": Kind("create_schedule", "schedule.create"),
    "run": Kind("run_backup_job", "backupNg.runJob", is_long=True),
    "restore": Kind("restore_vm_backup", "backupNg.importVmBackup", is_long=True),
}
FAULTS: dict[str, dict[str, Any]] = {"hang": {}, "slow": {"seconds": 20}, "reset": {}, "lost-answer": {}, "garbage": {}}
FINISHED = {
    *(("garbage", kind) for kind in KINDS),  # frames that are no answers are passed over
    *((fault, kind) for fault in ("hang", "slow") for kind in ("run", "restore")),  # answers how to follow it
    *(
        ("lost-answer", kind) for kind in ("create", "change", "schedule", "restore")
    ),  # what it made is looked for, and found
}
"""Fault and kind of call that lead to an answer, and why that is right."""
UNKNOWN = re.compile(r"Whether XO did it is unknown|still working on it|what it has already done")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeXo, Desk, Path]]:
    place = tmp_path_factory.mktemp("files")
    with (
        running_fake_xo(vms=4, lag=0, task_seconds=0) as fake,
        Desk(variables(fake, **folders(place)), client={"timeouts": HASTE}) as desk,
    ):
        yield fake, desk, place


def given(fake: FakeXo, kind: Kind) -> dict[str, Any]:
    """Arguments with which a tool succeeds."""
    archive, job = fake.find("backup-archives"), fake.find("backup-jobs", type="backup")
    own: dict[str, dict[str, Any]] = {
        "list_xo_logs": {"namespace": "api"},
        "list_backup_partitions": {"backup": archive["id"]},
        "download_backup_files": {"backup": archive["id"], "paths": ["/hello.txt"]},
        "update_backup_job": {"id": job["id"], "name": "renamed"},
        "create_schedule": {"jobId": job["id"], "cron": "0 3 * * *", "retention": 2},
        "run_backup_job": {"id": job["id"], "timeout": 0.6},
        "restore_vm_backup": {"id": archive["id"], "timeout": 0.6},
    }
    return {**backup_aims.aimed(fake, kind.tool, job["id"]), **own.get(kind.tool, {})}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_socket(
    bench: tuple[FakeXo, Desk, Path], monkeypatch: pytest.MonkeyPatch, fault: str, kind: str
):
    monkeypatch.setattr("xo_mcp.rpc.following._RESTART", 0.5)
    monkeypatch.setattr("xo_mcp.rpc.files._WAIT", 0.5)
    for module in ("job_writing", "job_changes"):
        monkeypatch.setattr(f"xo_mcp.builders.{module}.LOOKING", 0.5)
    fake, desk, place = bench
    world, call = World(fake), KINDS[kind]
    arguments = given(fake, call)
    called = len(fake.xo.rpc.calls)
    struck = fake.fault(f"CALL {call.method}", fault, times=None, **FAULTS[fault])
    answer = desk.call(call.tool, arguments)

    check_answer(answer)
    assert struck.hits, "the fault was not met"
    assert answer.is_error != ((fault, kind) in FINISHED), text_of(answer)
    assert fake.admin_token not in text_of(answer)
    if call.changes:
        assert not answer.is_error or UNKNOWN.search(text_of(answer)), text_of(answer)
        sent = [each for each in fake.xo.rpc.calls[called:] if each.method == call.method]
        assert len(sent) == 1, "what may have been done was done again"
    if answer.is_error:
        assert not [file for file in (place / "download").rglob("*") if file.is_file()]
    assert desk.log.faults == []

    world.restore()
    again = desk.call(call.tool, arguments)
    assert not again.is_error, text_of(again)
    world.restore()
    for file in (place / "download").rglob("*"):
        file.unlink()
