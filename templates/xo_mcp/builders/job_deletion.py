"""Deletes a backup job of any type with its schedules; its backups stay."""

from xo_mcp.answer import Answer
from xo_mcp.builders.jobs import read_job, schedules_of, type_of
from xo_mcp.rpc.calls import Work


async def run(work: Work) -> Answer:
    """Delete a job by the method of its own type.

    Raises:
        ArgumentError: There is no such job.
        CallError: XO refused or did not answer.
    """
    job = await read_job(work, str(work.arguments["id"]))
    schedules = await schedules_of(work, str(job["id"]))
    await work.call(type_of(job).method("deleteJob"), {"id": job["id"]})
    left = [schedule["id"] for schedule in await schedules_of(work, str(job["id"]))]
    for schedule in left:
        await work.call("schedule.delete", {"id": schedule})
    note = f"{len(schedules)} {'schedule' if len(schedules) == 1 else 'schedules'} deleted with it"
    return Answer({"status": "done"}, (f"{note}. What it has backed up stays (list_backups).",))
