"""Restores of VM backups, and their end."""

import time

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such
from fake_xo.machines import copy_machine
from fake_xo.store import Record


def _archive(call: RpcCall) -> Record:
    """The archive with this id; for an unknown one the error names a repository, or a path on XO's machine."""
    wanted = call.params["id"]
    repository = wanted.partition("//")[0] if "//" in wanted else wanted[:-1]
    if call.store.actual("backup-repositories", repository) is None:
        raise no_such(repository, "remote")
    found = call.store.actual("backup-archives", wanted)
    if found is None:
        message = f"ENOENT: no such file or directory, open '/backups/nas/{wanted.partition('//')[2]}'"
        raise RpcError(PEER, message, {"code": "ENOENT", "message": message, "stack": "Error\n    at x"})
    return found


@method("backupNg.importVmBackup")
async def restore(call: RpcCall) -> str:
    """A new halted VM with the MACs of the old one unless new ones are wanted; unknown settings are ignored."""
    archive = _archive(call)
    sr = call.store.actual("srs", call.params["sr"])
    if sr is None:
        raise RpcError(1, f"no such object {call.params['sr']}", {"id": call.params["sr"]})
    log = await _transferred(call, archive)
    settings = call.params["settings"]
    source = call.store.actual("vms", archive["vm"]["uuid"]) or call.store.every("vms")[0]
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(archive["timestamp"] / 1000))
    name = f"{archive['vm']['name_label']} ({stamp})"
    made = copy_machine(call.store, call.xo.identity, source, "VM", name, sr=sr["id"])
    extra = [settings["additionalVmTag"]] if settings.get("additionalVmTag") else []
    tags = [*archive["vm"]["tags"], "restored from backup", *extra]
    call.store.update("vms", made["id"], tags=tags)
    if settings.get("newMacAddresses") is not True:
        for old, new in zip(source["VIFs"], made["VIFs"], strict=True):
            nic = call.store.actual("vifs", old)
            if nic:
                call.store.update("vifs", new, MAC=nic["MAC"])
    _place_disks(call, archive, made, settings.get("mapVdisSrs", {}))
    call.store.update("restore-logs", log, status="success", end=call.xo.clock.ms(), result={"id": made["id"]})
    fresh: str = made["id"]
    return fresh


async def _transferred(call: RpcCall, archive: Record) -> str:
    """Take the time that a transfer takes; a log of it is there meanwhile."""
    start = call.xo.clock.ms()
    while call.store.actual("restore-logs", str(start)):
        start += 1
    step = {"id": "transfer", "message": "transfer", "start": start, "status": "pending"}
    data = {"backupId": archive["id"], "srId": call.params["sr"], "time": archive["timestamp"]}
    log = {"id": str(start), "message": "restore", "start": start, "status": "pending", "tasks": [step], "infos": []}
    call.store.add("restore-logs", log | {"data": data})
    await call.step()
    ended = {**step, "status": "success", "end": call.xo.clock.ms(), "result": {"size": archive["size"]}}
    call.store.update("restore-logs", log["id"], tasks=[ended])
    return str(start)


def _place_disks(call: RpcCall, archive: Record, made: Record, srs: dict[str, str | None]) -> None:
    """Disks go where they are sent, in the order of the archive; null leaves one out."""
    links = [link for name in made["$VBDs"] if (link := call.store.actual("vbds", name)) and not link["is_cd_drive"]]
    for disk, link in zip(archive["disks"], links, strict=False):
        if disk["uuid"] not in srs:
            continue
        sr = srs[disk["uuid"]]
        if sr is None:
            call.store.remove("vbds", link["id"])
            call.store.remove("vdis", link["VDI"])
            vm = call.store.actual("vms", made["id"]) or made
            call.store.update("vms", made["id"], **{"$VBDs": [each for each in vm["$VBDs"] if each != link["id"]]})
        else:
            call.store.update("vdis", link["VDI"], **{"$SR": sr})


@method("backupNg.checkBackup")
async def check(call: RpcCall) -> None:
    """Restores, starts, waits for the guest tools, deletes."""
    _archive(call)
    if call.store.actual("srs", call.params["sr"]) is None:
        raise RpcError(1, f"no such object {call.params['sr']}", {"id": call.params["sr"]})


@method("backupNg.deleteVmBackups")
async def delete(call: RpcCall) -> None:
    """An archive that is unknown is `true`, a repository is not."""
    for wanted in call.params["ids"]:
        repository = wanted.partition("//")[0] if "//" in wanted else wanted[:-1]
        if call.store.actual("backup-repositories", repository) is None:
            raise no_such(repository, "remote")
        call.store.remove("backup-archives", wanted)
    call.xo.archive_cache = None
