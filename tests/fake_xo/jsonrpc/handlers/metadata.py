"""Backups of XO's configuration and of pools' databases."""

import time
from typing import Any

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such
from fake_xo.store import Record

SEEDED = "20261101T030000Z"
"""The time of the backups that are there from the start."""
SEEDED_AT = 1_793_502_000_000
KEPT = "metadata backups"
"""Key of the settings that holds them."""


def backups(call: RpcCall) -> dict[str, Record]:
    """All by id; one of each kind is there from the start."""
    found: dict[str, Record] | None = call.xo.rpc.settings.get(KEPT)
    if found is None:
        found = call.xo.rpc.settings[KEPT] = {}
        job = call.store.actual("backup-jobs", call.xo.identity.uuid("backup-job", "metadata"))
        for schedule in (key for key in (job or {}).get("settings", {}) if key):
            store_metadata(call, job or {}, schedule, SEEDED_AT)
    return found


def store_metadata(call: RpcCall, job: Record, schedule: str, now: int | None = None) -> None:
    """What one run makes, and what retention lets go."""
    found = backups(call)
    settings = job["settings"][schedule]
    for repository in _ids(job["remotes"]):
        if job.get("xoMetadata") and settings.get("retentionXoMetadata", 0) >= 1:
            _keep(
                call, f"{repository}/xo-config-backups/{schedule}", (job, schedule, now), {"type": "xo-config-backup"}
            )
            _prune(found, f"{repository}/xo-config-backups/{schedule}/", settings["retentionXoMetadata"])
        for pool in _ids(job.get("pools")) if settings.get("retentionPoolMetadata", 0) >= 1 else ():
            record = call.store.actual("pools", pool) or {}
            whole = {"pool": {**record, "cpu_info": {"flags": "fpu de tsc " * 50}}, "poolMaster": {}}
            folder = f"{repository}/xo-pool-metadata-backups/{schedule}/{pool}"
            _keep(call, folder, (job, schedule, now), {"type": "xo-pool-metadata-backup", **whole})
            _prune(found, folder + "/", settings["retentionPoolMetadata"])


def _keep(call: RpcCall, folder: str, run: tuple[Record, str, int | None], more: Record) -> None:
    found, (job, schedule, now) = backups(call), run
    at = now or call.xo.clock.ms()
    while (name := f"{folder}/{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(at / 1000))}") in found:
        at += 1000
    own = {"id": name, "jobId": job["id"], "jobName": job["name"], "scheduleId": schedule, "scheduleName": ""}
    found[name] = own | {"timestamp": at, "backupRepository": name.partition("/")[0]} | more


def _prune(found: dict[str, Record], folder: str, kept: int) -> None:
    for old in sorted(name for name in found if name.startswith(folder))[:-kept]:
        del found[old]


def _ids(pattern: Any) -> list[str]:
    wanted = (pattern or {}).get("id")
    return list(wanted["__or"]) if isinstance(wanted, dict) else [] if wanted is None else [wanted]


@method("metadataBackup.list")
async def list_backups(call: RpcCall) -> Record:
    """Two trees; XO's by repository, the pools' by repository and pool, with the whole record of the pool."""
    xo: dict[str, list[Record]] = {}
    pools: dict[str, dict[str, list[Record]]] = {}
    for backup in backups(call).values():
        repository = backup["backupRepository"]
        if repository not in call.params["remotes"]:
            continue
        if backup["type"] == "xo-config-backup":
            xo.setdefault(repository, []).append(backup)
        else:
            pools.setdefault(repository, {}).setdefault(backup["id"].split("/")[3], []).append(backup)
    return {"xo": xo, "pool": pools}


def _repository(call: RpcCall) -> None:
    repository = call.params["id"].partition("/")[0]
    if call.store.actual("backup-repositories", repository) is None:
        raise no_such(repository, "remote")


@method("metadataBackup.restore")
async def restore(call: RpcCall) -> None:
    """Overwrites without a question."""
    _repository(call)
    if call.params["id"] not in backups(call):
        message = f"ENOENT: no such file or directory, open '/backups/nas/{call.params['id']}/metadata.json'"
        raise RpcError(PEER, message, {"code": "ENOENT", "message": message})
    call.xo.rpc.settings.setdefault("restored", []).append(dict(call.params))


@method("metadataBackup.delete")
async def delete(call: RpcCall) -> None:
    """Unknown ones are `true`."""
    _repository(call)
    backups(call).pop(call.params["id"], None)
