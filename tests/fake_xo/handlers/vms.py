"""VMs: power, snapshots, copies, moves, changes."""

import asyncio
import re
from typing import Any

from starlette.responses import Response

from fake_xo.call import Call, action, no_content, route
from fake_xo.dashboards import vm_dashboard
from fake_xo.errors import ApiError, XapiError, no_such
from fake_xo.handlers.collections import shown
from fake_xo.machines import copy_machine, delete_machine, maker_of, needs_state, needs_unblocked, set_power
from fake_xo.patterns import selects
from fake_xo.rbac import found
from fake_xo.responses import json_response
from fake_xo.stats import vm_stats
from fake_xo.store import Record

HALTED, RUNNING, PAUSED, SUSPENDED = "Halted", "Running", "Paused", "Suspended"
POWER: dict[str, tuple[tuple[str, ...], str]] = {
    "start": ((HALTED,), RUNNING),
    "clean_shutdown": ((RUNNING,), HALTED),
    "clean_reboot": ((RUNNING,), RUNNING),
    "hard_shutdown": ((RUNNING, PAUSED, SUSPENDED), HALTED),
    "hard_reboot": ((RUNNING, PAUSED), RUNNING),
    "pause": ((RUNNING,), PAUSED),
    "suspend": ((RUNNING,), SUSPENDED),
    "resume": ((SUSPENDED,), RUNNING),
    "unpause": ((PAUSED,), RUNNING),
}
"""Action to the states it needs and the state it leads to."""
MESSAGES = {
    "start": "STARTED",
    "clean_shutdown": "SHUTDOWN",
    "hard_shutdown": "SHUTDOWN",
    "clean_reboot": "REBOOTED",
    "hard_reboot": "REBOOTED",
    "suspend": "SUSPENDED",
    "resume": "RESUMED",
}
"""Action to the message XAPI leaves."""


def _power_action(name: str) -> None:
    states, result = POWER[name]

    @action(f"POST /vms/{{id}}/actions/{name}")
    async def power(call: Call) -> None:
        vm = call.object()
        needs_unblocked(vm, name)
        needs_state(vm, *states)
        if name.startswith("clean_") and not vm.get("pvDriversDetected"):
            raise XapiError("VM_LACKS_FEATURE", call.ref(vm))
        host = call.body.get("hostId")
        if host and call.store.actual("hosts", host) is None:
            raise no_such("host", host)
        set_power(call.store, vm, result, host=host, now=call.xo.clock.seconds())
        _tell(call, vm, name)


def _tell(call: Call, vm: Record, name: str) -> None:
    """What XAPI says about it."""
    if name in MESSAGES:
        maker, fresh = maker_of(call.xo.identity, vm), call.xo.identity.fresh("message")
        word, text = MESSAGES[name], f"VM '{vm['name_label']}' {MESSAGES[name].lower()}"
        message = maker.message(f"VM_{word}", vm["id"], body=text, seconds=call.xo.clock.seconds())
        call.store.add("messages", message | maker.base("message", fresh, object_id=fresh))


for _name in POWER:
    _power_action(_name)


@action("POST /vms/{id}/actions/snapshot", creates="vm-snapshots")
async def snapshot(call: Call) -> Record:
    """Take a snapshot; its name is the VM's and the time, unless given."""
    vm = call.object()
    needs_unblocked(vm, "snapshot")
    name = call.body.get("name_label") or f"[XO {call.user['name']}] {vm['name_label']} {call.xo.clock.seconds()}"
    copy = copy_machine(call.store, call.xo.identity, vm, "VM-snapshot", name, now=call.xo.clock.seconds())
    call.store.update("vms", vm["id"], snapshots=[*vm["snapshots"], copy["id"]])
    return {"id": copy["id"]}


