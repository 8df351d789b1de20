"""Changes backup jobs with their schedules, and puts back what an error leaves half done.

`editJob` writes the settings of all schedules at once, schedules are made and changed one by one, and XO goes on with
what it was asked when its answer is lost (XO 6.7.1): what became of it is looked up before anything is put back.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from xo_mcp.actions.polling import eventually
from xo_mcp.builders.job_writing import LOOKING, SHOWN, hinted
from xo_mcp.builders.jobs import all_schedules, edit_params, schedules_of, settings_of
from xo_mcp.builders.schedule_plans import Plan, label
from xo_mcp.errors import CallError, Unreachable, XoError
from xo_mcp.objects.finding import Record, quoted
from xo_mcp.parsing import object_in
from xo_mcp.rpc.calls import Work, id_in
from xo_mcp.rpc.following import is_pending
from xo_mcp.types import Call, Json


async def change_job(
    work: Work, job: Record, changes: Mapping[str, Any], plans: Sequence[Plan], removed: Sequence[Record]
) -> tuple[str, ...]:
    """Change a job, and the schedules that it has; returns what is to be said about it.

    Args:
        work: The tool's.
        job: As it was read.
        changes: Its properties; `settings` are all settings after the change but those of `plans`.
        plans: Schedules to be made or changed.
        removed: Schedules to be deleted.

    Raises:
        CallError: XO refused or did not answer; the message says whether all is as it was.
    """
    before = await schedules_of(work, str(job["id"]))
    settings = {key: dict(value) for key, value in (changes.get("settings") or settings_of(job)).items()}
    try:
        for plan in plans:
            settings[await _write(work, job, plan)] = plan.settings
        if changes or plans:
            await _edit(work, job, {**changes, "settings": settings})
    except _StillAtItError:
        raise
    except CallError as error:
        raise hinted(error, await _put_back(work, job, before)) from error
    return await _remove(work, job, settings, removed)


class _StillAtItError(Unreachable):
    """XO has not answered, and goes on: putting anything back would leave half of both."""


Looks: TypeAlias = Callable[[], Awaitable[bool]]


async def _done(work: Work, method: str, params: Mapping[str, Any], shows: Looks) -> Json:
    """Call a method; an answer that is lost is no failure when what it was asked for shows.

    Raises:
        CallError: XO refused, or did not answer and nothing shows.
    """
    try:
        return await work.call(method, params)
    except Unreachable as error:

        async def seen() -> bool:
            with suppress(CallError):
                return await shows()
            return False

        if await eventually(seen, LOOKING):
            return None
        if await is_pending(work.client, method, params):
            raise _StillAtItError(f"{error} XO is still working on it, so nothing was put back.") from error
        raise


async def _edit(work: Work, job: Record, changes: Mapping[str, Any]) -> None:
    """Write the job."""

    async def shows() -> bool:
        reply = await work.client.request(Call("GET", "/backup-jobs/{id}", path={"id": job["id"]}))
        now = object_in(reply.data)
        return all(now.get(name) == value for name, value in changes.items())

    await _done(work, *edit_params(job, changes), shows)


async def _write(work: Work, job: Record, plan: Plan) -> str:
    """Make or change one schedule; returns its id."""
    if plan.id is None:
        return await _made(work, job, plan.when)

    async def shows() -> bool:
        now = [each for each in await schedules_of(work, str(job["id"])) if each["id"] == plan.id]
        return any(all(each.get(name) == value for name, value in plan.when.items()) for each in now)

    if plan.when:
        await _done(work, "schedule.set", {"id": plan.id, **plan.when}, shows)
    return plan.id


async def _made(work: Work, job: Record, when: Mapping[str, Any]) -> str:
    """Make a schedule; returns its id."""
    known = {schedule["id"] for schedule in await schedules_of(work, str(job["id"]))}
    new: list[str] = []

    async def shows() -> bool:
        now = await schedules_of(work, str(job["id"]))
        new.extend(str(each["id"]) for each in now if each["id"] not in known and each.get("cron") == when["cron"])
        return bool(new)

    made = await _done(work, "schedule.create", {"jobId": job["id"], **when}, shows)
    made_id = new[0] if new else id_in(made)
    if made_id is None:
        raise XoError(200, "unreadable", "XO did not report the id of the schedule it made.")
    return made_id


async def _put_back(work: Work, job: Record, before: Sequence[Record]) -> str:
    """Undo what was done to the schedules of a job; says how it went."""
    known = {schedule["id"]: schedule for schedule in before}
    try:
        for schedule in await schedules_of(work, str(job["id"])):
            former = known.get(schedule["id"])
            if former is None:
                await work.call("schedule.delete", {"id": schedule["id"]})
            elif dict(former) != dict(schedule):
                kept = {name: former[name] for name in SHOWN if former.get(name) is not None}
                await work.call("schedule.set", kept)
    except CallError:
        return "Its schedules may be changed by half: look at them (list_schedules) before trying again."
    return "The job and its schedules are as they were."


async def _remove(work: Work, job: Record, settings: Mapping[str, Any], removed: Sequence[Record]) -> tuple[str, ...]:
    """Delete schedules, then their settings: a schedule without settings would run and fail."""
    for schedule in removed:
        await _delete(work, schedule)
    if not removed:
        return ()
    removed_ids = {str(schedule["id"]) for schedule in removed}
    try:
        await _edit(work, job, {"settings": {key: value for key, value in settings.items() if key not in removed_ids}})
    except CallError:
        return ("The settings of what was deleted are left in the job, where they do nothing.",)
    return ()


async def _delete(work: Work, schedule: Record) -> None:
    async def is_deleted() -> bool:
        return all(each["id"] != schedule["id"] for each in await all_schedules(work))

    try:
        await _done(work, "schedule.delete", {"id": schedule["id"]}, is_deleted)
    except CallError as error:
        raise hinted(error, f"The schedule {quoted(label(schedule))} is still there.") from error
