"""Methods of backup jobs of all three types, with what they leave behind and what they lose."""

from typing import Any

from fake_xo.jsonrpc.call import RpcCall, method
from fake_xo.jsonrpc.errors import PEER, RpcError, no_such, slip
from fake_xo.jsonrpc.handlers.schedules import BAD_CRON, is_cron
from fake_xo.store import Record

TYPES = {"backupNg": "backup", "metadataBackup": "metadataBackup", "mirrorBackup": "mirrorBackup"}


def type_of(call: RpcCall) -> str:
    """The type of job that the called method is for."""
    return TYPES[call.method.partition(".")[0]]


def job_of(call: RpcCall) -> Record:
    """The job that is named.

    Raises:
        RpcError: There is none of this type.
    """
    job = call.store.actual("backup-jobs", call.params["id"])
    if job is None or job["type"] != type_of(call):
        raise no_such(call.params["id"], "job")
    return job


@method("backupNg.createJob", "metadataBackup.createJob", "mirrorBackup.createJob")
async def create(call: RpcCall) -> Any:
    """Ids and retentions are not checked; an error in the middle leaves job and schedules behind."""
    params = dict(call.params)
    schedules = params.pop("schedules", {})
    fresh = call.xo.identity.fresh("backup-job")
    job: Record = {**params, "type": type_of(call), "id": fresh}
    if type_of(call) == "metadataBackup":
        job["userId"] = call.user["id"]
    call.store.add("backup-jobs", job)
    for key, entry in schedules.items():
        schedule = call.xo.identity.fresh("schedule")
        record = {"enabled": False, "name": "", **entry, "jobId": fresh, "id": schedule}
        call.store.add("schedules", record)
        if record["enabled"] and not is_cron(record["cron"]):
            raise RpcError(PEER, BAD_CRON)
        if "settings" not in params:
            raise slip(f"Cannot read properties of undefined (reading '{key}')")
        settings = {schedule if name == key else name: kept for name, kept in job["settings"].items()}
        job = call.store.update("backup-jobs", fresh, settings=settings)
    return job if type_of(call) == "metadataBackup" else fresh


@method("backupNg.editJob", "metadataBackup.editJob", "mirrorBackup.editJob")
async def edit(call: RpcCall) -> None:
    """What is given replaces what was, objects as a whole; null unsets."""
    job = job_of(call)
    changes = {name: ... if value is None else value for name, value in call.params.items() if name != "id"}
    call.store.update("backup-jobs", job["id"], **changes)


@method("backupNg.deleteJob", "metadataBackup.deleteJob", "mirrorBackup.deleteJob")
async def delete(call: RpcCall) -> None:
    """Its schedules go too; what it has backed up stays."""
    job = job_of(call)
    call.store.remove("backup-jobs", job["id"])
    for schedule in call.store.every("schedules"):
        if schedule["jobId"] == job["id"]:
            call.store.remove("schedules", schedule["id"])
