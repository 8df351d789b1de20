"""Reports over the fake XO, each held against what its records say."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from asked_reports import ask, rows
from fake_xo import FakeXo
from xo_mcp.config.config import resolve
from xo_mcp.errors import ArgumentError
from xo_mcp.inventory.reports import reports, run_report
from xo_mcp.objects.reporting import answer_report
from xo_mcp.session import opened

pytestmark = pytest.mark.anyio
GIB = 1 << 30
DAY = 86400
NAMES = list(reports())
EXAMPLES: Mapping[str, Any] = {"by": "cpu", "vm": "web-prod-000", "host": "harbour-01", "text": "web"}
NAMING = [(name, argument) for name in NAMES for argument in reports()[name].get("kinds", ())]
"""Reports and their arguments that name an object."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=60, lag=0, now=int(time.time() * 1000)) as found:
        yield found


@pytest.fixture(scope="module")
def empty() -> Iterator[FakeXo]:
    with FakeXo(vms=0, lag=0) as found:
        yield found


@pytest.mark.parametrize("form", ["json", "markdown"])
@pytest.mark.parametrize("name", NAMES)
async def test_every_report_answers_within_a_screen(fake: FakeXo, name: str, form: str):
    sr = fake.xo.store.every("srs")[0]["id"]
    shown = await ask(fake, name, limit=5, format=form, sr=sr, **EXAMPLES)
    assert len(shown.text.encode()) <= 4_000
    assert shown.text.startswith("##" if form == "markdown" and shown.data else "{")
    assert json.loads(shown.json)


@pytest.mark.parametrize("name", NAMES)
async def test_every_report_answers_for_a_pool_without_vms(empty: FakeXo, name: str):
    sr = empty.xo.store.every("srs")[0]["id"]
    asked = ask(empty, name, sr=sr, **EXAMPLES)
    if (name, "vm") in NAMING:
        with pytest.raises(ArgumentError, match="there is no VM"):
            await asked
        return
    assert json.loads((await asked).json)


@pytest.mark.parametrize("name", NAMES)
async def test_a_user_of_no_rights_sees_nothing_and_learns_that_it_may_be_there(fake: FakeXo, name: str):
    if any(argument != "pool" for report, argument in NAMING if report == name):
        with pytest.raises(ArgumentError, match="XO shows none at all to this user"):
            await ask(fake, name, user="nobody", sr="Local storage", **EXAMPLES)
        return
    shown = await ask(fake, name, user="nobody", **EXAMPLES)
    assert "lacks the privilege" in shown.text or "may not read" in shown.text
    assert "web-prod" not in json.dumps(shown.data)


@pytest.mark.parametrize("value", ["nosuch", "5f2c0f4e-0000-4000-8000-00000000dead", "", "x" * 300, 'a"\n'])
@pytest.mark.parametrize(("name", "argument"), NAMING)
async def test_an_object_that_does_not_exist_is_refused(fake: FakeXo, name: str, argument: str, value: str):
    with pytest.raises(ArgumentError, match=r"there is no .+ whose id or exact name is"):
        await ask(fake, name, **{**EXAMPLES, argument: value})


@pytest.mark.parametrize(("name", "argument"), NAMING)
async def test_the_object_of_a_report_costs_one_request(fake: FakeXo, name: str, argument: str):
    record = fake.xo.store.every(reports()[name]["kinds"][argument])[0]
    required = {"by": "cpu"} if name == "rank_vms" else {}
    given = {**required, "limit": 3, **dict.fromkeys(["tag", "span"])}
    config = resolve({"url": fake.url}, {"XO_TOKEN": fake.tokens["admin"]})
    answers, counts = [], []
    for run, value in (
        (run_report, record["id"]),
        (answer_report, record["id"]),
        (answer_report, record["name_label"]),
    ):
        async with opened(config) as session:
            before = len(fake.xo.requests)
            arguments = {key: each for key, each in given.items() if key != "limit"} | {argument: value}
            parts = await run(session.client, name, arguments, limit=3, config=config)
        counts.append(len(fake.xo.requests) - before)
        answers.append([part.found.total for part in parts])
    assert counts == [counts[0], counts[0] + 1, counts[0] + 1]
    assert answers[0] == answers[1] == answers[2]


