"""Pools: what is made in them, and what is done to all of them at once."""

from typing import Any

from starlette.responses import Response

from fake_xo.call import Call, action, route
from fake_xo.dashboards import PATCHES, pool_dashboard
from fake_xo.errors import ApiError, XapiError, no_such, unprocessable
from fake_xo.machines import copy_machine, delete_nic, keep_on, maker_of, set_power
from fake_xo.rbac import found, template
from fake_xo.responses import json_response
from fake_xo.stats import host_stats
from fake_xo.store import Record


@action("POST /pools/{id}/actions/create_vm", creates="vms")
async def create_vm(call: Call) -> Record:
    """A VM from a template, given by its uuid; its tags come along, and unknown keys of disks and NICs are ignored."""
    body, identity = call.body, call.xo.identity
    if "tags" in body:
        raise unprocessable({"body.tags": ('"tags" is an excess property and therefore is not allowed', body["tags"])})
    vm = copy_machine(call.store, identity, template(call.store, body["template"]), "VM", body["name_label"])
    changes: Record = {
        key: body[name]
        for name, key in (
            ("name_description", "name_description"),
            ("autoPoweron", "auto_poweron"),
            ("high_availability", "high_availability"),
            ("secureBoot", "secureBoot"),
            ("affinity", "affinityHost"),
        )
        if name in body
    }
    if "cpus" in body:
        changes["CPUs"] = {"max": int(body["cpus"]), "number": int(body["cpus"])}
    if "memory" in body:
        size = int(body["memory"])
        changes["memory"] = {"dynamic": [size, size], "static": [size, size], "size": size}
    own = {"creation": {"user": call.user["id"], "date": call.xo.clock.ms()}, "installTime": call.xo.clock.seconds()}
    vm = call.store.update("vms", vm["id"], **changes, **own)
    put_nics(call, vm, body.get("vifs"))
    for spec in body.get("vdis", ()):
        add_disk(call, vm["id"], spec)
    if body.get("boot"):
        set_power(call.store, call.store.actual("vms", vm["id"]) or vm, "Running", now=call.xo.clock.seconds())
    return {"id": vm["id"]}


def put_nics(call: Call, vm: Record, specs: list[Record] | None) -> None:
    """The NICs asked for, in place of the template's."""
    if specs is None:
        return
    for name in vm["VIFs"]:
        delete_nic(call.store, name)
    fresh = []
    for number, spec in enumerate(each for each in specs if "network" in each):
        if call.store.actual("networks", spec["network"]) is None:
            raise no_such("network", spec["network"])
        maker, name = maker_of(call.xo.identity, vm), call.xo.identity.fresh("VIF")
        own = {"device": str(number)} | ({"MAC": spec["mac"]} if spec.get("mac") else {})
        vif = maker.vif(name, vm["id"], spec["network"], **own)
        call.store.add("vifs", vif | maker.base("VIF", name, object_id=name))
        fresh.append(name)
    call.store.update("vms", vm["id"], VIFs=fresh)


def add_disk(call: Call, vm_id: str, spec: Record) -> None:
    """A further disk."""
    if spec.get("destroy") or "size" not in spec:
        return
    vm: Any = call.store.actual("vms", vm_id)
    sr = spec.get("sr") or call.store.every("pools")[0]["default_SR"]
    if call.store.actual("srs", sr) is None:
        raise no_such("SR", sr)
    maker = maker_of(call.xo.identity, vm)
    vdi_id, vbd_id = call.xo.identity.fresh("VDI"), call.xo.identity.fresh("VBD")
    disk = maker.disk(spec.get("name_label", "disk"), sr, size=int(spec["size"]))
    disk |= maker.base("VDI", vdi_id, object_id=vdi_id) | {"$VBDs": [vbd_id]}
    disk["name_description"] = spec.get("name_description", "")
    link = maker.vbd(vbd_id, vm_id, vdi_id, position=str(len(vm["$VBDs"])))
    call.store.add("vdis", disk)
    keep_on(call.store, disk)
    call.store.add("vbds", link | maker.base("VBD", vbd_id, object_id=vbd_id))
    call.store.update("vms", vm_id, **{"$VBDs": [*vm["$VBDs"], vbd_id]})


