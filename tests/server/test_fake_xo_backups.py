"""The fake XO has the traps of a real one where backups are concerned (xo-server 5.207.2) over its JSON-RPC API."""

from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import pytest
from asking import client_at
from fake_xo import FakeXo, running_fake_xo
from fake_xo.jsonrpc.handlers.schedules import started_schedules
from xo_mcp.api.client import Client
from xo_mcp.errors import CallError, Conflict, NotFound, ServerError
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio
BAD = {"cron": "nonsense", "enabled": True}
NIGHTLY = {"cron": "0 3 * * *", "enabled": False}


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0, task_seconds=0) as running:
        yield running


def body(fake: FakeXo, **more: Any) -> dict[str, Any]:
    """A job that works, with one schedule."""
    return {
        "name": "mine",
        "mode": "full",
        "vms": {"id": fake.find("vms")["id"]},
        "remotes": {"id": fake.find("backup-repositories")["id"]},
        "settings": {"": {}, "s": {"exportRetention": 2}},
        "schedules": {"s": NIGHTLY},
        **more,
    }


async def made(client: Client, fake: FakeXo, **more: Any) -> tuple[str, str]:
    """A new job, and its schedule."""
    job = await client.jsonrpc.call("backupNg.createJob", body(fake, **more), changes=True)
    assert isinstance(job, str)
    return job, next(each["id"] for each in fake.xo.store.every("schedules") if each["jobId"] == job)


def of_job(fake: FakeXo, collection: str, job: str) -> list[dict[str, Any]]:
    return [each for each in fake.xo.store.every(collection) if each["jobId"] == job]


@pytest.mark.parametrize("change", [{"schedules": {"s": BAD}}, {"settings": None}])
async def test_an_error_leaves_job_and_schedule_behind(fake: FakeXo, change: dict[str, Any]):
    params = {name: value for name, value in body(fake, **change).items() if value is not None}
    async with client_at(fake) as client:
        with pytest.raises(ServerError):
            await client.jsonrpc.call("backupNg.createJob", params, changes=True)
    left = next(each for each in fake.xo.store.every("backup-jobs") if each["name"] == "mine")
    assert of_job(fake, "schedules", left["id"])


async def test_a_bad_cron_is_stored_and_stops_those_after_it_at_the_next_start(fake: FakeXo):
    job = fake.find("backup-jobs")["id"]
    async with client_at(fake) as client:
        with pytest.raises(ServerError):
            await client.jsonrpc.call("schedule.create", {"jobId": job, **BAD}, changes=True)
        good = {"jobId": "no-such-job", "cron": "0 1 * * *", "enabled": True}
        after = await client.jsonrpc.call("schedule.create", good, changes=True)
    assert isinstance(after, dict)
    assert after["id"] not in started_schedules(fake.xo.store)
    assert len(started_schedules(fake.xo.store)) == 2


async def test_settings_are_replaced_as_a_whole_and_a_schedule_without_them_can_not_run(fake: FakeXo):
    async with client_at(fake) as client:
        job, schedule = await made(client, fake)
        await client.jsonrpc.call("backupNg.editJob", {"id": job, "settings": {"": {"concurrency": 4}}}, changes=True)
        assert (fake.record("backup-jobs", job) or {})["settings"] == {"": {"concurrency": 4}}
        with pytest.raises(ServerError, match="healthCheckSr"):
            await client.jsonrpc.call("backupNg.runJob", {"id": job, "schedule": schedule}, changes=True)


async def test_a_run_without_retention_says_success_and_keeps_nothing(fake: FakeXo):
    async with client_at(fake) as client:
        job, schedule = await made(client, fake, settings={"": {}, "s": {}})
        assert await client.jsonrpc.call("backupNg.runJob", {"id": job, "schedule": schedule}, changes=True) is True
    assert of_job(fake, "backup-logs", job)[-1]["status"] == "success"
    assert of_job(fake, "backup-archives", job) == []