async def test_an_ambiguous_name_is_refused_with_the_ids(fake: FakeXo):
    first, second = fake.xo.store.every("hosts")[:2]
    names = [first["name_label"], second["name_label"]]
    for each in (first, second):
        fake.change("hosts", each["id"], name_label="twins")
    try:
        with pytest.raises(ArgumentError) as refused:
            await ask(fake, "show_host", host="twins")
        assert first["id"] in str(refused.value)
        assert second["id"] in str(refused.value)
    finally:
        for each, name in zip((first, second), names, strict=True):
            fake.change("hosts", each["id"], name_label=name)


@pytest.mark.parametrize("name", ["find_unprotected_vms", "rank_vms"])
async def test_a_tag_that_no_vm_has_is_remarked_on(fake: FakeXo, name: str):
    tag = next(tag for vm in fake.xo.store.every("vms") for tag in vm["tags"])
    assert 'No VM has the tag "nosuch".' in (await ask(fake, name, by="cpu", tag="nosuch")).notes
    assert "has the tag" not in (await ask(fake, name, by="cpu", tag=tag)).text


async def test_recent_activity_says_that_there_is_no_such_object(fake: FakeXo):
    vm = fake.xo.store.every("vms")[0]["id"]
    says = "No object that this user may see has the id"
    assert f'{says} "nosuch".' in (await ask(fake, "recent_activity", object="nosuch")).notes
    assert says not in (await ask(fake, "recent_activity", object=vm)).text


async def test_unprotected_vms_are_those_that_no_enabled_job_backed_up_in_time(fake: FakeXo):
    shown = await ask(fake, "find_unprotected_vms", limit=1000)
    store = fake.xo.store
    enabled = {each["jobId"] for each in store.every("schedules") if each["enabled"]}
    logs = [
        task for log in store.every("backup-logs") for task in log.get("tasks") or () if task["status"] == "success"
    ]
    good = {
        vm["id"]
        for vm in store.every("vms")
        if any(t["data"].get("id") == vm["id"] and t["end"] / 1000 > time.time() - 7 * DAY for t in logs)
        or any(
            each["vm"]["uuid"] == vm["uuid"] and each["timestamp"] / 1000 > time.time() - 7 * DAY
            for each in store.every("backup-archives")
        )
    }
    unprotected = {row["id"]: row["why"] for row in rows(shown, "vms")}
    assert enabled
    for vm in store.every("vms"):
        if vm["id"] not in good:
            assert vm["id"] in unprotected
    assert {row["why"] for row in rows(shown, "vms")} <= {
        "its jobs are switched off", "in no backup job", "no good backup yet", "last good backup too old",
    }  # fmt: skip


async def test_orphaned_disks_are_those_of_users_attached_to_nothing(fake: FakeXo):
    store = fake.xo.store
    iso = {each["id"] for each in store.every("srs") if each["content_type"] == "iso"}
    orphan = next(each for each in store.every("vdis") if each["$SR"] not in iso)
    fake.change("vdis", orphan["id"], **{"$VBDs": []})
    expected = [
        each
        for each in store.every("vdis")
        if not each["$VBDs"] and each["VDI_type"] == "user" and each["$SR"] not in iso
    ]
    shown = await ask(fake, "find_orphaned_disks")
    assert {row["id"] for row in rows(shown, "disks")} == {each["id"] for each in expected}
    total: Any = shown.data["total"]
    assert total == [
        {
            "disks": len(expected),
            "used_gib": round(sum(each["usage"] for each in expected) / GIB, 1),
            "size_gib": round(sum(each["size"] for each in expected) / GIB, 1),
        }
    ]
    assert "delete_vdi" in shown.text


