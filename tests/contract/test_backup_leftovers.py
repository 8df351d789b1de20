"""What an error in the middle leaves behind in XO: removed or put back, and reported where that fails too."""

from collections.abc import Iterator
from typing import Any

import pytest
from desk import Desk, variables
from fake_xo import FakeXo, running_fake_xo
from fake_xo.faults import Fault
from fake_xo.jsonrpc.call import METHODS, RpcCall
from fake_xo.jsonrpc.errors import slip
from rpc_desk import called, done, refused
from world import World
from xo_mcp.api.settings import Timeouts

HASTE = Timeouts(connect=2, normal=0.4, change=0.4, wait=None, transfer=0.5, pool=2)
PREFIXES = {"backup": "backupNg", "metadata_backup": "metadataBackup", "mirror_backup": "mirrorBackup"}
KINDS = list(PREFIXES)
NIGHTLY = {"cron": "0 3 * * *", "retention": 2}


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[FakeXo, Desk]]:
    with (
        running_fake_xo(vms=3, lag=0, task_seconds=0) as fake,
        Desk(variables(fake), client={"timeouts": HASTE}) as desk,
    ):
        yield fake, desk


@pytest.fixture
def fake(place: tuple[FakeXo, Desk], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeXo]:
    monkeypatch.setattr("xo_mcp.builders.job_writing.LOOKING", 0.6)
    monkeypatch.setattr("xo_mcp.builders.job_changes.LOOKING", 0.6)
    world = World(place[0])
    place[0].xo.rpc.calls.clear()
    yield place[0]
    world.restore()


@pytest.fixture
def desk(place: tuple[FakeXo, Desk]) -> Desk:
    return place[1]


def state(fake: FakeXo) -> dict[str, Any]:
    """All jobs and schedules."""
    return {name: fake.xo.store.every(name) for name in ("backup-jobs", "schedules")}


def new(fake: FakeXo, kind: str) -> dict[str, Any]:
    """Arguments of a new job with two schedules."""
    own: dict[str, dict[str, Any]] = {
        "backup": {"mode": "delta", "vms": [fake.find("vms")["id"]]},
        "metadata_backup": {"xo_config": True},
        "mirror_backup": {"mode": "delta", "source": "nas-primary"},
    }
    schedules = [NIGHTLY, {**NIGHTLY, "cron": "0 4 * * *"}]
    return {"name": "mine", "repositories": ["nas-offsite"], "schedules": schedules, **own[kind]}