def _network(call: Call, bridge: str, pifs: list[str], **own: Any) -> Record:
    body = call.body
    for name in pifs:
        if call.store.actual("pifs", name) is None:
            raise no_such("PIF", name)
    fresh = call.xo.identity.fresh("network")
    maker = maker_of(call.xo.identity, call.object())
    record = maker.network(body["name"], bridge, MTU=int(body.get("mtu", 1500)), nbd=body.get("nbd", False), **own)
    own_id = maker.base("network", fresh, object_id=fresh)
    call.store.add("networks", record | own_id | {"name_description": body.get("description", ""), "PIFs": pifs})
    return {"id": fresh}


@action("POST /pools/{id}/actions/create_network", creates="networks")
async def create_network(call: Call) -> Record:
    """A network on a NIC of the hosts."""
    return _network(call, "xapi9", [call.body["pif"]])


@action("POST /pools/{id}/actions/create_bonded_network", creates="networks")
async def create_bonded_network(call: Call) -> Record:
    """A network on several NICs at once."""
    return _network(call, "xapi10", call.body["pifIds"], isBonded=True)


@action("POST /pools/{id}/actions/create_internal_network", creates="networks")
async def create_internal_network(call: Call) -> Record:
    """A network that leaves no host."""
    return _network(call, "xapi11", [])


@action("POST /pools/{id}/actions/emergency_shutdown")
async def emergency_shutdown(call: Call) -> None:
    """Suspend every VM and switch every host off."""
    call.object()
    for vm in call.store.every("vms"):
        if vm["power_state"] == "Running":
            set_power(call.store, vm, "Suspended")
    for host in call.store.every("hosts"):
        call.store.update("hosts", host["id"], enabled=False, power_state="Halted")


@action("POST /pools/{id}/actions/rolling_reboot")
async def rolling_reboot(call: Call) -> None:
    """Restart the hosts one by one."""
    _restart_hosts(call)


@action("POST /pools/{id}/actions/rolling_update")
async def rolling_update(call: Call) -> None:
    """Patch and restart the hosts one by one."""
    _restart_hosts(call)


def _restart_hosts(call: Call) -> None:
    call.object()
    now = call.xo.clock.seconds()
    for host in call.store.every("hosts"):
        call.store.update("hosts", host["id"], startTime=now, agentStartTime=now, rebootRequired=False)


@action("POST /pools/{id}/actions/management_reconfigure")
async def management_reconfigure(call: Call) -> None:
    """Move the management of all hosts to another network."""
    network = call.store.actual("networks", call.body["network"])
    if network is None:
        raise no_such("network", call.body["network"])
    if not any((call.store.actual("pifs", name) or {}).get("ip") for name in network["PIFs"]):
        raise XapiError("INTERFACE_HAS_NO_IP", call.ref(network))


@action("POST /pools/{id}/actions/add_host")
async def add_host(call: Call) -> None:
    """Add a host of another pool; one of this pool is in it already."""
    host = call.store.actual("hosts", call.body["host"])
    if host is None:
        raise no_such("host", call.body["host"])
    raise ApiError(500, "the host is already in this pool")


@route("GET /pools/{id}/stats")
async def get_stats(call: Call) -> Response:
    """Statistics of all hosts, by id."""
    found(call.store, "pools", call.id)
    granularity = call.query.get("granularity", "seconds")
    end = call.xo.measured
    return json_response({host["id"]: host_stats(host, granularity, end) for host in call.store.read_all("hosts")})


@route("GET /pools/{id}/dashboard")
async def get_dashboard(call: Call) -> Response:
    """What the start page of a pool shows."""
    return json_response(pool_dashboard(call.store, found(call.store, "pools", call.id)))


@route("GET /pools/{id}/missing_patches", "GET /hosts/{id}/missing_patches")
async def missing_patches(call: Call) -> Response:
    """Patches to install."""
    record = found(call.store, call.collection, call.id)
    if record.get("power_state", "Running") != "Running":
        raise ApiError(500, "the host is not running")
    return json_response(PATCHES)
