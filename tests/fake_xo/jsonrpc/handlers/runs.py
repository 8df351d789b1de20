"""Runs of backup jobs: a log that grows, archives, and what retention lets go."""

import time
from typing import Any

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such, slip
from fake_xo.jsonrpc.handlers.jobs import job_of
from fake_xo.jsonrpc.handlers.metadata import store_metadata
from fake_xo.machines import copy_machine, delete_machine
from fake_xo.patterns import SKIPPED, selects
from fake_xo.store import Record

SIZE = 750 << 20
RUNNING = "running jobs"
FAILING = "failing VMs"
"""Key of the settings that holds ids of VMs whose backup fails."""


@method("backupNg.runJob", "metadataBackup.runJob", "mirrorBackup.runJob")
async def run(call: RpcCall) -> None:
    """Blocks until it is over; `true` whatever became of the VMs."""
    job, schedule = job_of(call), call.store.actual("schedules", call.params["schedule"])
    if schedule is None or schedule["jobId"] != job["id"]:
        raise no_such(call.params["schedule"], "schedule")
    log = _begin(call, job, schedule["id"])
    running = call.xo.rpc.settings.setdefault(RUNNING, set())
    try:
        _require_idle(job, schedule, running)
        running.add(job["id"])
        try:
            await _work(call, job, schedule["id"], log)
        finally:
            running.discard(job["id"])
    except RpcError as error:
        result = {"message": error.message, "name": "Error", "stack": "Error\n    at x"}
        status = "skipped" if error.code == 27 else "failure"
        _update(call, log, status=status, end=call.xo.clock.ms(), result=result)
        raise


def _require_idle(job: Record, schedule: Record, running: set[str]) -> None:
    if job["id"] in running:
        raise RpcError(PEER, f"the job ({job['id']}) is already running")
    if schedule["id"] not in job["settings"]:
        raise slip("Cannot read properties of undefined (reading 'healthCheckSr')")


async def _work(call: RpcCall, job: Record, schedule: str, log: str) -> None:
    settings = {**job["settings"].get("", {}), **job["settings"][schedule]}
    if job["type"] == "metadataBackup":
        store_metadata(call, job, schedule)
        _update(call, log, status="success", end=call.xo.clock.ms())
        return
    if job["type"] == "mirrorBackup":
        _mirror(call, job, schedule, settings)
        _update(call, log, status="success", end=call.xo.clock.ms())
        return
    wanted = call.params.get("vms") or _explicit(job["vms"])
    if wanted is None:
        wanted = [vm["id"] for vm in call.store.every("vms") if selects(job["vms"], vm)]
        if not wanted:
            raise RpcError(
                27, "no VMs match this pattern", {"jobId": job["id"], "runJobId": log, "scheduleId": schedule}
            )
    _update(call, log, infos=[{"message": "vms", "data": {"vms": wanted}}])
    tasks: list[Record] = []
    for name in wanted:
        vm = call.store.actual("vms", name)
        tasks.append(_task(call, vm, name))
        _update(call, log, tasks=[*tasks])
        await call.step()
        tasks[-1] = _done(call, (job, schedule, settings), vm, tasks[-1])
        _update(call, log, tasks=[*tasks])
    worst = [status for status in ("failure", "success") if any(each["status"] == status for each in tasks)]
    _update(call, log, status=worst[0] if worst else "success", end=call.xo.clock.ms())


def _explicit(pattern: Record) -> list[str] | None:
    wanted = pattern.get("id")
    return wanted["__or"] if isinstance(wanted, dict) else None if wanted is None else [wanted]


def _begin(call: RpcCall, job: Record, schedule: str) -> str:
    now = call.xo.clock.ms()
    while call.store.actual("backup-logs", str(now)):
        now += 1
    log = {"id": str(now), "jobId": job["id"], "jobName": job.get("name", ""), "scheduleId": schedule, "start": now}
    kept = {"message": "backup", "status": "pending", "data": {"mode": job.get("mode"), "reportWhen": "failure"}}
    call.store.add("backup-logs", log | kept)
    return str(now)


