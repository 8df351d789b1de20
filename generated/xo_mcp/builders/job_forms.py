"""Creates and changes jobs with their schedules from a tool's arguments: what all types of jobs share."""

from collections.abc import Mapping
from typing import Any

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.job_changes import change_job
from xo_mcp.builders.job_writing import create_job, shown
from xo_mcp.builders.jobs import WHOLE, JobType, settings_of
from xo_mcp.builders.schedule_changes import plan_changes
from xo_mcp.builders.schedule_plans import plan_new
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record
from xo_mcp.rpc.calls import Work


async def created(
    work: Work, kind: JobType, body: Mapping[str, Any], whole: Mapping[str, Any], notes: tuple[str, ...] = ()
) -> Answer:
    """Make a job with the schedules that were given.

    Args:
        work: The tool's.
        kind: Of the job.
        body: Its properties but settings and schedules.
        whole: The settings of the whole job.
        notes: What is to be said besides.

    Raises:
        ArgumentError: A schedule is wrong, or would keep nothing.
        CallError: XO refused or did not answer.
    """
    job = {"type": kind.type, **body}
    plans = [await plan_new(work, job, entry) for entry in list_argument(work.arguments, "schedules")]
    job_id = await create_job(work, kind, body, whole, plans)
    return await shown(work, job_id, [*notes, *(note for plan in plans for note in plan.notes)])


async def changed(
    work: Work, job: Record, changes: dict[str, Any], whole: dict[str, Any], *, retargeted: bool = False
) -> Answer:
    """Change a job, its settings and its schedules.

    Args:
        work: The tool's.
        job: As it was read.
        changes: Of its properties but settings.
        whole: The settings of the whole job afterwards.
        retargeted: Whether it backs up something else, so that every schedule must keep something of that.

    Raises:
        ArgumentError: Nothing changes, or a schedule is wrong or would keep nothing.
        CallError: XO refused or did not answer.
    """
    settings = settings_of(job)
    schedules = await plan_changes(work, {**job, **changes}, settings, work.arguments, all_of_them=retargeted)
    if whole != settings.get(WHOLE, {}) or retargeted:
        settings[WHOLE] = whole
        changes = {**changes, "settings": settings}
    if not (changes or schedules.plans or schedules.removed):
        raise ArgumentError("Nothing was changed: no property to change was given.")
    said = await change_job(work, job, changes, schedules.plans, schedules.removed)
    return await shown(work, str(job["id"]), [*schedules.notes, *said])