async def test_old_snapshots_leave_those_of_backups_out_unless_asked(fake: FakeXo):
    first, second, *_ = fake.xo.store.every("vm-snapshots")
    long_ago = int(time.time()) - 40 * DAY
    fake.change("vm-snapshots", first["id"], snapshot_time=long_ago)
    fake.change("vm-snapshots", second["id"], snapshot_time=long_ago, other={"xo:backup:job": "j"})
    shown = await ask(fake, "find_old_snapshots")
    assert [(row["id"], row["vm_id"], row["age_days"]) for row in rows(shown, "snapshots")] == [
        (first["id"], first["$snapshot_of"], 40)
    ]
    both = await ask(fake, "find_old_snapshots", include_backups=True)
    assert {row["id"] for row in rows(both, "snapshots")} == {first["id"], second["id"]}


async def test_storage_is_measured_as_its_records_say(fake: FakeXo):
    shown = await ask(fake, "review_storage", warn_percent=0)
    srs = {each["id"]: each for each in fake.xo.store.every("srs")}
    expected = {key for key, each in srs.items() if each["size"] > 0 and each["content_type"] != "iso"}
    assert {row["id"] for row in rows(shown, "storage")} == expected
    for row in rows(shown, "storage"):
        sr = srs[row["id"]]
        assert row["used_percent"] == round(100 * sr["physical_usage"] / sr["size"], 1)
        assert row["promised"] == round(sr["usage"] / GIB, 1)
    assert len(rows(shown, "nearly_full")) == len(expected)


async def test_a_host_fits_elsewhere_when_the_others_have_the_memory(fake: FakeXo):
    hosts = fake.xo.store.every("hosts")
    vms = fake.xo.store.every("vms")
    shown = await ask(fake, "check_host_failure")
    for row in rows(shown, "hosts"):
        here = [vm for vm in vms if vm["$container"] == row["id"] and vm["power_state"] in {"Running", "Paused"}]
        free = [each["memory"]["size"] - each["memory"]["usage"] for each in hosts if each["id"] != row["id"]]
        assert row["vms"] == len(here)
        assert row["to_place"] == round(sum(vm["memory"]["size"] for vm in here) / GIB, 1)
        assert row["free_elsewhere"] == round(sum(free) / GIB, 1)


async def test_duplicate_macs_name_both_vms(fake: FakeXo):
    one, other, *_ = [each for each in fake.xo.store.every("vifs") if fake.xo.store.actual("vms", each["$VM"])]
    fake.change("vifs", other["id"], MAC=one["MAC"])
    shown = await ask(fake, "list_duplicate_addresses")
    macs = Counter(
        each["MAC"] for each in fake.xo.store.every("vifs") if fake.xo.store.actual("vms", each["$VM"]) is not None
    )
    expected = {mac for mac, count in macs.items() if count > 1}
    assert one["MAC"] in expected
    assert {row["mac"] for row in rows(shown, "macs")} == expected
    assert {row["vif"] for row in rows(shown, "macs") if row["mac"] == one["MAC"]} == {one["id"], other["id"]}


@pytest.mark.parametrize("how", ["name", "part", "id", "address", "mac", "tag"])
async def test_an_object_is_found_by_whatever_is_known_of_it(fake: FakeXo, how: str):
    store = fake.xo.store
    vm = next(each for each in store.every("vms") if each["power_state"] == "Running" and each["VIFs"])
    vif = store.actual("vifs", vm["VIFs"][0])
    assert vif is not None
    texts = {
        "name": vm["name_label"],
        "part": vm["name_label"][:-1].upper(),
        "id": vm["id"].upper(),
        "address": vm["mainIpAddress"],
        "mac": vif["MAC"].upper().replace(":", "-"),
        "tag": vm["tags"][0],
    }
    shown = await ask(fake, "find_object", text=texts[how])
    (found,) = [row for row in rows(shown, "objects") if row["id"] == vm["id"]]
    host = store.actual("hosts", vm["$container"])
    assert host is not None
    assert (found["type"], found["state"], found["place"]) == ("vms", "Running", host["name_label"])