def old(fake: FakeXo, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A job that is there, and its schedule."""
    job = fake.find("backup-jobs", type={"backup": "backup"}.get(kind, PREFIXES[kind]))
    (schedule,) = [each for each in fake.xo.store.every("schedules") if each["jobId"] == job["id"]]
    return job, schedule


async def failing(_: RpcCall) -> None:
    raise slip("Cannot read properties of undefined (reading 'x')")


@pytest.mark.parametrize("kind", KINDS)
def test_a_creation_that_fails_leaves_nothing(
    fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    # XO's scheduler refuses what ours takes, at the second schedule.
    monkeypatch.setattr("fake_xo.jsonrpc.handlers.jobs.is_cron", lambda cron: cron != "0 4 * * *")
    before = state(fake)
    said = refused(desk.call(f"create_{kind}_job", new(fake, kind)))
    assert "What XO had made of it was removed" in said
    assert state(fake) == before


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_not_be_removed_is_reported(
    fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("fake_xo.jsonrpc.handlers.jobs.is_cron", lambda _: False)
    monkeypatch.setitem(METHODS, f"{PREFIXES[kind]}.deleteJob", failing)
    before = {job["id"] for job in fake.xo.store.every("backup-jobs")}
    said = refused(desk.call(f"create_{kind}_job", new(fake, kind)))
    (left,) = {job["id"] for job in fake.xo.store.every("backup-jobs")} - before
    assert f'XO left the job "{left}" behind' in said
    assert len(called(fake, f"{PREFIXES[kind]}.deleteJob")) == 2, "tried once more"


def test_schedules_without_a_job_are_removed_too(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def by_half(call: RpcCall) -> None:
        fresh = call.xo.identity.fresh("schedule")
        call.store.add("schedules", {"id": fresh, "jobId": "gone", "cron": "x", "enabled": True, "name": ""})
        await failing(call)

    monkeypatch.setitem(METHODS, "backupNg.createJob", by_half)
    before = state(fake)
    assert "was removed" in refused(desk.call("create_backup_job", new(fake, "backup")))
    assert state(fake) == before
    monkeypatch.setitem(METHODS, "schedule.delete", failing)
    said = refused(desk.call("create_backup_job", new(fake, "backup")))
    assert "XO left the schedule" in said


def test_what_can_not_be_seen_is_not_called_nothing(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(call: RpcCall) -> None:
        fake.xo.faults.add(Fault("GET /backup-jobs", "status-500", times=None))
        await failing(call)

    monkeypatch.setitem(METHODS, "backupNg.createJob", fails)
    said = refused(desk.call("create_backup_job", new(fake, "backup")))
    assert "could not be seen" in said
    assert "Nothing was made" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_that_fails_is_put_back(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    job, schedule = old(fake, kind)
    monkeypatch.setitem(METHODS, f"{PREFIXES[kind]}.editJob", failing)
    before = state(fake)
    changes = [{"id": schedule["id"], "cron": "0 6 * * *", "retention": 3}, {**NIGHTLY, "name": "new"}]
    said = refused(desk.call(f"update_{kind}_job", id=job["id"], schedules=changes))
    assert "as they were" in said
    assert state(fake) == before
    monkeypatch.setitem(METHODS, "schedule.delete", failing)
    said = refused(desk.call(f"update_{kind}_job", id=job["id"], schedules=changes))
    assert "changed by half" in said


@pytest.mark.parametrize("method", ["edit", "schedule.create", "schedule.set", "schedule.delete"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_whose_answer_is_lost_is_found(fake: FakeXo, desk: Desk, kind: str, method: str) -> None:
    job, schedule = old(fake, kind)
    struck = fake.fault(f"CALL {PREFIXES[kind]}.editJob" if method == "edit" else f"CALL {method}", "lost-answer")
    changes = [{"id": schedule["id"], "enabled": False}, {**NIGHTLY, "name": "new"}]
    given = {"remove_schedules": [schedule["id"]]} if method == "schedule.delete" else {"schedules": changes}
    done(desk.call(f"update_{kind}_job", id=job["id"], **given))
    assert struck.hits == 1
    now = [each for each in fake.xo.store.every("schedules") if each["jobId"] == job["id"]]
    settings = (fake.record("backup-jobs", job["id"]) or {})["settings"]
    assert {each["id"] for each in now} == settings.keys() - {""}
    assert len(now) == (0 if method == "schedule.delete" else 2)


def test_a_change_that_xo_is_still_at_is_not_put_back(fake: FakeXo, desk: Desk) -> None:
    job, schedule = old(fake, "backup")
    fake.options.task_seconds = 1.5
    try:
        changes = [{"id": schedule["id"], "retention": 9}]
        said = refused(desk.call("update_backup_job", id=job["id"], schedules=changes))
    finally:
        fake.options.task_seconds = 0
    assert "still working on it" in said
    assert "as they were" not in said


def test_a_schedule_that_can_not_be_deleted_keeps_its_settings(
    fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, schedule = old(fake, "backup")
    monkeypatch.setitem(METHODS, "schedule.delete", failing)
    for tool, given in (
        ("update_backup_job", {"id": job["id"], "remove_schedules": [schedule["id"]]}),
        ("delete_schedule", {"id": schedule["id"]}),
    ):
        assert "is still there" in refused(desk.call(tool, given))
        assert fake.record("backup-jobs", job["id"]) == job
        assert fake.record("schedules", schedule["id"]) == schedule


def test_settings_that_stay_behind_are_reported(fake: FakeXo, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, schedule = old(fake, "backup")
    monkeypatch.setitem(METHODS, "backupNg.editJob", failing)
    answer = done(desk.call("delete_schedule", id=schedule["id"]))
    assert "settings of what was deleted are left" in " ".join(answer["_notes"])
    assert fake.record("schedules", schedule["id"]) is None
