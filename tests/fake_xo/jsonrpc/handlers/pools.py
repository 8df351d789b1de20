"""Methods of pools: settings, high availability, master, patches."""

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import RpcError, no_such, slip, xapi
from fake_xo.jsonrpc.files import Ready
from fake_xo.store import Record


@method("pool.set")
async def update(call: RpcCall) -> None:
    """Any text is taken for a network; null unsets."""
    changes = {name: ... if value is None else value for name, value in call.params.items() if name != "id"}
    call.store.update("pools", call.params["id"], **changes)


@method("pool.setDefaultSr")
async def set_default_sr(call: RpcCall) -> None:
    """Of the pool it belongs to."""
    sr = call.objects["sr"]
    call.store.update("pools", sr["$pool"], default_SR=sr["id"])


@method("pool.setPoolMaster")
async def set_master(call: RpcCall) -> None:
    """At once here; a real XO loses the pool meanwhile."""
    host = call.objects["host"]
    call.store.update("pools", host["$pool"], master=host["id"])


@method("pool.enableHa")
async def enable_ha(call: RpcCall) -> None:
    """Only shared storage will do."""
    for name in call.params["heartbeatSrs"]:
        sr = call.store.actual("srs", name)
        if sr is None:
            raise RpcError(1, f"no such object {name}", {"id": name})
        if not sr["shared"]:
            raise xapi("SR_BACKEND_FAILURE", "", "not shared", "")
    call.store.update("pools", call.params["pool"], HA_enabled=True, haSrs=call.params["heartbeatSrs"])


@method("pool.disableHa")
async def disable_ha(call: RpcCall) -> None:
    """Off already: nothing."""
    call.store.update("pools", call.params["pool"], HA_enabled=False, haSrs=[])


@method("pool.installPatches")
async def install_patches(call: RpcCall) -> None:
    """Told nothing, XO stumbles; with high availability on, it refuses."""
    if "pool" in call.params:
        hosts = [host for host in call.store.every("hosts") if host["$pool"] == call.params["pool"]]
    elif "hosts" in call.params:
        hosts = [call.find("hosts", name, "host") for name in call.params["hosts"]]
    else:
        raise slip("undefined is not iterable (cannot read property Symbol(Symbol.iterator))")
    for pool in {host["$pool"] for host in hosts}:
        if call.find("pools", pool, "pool")["HA_enabled"]:
            raise RpcError(25, "incorrect state", {"actual": True, "expected": False, "object": pool,
                                                   "property": "ha_enabled"})  # fmt: skip
    for host in hosts:
        call.store.update("hosts", host["id"], rebootRequired=True, agentStartTime=call.xo.clock.seconds())


@method("pool.getPatchesDifference")
async def patches_difference(_: RpcCall) -> list[str]:
    """Hosts are alike here."""
    return []


@method("pool.getGuestSecureBootReadiness")
async def secure_boot(call: RpcCall) -> str:
    """The pool is looked up for every user."""
    if call.store.actual("pools", call.params["id"]) is None:
        raise no_such(call.params["id"], "pool")
    return "ready"


@method("pool.getSystemStatuses")
async def system_statuses(call: RpcCall) -> Record:
    """An address for one use."""
    return {"$getFrom": call.xo.rpc.files.offer(Ready(b"reports of all hosts"), "pool-system-statuses.tar")}
