"""Methods of storage repositories: probes, attaching again, maintenance, chains, measurements."""

from collections.abc import Iterable

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, slip, xapi
from fake_xo.machines import maker_of
from fake_xo.store import Record, Store

POINTS = {"seconds": (5, 118), "minutes": (60, 118), "hours": (3600, 166), "days": (86400, 363)}
"""Granularity to seconds between two values, and how many there are."""
EXPORT, LUN, DEVICE = "/exports", "36001405aaaaaaaa", "36001405bbbbbbbb"
UNREACHABLE = "192.0.2.250"
"""Nothing answers there."""


def running_on(store: Store, sr: str) -> list[str]:
    """Ids of the running VMs that have a disk on a storage repository."""
    machines = {
        link["VM"]
        for disk in store.every("vdis")
        if disk["$SR"] == sr
        for name in disk["$VBDs"]
        if (link := store.actual("vbds", name)) is not None
    }
    return [name for name in sorted(machines) if (store.actual("vms", name) or {}).get("power_state") == "Running"]


def plug(call: RpcCall, sr: Record, *, attached: bool) -> None:
    """Plug a storage repository into all hosts, or out of them."""
    for name in sr["$PBDs"]:
        call.store.update("pbds", name, attached=attached)


@method("sr.set")
async def update(call: RpcCall) -> None:
    """Name and description; with nothing given, `true`."""
    changes = {name: value for name, value in call.params.items() if name != "id"}
    call.store.update("srs", call.params["id"], **changes)


@method("sr.getVdiChainsInfo")
async def chains(call: RpcCall) -> Record:
    """One disk of each writable storage repository waits for coalescing."""
    return _chains(call, call.objects["id"])


@method("sr.getAllUnhealthyVdiChainsLength")
async def all_chains(call: RpcCall) -> Record:
    """By storage repository; ISO libraries are left out."""
    return {sr["id"]: _chains(call, sr) for sr in call.store.every("srs") if sr["content_type"] != "iso"}


def _chains(call: RpcCall, sr: Record) -> Record:
    waiting = {disk["id"]: 2 for disk in call.store.every("vdis") if disk["$SR"] == sr["id"]}
    first = dict(list(waiting.items())[:1])
    return {"vdisWithUnknownVhdParent": {}, "unhealthyVdis": first, "nUnhealthyVdis": len(first)}


@method("sr.stats")
async def stats(call: RpcCall) -> Record:
    """Reads and writes apart."""
    wanted = call.params.get("granularity", "seconds")
    if wanted not in POINTS:
        raise RpcError(PEER, f"Unknown granularity: '{wanted}'. Use 'seconds', 'minutes', 'hours', or 'days'.")
    interval, points = POINTS[wanted]
    both = {"r": [float(number) for number in range(points)], "w": [1.0] * points}
    values = {"iops": both, "ioThroughput": both, "latency": both, "iowait": [0.25] * points}
    return {"interval": interval, "endTimestamp": call.xo.measured, "localTimestamp": None, "stats": values}


@method("sr.enableMaintenanceMode")
async def enable_maintenance(call: RpcCall) -> None:
    """Refused unless exactly the running VMs are named; then they are shut down and the plugs are pulled."""
    sr = call.objects["id"]
    if sr["inMaintenanceMode"]:
        raise xapi("MAP_DUPLICATE_KEY", "SR", "other_config", "OpaqueRef:sr", "xo:maintenanceState")
    running, given = running_on(call.store, sr["id"]), call.params.get("vmsToShutdown", [])
    if set(given) != set(running):
        data = {"actual": given, "expected": running, "property": "vmsToShutdown"}
        raise RpcError(25, "incorrect state", data)
    for name in running:
        call.store.update("vms", name, power_state="Halted")
    plug(call, sr, attached=False)
    call.xo.rpc.settings[f"maintenance {sr['id']}"] = running
    call.store.update("srs", sr["id"], inMaintenanceMode=True)


@method("sr.disableMaintenanceMode")
async def disable_maintenance(call: RpcCall) -> None:
    """Plugs again, and starts the VMs that were shut down for it."""
    sr = call.objects["id"]
    if not sr["inMaintenanceMode"]:
        raise slip('"undefined" is not valid JSON')
    plug(call, sr, attached=True)
    call.store.update("srs", sr["id"], inMaintenanceMode=False)
    for name in call.xo.rpc.settings.pop(f"maintenance {sr['id']}", ()):
        call.store.update("vms", name, power_state="Running")


