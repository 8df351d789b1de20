"""Creates and changes jobs with their schedules from a tool's arguments: what all types of jobs share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.job_changes import change_job
from xo_mcp.builders.job_writing import create_job, job_answer
from xo_mcp.builders.jobs import WHOLE, JobType, read_job, settings_of
from xo_mcp.builders.schedule_changes import plan_changes
from xo_mcp.builders.schedule_plans import plan_new
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record
from xo_mcp.rpc.calls import Work


@dataclass(frozen=True)
class JobForm:
    """How one type of job is made and changed, where it has no peculiarities.

    Attributes:
        kind: Of the job.
        create: The method that makes one; any other changes one.
        contents: Returns the properties that the arguments give, but name and settings.
        require: Refuses a job that could do nothing.
        settings: Returns the settings of the whole job, of the arguments and of what they were.
        aims: Properties with which every schedule must keep something of its own.
    """

    kind: JobType
    create: str
    contents: Callable[[Work], Awaitable[dict[str, Any]]]
    require: Callable[[Mapping[str, Any]], None]
    settings: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
    aims: frozenset[str] = frozenset()

    async def fill_in(self, work: Work) -> Answer:
        """Create or change a job.

        Raises:
            ArgumentError: The job could do nothing, or something it names does not exist.
            CallError: XO refused or did not answer.
        """
        given = work.arguments
        name = {} if given.get("name") is None else {"name": given["name"]}
        body = {**name, **await self.contents(work)}
        if work.method == self.create:
            self.require(body)
            return await created(work, self.kind, body, self.settings(given, {}))
        job = await read_job(work, str(given["id"]), self.kind)
        self.require({**job, **body})
        whole = self.settings(given, settings_of(job).get(WHOLE, {}))
        return await changed(work, job, body, whole, retargeted=bool(self.aims & body.keys()))


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
    return await job_answer(work, job_id, [*notes, *(note for plan in plans for note in plan.notes)])


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
    return await job_answer(work, str(job["id"]), [*schedules.notes, *said])
