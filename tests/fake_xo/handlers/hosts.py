"""Hosts: power, management, statistics."""

from starlette.responses import Response

from fake_xo.call import Call, action, route
from fake_xo.errors import ApiError, XapiError, incorrect_state, no_such
from fake_xo.machines import set_power
from fake_xo.rbac import found
from fake_xo.responses import json_response
from fake_xo.stats import host_stats
from fake_xo.store import Record


def _needs_running(call: Call, host: Record) -> None:
    if host["power_state"] != "Running":
        raise XapiError("HOST_OFFLINE", call.ref(host))


def _evacuate(call: Call, host: Record) -> None:
    others = [each["id"] for each in call.store.every("hosts") if each["id"] != host["id"] and each["enabled"]]
    guests = [vm for vm in call.store.every("vms") if vm["$container"] == host["id"]]
    if guests and not others:
        raise XapiError("NO_HOSTS_AVAILABLE")
    for vm in guests:
        call.store.update("vms", vm["id"], **{"$container": others[0]})


@action("POST /hosts/{id}/actions/disable")
async def disable(call: Call) -> None:
    """Start no VM here any more."""
    host = call.object()
    if call.body.get("evacuate"):
        _evacuate(call, host)
    call.store.update("hosts", host["id"], enabled=False)


@action("POST /hosts/{id}/actions/enable")
async def enable(call: Call) -> None:
    """Start VMs here again."""
    host = call.object()
    _needs_running(call, host)
    call.store.update("hosts", host["id"], enabled=True)


@action("POST /hosts/{id}/actions/start")
async def start(call: Call) -> None:
    """Wake a host up."""
    host = call.object()
    if not host["powerOnMode"]:
        raise XapiError("HOST_POWER_ON_MODE_DISABLED", call.ref(host))
    call.store.update("hosts", host["id"], power_state="Running", enabled=True)


@action("POST /hosts/{id}/actions/clean_shutdown")
async def clean_shutdown(call: Call) -> None:
    """Move the VMs away and switch the host off."""
    host = call.object()
    _needs_running(call, host)
    if not call.body.get("bypassEvacuate"):
        _evacuate(call, host)
    call.store.update("hosts", host["id"], power_state="Halted", enabled=False)


@action("POST /hosts/{id}/actions/clean_reboot")
async def clean_reboot(call: Call) -> None:
    """Move the VMs away and restart the host."""
    host = call.object()
    _needs_running(call, host)
    _evacuate(call, host)
    _restarted(call, host)


@action("POST /hosts/{id}/actions/smart_reboot")
async def smart_reboot(call: Call) -> None:
    """Suspend the VMs, restart the host, resume them."""
    host = call.object()
    _needs_running(call, host)
    _restarted(call, host)


@action("POST /hosts/{id}/actions/restart_toolstack")
async def restart_toolstack(call: Call) -> None:
    """Restart XAPI; the VMs do not notice."""
    host = call.object()
    _needs_running(call, host)
    call.store.update("hosts", host["id"], agentStartTime=call.xo.clock.seconds())


@action("POST /hosts/{id}/actions/emergency_shutdown")
async def emergency_shutdown(call: Call) -> None:
    """Suspend the VMs where they are and switch the host off."""
    host = call.object()
    for vm in call.store.every("vms"):
        if vm["$container"] == host["id"] and vm["power_state"] == "Running":
            set_power(call.store, vm, "Suspended")
    call.store.update("hosts", host["id"], power_state="Halted", enabled=False)


@action("POST /hosts/{id}/actions/detach")
async def detach(call: Call) -> None:
    """Take a host out of its pool; the master can't go."""
    host = call.object()
    if any(pool["master"] == host["id"] for pool in call.store.every("pools")):
        raise XapiError("HOST_IS_MASTER", call.ref(host))
    call.store.remove("hosts", host["id"])


@action("POST /hosts/{id}/actions/forget")
async def forget(call: Call) -> None:
    """Forget a host that is off for good."""
    host = call.object()
    if host["power_state"] == "Running":
        raise incorrect_state(host["id"], "power_state", host["power_state"], "Halted")
    call.store.remove("hosts", host["id"])


@action("POST /hosts/{id}/actions/scan_pifs")
async def scan_pifs(call: Call) -> None:
    """Look for new NICs."""
    host = call.object()
    if host["power_state"] != "Running":
        raise incorrect_state(host["id"], "power_state", host["power_state"], "Running")


@action("POST /hosts/{id}/actions/management_reconfigure")
async def management_reconfigure(call: Call) -> None:
    """Move the management to another NIC, which must have an address."""
    host, pif = call.object(), call.store.actual("pifs", call.body["pif"])
    if pif is None or pif["$host"] != host["id"]:
        raise no_such("PIF", call.body["pif"])
    if not pif["ip"]:
        raise XapiError("INTERFACE_HAS_NO_IP", call.ref(pif))
    for name in host["PIFs"]:
        call.store.update("pifs", name, management=name == pif["id"])


def _restarted(call: Call, host: Record) -> None:
    now = call.xo.clock.seconds()
    call.store.update("hosts", host["id"], startTime=now, agentStartTime=now, rebootRequired=False)


@route("GET /hosts/{id}/stats")
async def get_stats(call: Call) -> Response:
    """Statistics of a running host."""
    host = found(call.store, "hosts", call.id)
    if host["power_state"] != "Running":
        raise ApiError(422, f"Host {host['id']} is halted or could not be found.", {"object": host})
    return json_response(host_stats(host, call.query.get("granularity", "seconds"), call.xo.measured))


@route("GET /hosts/{id}/smt")
async def smt(call: Call) -> Response:
    """Whether the cores run two threads."""
    _needs_running(call, found(call.store, "hosts", call.id))
    return json_response({"enabled": True})
