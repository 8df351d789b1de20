"""Makes and changes backup jobs with their schedules, and takes back what an error leaves behind.

When `createJob` or `schedule.create` fails, XO keeps what it had made until then (XO 6.7.1): an enabled schedule with a
bad cron, a job that can't run.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import anyio

from xo_mcp.answer import Answer
from xo_mcp.builders.jobs import WHOLE, JobType, edit_job, schedules_of, settings_of, type_of
from xo_mcp.builders.named_objects import JOBS, Record, every
from xo_mcp.builders.schedule_plans import Plan
from xo_mcp.errors import CallError, Unreachable, XoError
from xo_mcp.rpc.calls import Work, id_in
from xo_mcp.types import Call

_LOOKING: Final = 5.0
"""Seconds that a job may take to appear whose creation was not answered; it takes XO milliseconds."""
_PAUSE: Final = 0.3
SHOWN: Final = ("id", "name", "cron", "timezone", "enabled")


async def create_job(
    work: Work, kind: JobType, body: Mapping[str, Any], whole: Mapping[str, Any], plans: Sequence[Plan]
) -> str:
    """Make a job with its schedules; returns its id.

    Args:
        work: The tool's.
        kind: Of the job.
        body: Its properties but settings and schedules.
        whole: The settings of the whole job.
        plans: Its schedules.

    Raises:
        XoError: XO refused; what it had made was removed.
        Unreachable: No answer, and no such job was made.
    """
    before = {job["id"] for job in await every(work, JOBS)}
    keys = [f"schedule{number}" for number in range(1, len(plans) + 1)]
    settings: dict[str, Any] = {key: plan.settings for key, plan in zip(keys, plans, strict=True)}
    schedules = {key: plan.when for key, plan in zip(keys, plans, strict=True)}
    params = {**body, "settings": ({WHOLE: dict(whole)} if whole else {}) | settings, "schedules": schedules}
    try:
        result = await work.call(kind.method("createJob"), params)
    except Unreachable:
        # XO does what it was asked although nobody hears of it.
        found = await _found(work, before, kind, body, len(plans))
        if found is None:
            raise
        return found
    except XoError as error:
        raise await _taken_back(work, error, before, kind, body) from error
    made_id = id_in(result)
    if made_id is None:
        raise XoError(
            200, "unreadable", f"XO did not tell the id of the {kind.noun} it made.", "list_backup_jobs shows it."
        )
    return made_id


async def _found(work: Work, before: set[str], kind: JobType, body: Mapping[str, Any], schedules: int) -> str | None:
    """The job that XO made without telling so, once all its schedules are there."""
    with anyio.move_on_after(_LOOKING):
        while True:
            for job in await _new(work, before, kind, body):
                with suppress(CallError):
                    if len(await schedules_of(work, job)) == schedules:
                        return job
            await anyio.sleep(_PAUSE)
    return None


async def _new(work: Work, before: set[str], kind: JobType, body: Mapping[str, Any]) -> list[str]:
    """Jobs of this type and name that were not there before."""
    with suppress(CallError):
        jobs = await every(work, JOBS)
        alike = [job for job in jobs if job.get("name") == body.get("name") and type_of(job) is kind]
        return [str(job["id"]) for job in alike if job["id"] not in before]
    return []


async def _taken_back(work: Work, error: XoError, before: set[str], kind: JobType, body: Mapping[str, Any]) -> XoError:
    """The error of a failed creation, after what it left behind was removed."""
    left = await _new(work, before, kind, body)
    for job in left:
        try:
            await work.call(kind.method("deleteJob"), {"id": job})
        except CallError:
            return with_hint(error, f'XO left the job "{job}" behind, which can\'t run: delete it.')
    return with_hint(error, "What XO had made of it was removed." if left else "Nothing was made.")


def with_hint(error: XoError, hint: str) -> XoError:
    """The same error with one more sentence about what to do next."""
    return type(error)(error.status, error.code, error.detail, f"{error.hint} {hint}".strip())


async def change_job(
    work: Work, job: Record, changes: Mapping[str, Any], plans: Sequence[Plan], removed: Sequence[Record]
) -> None:
    """Change a job, and the schedules that it has.

    Args:
        work: The tool's.
        job: As it was read.
        changes: Its properties; `settings` are all settings after the change but those of `plans`.
        plans: Schedules to be made or changed.
        removed: Schedules to be deleted.

    Raises:
        CallError: XO refused or did not answer; new schedules were removed again, changed ones put back.
    """
    before = await schedules_of(work, str(job["id"]))
    settings = {key: dict(value) for key, value in (changes.get("settings") or settings_of(job)).items()}
    try:
        for plan in plans:
            settings[await _write(work, job, plan)] = plan.settings
        for schedule in removed:
            settings.pop(str(schedule["id"]), None)
        if changes or plans or removed:
            await edit_job(work, job, {**changes, "settings": settings})
    except CallError as error:
        if isinstance(error, Unreachable):
            await anyio.sleep(_PAUSE)  # XO goes on with what it was asked
        put_back = await _put_back(work, job, before)
        raise (with_hint(error, put_back) if isinstance(error, XoError) else error) from error
    for schedule in removed:
        await work.call("schedule.delete", {"id": schedule["id"]})


async def _write(work: Work, job: Record, plan: Plan) -> str:
    """Make or change one schedule; returns its id."""
    if plan.id is not None:
        if plan.when:
            await work.call("schedule.set", {"id": plan.id, **plan.when})
        return plan.id
    made = await work.call("schedule.create", {"jobId": job["id"], **plan.when})
    made_id = id_in(made)
    if made_id is None:
        raise XoError(200, "unreadable", "XO did not tell the id of the schedule it made.")
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


async def shown(work: Work, job_id: str, notes: Sequence[str]) -> Answer:
    """The answer about a job that was made or changed: as reads show it now."""
    data: dict[str, Any] = {"status": "done", "id": job_id}
    with suppress(CallError):
        reply = await work.client.request(Call("GET", "/backup-jobs/{id}", path={"id": job_id}))
        job = reply.data if isinstance(reply.data, dict) else {}
        settings = settings_of(job)
        data |= {name: job[name] for name in ("name", "mode", "vms", "pools", "remotes", "srs") if job.get(name)}
        data["schedules"] = [
            {name: schedule[name] for name in SHOWN if schedule.get(name) not in (None, "")}
            | settings.get(str(schedule["id"]), {})
            for schedule in await schedules_of(work, job_id)
        ]
    return Answer(data, tuple(dict.fromkeys(notes)))