@action("POST /vms/{id}/actions/clone", creates="vms")
async def clone(call: Call) -> Record:
    """Copy a VM, onto another storage repository where one is named."""
    vm = call.object()
    needs_unblocked(vm, "clone")
    sr = call.body.get("srId")
    if sr and call.store.actual("srs", sr) is None:
        raise no_such("SR", sr)
    if not sr and call.body.get("fast", True):
        needs_state(vm, HALTED)
    name = call.body.get("name_label") or f"{vm['name_label']}_clone"
    return {"id": copy_machine(call.store, call.xo.identity, vm, "VM", name, sr=sr)["id"]}


@action("POST /vms/{id}/actions/revert_snapshot")
async def revert_snapshot(call: Call) -> None:
    """Go back to a snapshot of this VM."""
    vm, snapshot_id = call.object(), call.body["snapshotId"]
    source = call.store.actual("vm-snapshots", snapshot_id)
    if source is None:
        raise no_such("VM-snapshot", snapshot_id)
    if source.get("$snapshot_of") != vm["id"]:
        raise ApiError(500, f"{snapshot_id} is no snapshot of {vm['id']}")
    if call.body.get("snapshotBefore"):
        await snapshot(call)
    set_power(call.store, vm, HALTED)
    kept = {name: source[name] for name in ("CPUs", "memory", "name_description", "boot") if name in source}
    call.store.update("vms", vm["id"], **kept)


@action("POST /vms/{id}/actions/migrate")
async def migrate(call: Call) -> None:
    """Move a running VM to another host, and its disks where another storage repository is named."""
    vm, body = call.object(), call.body
    needs_unblocked(vm, "pool_migrate")
    for name, collection, kind in (
        ("hostId", "hosts", "host"),
        ("srId", "srs", "SR"),
        ("migrationNetworkId", "networks", "network"),
    ):
        if name in body and call.store.actual(collection, body[name]) is None:
            raise no_such(kind, body[name])
    needs_state(vm, RUNNING, PAUSED)
    call.store.update("vms", vm["id"], **{"$container": body["hostId"]})
    targets = body.get("srIdByVdiId", {})
    for link_id in vm["$VBDs"]:
        disk = (call.store.actual("vbds", link_id) or {}).get("VDI")
        if disk and (sr := targets.get(disk) or body.get("srId")):
            call.store.update("vdis", disk, **{"$SR": sr})


@route("DELETE /vms/{id}", "DELETE /vm-templates/{id}", "DELETE /vm-snapshots/{id}")
async def delete_vm(call: Call) -> Response:
    """Delete a machine with its disks; a running one is powered off first, without a word."""
    record = call.object()
    await asyncio.sleep(call.xo.options.write_seconds)
    delete_machine(call.store, call.collection, record)
    return no_content()


@route("GET /vms/{id}/stats")
async def get_stats(call: Call) -> Response:
    """Statistics of a running VM; of another one, 422 with its whole record in `data`."""
    vm = found(call.store, "vms", call.id)
    if vm["power_state"] != RUNNING:
        text = f"VM {vm['id']} is halted or host could not be found."
        reason = {
            "actual": "OpaqueRef:NULL",
            "object": _raw_record(call, vm),
            "property": "resident_on",
            "expected": "a host",
        }
        raise ApiError(422, text, {"message": "incorrect state", "code": 10, "data": reason})
    return json_response(vm_stats(vm, call.query.get("granularity", "seconds"), call.xo.measured))


def _raw_record(call: Call, vm: Record) -> Record:
    """The VM as XAPI keeps it, which says everything and helps nobody."""
    links = {name: [call.xo.identity.ref(name, each) for each in vm[name]] for name in ("$VBDs", "VIFs", "snapshots")}
    limits = "".join(
        f'<restriction field="{name}" max="{1 << number}" min="{number}"/>'
        for number, name in enumerate(("memory-static-max", "vcpus-max", "number-of-vbds", "number-of-vifs") * 12)
    )
    own = {"recommendations": f"<restrictions>{limits}</restrictions>", "resident_on": "OpaqueRef:NULL"}
    return vm | links | own | {"allowed_operations": list(POWER), "NVRAM": {}, "HVM_boot_params": vm["boot"]}


