"""The three types of backup jobs: how each is read, changed and deleted, and what it keeps.

`editJob` replaces `settings` as a whole, and an edit of a mirror job needs its mode and repositories again each time
(XO 6.7.1): a job is read, merged and written whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from xo_mcp.builders.collections import JOBS, SCHEDULES
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record, existing, objects_of, quoted, read
from xo_mcp.objects.kinds import Kind
from xo_mcp.rpc.calls import Work

WHOLE: Final = ""
"""The key of the settings that hold for the whole job; all others are ids of its schedules."""
REPOSITORY_KEPT: Final = "exportRetention"
SR_KEPT: Final = "copyRetention"
SNAPSHOTS_KEPT: Final = "snapshotRetention"
SCHEDULE: Final = ("jobId", "cron", "timezone", "enabled")
"""Properties that are read of a schedule, besides id and name."""
XO_KEPT: Final = "retentionXoMetadata"
POOLS_KEPT: Final = "retentionPoolMetadata"


@dataclass(frozen=True)
class JobType:
    """One type of backup jobs.

    Attributes:
        type: As XO's reads show it.
        prefix: Of its methods.
        noun: What a person calls such a job.
    """

    type: str
    prefix: str
    noun: str

    def method(self, verb: str) -> str:
        """Its method: `createJob`, `editJob`, `deleteJob` or `runJob`."""
        return f"{self.prefix}.{verb}"


BACKUP: Final = JobType("backup", "backupNg", "VM backup job")
METADATA: Final = JobType("metadataBackup", "metadataBackup", "metadata backup job")
MIRROR: Final = JobType("mirrorBackup", "mirrorBackup", "mirror backup job")
TYPES: Final = {known.type: known for known in (BACKUP, METADATA, MIRROR)}


async def read_job(work: Work, job_id: str, wanted: JobType | None = None) -> dict[str, Any]:
    """A backup job with all its properties.

    Args:
        work: The tool's.
        job_id: Of the job.
        wanted: The type it must be of.

    Raises:
        ArgumentError: There is none, or it is of another type.
        CallError: XO could not be asked.
    """
    job = await read(work.client, JOBS, job_id)
    if wanted is not None and type_of(job) is not wanted:
        raise ArgumentError(f"{quoted(str(job.get('name')))} is a {type_of(job).noun}, not a {wanted.noun}.")
    return job


def type_of(job: Record) -> JobType:
    """The type of a job."""
    return TYPES.get(str(job.get("type")), BACKUP)


async def all_jobs(work: Work) -> list[Record]:
    """The backup jobs that this XO user may see, with their types.

    Raises:
        CallError: XO could not be asked.
    """
    return await objects_of(work.client, JOBS, "type")


async def all_schedules(work: Work) -> list[Record]:
    """The schedules that this XO user may see, of backup jobs and others.

    Raises:
        CallError: XO could not be asked.
    """
    return await objects_of(work.client, SCHEDULES, *SCHEDULE)


async def schedules_with(work: Work, ids: list[str]) -> list[Record]:
    """The schedules with these ids.

    Raises:
        ArgumentError: One does not exist.
        CallError: XO could not be asked.
    """
    return await existing(work.client, SCHEDULES, ids, *SCHEDULE)


async def schedules_of(work: Work, job: str) -> list[Record]:
    """The schedules of a job.

    Raises:
        CallError: XO could not be asked.
    """
    return [schedule for schedule in await all_schedules(work) if schedule.get("jobId") == job]


def settings_of(job: Record) -> dict[str, dict[str, Any]]:
    """A copy of the settings of a job: those of the whole job under `""`, and of each schedule under its id."""
    found = job.get("settings")
    entries = found.items() if isinstance(found, dict) else ()
    return {key: dict(value) for key, value in entries if isinstance(value, dict)}


def edit_params(job: Record, changes: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The method that changes a job, and its parameters.

    Args:
        job: As it was read.
        changes: XO's properties; those that are objects replace the former ones as a whole.
    """
    params: dict[str, Any] = {"id": job["id"]}
    if type_of(job) is MIRROR:
        params |= {name: job[name] for name in ("mode", "sourceRemote", "remotes")}
    return type_of(job).method("editJob"), params | dict(changes)


def kept_settings(job: Record) -> tuple[str, ...]:
    """The settings that say how many backups a schedule of this job keeps; zero of one means that nothing is kept."""
    names: tuple[tuple[str, Any], ...]
    match type_of(job):
        case known if known is METADATA:
            names = ((XO_KEPT, job.get("xoMetadata")), (POOLS_KEPT, ids_in(job.get("pools"))))
        case known if known is MIRROR:
            names = ((REPOSITORY_KEPT, True),)
        case _:
            names = ((REPOSITORY_KEPT, ids_in(job.get("remotes"))), (SR_KEPT, ids_in(job.get("srs"))))
    return tuple(name for name, counts in names if counts) or (SNAPSHOTS_KEPT,)


def ids_in(pattern: Any) -> list[str]:
    """The ids in XO's way to name one or several objects: `{id: X}` or `{id: {__or: [X, Y]}}`."""
    wanted = pattern.get("id") if isinstance(pattern, dict) else None
    found = wanted.get("__or") if isinstance(wanted, dict) else [wanted]
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def naming(records: list[Record]) -> dict[str, Any]:
    """XO's way to name one or several objects; `{}` for none."""
    ids = [str(record["id"]) for record in records]
    if not ids:
        return {}
    return {"id": ids[0]} if len(ids) == 1 else {"id": {"__or": ids}}


async def targets(work: Work, kind: Kind, ids: list[str]) -> dict[str, Any]:
    """XO's way to name objects that exist.

    Raises:
        ArgumentError: One does not exist.
        CallError: XO could not be asked.
    """
    return naming(await existing(work.client, kind, ids))
