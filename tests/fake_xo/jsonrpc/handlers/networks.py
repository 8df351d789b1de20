"""Methods of networks, PIFs and VIFs, which clear whatever is not given."""

from typing import TYPE_CHECKING

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import slip

if TYPE_CHECKING:
    from fake_xo.store import Record


@method("network.set")
async def update(call: RpcCall) -> None:
    """A new MTU interrupts the network."""
    names = {"mtu": "MTU"}
    changes = {names.get(name, name): value for name, value in call.params.items() if name != "id"}
    call.store.update("networks", call.params["id"], **changes)


@method("pif.reconfigureIp")
async def reconfigure_ip(call: RpcCall) -> None:
    """What is not given is emptied, and any mode is taken."""
    if "id" not in call.params:
        raise slip("Cannot read properties of undefined (reading 'device')")
    given = call.params
    changes = {name: given.get(name, "") for name in ("ip", "netmask", "gateway", "dns")}
    changes |= {name: given[name] for name in ("mode", "ipv6Mode") if name in given}
    call.store.update("pifs", given["id"], **changes, ipv6=[given["ipv6"]] if given["ipv6"] else [])


@method("pif.connect", "pif.disconnect")
async def plug(call: RpcCall) -> None:
    """Up or down."""
    call.store.update("pifs", call.params["id"], attached=call.method == "pif.connect")


@method("pif.delete")
async def forget(call: RpcCall) -> None:
    """Forget a PIF."""
    call.store.remove("pifs", call.params["id"])


@method("vif.set")
async def move(call: RpcCall) -> str:
    """A network keeps the id; a MAC makes the interface anew, under another one."""
    vif: Record = call.objects["id"]
    changes = {"$network": call.params["network"]} if "network" in call.params else {}
    if "mac" not in call.params:
        call.store.update("vifs", vif["id"], **changes)
        return str(vif["id"])
    fresh = call.xo.identity.fresh("VIF")
    call.store.remove("vifs", vif["id"])
    call.store.add("vifs", vif | changes | {"id": fresh, "uuid": fresh, "MAC": call.params["mac"]})
    return fresh
