"""What is streamed: exports down, imports up."""

import gzip

from starlette.responses import Response, StreamingResponse

from fake_xo.call import Call, created, no_content, route
from fake_xo.errors import ApiError, XapiError
from fake_xo.exports import VHD_MAGIC, XVA_MAGIC, export_bytes
from fake_xo.handlers.pools import add_disk, put_nics
from fake_xo.machines import keep_on, maker_of
from fake_xo.rbac import found

OCTETS = "application/octet-stream"
TAR_MAGIC = (XVA_MAGIC, b"ustar", b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
HEAD = 512


@route(
    "GET /vms/{id}.{format}",
    "GET /vm-templates/{id}.{format}",
    "GET /vm-snapshots/{id}.{format}",
    "GET /vdis/{id}.{format}",
    "GET /vdi-snapshots/{id}.{format}",
)
async def export(call: Call) -> Response:
    """An export, chunked: nobody knows its length beforehand."""
    record = found(call.store, call.collection, call.id)
    body = export_bytes(f"{record['id']}.{call.params['format']}", call.xo.options.export_bytes)
    return StreamingResponse(body, headers={"Content-Type": OCTETS})


@route("GET /hosts/{id}/audit.txt")
async def audit_log(call: Call) -> Response:
    """The audit log of a running host."""
    return _host_file(call, b"".join(b"20261121T00:00:%02dZ harbour audit line %d\n" % (n, n) for n in range(60)))


@route("GET /hosts/{id}/logs.tgz")
async def host_logs(call: Call) -> Response:
    """All logs of a running host, compressed."""
    return _host_file(call, gzip.compress(b"harbour log line\n" * 1000, mtime=0))


def _host_file(call: Call, content: bytes) -> Response:
    host = found(call.store, "hosts", call.id)
    if host["power_state"] != "Running":
        raise XapiError("HOST_OFFLINE", call.ref(host))
    return StreamingResponse(iter([content]), headers={"Content-Type": OCTETS})


async def _received(call: Call) -> tuple[bytes, int]:
    """The first bytes of the upload, and how many there were."""
    head, size = b"", 0
    async for chunk in call.request.stream():
        head += chunk[: HEAD - len(head)] if len(head) < HEAD else b""
        size += len(chunk)
    return head, size


def _check_vhd(head: bytes) -> None:
    if not head.startswith(VHD_MAGIC):
        raise ApiError(500, "invalid VHD: wrong cookie")


@route("POST /srs/{id}/vdis")
async def import_vdi(call: Call) -> Response:
    """A new disk from a VHD, or from anything with `raw`."""
    sr = call.object()
    head, size = await _received(call)
    if not call.query.get("raw"):
        _check_vhd(head)
    fresh = call.xo.identity.fresh("VDI")
    maker = maker_of(call.xo.identity, sr)
    disk = maker.disk(call.query.get("name_label", "imported"), sr["id"], size=size, usage=size)
    disk |= maker.base("VDI", fresh, object_id=fresh)
    disk["name_description"] = call.query.get("name_description", "")
    call.store.add("vdis", disk)
    keep_on(call.store, disk)
    return created(fresh, "vdis")


@route("PUT /vdis/{id}.{format}")
async def import_content(call: Call) -> Response:
    """Overwrite a disk."""
    disk = call.object()
    head, size = await _received(call)
    if call.params["format"] == "vhd":
        _check_vhd(head)
    call.store.update("vdis", disk["id"], usage=size)
    return no_content()


@route("POST /pools/{id}/vms")
async def import_vm(call: Call) -> Response:
    """A VM from an XVA."""
    pool = call.object()
    head, _ = await _received(call)
    if not head.startswith(TAR_MAGIC) and b"ustar" not in head:
        raise XapiError("IMPORT_ERROR_PREMATURE_EOF")
    sr = call.query.get("sr") or pool["default_SR"]
    if call.store.actual("srs", sr) is None:
        raise XapiError("UUID_INVALID", "SR", sr)
    fresh = call.xo.identity.fresh("VM")
    maker = maker_of(call.xo.identity, pool)
    vm = maker.machine("VM", "imported") | maker.base("VM", fresh, object_id=fresh)
    vm |= {"vulnerabilities": {"xsa468": False}}
    call.store.add("vms", vm)
    put_nics(call, vm, [{"network": call.store.every("networks")[0]["id"]}])
    add_disk(call, fresh, {"name_label": "imported_disk_0", "size": 10 << 30, "sr": sr})
    return created(fresh, "vms")