@route("PUT /vms/{id}/stats/data_source/{data_source}", "DELETE /vms/{id}/stats/data_source/{data_source}")
async def change_data_source(call: Call) -> Response:
    """Record or forget a data source of a running VM."""
    needs_state(call.object(), RUNNING)
    return no_content()


@route("GET /vms/{id}/dashboard")
async def get_dashboard(call: Call) -> Response:
    """What the start page of a VM shows."""
    return json_response(vm_dashboard(call.store, found(call.store, "vms", call.id)))


@route("GET /vms/{id}/backup-jobs")
async def backup_jobs(call: Call) -> Response:
    """Jobs that back this VM up."""
    vm = found(call.store, "vms", call.id)
    jobs = call.store.read_all("backup-jobs")
    return shown(call, "backup-jobs", [job for job in jobs if selects(job.get("vms"), vm)])


@route("PATCH /vms/{id}")
async def update_vm(call: Call) -> Response:
    """Change what the body names; reads show it a moment later, under XO's other names."""
    vm = call.object()
    changes: Record = {}
    for name, value in call.body.items():
        _change(call, vm | changes, changes, name, value)
    if changes:
        call.store.update("vms", vm["id"], **changes)
    return no_content()


RENAMED = {
    "nameLabel": "name_label",
    "nameDescription": "name_description",
    "autoPoweron": "auto_poweron",
    "highAvailability": "high_availability",
    "nestedVirt": "isNestedVirtEnabled",
}
"""What PATCH calls differently from GET."""


def _change(call: Call, vm: Record, changes: Record, name: str, value: Any) -> None:
    """Translate one property of the body into changes of the record."""
    match name:
        case "blockedOperations":
            changes[name] = _merged(vm[name], {key: _blocked(each) for key, each in value.items()})
        case "xenStoreData":
            changes[name] = _merged(vm[name], value)
        case "cpus" | "cpusStaticMax":
            changes["CPUs"] = vm["CPUs"] | {"number" if name == "cpus" else "max": int(value)}
        case "memory" | "memoryMax" | "memoryMin" | "memoryStaticMax":
            changes["memory"] = _memory(vm["memory"], name, _bytes(value))
        case "hvmBootFirmware":
            changes["boot"] = vm["boot"] | {"firmware": value}
        case "affinityHost":
            if value is not None and call.store.actual("hosts", value) is None:
                raise no_such("host", value)
            changes[name] = ... if value is None else value
        case "uefiMode" | "share":
            pass
        case _:
            changes[RENAMED.get(name, name)] = ... if value is None else value


def _merged(old: Record, new: Record) -> Record:
    return {key: value for key, value in (old | new).items() if value is not None}


def _blocked(value: Any) -> str | None:
    """`true` reads back as the string "true"; `false` and null remove the key."""
    if value is None or value is False:
        return None
    return "true" if value is True else str(value)


def _memory(old: Record, name: str, size: int) -> Record:
    low, high = old["dynamic"]
    match name:
        case "memory":
            return {"dynamic": [size, size], "static": [old["static"][0], max(size, old["static"][1])], "size": size}
        case "memoryMax":
            return old | {"dynamic": [low, size], "size": size}
        case "memoryMin":
            return old | {"dynamic": [size, high]}
    return old | {"static": [old["static"][0], size]}


def _bytes(value: Any) -> int:
    """Bytes; XO takes `4 GiB` too.

    Raises:
        ApiError: 500 for what is no size.
    """
    if not isinstance(value, str):
        return int(value)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]i?)?B?\s*", value)
    if match is None:
        raise ApiError(500, f"cannot parse size {value}")
    return int(float(match[1]) * (1 << 10 * " KMGT".index((match[2] or " ")[0])))
