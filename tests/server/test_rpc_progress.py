"""Long calls over JSON-RPC say how far they are, by whatever XO says, and how to follow them when the time is up."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from asking import client_at
from fake_xo import FakeXo, running_fake_xo
from fake_xo.jsonrpc.handlers.devices import ESXI, STEPS
from fake_xo.jsonrpc.handlers.runs import FAILING
from xo_mcp.answer import Answer
from xo_mcp.builders.dispatch import run
from xo_mcp.config.config import resolve
from xo_mcp.errors import TaskFailed
from xo_mcp.reads.taskview import progress_of

pytestmark = pytest.mark.anyio

NAME = "importing vms 17"
Steps = list[tuple[float, float | None, str]]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0) as fake:
        yield fake


@pytest.fixture
def fake(running: FakeXo, monkeypatch: pytest.MonkeyPatch) -> FakeXo:
    monkeypatch.setattr("xo_mcp.rpc.following._FIRST_LOOK", 0.05)
    monkeypatch.setattr("xo_mcp.rpc.following._LOOK", 0.05)
    running.options.task_seconds = 0
    running.options.followed = True
    running.xo.rpc.settings.pop(FAILING, None)
    return running


async def followed(
    fake: FakeXo, method: str, builder: str, params: Mapping[str, Any], *, seconds: float = 20
) -> tuple[Answer, Steps]:
    """The answer of a tool, and what it said meanwhile."""
    seen: Steps = []

    async def progress(done: float, total: float | None = None, message: str | None = None) -> None:
        seen.append((done, total, message or ""))

    config = resolve({}, {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token})
    more: dict[str, Any] = {"effect": "write", "builder": builder, "timeout": seconds, "progress": progress}
    async with client_at(fake) as client:
        answer = await run(client, config, method, params, **more)
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen), "progress never goes back"
    return answer, seen


def importing(fake: FakeXo) -> dict[str, Any]:
    return {
        "host": ESXI,
        "user": "root",
        "password": "hunter2",
        "vm": "17",
        "sr": fake.find("srs", content_type="user")["id"],
        "network": fake.find("networks")["id"],
        "template": fake.find("vm-templates")["id"],
    }


async def test_an_import_from_vmware_says_how_much_of_it_is_done(fake: FakeXo):
    _, seen = await followed(fake, "vm.importFromEsxi", "esxi_import", importing(fake))
    reported = {done for done, total, said in seen if total == 100 and said == NAME}
    assert reported >= {100 * done / STEPS for done in range(1, STEPS)}


async def test_an_import_that_takes_longer_names_the_task_that_says_more(fake: FakeXo):
    fake.options.task_seconds = 3
    answer, _ = await followed(fake, "vm.importFromEsxi", "esxi_import", importing(fake), seconds=4.5)
    work = next(
        task
        for task in fake.xo.store.every("tasks")
        if task["status"] == "pending" and NAME in task["properties"]["name"]
    )
    assert answer.data == {"status": "pending", "taskId": answer.data["taskId"]}  # type: ignore[index,call-overload]
    assert f'its task "{work["id"]}"' in answer.notes[0]


async def test_another_import_that_runs_is_not_taken_for_this_one(fake: FakeXo):
    other = {"id": "zz", "start": 9e15, "status": "pending", "updatedAt": 0}
    store = fake.xo.store

    def begin(event: str, collection: str, new: Any, old: Any) -> None:
        del event, old
        if collection == "tasks" and new and new["properties"]["name"] == NAME and not store.actual(*key):
            store.add("tasks", other | {"properties": {"name": "importing vms 99", "progress": 99}})

    key = ("tasks", "zz")
    store.listeners.append(begin)
    _, seen = await followed(fake, "vm.importFromEsxi", "esxi_import", importing(fake))
    assert store.actual(*key) is not None
    assert "importing vms 99" not in {said for _, _, said in seen}


async def test_a_restore_says_what_it_does_and_where_its_log_is(fake: FakeXo):
    given = {"id": fake.find("backup-archives")["id"], "sr": fake.find("srs", content_type="user")["id"]}
    _, seen = await followed(fake, "backupNg.importVmBackup", "restores", given)
    assert "restore: transfer" in {said for _, _, said in seen}
    fake.options.task_seconds = 3
    begun, _ = await followed(fake, "backupNg.importVmBackup", "restores", given, seconds=4.5)
    log = fake.find("restore-logs", status="pending")["id"]
    assert f'get_restore_log with id "{log}"' in begun.notes[0]


async def test_runs_in_order_are_counted_and_each_is_reported(fake: FakeXo):
    schedules = [each["id"] for each in reversed(fake.xo.store.every("schedules"))]
    answer, seen = await followed(fake, "schedule.runSequence", "schedule_sequence", {"schedules": schedules})
    assert (2, 3, "2 of 3 runs done") in seen
    runs = answer.data["runs"]  # type: ignore[index,call-overload]
    assert [each["schedule"] for each in runs] == [each["name"] for each in reversed(fake.xo.store.every("schedules"))]
    assert {each["status"] for each in runs} == {"success"}


async def test_a_run_of_several_that_fails_is_an_error_that_names_its_vms(fake: FakeXo):
    schedules = [each["id"] for each in fake.xo.store.every("schedules")]
    machine = fake.find("vms")
    fake.xo.rpc.settings[FAILING] = {machine["id"]}
    with pytest.raises(TaskFailed, match=r"2 of 3 runs went well.*1 of 3: ") as caught:
        await followed(fake, "schedule.runSequence", "schedule_sequence", {"schedules": schedules})
    assert machine["name_label"] in str(caught.value)


@pytest.mark.parametrize(
    ("task", "percent"),
    [
        ({"properties": {"done": 1, "total": 4}}, 25),
        ({"properties": {"done": 0, "total": 4}}, None),
        ({"properties": {"done": ["a"], "total": 4}}, None),
        ({"properties": {"done": 5, "total": 4}}, None),
        ({"properties": {"progress": 10, "done": 1, "total": 4}}, 10),
    ],
)
def test_done_of_total_is_progress(task: dict[str, Any], percent: float | None):
    assert progress_of(task) == percent
