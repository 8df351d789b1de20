"""Tools of VMs and their devices over JSON-RPC: discs by name, templates, passing devices through, moving."""

import pytest
from desk import Desk, Person, text_of, variables
from fake_xo import FakeXo
from fake_xo.jsonrpc.handlers.devices import ESXI
from rpc_desk import called, done, refused


def disc_in(fake: FakeXo, machine: str) -> str | None:
    links = [fake.record("vbds", name) for name in (fake.record("vms", machine) or {})["$VBDs"]]
    return next((link.get("VDI") for link in links if link and link["is_cd_drive"]), None)


def test_a_disc_goes_in_by_name_and_nothing_else_takes_the_old_one_out(fake: FakeXo, desk: Desk) -> None:
    machine, library = fake.find("vms")["id"], fake.find("srs", content_type="iso")["id"]
    iso = fake.find("vdis", **{"$SR": library})
    disk = next(each for each in fake.xo.store.every("vdis") if each["$SR"] != library)
    answer = desk.call("insert_vm_cd", id=machine, cd_id=iso["name_label"])
    assert iso["id"] in text_of(answer)
    assert disc_in(fake, machine) == iso["id"]
    for wrong in (disk["id"], disk["name_label"], "nope", "../x", iso["name_label"].upper() + "x"):
        assert "Nothing was done" in refused(desk.call("insert_vm_cd", id=machine, cd_id=wrong))
    assert iso["name_label"] in refused(desk.call("insert_vm_cd", id=machine, cd_id=iso["name_label"][:5]))
    assert disc_in(fake, machine) == iso["id"]
    fake.call(fake.xo.store.seed, "vdis", [iso | {"id": "twin", "uuid": "twin"}])
    assert "2 objects of the kind ISO" in refused(desk.call("insert_vm_cd", id=machine, cd_id=iso["name_label"]))


def test_the_template_that_was_made_is_named(fake: FakeXo, desk: Desk) -> None:
    halted, snapshot = fake.find("vms", power_state="Halted"), fake.find("vm-snapshots")
    assert done(desk.call("convert_vm_to_template", id=halted["id"]))["id"] == halted["id"]
    assert done(desk.call("get_vm_template", id=halted["id"]))["name_label"] == halted["name_label"]
    before = {each["id"] for each in fake.xo.store.every("vm-templates")}
    made = done(desk.call("create_template_from_snapshot", id=snapshot["id"]))["id"]
    assert made not in before
    assert done(desk.call("get_vm_template", id=made))["name_label"] == snapshot["name_label"]


def test_devices_are_detached_by_id_too(fake: FakeXo, desk: Desk) -> None:
    machine, card = fake.find("vms")["id"], fake.find("pcis")
    assert "no PCI device" in refused(desk.call("detach_vm_pcis", id=machine, pciIds=[card["id"]]))
    done(desk.call("attach_vm_pcis", id=machine, pcis=[card["id"]]))
    assert (fake.record("vms", machine) or {})["attachedPcis"] == [card["pci_id"]]
    assert 'no PCI with the id "nope"' in refused(desk.call("detach_vm_pcis", id=machine, pciIds=["nope"]))
    done(desk.call("detach_vm_pcis", id=machine, pciIds=[card["id"]]))
    assert (fake.record("vms", machine) or {})["attachedPcis"] == []


def test_a_warm_migration_answers_the_copy_and_keeps_the_source(fake: FakeXo, desk: Desk) -> None:
    source, target = fake.find("vms", power_state="Running"), fake.find("srs", content_type="user")["id"]
    made = done(desk.call("warm_migrate_vm", vm=source["id"], sr=target))["id"]
    assert source["name_label"] in done(desk.call("get_vm", id=made))["name_label"]
    assert (fake.record("vms", source["id"]) or {})["power_state"] == "Halted"
    sent = {"vm": source["id"], "sr": target, "startDestinationVm": False, "deleteSourceVm": False}
    assert called(fake, "vm.warmMigration") == [sent]


def test_a_person_reads_which_machine_is_moved(fake: FakeXo) -> None:
    source, target = fake.find("vms", power_state="Running"), fake.find("srs", content_type="user")["id"]
    person = Person(action="decline")
    with Desk(variables(fake, XO_MCP_CONFIRM="destructive"), person=person) as desk:
        refused(desk.call("warm_migrate_vm", vm=source["id"], sr=target, deleteSourceVm=True))
    assert source["name_label"] in person.asked[0]
    assert "deleted" in person.asked[0]
    assert called(fake, "vm.warmMigration") == []


def test_cloud_init_goes_on_a_storage_for_disks_and_into_no_record(fake: FakeXo, desk: Desk) -> None:
    machine, library = fake.find("vms")["id"], fake.find("srs", content_type="iso")["id"]
    data = "#cloud-config\npassword: hunter2\n"
    given = {"vm": machine, "cloud_config": data}
    assert "ISO library" in refused(desk.call("create_vm_cloud_init_drive", **given, sr=library))
    storage = fake.find("srs", content_type="user")["id"]
    result = desk.call("create_vm_cloud_init_drive", **given, sr=storage)
    done(result)
    assert called(fake, "vm.createCloudInitConfigDrive") == [{"vm": machine, "sr": storage, "config": data}]
    assert "hunter2" not in str(result) + "".join(desk.log.lines)


def test_imports_from_vmware_check_what_is_here_first(fake: FakeXo, desk: Desk) -> None:
    login = {"host": ESXI, "user": "root", "password": "hunter2"}
    assert done(desk.call("list_esxi_vms", **login))["items"]
    here = {
        "sr": fake.find("srs", content_type="user")["id"],
        "network": fake.find("networks")["id"],
        "template": fake.find("vm-templates")["id"],
    }
    for name in here:
        said = refused(desk.call("import_vm_from_esxi", **login, vm="1", **{**here, name: "nope"}))
        assert "nope" in said
        assert "Nothing was done" in said
    assert called(fake, "vm.importFromEsxi") == []
    made = done(desk.call("import_vm_from_esxi", **login, vm="1", **here))["id"]
    assert done(desk.call("get_vm", id=made))["name_label"] == "old"
    said = refused(desk.call("list_esxi_vms", **{**login, "host": "192.0.2.99"}))
    assert "could not connect" in said
    assert "hunter2" not in said + "".join(desk.log.lines)


@pytest.mark.parametrize(("tool", "field"), [("create_vm_vtpm", "VTPMs"), ("create_vm_vgpu", "VGPUs")])
def test_devices_come_and_go(fake: FakeXo, desk: Desk, tool: str, field: str) -> None:
    halted = fake.find("vms", power_state="Halted")["id"]
    given = {"id": halted} if tool == "create_vm_vtpm" else {"vm": halted, "gpuGroup": "g", "vgpuType": "t"}
    done(desk.call(tool, **given))
    (made,) = (fake.record("vms", halted) or {})[field]
    key = "vgpu" if field == "VGPUs" else "id"
    done(desk.call(tool.replace("create_", "delete_"), **{key: made}))
    assert (fake.record("vms", halted) or {})[field] == []