@method("sr.connectAllPbds")
async def connect_all(call: RpcCall) -> None:
    """Plug into all hosts."""
    plug(call, call.objects["id"], attached=True)


@method("sr.disconnectAllPbds")
async def disconnect_all(call: RpcCall) -> None:
    """Plug out of all hosts; with running VMs on it, the hypervisor refuses."""
    if running_on(call.store, call.objects["id"]["id"]):
        raise xapi("VDI_IN_USE", "OpaqueRef:vdi", "unplug")
    plug(call, call.objects["id"], attached=False)


def _answers(call: RpcCall, parameter: str, mistake: str) -> None:
    if call.params[parameter] == UNREACHABLE:
        raise xapi("SR_BACKEND_FAILURE_73", "", mistake, "")


@method("sr.probeNfs")
async def probe_nfs(call: RpcCall) -> list[Record]:
    """Paths and whom they are exported to."""
    _answers(call, "server", "NFS mount error [opterr=mount failed with return code 32]")
    return [{"path": EXPORT, "acl": "(everyone)"}, {"path": "/iso", "acl": "192.0.2.0/24"}]


@method("sr.probeIscsiIqns")
async def probe_targets(call: RpcCall) -> list[Record]:
    """Only the targets at that very address."""
    _answers(call, "target", "Failed to login to at least one target")
    return [{"iqn": "iqn.2026-01.example:lun0", "ip": call.params["target"]}]


@method("sr.probeIscsiLuns")
async def probe_luns(_: RpcCall) -> list[Record]:
    """Sizes are text here."""
    return [{"id": "0", "vendor": "FAKE", "serial": "S1", "size": str(100 << 30), "scsiId": LUN}]


@method("sr.probeHba")
async def probe_hba(_: RpcCall) -> list[Record]:
    """Sizes are numbers here."""
    return [{"hba": "lpfc", "id": "0", "lun": 1, "path": "/dev/sdb", "scsiId": DEVICE, "serial": "S2",
             "size": 100 << 30, "vendor": "FAKE"}]  # fmt: skip


@method("sr.probeNfsExists", "sr.probeIscsiExists", "sr.probeHbaExists")
async def probe_existing(call: RpcCall) -> list[Record]:
    """What was forgotten is there, and can be attached again; on anything else is nothing."""
    target = call.params.get("serverPath") or call.params.get("scsiId")
    there = target in {EXPORT, LUN, DEVICE}
    return [{"uuid": uuid} for uuid in _forgotten(call)] if there else []


def _forgotten(call: RpcCall) -> Iterable[str]:
    """What a test put aside, and the uuid that always is somewhere."""
    return [*call.xo.rpc.settings.get("forgotten", ()), call.xo.identity.uuid("SR", "forgotten")]


@method("sr.createNfs", "sr.createSmb", "sr.createIscsi", "sr.createHba")
async def create(call: RpcCall) -> str:
    """With `srUuid` it is attached under that id; without it, a LUN is formatted."""
    params = call.params
    uuid = params.get("srUuid")
    if uuid is None and call.method in {"sr.createIscsi", "sr.createHba"}:
        call.xo.rpc.settings.setdefault("formatted", []).append(params["scsiId"])
    fresh = uuid or call.xo.identity.fresh("SR")
    if call.store.actual("srs", fresh) is not None:
        raise xapi("SR_UUID_EXISTS", fresh)
    host = call.objects["host"]
    maker = maker_of(call.xo.identity, host)
    kind = call.method.removeprefix("sr.create").lower()
    record = maker.storage(params["nameLabel"], host["$pool"], size=1 << 40, kind=kind)
    record |= maker.base("SR", fresh, object_id=fresh) | {"name_description": params["nameDescription"]}
    pbd = maker.pbd(host["id"], fresh, {"server": str(params.get("server") or params.get("target") or "")})
    call.store.add("pbds", pbd)
    call.store.add("srs", record | {"$PBDs": [pbd["id"]]})
    return str(fresh)
