"""Reports of what happened and of what is, held against the records of a fleet that was made for it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from asked_reports import ask, rows
from fake_xo import FakeXo
from fake_xo.stats import host_stats

pytestmark = pytest.mark.anyio
GIB = 1 << 30
HOUR = 3600


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=60, lag=0, now=int(time.time() * 1000)) as found:
        yield found


async def test_a_host_is_shown_with_what_runs_there_and_what_it_is_plugged_to(fake: FakeXo):
    store = fake.xo.store
    host = store.every("hosts")[0]
    shown = await ask(fake, "show_host", host=host["name_label"])
    record: Any = shown.data["host"]
    assert record[0]["id"] == host["id"]
    assert record[0]["memory_gib"] == round(host["memory"]["size"] / GIB, 1)
    running = [vm for vm in store.every("vms") if vm["$container"] == host["id"] and vm["power_state"] == "Running"]
    assert {row["id"]: row["cpus"] for row in rows(shown, "vms")} == {vm["id"]: vm["CPUs"]["number"] for vm in running}
    plugged = {pbd["SR"]: pbd["attached"] for pbd in store.every("pbds") if pbd["host"] == host["id"]}
    assert {row["id"]: bool(row["plugged"]) for row in rows(shown, "storage")} == plugged
    macs = {pif["mac"] for pif in store.every("pifs") if pif["$host"] == host["id"]}
    assert {row["mac"] for row in rows(shown, "nics")} == macs


async def test_a_storage_repository_is_shown_with_its_disks(fake: FakeXo):
    store = fake.xo.store
    sr = fake.find("srs", SR_type="nfs")
    disks = [disk for disk in store.every("vdis") if disk["$SR"] == sr["id"]]
    shown = await ask(fake, "show_sr", sr=sr["id"], limit=5)
    record: Any = shown.data["sr"]
    assert record[0]["disks"] == len(disks)
    assert record[0]["disks_attached_to_nothing"] == sum(1 for disk in disks if not disk["$VBDs"])
    biggest = sorted((disk["usage"] for disk in disks), reverse=True)[:5]
    assert [row["used"] for row in rows(shown, "disks")] == [round(usage / GIB, 1) for usage in biggest]
    assert {row["id"] for row in rows(shown, "hosts")} == {
        p["host"] for p in store.every("pbds") if p["SR"] == sr["id"]
    }


async def test_hosts_are_ranked_by_their_load(fake: FakeXo):
    ranked = rows(await ask(fake, "rank_hosts", by="cpu", span="hour"), "hosts")
    store = fake.xo.store
    assert {row["id"] for row in ranked} == {host["id"] for host in store.every("hosts")}
    values = [row["average"] for row in ranked if row["average"] is not None]
    assert values == sorted(values, reverse=True)
    for row in ranked:
        cores = host_stats(store.actual("hosts", row["id"]) or {}, "minutes", fake.xo.measured)["stats"]["cpus"]
        points = [point for series in cores.values() for point in series[-60:] if point is not None]
        # Rounded to four digits, and then to one decimal.
        assert row["average"] == pytest.approx(sum(points) / len(points), abs=0.06)
        vms = [vm for vm in store.every("vms") if vm["$container"] == row["id"] and vm["power_state"] == "Running"]
        assert row["running_vms"] == len(vms)


async def test_readiness_counts_patches_and_names_what_blocks_and_what_runs(fake: FakeXo):
    store = fake.xo.store
    pool = store.every("pools")[0]
    running = [vm for vm in store.every("vms") if vm["power_state"] == "Running"]
    without = [vm for vm in running if not vm["pvDriversDetected"]]
    shown = await ask(fake, "check_patch_readiness", pool=pool["name_label"])
    assert {row["id"] for row in rows(shown, "hosts")} == {
        h["id"] for h in store.every("hosts") if h["$pool"] == pool["id"]
    }
    blocked = rows(shown, "blockers")
    assert {row["id"] for row in blocked} >= {vm["id"] for vm in without}
    assert {row["id"] for row in blocked} <= {vm["id"] for vm in running}
    pending = {task["id"] for task in store.every("tasks") if task["status"] == "pending"}
    assert {row["id"] for row in rows(shown, "running_tasks")} == pending


async def test_what_happened_lately_and_nothing_older(fake: FakeXo):
    store = fake.xo.store
    now = fake.options.now
    vm = store.every("vms")[0]
    failed = {
        "id": "0mfail01",
        "properties": {"name": "REST API: start VM", "objectId": vm["id"], "userId": store.every("users")[0]["id"]},
        "start": now - 2 * HOUR * 1000,
        "end": now - 2 * HOUR * 1000 + 5,
        "updatedAt": now - 2 * HOUR * 1000 + 5,
        "status": "failure",
        "result": {"message": "no hosts available", "name": "XapiError"},
    }
    store.seed("tasks", [failed, failed | {"id": "0mfail02", "start": now - 30 * HOUR * 1000}])
    shown = await ask(fake, "recent_activity", hours=3)
    (row,) = [row for row in rows(shown, "failed_tasks") if row["id"].startswith("0mfail")]
    assert (row["id"], row["object"], row["why"]) == ("0mfail01", vm["name_label"], "no hosts available")
    both = rows(await ask(fake, "recent_activity", hours=48), "failed_tasks")
    assert {"0mfail01", "0mfail02"} <= {row["id"] for row in both}
    other = await ask(fake, "recent_activity", hours=48, object=store.every("vms")[1]["id"])
    assert not [row for row in rows(other, "failed_tasks") if row["id"].startswith("0mfail")]
    messages = {m["name"] for m in store.every("messages") if m["time"] > now // 1000 - 48 * HOUR}
    assert {row["message"] for row in rows(await ask(fake, "recent_activity", hours=48), "messages")} <= messages


async def test_an_address_that_two_running_vms_have_is_named_with_both(fake: FakeXo):
    one, other, halted = _three(fake)
    for vm in (one, other, halted):
        fake.change("vms", vm["id"], addresses={"0/ipv4/0": "198.51.100.77"})
    found = rows(await ask(fake, "list_duplicate_addresses", limit=100), "addresses")
    assert {row["vm_id"] for row in found if row["ip"] == "198.51.100.77"} == {one["id"], other["id"]}


def _three(fake: FakeXo) -> tuple[Any, Any, Any]:
    vms = fake.xo.store.every("vms")
    one, other, *_ = [vm for vm in vms if vm["power_state"] == "Running"]
    return one, other, next(vm for vm in vms if vm["power_state"] == "Halted")


async def test_a_user_of_few_rights_gets_counts_of_what_it_may_see_and_hears_of_the_rest(fake: FakeXo):
    shown = await ask(fake, "summarize_inventory", user="operator", limit=50)
    total: Any = shown.data["totals"]
    assert total[0]["vms"] == len(fake.xo.store.every("vms"))
    assert total[0]["hosts"] == 0
    assert "hosts" in " ".join(
        note for note in shown.text.splitlines() if "privilege" in note or "may not read" in note
    )