def _update(call: RpcCall, log: str, **changes: Any) -> None:
    call.store.update("backup-logs", log, **changes)


def _task(call: RpcCall, vm: Record | None, name: str) -> Record:
    data = {"type": "VM", "id": name, **({"name_label": vm["name_label"]} if vm else {})}
    return {
        "id": call.xo.identity.fresh("backup task")[:11],
        "start": call.xo.clock.ms(),
        "data": data,
        "status": "pending",
        "message": "backup VM",
    }


def _done(call: RpcCall, how: tuple[Record, str, Record], vm: Record | None, task: Record) -> Record:
    job, schedule, settings = how
    ended = {**task, "end": call.xo.clock.ms()}
    if vm is None or task["data"]["id"] in call.xo.rpc.settings.get(FAILING, ()):
        message = "SR_BACKEND_FAILURE(, no space, )" if vm else f"no such object {task['data']['id']}"
        code = {"code": "SR_BACKEND_FAILURE", "params": ["", "no space", ""]} if vm else {"code": 1}
        return ended | {"status": "failure", "result": {"message": message, "name": "XapiError", "stack": "x", **code}}
    if SKIPPED in vm["tags"]:
        return ended | {"status": "skipped"}
    for repository in _ids(job.get("remotes")):
        kept = settings.get("exportRetention", 0)
        if kept >= 1:
            call.store.add("backup-archives", archive_of(call, repository, vm, job, schedule))
            _prune(call, repository, vm, schedule, kept)
    for sr in _ids(job.get("srs")):
        if settings.get("copyRetention", 0) >= 1:
            _replicate(call, sr, vm, (job, schedule), settings["copyRetention"])
    if settings.get("snapshotRetention", 0) >= 1:
        _snapshot(call, vm, (job, schedule), settings["snapshotRetention"])
    transfer = {"message": "transfer", "status": "success", "result": {"size": SIZE}}
    return ended | {"status": "success", "tasks": [{"message": "export", "status": "success", "tasks": [transfer]}]}


def _replicate(call: RpcCall, sr: str, vm: Record, run: tuple[Record, str], kept: int) -> None:
    """A copy of the VM on an SR, and what retention lets go of those before."""
    name = f"[XO Backup {run[0]['name']}] {vm['name_label']} ({_stamp(call)})"
    made = copy_machine(call.store, call.xo.identity, vm, "VM", name, sr=sr)
    call.store.update("vms", made["id"], other={**_marks(call, run, vm), "xo:backup:sr": sr})
    _drop_oldest(call, "vms", {"xo:backup:schedule": run[1], "xo:backup:vm": vm["uuid"], "xo:backup:sr": sr}, kept)


def _snapshot(call: RpcCall, vm: Record, run: tuple[Record, str], kept: int) -> None:
    name, now = f"[XO Backup {run[0]['name']}] {vm['name_label']}", call.xo.clock.seconds()
    made = copy_machine(call.store, call.xo.identity, vm, "VM-snapshot", name, now=now)
    call.store.update("vm-snapshots", made["id"], other=_marks(call, run, vm))
    _drop_oldest(call, "vm-snapshots", {"xo:backup:schedule": run[1], "xo:backup:vm": vm["uuid"]}, kept)


def _stamp(call: RpcCall) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(call.xo.clock.seconds()))


def _marks(call: RpcCall, run: tuple[Record, str], vm: Record) -> Record:
    """How XO knows again what its backups made."""
    own = {"xo:backup:job": run[0]["id"], "xo:backup:schedule": run[1], "xo:backup:vm": vm["uuid"]}
    return {**vm.get("other", {}), **own, "xo:backup:datetime": _stamp(call)}


def _drop_oldest(call: RpcCall, collection: str, marks: Record, kept: int) -> None:
    own = [
        each
        for each in call.store.every(collection)
        if all(each.get("other", {}).get(name) == value for name, value in marks.items())
    ]
    for old in own[:-kept]:
        delete_machine(call.store, collection, old)


def _ids(pattern: Any) -> list[str]:
    return (_explicit(pattern) or []) if isinstance(pattern, dict) else []


