"""Schedules of backup jobs, each with its settings in the job.

XO makes a schedule without settings, which can't run, accepts an unknown job, and keeps the settings of a schedule that
was deleted (XO 6.7.1).
"""

from contextlib import suppress
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.job_changes import change_job
from xo_mcp.builders.job_writing import job_answer
from xo_mcp.builders.jobs import all_jobs, all_schedules, read_job, schedules_of, schedules_with, settings_of
from xo_mcp.builders.schedule_plans import WHEN, check_when, plan_change, plan_new
from xo_mcp.errors import ArgumentError, NotFound
from xo_mcp.objects.finding import Record
from xo_mcp.rpc.calls import Work

CREATE: Final = "schedule.create"
DELETE: Final = "schedule.delete"


async def run(work: Work) -> Answer:
    """Create, change or delete a schedule.

    Raises:
        ArgumentError: The cron or the timezone can't be read, nothing would be kept, or the job does not exist.
        CallError: XO refused or did not answer.
    """
    if work.method == CREATE:
        return await _create(work)
    return await (_delete(work) if work.method == DELETE else _update(work))


async def _create(work: Work) -> Answer:
    given = work.arguments
    check_when(given)
    job = await read_job(work, str(given["jobId"]))
    before = {schedule["id"] for schedule in await all_schedules(work)}
    plan = await plan_new(work, job, given)
    await change_job(work, job, {}, [plan], [])
    made = [schedule for schedule in await all_schedules(work) if schedule["id"] not in before]
    own = next((schedule for schedule in made if schedule.get("jobId") == job["id"]), None)
    if own is None:
        return await job_answer(work, str(job["id"]), plan.notes)
    return Answer({"status": "done", **own, **plan.settings}, plan.notes)


async def _update(work: Work) -> Answer:
    given = work.arguments
    check_when(given)
    (schedule,) = await schedules_with(work, [str(given["id"])])
    changed = {name: value for name, value in given.items() if name != "id"}
    if not changed:
        raise ArgumentError("Nothing was changed: no property to change was given.")
    if changed.keys() <= set(WHEN):
        # Also serves schedules of jobs that are no backups.
        return await work.run()
    job = await _job_of(work, schedule)
    if job is None:
        raise ArgumentError("The job of this schedule no longer exists: delete the schedule.")
    plan = await plan_change(work, job, schedule, given, settings_of(job).get(str(schedule["id"]), {}))
    await change_job(work, job, {}, [plan], [])
    (now,) = await schedules_with(work, [str(schedule["id"])])
    return Answer({"status": "done", **now, **plan.settings}, plan.notes)


async def _delete(work: Work) -> Answer:
    (schedule,) = await schedules_with(work, [str(work.arguments["id"])])
    job = await _job_of(work, schedule)
    if job is None:
        await work.call(DELETE, {"id": schedule["id"]})
        return Answer({"status": "done"})
    notes = [*await change_job(work, job, {}, [], [schedule])]
    if not await schedules_of(work, str(job["id"])):
        notes.append("Its job has no schedule any more: nothing runs it, not even by hand.")
    return Answer({"status": "done"}, tuple(notes))


async def _job_of(work: Work, schedule: Record) -> Record | None:
    """The backup job of a schedule; `None` for other jobs, and for one that no longer exists."""
    wanted = schedule.get("jobId")
    if any(job["id"] == wanted for job in await all_jobs(work)):
        with suppress(NotFound):
            return await read_job(work, str(wanted))
    return None
