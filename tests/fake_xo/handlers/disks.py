"""Disks and the links of disks to machines."""

import asyncio

from starlette.responses import Response

from fake_xo.call import Call, action, created, no_content, route
from fake_xo.errors import ApiError, XapiError, no_such
from fake_xo.machines import delete_disk, keep_on, maker_of
from fake_xo.store import Record


@route("POST /vdis")
async def create_vdi(call: Call) -> Response:
    """An empty disk; a read of the new id is 404 for a moment."""
    body = call.body
    sr = call.store.actual("srs", body["srId"])
    if sr is None:
        raise no_such("SR", body["srId"])
    if sr["content_type"] == "iso":
        raise XapiError("SR_OPERATION_NOT_SUPPORTED", call.ref(sr))
    fresh = call.xo.identity.fresh("VDI")
    maker = maker_of(call.xo.identity, sr)
    record = maker.disk(body.get("name_label", ""), sr["id"], size=int(body["virtual_size"]))
    own = {name: body[name] for name in ("name_description", "tags", "other_config") if name in body}
    record |= maker.base("VDI", fresh, object_id=fresh) | own
    if "type" in body:
        record["VDI_type"] = body["type"]
    call.store.add("vdis", record)
    keep_on(call.store, record)
    return created(fresh, "vdis")


@route("PATCH /vdis/{id}")
async def update_vdi(call: Call) -> Response:
    """Rename or grow a disk; it can't shrink."""
    disk, changes = call.object(), dict(call.body)
    if "size" in changes:
        changes["size"] = int(changes["size"])
        if changes["size"] < disk["size"]:
            text = f"cannot set new size below the current size: {changes['size']} < {disk['size']}"
            raise ApiError(500, text)
    if changes:
        call.store.update("vdis", disk["id"], **changes)
    return no_content()


@route("DELETE /vdis/{id}", "DELETE /vdi-snapshots/{id}")
async def delete_vdi(call: Call) -> Response:
    """Delete a disk; an attached one hangs for long and then fails."""
    disk = call.object()
    links = [call.store.actual("vbds", name) for name in disk["$VBDs"]]
    if any(link and link["attached"] for link in links):
        await asyncio.sleep(call.xo.options.busy_vdi_seconds)
        raise XapiError("VDI_IN_USE", call.ref(disk), "destroy")
    for link in links:
        if link:
            _unlink(call, link)
    delete_disk(call.store, disk["id"])
    return no_content()


@action("POST /vdis/{id}/actions/migrate", answer=200)
async def migrate_vdi(call: Call) -> Record:
    """Move a disk to another storage repository; it gets a new id."""
    disk = call.object()
    if call.store.actual("srs", call.body["srId"]) is None:
        raise no_such("SR", call.body["srId"])
    fresh = call.xo.identity.fresh("VDI")
    base = maker_of(call.xo.identity, disk).base("VDI", fresh, object_id=fresh)
    for name in disk["$VBDs"]:
        call.store.update("vbds", name, VDI=fresh)
    moved = call.store.add("vdis", disk | base | {"$SR": call.body["srId"]})
    keep_on(call.store, moved)
    delete_disk(call.store, disk["id"]) if not disk["$VBDs"] else call.store.remove("vdis", disk["id"])
    return {"id": fresh}


@route("POST /vbds")
async def create_vbd(call: Call) -> Response:
    """Attach a disk to a machine."""
    body = call.body
    vm, disk = call.store.actual("vms", body["VM"]), call.store.actual("vdis", body["VDI"])
    if vm is None:
        raise no_such("VM", body["VM"])
    if disk is None:
        raise no_such("VDI", body["VDI"])
    fresh = call.xo.identity.fresh("VBD")
    maker = maker_of(call.xo.identity, vm)
    own = {
        "bootable": body.get("bootable", False),
        "read_only": body.get("mode") == "RO",
        "is_cd_drive": body.get("type") == "CD",
        "position": body.get("userdevice") or str(len(vm["$VBDs"]) + 3),
    }
    record = maker.vbd(fresh, vm["id"], disk["id"], **own) | maker.base("VBD", fresh, object_id=fresh)
    call.store.add("vbds", record)
    call.store.update("vms", vm["id"], **{"$VBDs": [*vm["$VBDs"], fresh]})
    call.store.update("vdis", disk["id"], **{"$VBDs": [*disk["$VBDs"], fresh]})
    return created(fresh, "vbds")


@route("DELETE /vbds/{id}")
async def delete_vbd(call: Call) -> Response:
    """Detach a disk from a machine; the disk stays."""
    link = call.object()
    _unlink(call, link)
    return no_content()


@action("POST /vbds/{id}/actions/connect")
async def connect_vbd(call: Call) -> None:
    """Plug a disk into a running machine."""
    link = call.object()
    _needs_running(call, link)
    if link["attached"]:
        raise XapiError("DEVICE_ALREADY_ATTACHED", call.ref(link))
    call.store.update("vbds", link["id"], attached=True, device="xvdz")


@action("POST /vbds/{id}/actions/disconnect")
async def disconnect_vbd(call: Call) -> None:
    """Unplug a disk from a running machine."""
    link = call.object()
    if not link["attached"]:
        raise XapiError("DEVICE_ALREADY_DETACHED", call.ref(link))
    call.store.update("vbds", link["id"], attached=False, device=None)


def _needs_running(call: Call, link: Record) -> None:
    vm = call.store.actual("vms", link["VM"])
    if vm is None or vm["power_state"] != "Running":
        state = vm["power_state"] if vm else "Halted"
        raise XapiError("VM_BAD_POWER_STATE", call.ref(vm or {}), "running", state.lower())


def _unlink(call: Call, link: Record) -> None:
    for collection, key in (("vms", "VM"), ("vdis", "VDI")):
        if record := call.store.actual(collection, link.get(key, "")):
            rest = [name for name in record["$VBDs"] if name != link["id"]]
            call.store.update(collection, record["id"], **{"$VBDs": rest})
    call.store.remove("vbds", link["id"])