def archive_of(call: RpcCall, repository: str, vm: Record, job: Record, schedule: str) -> Record:
    """A new archive of a VM; of a full backup XO reports no disks."""
    now = call.xo.clock.ms()
    folder = f"/xo-vm-backups/{vm['uuid']}"
    while call.store.actual("backup-archives", f"{repository}/{folder}/{now}.json"):
        now += 1
    links = (call.store.actual("vbds", name) for name in vm["$VBDs"])
    disks = [
        call.store.actual("vdis", link["VDI"]) for link in links if link and not link["is_cd_drive"] and "VDI" in link
    ]
    kept = [
        {"id": f"{folder}/vdis/{job['id']}/{disk['uuid']}/{now}.vhd", "name": disk["name_label"], "uuid": disk["uuid"]}
        for disk in disks
        if disk
    ]
    return {
        "id": f"{repository}/{folder}/{now}.json",
        "type": "xo-vm-backup",
        "backupRepository": repository,
        "disks": kept if job["mode"] == "delta" else [],
        "isImmutable": False,
        "jobId": job["id"],
        "mode": job["mode"],
        "scheduleId": schedule,
        "size": SIZE,
        "timestamp": now,
        "vm": {key: vm[key] for key in ("uuid", "name_label", "name_description", "tags")},
        "withMemory": False,
        **({"differencingVhds": 0, "dynamicVhds": 1} if job["mode"] == "delta" else {}),
    }


def _prune(call: RpcCall, repository: str, vm: Record, schedule: str, kept: int) -> None:
    own = [
        each
        for each in call.store.every("backup-archives")
        if (each["backupRepository"], each["vm"]["uuid"], each["scheduleId"]) == (repository, vm["uuid"], schedule)
    ]
    for old in sorted(own, key=lambda each: each["timestamp"])[:-kept]:
        call.store.remove("backup-archives", old["id"])


def _mirror(call: RpcCall, job: Record, schedule: str, settings: Record) -> None:
    wanted = ((job.get("filter") or {}).get("vm") or {}).get("uuid", {}).get("__or")
    for target in _ids(job["remotes"]) if settings.get("exportRetention", 0) >= 1 else ():
        for source in call.store.every("backup-archives"):
            fits = source["backupRepository"] == job["sourceRemote"] and source["mode"] == job["mode"]
            if fits and (wanted is None or source["vm"]["uuid"] in wanted):
                copied = source["id"].replace(job["sourceRemote"], target)
                own = {"id": copied, "backupRepository": target, "jobId": job["id"], "scheduleId": schedule}
                call.store.add("backup-archives", source | own)


@method("backupNg.getLogs")
async def get_logs(call: RpcCall) -> list[Record]:
    """Any field filters, `limit` keeps the newest; from a cache unless `_forceRefresh`."""
    fresh = call.params.get("_forceRefresh") is True
    fields = {name: value for name, value in call.params.items() if name not in {"limit", "_forceRefresh"}}
    logs = [
        log for log in shown_logs(call.xo, fresh=fresh) if all(log.get(name) == value for name, value in fields.items())
    ]
    logs.sort(key=lambda log: log["start"])
    limit = call.params.get("limit")
    return logs[-limit:] if limit else logs


def shown_logs(xo: Any, *, fresh: bool = False) -> list[Record]:
    """The logs as XO has them in its cache, for as long as the options say."""
    cache = xo.log_cache
    if fresh or cache is None or time.monotonic() - cache[0] >= xo.options.log_cache:
        cache = xo.log_cache = (time.monotonic(), xo.store.every("backup-logs"))
    found: list[Record] = cache[1]
    return list(found)


@method("schedule.runSequence")
async def run_sequence(call: RpcCall) -> None:
    """One after the other."""
    for name in call.params["schedules"]:
        schedule = call.store.actual("schedules", name)
        if schedule is None:
            raise no_such(name, "schedule")
        job = call.store.actual("backup-jobs", schedule["jobId"])
        prefix = {"backup": "backupNg"}.get(job["type"], job["type"]) if job else "backupNg"
        await run(RpcCall(call.xo, f"{prefix}.runJob", {"id": schedule["jobId"], "schedule": name}, call.user, {}))
