"""Files inside backups."""

import gzip
import io
import tarfile
import zipfile

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError
from fake_xo.jsonrpc.files import Ready
from fake_xo.store import Record

PARTITION = "12345678-01"
TREE = {"/etc/hostname": b"web-1\n", "/etc/fstab": b"/dev/xvda1 / ext4 defaults 0 1\n", "/hello.txt": b"hello\n"}
"""What the disk of every delta backup holds."""


def _require_disk(call: RpcCall) -> None:
    remote = call.params["remote"]
    if call.store.actual("backup-repositories", remote) is None:
        raise RpcError(1, f"no such remote {remote}", {"id": remote, "type": "remote"})
    disks = {disk["id"] for archive in call.store.every("backup-archives") for disk in archive.get("disks", ())}
    if call.params["disk"] not in disks:
        message = f"ENOENT: no such file or directory, open '/run/xo-server/mounts/{remote}/{call.params['disk']}'"
        raise RpcError(PEER, message, {"code": "ENOENT", "message": message, "stack": "Error\n    at x"})


@method("backupNg.listPartitions")
async def list_partitions(call: RpcCall) -> list[Record]:
    """One, with a file system."""
    _require_disk(call)
    return [{"id": PARTITION, "name": "", "nr": 1, "start": 1 << 20, "size": 1 << 30, "type": "0x83"}]


@method("backupNg.listFiles")
async def list_files(call: RpcCall) -> Record:
    """One folder; names of folders end with a slash."""
    _require_disk(call)
    folder = f"/{call.params['path'].strip('/')}/".replace("//", "/")
    inside = {name.removeprefix(folder) for name in TREE if name.startswith(folder)}
    if not inside:
        raise RpcError(PEER, f"ENOENT: no such file or directory, scandir '/tmp/mount{folder}'")
    return {name if "/" not in name else name.partition("/")[0] + "/": {} for name in sorted(inside)}


@method("backupNg.fetchFiles")
async def fetch_files(call: RpcCall) -> Record:
    """An address for one use. Paths are not checked before: an unknown one breaks the download."""
    _require_disk(call)
    kind = call.params["format"]
    chosen = {
        name: content
        for name, content in TREE.items()
        for path in call.params["paths"]
        if name == path or name.startswith(path.rstrip("/") + "/")
    }
    content = _zip(chosen) if kind == "zip" else _tgz(chosen)
    file = Ready(content, fails=kind not in {"tgz", "zip"} or not chosen)
    return {"$getFrom": call.xo.rpc.files.offer(file)}


def _tgz(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name.lstrip("/"))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.lstrip("/"), data)
    return content.getvalue()
