"""Tools of XO's tag schedules: Schedules - when jobs run, and running one now.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_schedules(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,cron,timezone,enabled,jobId",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists schedules: cron pattern, time zone, enabled state and the job each starts (jobId: get_backup_job).

    GET /schedules; needs schedule:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/schedules"), record="XoSchedule", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_schedule(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one schedule: cron pattern, time zone, enabled state and the id of the job it starts.

    GET /schedules/{id}; needs schedule:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/schedules/{id}", path={"id": id}), record="XoSchedule", fields=fields)


async def run_schedule(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Starts the job of a schedule now, e.g.

    POST /schedules/{id}/actions/run; needs schedule:run; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/schedules/{id}/actions/run", path={"id": id}), timeout=timeout, reads="/schedules/{id}"
    )


async def create_schedule(
    xo: Xo,
    *,
    cron: str,
    jobId: str,
    retention: int,
    enabled: bool | Omit = OMIT,
    name: str | Omit = OMIT,
    timezone: str | Omit = OMIT,
    copy_retention: int | Omit = OMIT,
    snapshot_retention: int | Omit = OMIT,
    full_interval: int | Omit = OMIT,
    health_check_sr: str | Omit = OMIT,
    health_check_tags: list[str] | Omit = OMIT,
) -> Answer:
    """Adds a schedule to a backup job of any type, with what is kept of its runs.

    CALL schedule.create; needs an XO administrator.
    """
    return await xo.call(
        "schedule.create",
        {
            "cron": cron,
            "enabled": enabled,
            "jobId": jobId,
            "name": name,
            "timezone": timezone,
            "retention": retention,
            "copy_retention": copy_retention,
            "snapshot_retention": snapshot_retention,
            "full_interval": full_interval,
            "health_check_sr": health_check_sr,
            "health_check_tags": health_check_tags,
        },
        effect="write",
        builder="schedules",
        creates="/schedules/{id}",
    )


async def delete_schedule(xo: Xo, *, id: str) -> Answer:
    """Deletes a schedule and its settings in its job; the job and what it has backed up stay.

    CALL schedule.delete; needs an XO administrator.
    """
    return await xo.call(
        "schedule.delete", {"id": id}, effect="destructive", builder="schedules", reads="/schedules/{id}"
    )


async def run_schedules_in_order(xo: Xo, *, schedules: list[str], timeout: float = 60) -> Answer:
    """Runs the jobs of several schedules now, one after the other, and says how each run went; failed ones are an
    error that names them.

    CALL schedule.runSequence; needs an XO administrator.
    """
    return await xo.call(
        "schedule.runSequence", {"schedules": schedules}, timeout=timeout, effect="write", builder="schedule_sequence"
    )


async def update_schedule(
    xo: Xo,
    *,
    id: str,
    cron: str | Omit = OMIT,
    enabled: bool | Omit = OMIT,
    name: str | Omit | None = OMIT,
    timezone: str | Omit = OMIT,
    retention: int | Omit = OMIT,
    copy_retention: int | Omit = OMIT,
    snapshot_retention: int | Omit = OMIT,
    full_interval: int | Omit = OMIT,
    health_check_sr: str | Omit | None = OMIT,
    health_check_tags: list[str] | Omit = OMIT,
) -> Answer:
    """Changes when a schedule runs, what is kept of its runs, switches it on or off, or renames it; what is not
    given stays.

    CALL schedule.set; needs an XO administrator.
    """
    return await xo.call(
        "schedule.set",
        {
            "cron": cron,
            "enabled": enabled,
            "id": id,
            "name": name,
            "timezone": timezone,
            "retention": retention,
            "copy_retention": copy_retention,
            "snapshot_retention": snapshot_retention,
            "full_interval": full_interval,
            "health_check_sr": health_check_sr,
            "health_check_tags": health_check_tags,
        },
        effect="write",
        builder="schedules",
        reads="/schedules/{id}",
    )