async def test_a_vm_is_shown_with_its_disks_nics_and_host(fake: FakeXo):
    store = fake.xo.store
    vm = next(each for each in store.every("vms") if each["power_state"] == "Running" and each["snapshots"])
    shown = await ask(fake, "show_vm", vm=vm["name_label"])
    (about,) = shown.data["vm"]  # type: ignore[misc]
    disks = [store.actual("vbds", each) for each in vm["$VBDs"]]
    assert about["id"] == vm["id"]  # type: ignore[index,call-overload]
    assert {row["id"] for row in rows(shown, "disks")} == {each["VDI"] for each in disks if each and each.get("VDI")}
    assert {row["id"] for row in rows(shown, "nics")} == set(vm["VIFs"])
    assert {row["id"] for row in rows(shown, "snapshots")} == set(vm["snapshots"])
    assert shown.data["load"]


async def test_the_summary_counts_what_there_is(fake: FakeXo):
    shown = await ask(fake, "summarize_inventory")
    store = fake.xo.store
    (totals,) = shown.data["totals"]  # type: ignore[misc]
    states = Counter(each["power_state"] for each in store.every("vms"))
    assert {row["state"]: row["vms"] for row in rows(shown, "vms")} == states
    assert totals["vms"] == len(store.every("vms"))  # type: ignore[index,call-overload]
    assert totals["hosts"] == len(store.every("hosts"))  # type: ignore[index,call-overload]


async def test_health_names_what_was_broken_and_nothing_that_is_fine(fake: FakeXo):
    store = fake.xo.store
    pbd = store.every("pbds")[0]
    sr = next(each for each in store.every("srs") if each["content_type"] != "iso" and each["size"] > 0)
    fake.change("pbds", pbd["id"], attached=False)
    fake.change("srs", sr["id"], physical_usage=int(sr["size"] * 0.95))
    shown = await ask(fake, "check_health")
    found = {row["problem"]: row for row in rows(shown, "problems")}
    assert found["storage is not plugged on a host"]["count"] == 1
    assert sr["name_label"] in found["storage above 90 % full"]["first_ones"]
    assert all(row["count"] for row in found.values())
    order = [row["severity"] for row in rows(shown, "problems")]
    assert order == sorted(order, key=["critical", "serious", "warning", "note"].index)


async def test_vms_are_ranked_and_narrowed_by_tag_and_host(fake: FakeXo):
    store = fake.xo.store
    host = store.every("hosts")[0]
    shown = await ask(fake, "rank_vms", by="iops", span="hour", host=host["name_label"])
    expected = {
        each["id"]
        for each in store.every("vms")
        if each["power_state"] == "Running" and each["$container"] == host["id"]
    }
    ranked = rows(shown, "vms")
    assert {row["id"] for row in ranked} == expected
    values = [row["average"] for row in ranked]
    assert values == sorted(values, reverse=True)
    tagged = await ask(fake, "rank_vms", by="cpu", span="hour", tag="db", limit=3)
    assert all("db" in (store.actual("vms", row["id"]) or {})["tags"] for row in rows(tagged, "vms"))


async def test_what_is_not_shown_is_counted(fake: FakeXo):
    shown = await ask(fake, "find_unprotected_vms", limit=2)
    part: Any = shown.data["vms"]
    assert len(part["rows"]) == 2
    assert part["not_shown"] == part["count"] - 2


async def test_the_vm_that_runs_xo_is_the_one_that_questions_name(fake: FakeXo):
    vm = fake.xo.store.every("vms")[0]["name_label"]
    for named, remark in (("", None), (vm, "the VM of XO itself")):
        shown = await ask(fake, "show_vm", own_vm=named, vm=vm)
        assert [about.get("remark") for about in shown.data["vm"]] == [remark]  # type: ignore[union-attr]


async def test_values_are_bound_and_never_part_of_the_statement(fake: FakeXo):
    shown = await ask(fake, "find_object", text="x' OR '1'='1")
    assert rows(shown, "objects") == []


async def test_an_unknown_report_is_refused_with_the_nearest(fake: FakeXo):
    config = resolve({"url": fake.url}, {"XO_TOKEN": fake.tokens["admin"]})
    async with opened(config) as session:
        with pytest.raises(ArgumentError, match="find_unprotected_vms"):
            await run_report(session.client, "find_unprotected_vm", {}, limit=10, config=config)
