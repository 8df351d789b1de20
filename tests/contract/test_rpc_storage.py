"""Tools of storage over JSON-RPC: what they check before XO is asked, because XO would do harm without a word."""

import uuid
from typing import Any

import pytest
from desk import Desk, Person, text_of, variables
from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.storage import DEVICE, EXPORT, LUN, UNREACHABLE, running_on
from rpc_desk import called, done, refused

ENABLE = "sr.enableMaintenanceMode"


def used(fake: FakeXo) -> tuple[str, list[str]]:
    """A storage repository that VMs run on, and these VMs."""
    found = {sr["id"]: running_on(fake.xo.store, sr["id"]) for sr in fake.xo.store.every("srs")}
    return next((sr, machines) for sr, machines in found.items() if machines)


def test_maintenance_shuts_down_exactly_what_was_shown(fake: FakeXo, desk: Desk):
    sr, machines = used(fake)
    said = refused(desk.call("enable_sr_maintenance", id=sr))
    for name in machines:
        assert name in said
        assert str((fake.record("vms", name) or {})["name_label"]) in said
    assert not (fake.record("srs", sr) or {})["inMaintenanceMode"]
    assert running_on(fake.xo.store, sr) == machines
    assert "has changed" in refused(desk.call("enable_sr_maintenance", id=sr, vmsToShutdown=machines[:-1] or ["x"]))
    done(desk.call("enable_sr_maintenance", id=sr, vmsToShutdown=machines))
    assert called(fake, ENABLE)[-1]["vmsToShutdown"] == machines
    assert done(desk.call("get_sr", id=sr))["inMaintenanceMode"] is True
    assert "already" in refused(desk.call("enable_sr_maintenance", id=sr, vmsToShutdown=machines))
    done(desk.call("disable_sr_maintenance", id=sr))
    assert running_on(fake.xo.store, sr) == machines
    assert "not in maintenance" in refused(desk.call("disable_sr_maintenance", id=sr))


def test_a_person_reads_the_names_of_the_machines_that_are_shut_down(fake: FakeXo):
    sr, machines = used(fake)
    person = Person(action="decline")
    with Desk(variables(fake, XO_MCP_CONFIRM="destructive"), person=person) as desk:
        refused(desk.call("enable_sr_maintenance", id=sr, vmsToShutdown=machines))
    for name in machines:
        assert str((fake.record("vms", name) or {})["name_label"]) in person.asked[0]
    assert called(fake, ENABLE) == []


PLACES: dict[str, dict[str, Any]] = {
    "reattach_nfs_sr": {"server": "192.0.2.1", "serverPath": EXPORT},
    "reattach_iscsi_sr": {"target": "192.0.2.2", "targetIqn": "iqn.x", "scsiId": LUN},
    "reattach_hba_sr": {"scsiId": DEVICE},
}


@pytest.mark.parametrize("tool", [*PLACES, "reattach_smb_sr"])
def test_storage_is_never_attached_without_its_uuid(fake: FakeXo, desk: Desk, tool: str):
    given = {"host": fake.find("hosts")["id"], "nameLabel": "back", "server": "//x/y", **PLACES.get(tool, {})}
    if tool in {"reattach_iscsi_sr", "reattach_hba_sr"}:
        del given["server"]
    for more in ({}, {"srUuid": ""}, {"srUuid": "new"}):
        assert "srUuid" in refused(desk.call(tool, {**given, **more}))
    assert not any(call.method.startswith("sr.create") for call in fake.xo.rpc.calls)


@pytest.mark.parametrize("tool", PLACES)
def test_storage_that_is_not_there_is_not_made(fake: FakeXo, desk: Desk, tool: str):
    given = {"host": fake.find("hosts")["id"], "nameLabel": "back", **PLACES[tool]}
    there = fake.xo.identity.uuid("SR", "forgotten")
    said = refused(desk.call(tool, {**given, "srUuid": str(uuid.UUID(int=5))}))
    assert there in said
    assert not any(call.method.startswith("sr.create") for call in fake.xo.rpc.calls)
    assert done(desk.call(tool, {**given, "srUuid": there.upper()}))["id"].lower() == there
    assert done(desk.call("list_srs", filter="name_label:back"))["items"]


def test_chains_to_coalesce_take_one_call(fake: FakeXo, desk: Desk):
    every = done(desk.call("list_unhealthy_vdis"))
    sr = next(sr["id"] for sr in fake.xo.store.every("srs") if sr["content_type"] != "iso")
    assert every[sr] == done(desk.call("list_sr_unhealthy_vdis", id=sr))
    disk = next(iter(every[sr]["unhealthyVdis"]))
    assert (fake.record("vdis", disk) or {})["$SR"] == sr


def test_measurements_are_summarised(fake: FakeXo, desk: Desk):
    reported = done(desk.call("get_sr_stats", id=fake.find("srs")["id"], granularity="hours"))
    assert reported["interval"] == 3600
    assert reported["series"]["iops.r"] | {"min": 0, "max": 165} == reported["series"]["iops.r"]


def test_an_update_of_nothing_is_refused_and_one_of_something_is_waited_for(fake: FakeXo, desk: Desk):
    sr = fake.find("srs")["id"]
    assert "no property" in refused(desk.call("update_sr", id=sr))
    done(desk.call("update_sr", id=sr, name_label="fresh"))
    assert done(desk.call("get_sr", id=sr))["name_label"] == "fresh"
    assert called(fake, "sr.set") == [{"id": sr, "name_label": "fresh"}]


def test_a_share_that_does_not_answer_is_reported_by_the_hypervisors_code(fake: FakeXo, desk: Desk):
    host = fake.find("hosts")["id"]
    assert done(desk.call("probe_nfs_exports", host=host, server="192.0.2.1"))
    said = refused(desk.call("probe_nfs_exports", host=host, server=UNREACHABLE))
    assert "SR_BACKEND_FAILURE_73" in said
    assert "mount failed" in said


def test_what_is_plugged_out_of_all_hosts_is_plugged_in_again(fake: FakeXo, desk: Desk):
    sr, machines = used(fake)
    assert "VDI_IN_USE" in refused(desk.call("unplug_sr", id=sr))
    for name in machines:
        fake.change("vms", name, power_state="Halted")

    def attached() -> set[bool]:
        return {bool((fake.record("pbds", name) or {})["attached"]) for name in (fake.record("srs", sr) or {})["$PBDs"]}

    done(desk.call("unplug_sr", id=sr))
    assert attached() == {False}
    assert "done" in text_of(desk.call("plug_sr", id=sr))
    assert attached() == {True}
