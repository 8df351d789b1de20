"""Creates backup jobs with their schedules, and removes what a failed creation leaves behind.

When `createJob` or `schedule.create` fails, XO keeps what it had made until then (XO 6.7.1): an enabled schedule with a
bad cron, a job that can't run.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from xo_mcp.actions.polling import eventually
from xo_mcp.answer import Answer
from xo_mcp.builders.collections import JOBS
from xo_mcp.builders.jobs import WHOLE, JobType, all_jobs, all_schedules, schedules_of, settings_of, type_of
from xo_mcp.builders.schedule_plans import Plan
from xo_mcp.errors import CallError, NotFound, Unreachable, XoError
from xo_mcp.objects.finding import Record, read
from xo_mcp.rpc.calls import Work, id_in

LOOKING: Final = 5.0
"""Seconds that a change may take to show whose answer was lost; it takes XO milliseconds."""
SHOWN: Final = ("id", "name", "cron", "timezone", "enabled")
"""Properties of a schedule that an answer shows."""
_OF_JOB: Final = ("name", "mode", "vms", "pools", "remotes", "srs")


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
        XoError: XO refused; what it had made was removed, or the message says what could not be.
        Unreachable: No answer, and no whole job was made.
    """
    site = _Site(work, kind, body.get("name"), _ids(await all_jobs(work)), _ids(await all_schedules(work)))
    keys = [f"schedule{number}" for number in range(1, len(plans) + 1)]
    settings: dict[str, Any] = {key: plan.settings for key, plan in zip(keys, plans, strict=True)}
    schedules = {key: plan.when for key, plan in zip(keys, plans, strict=True)}
    params = {**body, "settings": ({WHOLE: dict(whole)} if whole else {}) | settings, "schedules": schedules}
    try:
        result = await work.call(kind.method("createJob"), params)
    except Unreachable as error:
        # XO does what it was asked although nobody hears of it.
        return await site.found(len(plans), error)
    except XoError as error:
        raise hinted(error, await site.cleared()) from error
    made_id = id_in(result)
    if made_id is None:
        raise XoError(
            200, "unreadable", f"XO did not report the id of the {kind.noun} it made.", "list_backup_jobs shows it."
        )
    return made_id


@dataclass(frozen=True)
class _Site:
    """What was there before a job was made, so that what is new is known.

    Attributes:
        work: The tool's.
        kind: Of the job.
        name: Of the job.
        jobs: Ids of those before.
        schedules: Ids of those before.
    """

    work: Work
    kind: JobType
    name: Any
    jobs: frozenset[str]
    schedules: frozenset[str]

    async def new_jobs(self) -> list[str]:
        """Jobs of this type and name that were not there before."""
        now = await all_jobs(self.work)
        alike = [job for job in now if job.get("name") == self.name and type_of(job) is self.kind]
        return [str(job["id"]) for job in alike if job["id"] not in self.jobs]

    async def found(self, schedules: int, error: Unreachable) -> str:
        """The job that XO made without telling so, once all its schedules are there.

        Raises:
            Unreachable: There is none, or only a part.
        """
        partly = ""

        async def whole() -> str | None:
            nonlocal partly
            with suppress(CallError):
                for job in await self.new_jobs():
                    there = len(await schedules_of(self.work, job))
                    if there == schedules:
                        return job
                    partly = f'The job "{job}" is there, with {there} of its {schedules} schedules (get_backup_job).'
            return None

        job = await eventually(whole, LOOKING)
        if job is None:
            raise hinted(error, partly) from error
        return job

    async def cleared(self) -> str:
        """Remove what a failed creation left behind; says how that went."""
        try:
            jobs = await self.new_jobs()
            left = [job for job in jobs if not await _removed(self.work, self.kind.method("deleteJob"), job)]
            deleted = set(jobs) - set(left)
            known = {job["id"] for job in await all_jobs(self.work)}
            strays = [
                str(each["id"])
                for each in await all_schedules(self.work)
                if each["id"] not in self.schedules and (each.get("jobId") in deleted or each.get("jobId") not in known)
            ]
            left_schedules = [each for each in strays if not await _removed(self.work, "schedule.delete", each)]
        except CallError:
            return "Whether XO left a job or schedules behind could not be seen: list_backup_jobs, list_schedules."
        if left:
            return f'XO left the job "{left[0]}" behind, which can\'t run: delete it (delete_backup_job).'
        if left_schedules:
            return f'XO left the schedule "{left_schedules[0]}" behind: delete it (delete_schedule).'
        return "What XO had made of it was removed." if jobs or strays else "Nothing was made."


def _ids(records: Iterable[Record]) -> frozenset[str]:
    return frozenset(str(each["id"]) for each in records)


async def _removed(work: Work, method: str, identity: str) -> bool:
    """Delete an object and say whether that worked; it is tried twice, because a leftover may stop other schedules."""
    for last in (False, True):
        try:
            await work.call(method, {"id": identity})
        except NotFound:
            return True
        except CallError:
            if last:
                return False
        else:
            return True
    return False


def hinted(error: CallError, hint: str) -> CallError:
    """The same error with one more sentence about what to do next."""
    if isinstance(error, XoError):
        return type(error)(error.status, error.code, error.detail, f"{error.hint} {hint}".strip())
    return type(error)(f"{error} {hint}".strip())


async def job_answer(work: Work, job_id: str, notes: Sequence[str]) -> Answer:
    """The answer about a job that was made or changed: as reads show it now."""
    data: dict[str, Any] = {"status": "done", "id": job_id}
    with suppress(CallError):
        job = await read(work.client, JOBS, job_id, *_OF_JOB, "settings")
        settings = settings_of(job)
        data |= {name: job[name] for name in _OF_JOB if job.get(name)}
        data["schedules"] = [
            {name: schedule[name] for name in SHOWN if schedule.get(name) not in (None, "")}
            | settings.get(str(schedule["id"]), {})
            for schedule in await schedules_of(work, job_id)
        ]
    return Answer(data, tuple(dict.fromkeys(notes)))
