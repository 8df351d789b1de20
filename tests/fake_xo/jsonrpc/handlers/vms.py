"""Methods of VMs."""

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import bad_state, no_such, xapi
from fake_xo.store import Record


def drive_of(call: RpcCall, vm: Record) -> Record | None:
    """The VM's CD drive."""
    links = (call.store.actual("vbds", name) for name in vm["$VBDs"])
    return next((link for link in links if link and link["is_cd_drive"]), None)


@method("vm.insertCd")
async def insert_cd(call: RpcCall) -> None:
    """Put a disc in; what was in goes first, even when the new one turns out to be no disc."""
    vm, disc = call.objects["id"], call.objects["cd_id"]
    drive = drive_of(call, vm)
    if drive is None:
        fresh = call.xo.identity.fresh("VBD")
        other = call.store.every("vbds")[0]
        drive = other | {"id": fresh, "uuid": fresh, "VM": vm["id"], "VDI": ..., "is_cd_drive": True, "position": "3"}
        drive = {name: value for name, value in drive.items() if value is not ...}
        call.store.add("vbds", drive)
        call.store.update("vms", vm["id"], **{"$VBDs": [*vm["$VBDs"], fresh]})
    if drive.get("VDI") and call.params.get("force", True) is False:
        raise xapi("VBD_NOT_EMPTY", "OpaqueRef:vbd")
    call.store.update("vbds", drive["id"], VDI=..., attached=False)
    storage = call.store.actual("srs", disc["$SR"]) or {}
    if storage.get("content_type") != "iso":
        raise xapi("VDI_IS_NOT_ISO", "OpaqueRef:vdi", "user")
    call.store.update("vbds", drive["id"], VDI=disc["id"], attached=vm["power_state"] == "Running")


@method("vm.ejectCd")
async def eject_cd(call: RpcCall) -> None:
    """Take the disc out."""
    drive = drive_of(call, call.objects["id"])
    if drive is None or not drive.get("VDI"):
        raise xapi("VBD_IS_EMPTY", "OpaqueRef:vbd")
    call.store.update("vbds", drive["id"], VDI=..., attached=False)


@method("vm.setBootOrder")
async def set_boot_order(call: RpcCall) -> None:
    """Any text is taken."""
    vm = call.objects["vm"]
    collection = "vms" if call.store.actual("vms", vm["id"]) else "vm-templates"
    if vm.get("virtualizationMode", "hvm") != "hvm":
        raise xapi("VM_BAD_POWER_STATE")
    boot = {**vm.get("boot", {}), "order": call.params["order"]}
    call.store.update(collection, vm["id"], boot=boot)


@method("vm.recoveryStart")
async def recovery_start(call: RpcCall) -> None:
    """Start once from the CD."""
    vm = call.objects["id"]
    if vm["power_state"] != "Halted":
        raise bad_state(vm["id"], vm["power_state"], "halted")
    call.store.update("vms", vm["id"], power_state="Running")


@method("vm.convertToTemplate")
async def convert_to_template(call: RpcCall) -> None:
    """A halted VM leaves its collection for the templates', under the same id."""
    vm = call.objects["id"]
    if call.store.actual("vms", vm["id"]) is None:
        raise no_such(vm["id"], ["VM", "VM-snapshot"])
    if vm["power_state"] != "Halted":
        raise bad_state(vm["id"], vm["power_state"], "halted")
    call.store.remove("vms", vm["id"])
    call.store.add("vm-templates", vm | {"type": "VM-template"})


@method("vm.copyToTemplate")
async def copy_to_template(call: RpcCall) -> None:
    """Make a template of a snapshot, which is answered with nothing but `true`."""
    snapshot = call.objects["id"]
    fresh = call.xo.identity.fresh("VM-template")
    template = next(iter(call.store.every("vm-templates")))
    copied = {"name_label": snapshot["name_label"], "name_description": snapshot["name_description"]}
    call.store.add("vm-templates", template | copied | {"id": fresh, "uuid": fresh})
