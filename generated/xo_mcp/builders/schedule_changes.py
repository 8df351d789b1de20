"""Plans the changes of a job's schedules: which are new, which change, which are removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xo_mcp.builders.collections import SCHEDULES
from xo_mcp.builders.jobs import schedules_of
from xo_mcp.builders.schedule_plans import Plan, complete, label, plan_change, plan_new
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record, with_id
from xo_mcp.rpc.calls import Work


@dataclass(frozen=True)
class Changes:
    """What becomes of the schedules of a job.

    Attributes:
        plans: New and changed ones.
        removed: As they are.
        notes: What is to be said about them.
    """

    plans: list[Plan]
    removed: list[Record]
    notes: list[str]


async def plan_changes(
    work: Work,
    job: Record,
    settings: dict[str, dict[str, Any]],
    given: Mapping[str, Any],
    *,
    all_of_them: bool,
) -> Changes:
    """Plan what becomes of the schedules of a job.

    Args:
        work: The tool's.
        job: As it will be.
        settings: Of the job so far; those of schedules that the call does not name are completed here, in this mapping.
        given: `schedules` with those to make, and by `id` those to change, and `remove_schedules`.
        all_of_them: The targets change: every schedule must keep something there.

    Raises:
        ArgumentError: A schedule is not one of the job, a cron is wrong, or nothing would be kept.
        CallError: XO could not be asked.
    """
    known = await schedules_of(work, str(job["id"]))
    removed = [with_id(SCHEDULES, each, known) for each in given.get("remove_schedules") or []]
    removed_ids = {schedule["id"] for schedule in removed}
    plans = []
    for entry in given.get("schedules") or []:
        if entry.get("id") is None:
            plans.append(await plan_new(work, job, entry))
            continue
        schedule = with_id(SCHEDULES, entry["id"], known)
        if schedule["id"] in removed_ids:
            raise ArgumentError(f"The schedule {label(schedule)} is both changed and removed: choose one.")
        plans.append(await plan_change(work, job, schedule, entry, settings.get(str(schedule["id"]), {})))
    notes = [note for plan in plans for note in plan.notes]
    planned = {plan.id for plan in plans}
    for schedule in known if all_of_them else ():
        if schedule["id"] not in planned and schedule["id"] not in removed_ids:
            own = settings.setdefault(str(schedule["id"]), {})
            notes += complete(job, own, f"The schedule {label(schedule)}")
    if removed and len(removed_ids) == len(known) and not any(plan.id is None for plan in plans):
        notes.append("The job has no schedule any more: nothing runs it, not even by hand.")
    return Changes(plans, removed, notes)
