"""Storage repositories and their plugs into hosts."""

from starlette.responses import Response

from fake_xo.call import Call, action, created, no_content, route
from fake_xo.errors import ApiError, XapiError, no_such
from fake_xo.machines import maker_of
from fake_xo.records import Maker
from fake_xo.store import Record

SHARED_KINDS = {"nfs", "smb", "lvmoiscsi", "lvmohba", "iso", "cephfs", "glusterfs", "moosefs"}
DEFAULT_SIZE = 1 << 40


@route("POST /srs")
async def create_sr(call: Call) -> Response:
    """A new storage repository, plugged into its host."""
    body = call.body
    if body["SR_type"] == "linstor":
        raise ApiError(501, "not implemented")
    host = call.store.actual("hosts", body["hostId"])
    if host is None:
        raise no_such("host", body["hostId"])
    maker = maker_of(call.xo.identity, host)
    fresh = call.xo.identity.fresh("SR")
    container = host["$pool"] if body["SR_type"] in SHARED_KINDS else host["id"]
    size = int(body.get("size") or DEFAULT_SIZE)
    record = maker.storage(body["name_label"], container, size=size, kind=body["SR_type"])
    own = {name: body[name] for name in ("name_description", "content_type", "sm_config") if name in body}
    record |= maker.base("SR", fresh, object_id=fresh) | own
    record["$PBDs"] = [_plug(call, maker, host, fresh)]
    call.store.add("srs", record)
    return created(fresh, "srs")


def _plug(call: Call, maker: Maker, host: Record, sr: str) -> str:
    pbd = maker.pbd(host["id"], sr, {key: str(value) for key, value in call.body["device_config"].items()})
    call.store.add("pbds", pbd)
    call.store.update("hosts", host["id"], **{"$PBDs": [*host["$PBDs"], pbd["id"]]})
    return str(pbd["id"])


@route("DELETE /srs/{id}")
async def delete_sr(call: Call) -> Response:
    """Destroy an empty storage repository."""
    sr = call.object()
    if sr["VDIs"]:
        raise XapiError("SR_NOT_EMPTY", call.ref(sr))
    _forget(call, sr)
    return no_content()


@action("POST /srs/{id}/actions/forget")
async def forget_sr(call: Call) -> None:
    """Forget a storage repository; what is on it stays there."""
    _forget(call, call.object())


@action("POST /srs/{id}/actions/scan")
async def scan_sr(call: Call) -> None:
    """Look for disks."""
    call.object()


@action("POST /srs/{id}/actions/reclaim_space")
async def reclaim_space(call: Call) -> None:
    """Give freed blocks back; only block storage can."""
    sr = call.object()
    if sr["SR_type"] in {"nfs", "iso", "smb"}:
        raise XapiError("SR_OPERATION_NOT_SUPPORTED", call.ref(sr))


def _forget(call: Call, sr: Record) -> None:
    for name in sr["$PBDs"]:
        call.store.remove("pbds", name)
    for name in sr["VDIs"]:
        call.store.remove("vdis", name)
    call.store.remove("srs", sr["id"])


@action("POST /pbds/{id}/actions/plug")
async def plug(call: Call) -> None:
    """Plug storage into its host."""
    call.store.update("pbds", call.object()["id"], attached=True)


@action("POST /pbds/{id}/actions/unplug")
async def unplug(call: Call) -> None:
    """Unplug storage from its host, unless a disk on it is in use there."""
    pbd = call.object()
    used = [disk for disk in call.store.every("vdis") if disk["$SR"] == pbd["SR"]]
    links = [call.store.actual("vbds", name) for disk in used for name in disk["$VBDs"]]
    if any(link and link["attached"] for link in links):
        raise XapiError("VDI_IN_USE", call.ref(pbd))
    call.store.update("pbds", pbd["id"], attached=False)
