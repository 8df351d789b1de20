"""Networks and the NICs of machines."""

from typing import TYPE_CHECKING

from starlette.responses import Response

from fake_xo.call import Call, action, created, no_content, route
from fake_xo.errors import XapiError, no_such
from fake_xo.machines import delete_nic, maker_of

if TYPE_CHECKING:
    from fake_xo.store import Record

RENAMED = {"MTU": "MTU", "ipv4_allowed": "allowedIpv4Addresses", "ipv6_allowed": "allowedIpv6Addresses"}


@route("POST /vifs")
async def create_vif(call: Call) -> Response:
    """A new NIC of a machine."""
    body = call.body
    vm, network = call.store.actual("vms", body["vmId"]), call.store.actual("networks", body["networkId"])
    if vm is None:
        raise no_such("VM", body["vmId"])
    if network is None:
        raise no_such("network", body["networkId"])
    maker, fresh = maker_of(call.xo.identity, vm), call.xo.identity.fresh("VIF")
    own = {shown: body[sent] for sent, shown in RENAMED.items() if sent in body}
    own |= {name: body[name] for name in ("MAC", "device", "other_config") if body.get(name)}
    own.setdefault("device", str(len(vm["VIFs"])))
    if "locking_mode" in body:
        own["lockingMode"] = body["locking_mode"]
    record = maker.vif(fresh, vm["id"], network["id"], **own) | maker.base("VIF", fresh, object_id=fresh)
    call.store.add("vifs", record)
    call.store.update("vms", vm["id"], VIFs=[*vm["VIFs"], fresh])
    call.store.update("networks", network["id"], VIFs=[*network["VIFs"], fresh])
    return created(fresh, "vifs")


@route("PATCH /vifs/{id}")
async def update_vif(call: Call) -> Response:
    """Change a NIC; allowed addresses lock it."""
    vif, changes = call.object(), dict(call.body)
    if changes.get("allowedIpv4Addresses") or changes.get("allowedIpv6Addresses"):
        changes.setdefault("lockingMode", "locked")
    if "rateLimit" in changes and changes["rateLimit"] is None:
        changes["rateLimit"] = ...
    if changes:
        call.store.update("vifs", vif["id"], **changes)
    return no_content()


@route("DELETE /vifs/{id}")
async def delete_vif(call: Call) -> Response:
    """Remove a NIC."""
    delete_nic(call.store, call.object()["id"])
    return no_content()


@action("POST /vifs/{id}/actions/connect")
async def connect_vif(call: Call) -> None:
    """Plug a NIC into a running machine."""
    _switch(call, attached=True)


@action("POST /vifs/{id}/actions/disconnect")
async def disconnect_vif(call: Call) -> None:
    """Unplug a NIC from a running machine."""
    _switch(call, attached=False)


def _switch(call: Call, *, attached: bool) -> None:
    vif = call.object()
    vm: Record = call.store.actual("vms", vif["$VM"]) or {"power_state": "Halted"}
    if vm["power_state"] != "Running":
        raise XapiError("VM_BAD_POWER_STATE", call.ref(vm), "running", vm["power_state"].lower())
    if vif["attached"] == attached:
        raise XapiError("DEVICE_ALREADY_ATTACHED" if attached else "DEVICE_ALREADY_DETACHED", call.ref(vif))
    call.store.update("vifs", vif["id"], attached=attached)


@route("DELETE /networks/{id}")
async def delete_network(call: Call) -> Response:
    """Delete a network nothing hangs on."""
    network = call.object()
    used = [vif for name in network["VIFs"] if (vif := call.store.actual("vifs", name)) and vif["attached"]]
    if used:
        raise XapiError("NETWORK_CONTAINS_VIF", *(call.ref(vif) for vif in used))
    if any((call.store.actual("pifs", name) or {}).get("management") for name in network["PIFs"]):
        raise XapiError("NETWORK_CONTAINS_PIF", call.ref(network))
    call.store.remove("networks", network["id"])
    return no_content()
