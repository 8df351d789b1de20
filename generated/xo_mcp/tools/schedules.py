"""Tools of XO's tag schedules: Schedules - when jobs run, and running one now.

Generated from XO 6.7.1; change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Omit
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
    return await xo.list("/schedules", record="XoSchedule", filter=filter, fields=fields, limit=limit, format=format)


async def get_schedule(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one schedule: cron pattern, time zone, enabled state and the id of the job it starts.

    GET /schedules/{id}; needs schedule:read; since XO 5.110.
    """
    return await xo.get("/schedules/{id}", path={"id": id}, record="XoSchedule", fields=fields)


async def run_schedule(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Starts the job of a schedule now, e.g. a backup by hand; retention applies, so the oldest backups may go.
    Results: list_backup_logs.

    POST /schedules/{id}/actions/run; needs schedule:run; since XO 5.110.
    """
    return await xo.action(
        "POST", "/schedules/{id}/actions/run", path={"id": id}, timeout=timeout, reads="/schedules/{id}"
    )