@pytest.mark.parametrize(("vms", "status"), [({"id": "no-such-vm"}, "failure"), ({"id": {"__or": []}}, "success")])
async def test_a_run_is_true_whatever_became_of_the_vms(fake: FakeXo, vms: dict[str, Any], status: str):
    async with client_at(fake) as client:
        job, schedule = await made(client, fake, vms=vms)
        assert await client.jsonrpc.call("backupNg.runJob", {"id": job, "schedule": schedule}, changes=True) is True
    assert of_job(fake, "backup-logs", job)[-1]["status"] == status


@pytest.mark.parametrize("tags", ["web", {"__or": ["web"]}, [["web"]]])
async def test_patterns_that_read_well_select_nothing(fake: FakeXo, tags: Any):
    async with client_at(fake) as client:
        job, schedule = await made(client, fake, vms={"type": "VM", "tags": tags})
        with pytest.raises(Conflict, match="selects no VM"):
            await client.jsonrpc.call("backupNg.runJob", {"id": job, "schedule": schedule}, changes=True)
    assert of_job(fake, "backup-logs", job)[-1]["status"] == "skipped"


async def test_logs_are_shown_late_but_to_who_insists(fake: FakeXo):
    fake.options.log_cache = 10
    async with client_at(fake) as client:
        await client.request(Call("GET", "/backup-logs", query={"fields": "id"}))
        job, schedule = await made(client, fake)
        await client.jsonrpc.call("backupNg.runJob", {"id": job, "schedule": schedule}, changes=True)
        assert await client.jsonrpc.call("backupNg.getLogs", {"jobId": job}) == []
        fresh = await client.jsonrpc.call("backupNg.getLogs", {"jobId": job, "_forceRefresh": True, "limit": 1})
        assert isinstance(fresh, list)
        assert len(fresh) == 1


async def test_the_same_job_does_not_run_twice_at_a_time(fake: FakeXo):
    fake.options.task_seconds = 0.3
    refused: list[CallError] = []
    async with client_at(fake) as client:
        job, schedule = await made(client, fake)

        async def run() -> None:
            try:
                await client.jsonrpc.call("backupNg.runJob", {"id": job, "schedule": schedule}, changes=True)
            except CallError as error:
                refused.append(error)

        async with anyio.create_task_group() as group:
            group.start_soon(run)
            group.start_soon(run)
    assert [str(error).count("already running") for error in refused] == [1]


async def test_deleting_what_is_gone_differs_by_method(fake: FakeXo):
    archive = fake.find("backup-archives")["id"]
    async with client_at(fake) as client:
        for _ in range(2):
            assert await client.jsonrpc.call("backupNg.deleteVmBackups", {"ids": [archive]}, changes=True) is True
            assert await client.jsonrpc.call("schedule.delete", {"id": "nope"}, changes=True) is True
        with pytest.raises(NotFound):
            await client.jsonrpc.call("backupNg.deleteVmBackups", {"ids": ["nope"]}, changes=True)
        job, _ = await made(client, fake)
        await client.jsonrpc.call("backupNg.deleteJob", {"id": job}, changes=True)
        with pytest.raises(NotFound):
            await client.jsonrpc.call("backupNg.deleteJob", {"id": job}, changes=True)
    assert of_job(fake, "schedules", job) == []


async def test_an_address_is_good_for_one_use_and_then_a_web_page(fake: FakeXo):
    archive = fake.find("backup-archives")
    where = {"remote": archive["backupRepository"], "disk": archive["disks"][0]["id"]}
    async with client_at(fake) as client:
        given = await client.jsonrpc.call("backupNg.fetchFiles", {**where, "paths": ["/hello.txt"]})
    assert isinstance(given, dict)
    async with httpx2.AsyncClient() as anybody:
        first, second = [await anybody.get(f"{fake.url}{given['$getFrom']}") for _ in range(2)]
    assert first.headers["content-type"] != second.headers["content-type"]
    assert second.status_code == 200
    assert "html" in second.headers["content-type"]
