"""Runs of backup jobs are followed by their logs: how many VMs are done, which failed, what is said when time is up."""

from collections.abc import Iterator
from typing import Any

import pytest
from asking import client_at
from fake_xo import FakeXo, running_fake_xo
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client
from xo_mcp.builders.dispatch import run
from xo_mcp.builders.job_runs import run_answer
from xo_mcp.config.config import resolve
from xo_mcp.errors import CallError, TaskFailed

pytestmark = pytest.mark.anyio


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0) as running:
        yield running


async def run_job(client: Client, fake: FakeXo, progress: Any) -> Answer:
    """Run the job of the fake's world, whose schedule backs up three VMs."""
    config = resolve({}, {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token})
    params = {"id": fake.find("backup-jobs", type="backup")["id"]}
    more: dict[str, Any] = {"effect": "write", "builder": "job_runs", "timeout": 20.0, "progress": progress}
    return await run(client, config, "backupNg.runJob", params, **more)


async def test_progress_is_the_number_of_vms_that_are_done(fake: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.rpc.following._FIRST_LOOK", 0.05)
    monkeypatch.setattr("xo_mcp.rpc.following._LOOK", 0.05)
    fake.options.followed = True
    seen: list[tuple[float, float | None]] = []

    async def progress(done: float, total: float | None = None, message: str | None = None) -> None:
        if message and message.endswith("done"):
            seen.append((done, total))

    async with client_at(fake) as client:
        answer = await run_job(client, fake, progress)
    assert {1, 2} <= {done for done, _ in seen}
    assert {total for _, total in seen} == {3}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert isinstance(answer.data, dict)
    assert answer.data["done"] == 3


async def test_nothing_is_run_when_the_last_run_can_not_be_known(fake: FakeXo):
    fake.fault("CALL backupNg.getLogs", "reset", times=2)
    async with client_at(fake) as client:
        with pytest.raises(CallError):
            await run_job(client, fake, None)
    assert "backupNg.runJob" not in [call.method for call in fake.xo.rpc.calls]


LOGS: dict[str, tuple[dict[str, Any], str]] = {
    "interrupted": ({"id": "1", "status": "interrupted"}, "was interrupted"),
    "without a reason": ({"id": "1", "status": "failure", "tasks": [{"data": {"id": "x"}, "status": "failure"}]}, "x:"),
    "reason further down": (
        {
            "id": "1",
            "status": "failure",
            "tasks": [
                {
                    "data": {"id": "x", "name_label": "web"},
                    "status": "failure",
                    "tasks": [{"status": "failure", "result": {"message": "no space left", "name": "Error"}}],
                }
            ],
        },
        "1 of 1: web: no space left",
    ),
    "hostile": ({"id": "1", "status": "failure", "tasks": [None, {"data": 5}, {"data": {}}], "result": "x"}, "failed"),
}


@pytest.mark.parametrize("case", LOGS)
def test_a_bad_log_is_an_error_that_says_why(case: str):
    log, says = LOGS[case]
    with pytest.raises(TaskFailed, match="get_backup_log") as caught:
        run_answer(log, "nightly")
    assert says in str(caught.value)


@pytest.mark.parametrize("log", [{}, {"id": "1", "status": "skipped"}, {"id": "1", "status": "success", "tasks": "x"}])
def test_any_other_log_is_an_answer(log: dict[str, Any]):
    assert run_answer(log, "nightly").data
