"""Methods of self-service: resource sets, IP pools, cloud configs; nothing of them is checked."""

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import no_such
from fake_xo.store import Record

FIRST = "first"
"""The id of the one of each kind that is there from the start."""


def kept(call: RpcCall, kind: str) -> dict[str, Record]:
    """Records of a kind by id."""
    seeds: dict[str, Record] = {
        "resource sets": {
            "id": FIRST, "name": "team", "subjects": [], "objects": [], "ipPools": [],
            "limits": {"cpus": {"total": 4, "usage": 1}, "memory": {"total": 8 << 30, "usage": 0}},
        },
        "ip pools": {"id": FIRST, "name": "lan", "addresses": {"192.0.2.10": {}}, "networks": []},
        "cloud configs": {
            "id": FIRST, "name": "base", "template": "#cloud-config\nhostname: {name}\npassword: hunter2\n",
        },
        "network configs": {"id": "network", "name": "static", "template": "version: 1\n"},
    }  # fmt: skip
    found: dict[str, Record] = call.xo.rpc.settings.setdefault(kind, {seeds[kind]["id"]: seeds[kind]})
    return found


@method("resourceSet.getAll")
async def resource_sets(call: RpcCall) -> list[Record]:
    """All, for administrators."""
    return list(kept(call, "resource sets").values())


@method("resourceSet.create")
async def create_set(call: RpcCall) -> Record:
    """Anything is taken."""
    limits = {name: {"total": total, "usage": 0} for name, total in call.params.get("limits", {}).items()}
    record = {"subjects": [], "objects": [], "ipPools": [], **call.params, "limits": limits}
    record["id"] = call.xo.identity.fresh("resource set")
    kept(call, "resource sets")[record["id"]] = record
    return record


@method("resourceSet.set")
async def update_set(call: RpcCall) -> None:
    """Lists and limits are replaced as a whole."""
    record = kept(call, "resource sets").get(call.params["id"])
    if record is None:
        raise no_such(call.params["id"], "resourceSet")
    changes = dict(call.params)
    if "limits" in changes:
        usage = {name: limit["usage"] for name, limit in record["limits"].items()}
        changes["limits"] = {
            name: {"total": total, "usage": usage.get(name, 0)} for name, total in changes["limits"].items()
        }
    kept(call, "resource sets")[record["id"]] = record | changes


@method("resourceSet.delete")
async def delete_set(call: RpcCall) -> None:
    """Its VMs stay."""
    if kept(call, "resource sets").pop(call.params["id"], None) is None:
        raise no_such(call.params["id"], "resourceSet")


@method("resourceSet.recomputeAllLimits")
async def recompute(_: RpcCall) -> None:
    """Usage is right here."""


@method("ipPool.getAll")
async def ip_pools(call: RpcCall) -> list[Record]:
    """All, for administrators."""
    return list(kept(call, "ip pools").values())


@method("ipPool.create")
async def create_pool(call: RpcCall) -> str:
    """Nothing is declared and nothing checked."""
    fresh = call.xo.identity.fresh("ip pool")
    kept(call, "ip pools")[fresh] = {"addresses": {}, **call.params, "id": fresh}
    return fresh


@method("ipPool.set")
async def update_pool(call: RpcCall) -> None:
    """Addresses are merged; null removes one."""
    record = kept(call, "ip pools").get(call.params["id"])
    if record is None:
        raise no_such(call.params["id"], "ipPool")
    merged = {**record["addresses"], **call.params.get("addresses", {})}
    addresses = {name: value for name, value in merged.items() if value is not None}
    kept(call, "ip pools")[record["id"]] = record | call.params | {"addresses": addresses}


@method("ipPool.delete")
async def delete_pool(call: RpcCall) -> None:
    """Gone."""
    kept(call, "ip pools").pop(call.params["id"], None)


@method("cloudConfig.getAll")
async def cloud_configs(call: RpcCall) -> list[Record]:
    """User data, for every user."""
    return list(kept(call, "cloud configs").values())


@method("cloudConfig.getAllNetworkConfigs")
async def network_configs(call: RpcCall) -> list[Record]:
    """Network data, for every user."""
    return list(kept(call, "network configs").values())


@method("cloudConfig.create", "cloudConfig.createNetworkConfig")
async def create_config(call: RpcCall) -> Record:
    """Of either kind."""
    kind = "cloud configs" if call.method == "cloudConfig.create" else "network configs"
    record = {**call.params, "id": call.xo.identity.fresh("cloud config")}
    kept(call, kind)[record["id"]] = record
    return record


@method("cloudConfig.update")
async def update_config(call: RpcCall) -> None:
    """Both kinds."""
    for kind in ("cloud configs", "network configs"):
        record = kept(call, kind).get(call.params["id"])
        if record is not None:
            kept(call, kind)[record["id"]] = record | call.params
            return
    raise no_such(call.params["id"], "cloud config")


@method("cloudConfig.delete")
async def delete_config(call: RpcCall) -> None:
    """Both kinds; an unknown one is `true`."""
    for kind in ("cloud configs", "network configs"):
        kept(call, kind).pop(call.params["id"], None)
