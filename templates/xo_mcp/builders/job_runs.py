"""Runs backup jobs now, and says how the run went.

A run whose VMs all failed still answers `true`: its log shows it. XO's reads show logs as they were up to 10 s ago,
`backupNg.getLogs` with `_forceRefresh` as they are (XO 6.7.1).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from xo_mcp.actions.polling import eventually
from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.collections import SCHEDULES, VMS
from xo_mcp.builders.jobs import BACKUP, MIRROR, read_job, schedules_of, settings_of, type_of
from xo_mcp.builders.schedule_plans import label
from xo_mcp.errors import ArgumentError, CallError, TaskFailed
from xo_mcp.objects.finding import Record, existing, quoted, with_id
from xo_mcp.parsing import objects_in
from xo_mcp.reads.taskview import reason_of
from xo_mcp.rpc.calls import Work
from xo_mcp.rpc.following import Watch
from xo_mcp.text import one_line

LOGS: Final = "backupNg.getLogs"
PENDING: Final = "pending"
FAILED: Final = frozenset({"failure", "interrupted"})
FINAL: Final = 5.0
"""Seconds until the log of a run that ended says so."""
_SHOWN: Final = 10
"""VMs that a message names."""


async def run(work: Work) -> Answer:
    """Run a job by one of its schedules, and read the log of the run.

    Raises:
        ArgumentError: The job or the schedule does not exist, or the schedule has no settings and can't run.
        CallError: XO refused or did not answer.
        TaskFailed: The run failed, wholly or for some VMs.
    """
    given = work.arguments
    job = await read_job(work, str(given["id"]))
    schedule = await _schedule(work, job, given.get("schedule"))
    params: dict[str, Any] = {"id": job["id"], "schedule": schedule["id"]}
    if given.get("vms"):
        if type_of(job) not in (BACKUP, MIRROR):
            raise ArgumentError("A metadata backup job is not about VMs: leave `vms` out.")
        params["vms"] = [record["id"] for record in await existing(work.client, VMS, list_argument(given, "vms"))]
    sent = replace(work, method=type_of(job).method("runJob"), arguments=params)
    watch = RunWatch(sent, str(job["id"]))
    answer = await sent.run(watch)
    if answer.data == {"status": "done"}:
        return run_answer(await watch.final(), str(job.get("name") or job["id"]))
    return answer


async def _schedule(work: Work, job: Record, chosen: Any) -> Record:
    """The schedule whose settings are used: the given one, or the only one."""
    known = await schedules_of(work, str(job["id"]))
    if chosen is not None:
        schedule = with_id(SCHEDULES, str(chosen), known)
    elif len(known) == 1:
        schedule = known[0]
    else:
        choices = ", ".join(f"{quoted(label(each))} ({one_line(str(each['id']))})" for each in known)
        hint = f"Say by which `schedule`: {choices}." if known else "Give it one: create_schedule."
        raise ArgumentError(f"The job has {len(known) or 'no'} schedules, and a run needs one for its settings. {hint}")
    if str(schedule["id"]) not in settings_of(job):
        raise ArgumentError(
            f"The schedule {quoted(label(schedule))} has no settings in the job, so XO can't run it: give it a "
            "`retention` first (update_schedule)."
        )
    return schedule


class RunWatch(Watch):
    """Watches a run by its log, which says how many VMs are done.

    Args:
        work: The call.
        job: Id of the job.

    Attributes:
        log: Id of the log of the run, once it was found.
    """

    def __init__(self, work: Work, job: str) -> None:
        super().__init__(work.client, work.method, work.arguments, work.progress, work.started)
        self.log: str | None = None
        self._work = work
        self._job = job
        self._last: str | None = None

    async def prepare(self) -> None:
        """Note the last run before this one.

        Raises:
            CallError: XO does not report it; without it, that run would be taken for this one.
        """
        await super().prepare()
        newest = await self._newest()
        self._last = str(newest["id"]) if newest else None

    async def step(self, seconds: float) -> tuple[float, float, str] | None:
        """How many VMs are done of those that the log names."""
        log = await self._own()
        parts = [*_parts(log)] if log else []
        if not parts:
            return await super().step(seconds)
        done = sum(part.get("status") != PENDING for part in parts)
        return done, max(len(parts), _expected(log or {})), f"{done} of {max(len(parts), _expected(log or {}))} done"

    def follow_up(self) -> str:
        """How to follow the run when the time is up."""
        shown = (
            f'get_backup_log with id "{self.log}"' if self.log else f"list_backup_logs with filter jobId:{self._job}"
        )
        return f"{shown} shows it, up to 10 s late; nothing but a restart of XO ends it"

    async def final(self) -> Mapping[str, Any]:
        """The log of the run once it is over; empty when there is none."""
        log: Mapping[str, Any] = {}

        async def is_over() -> bool:
            nonlocal log
            log = await self._own() or log
            return bool(log) and log.get("status") != PENDING

        await eventually(is_over, FINAL)
        return log

    async def _own(self) -> Mapping[str, Any] | None:
        newest = None
        with suppress(CallError):
            newest = await self._newest()
        if newest is None or str(newest["id"]) == self._last:
            return None
        self.log = str(newest["id"])
        return newest

    async def _newest(self) -> Mapping[str, Any] | None:
        return await newest_log(self._work, jobId=self._job)


async def newest_log(work: Work, **fields: str) -> Mapping[str, Any] | None:
    """The newest log with such fields, as it is now.

    Raises:
        CallError: XO does not report it.
    """
    found = await work.ask(LOGS, {**fields, "limit": 1, "_forceRefresh": True})
    logs = [log for log in objects_in(found) if log.get("id")]
    return logs[-1] if logs else None


def run_answer(log: Mapping[str, Any], name: str) -> Answer:
    """The answer about a run that ended.

    Raises:
        TaskFailed: The log says so.
    """
    if not log:
        return Answer({"status": "done"}, ("XO keeps no log of this run yet: list_backup_logs says how it went.",))
    status = str(log.get("status"))
    parts = [*_parts(log)]
    bad = [part for part in parts if str(part.get("status")) in FAILED]
    if status in FAILED:
        raise TaskFailed(_failure(log, name, parts, bad))
    data: dict[str, Any] = {"status": status, "logId": str(log["id"])}
    if parts:
        data["done"] = sum(part.get("status") == "success" for part in parts)
        skipped = [one_line(_part_name(part), 80) for part in parts if part.get("status") == "skipped"]
        data |= {"skipped": skipped} if skipped else {}
    size = sum(_sizes(log))
    data |= {"size": size} if size else {}
    notes = [] if status == "success" else ["Nothing was backed up: get_backup_log says why."]
    warnings = dict.fromkeys(_warnings(log))
    return Answer(data, (*notes, *list(warnings)[:_SHOWN]))


def _failure(log: Mapping[str, Any], name: str, parts: list[Any], bad: list[Any]) -> str:
    reasons = [f"{one_line(_part_name(part), 80)}: {_reason(part)}" for part in bad[:_SHOWN]]
    count = f" for {len(bad)} of {len(parts)}" if bad else ""
    why = "; ".join(reasons) if reasons else _reason(log)
    how = "was interrupted" if log.get("status") == "interrupted" else "failed"
    return f'The run of {quoted(name)} {how}{count}: {why} (get_backup_log with id "{log["id"]}" shows all.)'


def _parts(log: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a run is made of: its VMs, or of metadata its contents."""
    tasks = log.get("tasks")
    for task in tasks if isinstance(tasks, list) else ():
        if isinstance(task, dict) and isinstance(task.get("data"), dict):
            yield task


def _part_name(part: Mapping[str, Any]) -> str:
    data = part["data"]
    return str(data.get("name_label") or data.get("id") or data.get("type") or "?")


def _expected(log: Mapping[str, Any]) -> int:
    """How many VMs the run is about; XO reports it at the start."""
    infos = log.get("infos")
    for info in infos if isinstance(infos, list) else ():
        data = info.get("data") if isinstance(info, dict) else None
        if isinstance(data, dict) and isinstance(data.get("vms"), list):
            return len(data["vms"])
    return 0


def _reason(task: Mapping[str, Any]) -> str:
    """Why a task failed: from itself or from its sub-tasks."""
    result = task.get("result")
    if isinstance(result, dict):
        return reason_of(result)[0]
    inner = task.get("tasks")
    failed = (
        [each for each in inner if isinstance(each, dict) and str(each.get("status")) in FAILED]
        if isinstance(inner, list)
        else []
    )
    return _reason(failed[0]) if failed else "XO does not say why."


def _sizes(step: Mapping[str, Any]) -> Iterator[int]:
    """Bytes that were transferred."""
    result, inner = step.get("result"), step.get("tasks")
    if step.get("message") == "transfer" and isinstance(result, dict) and isinstance(result.get("size"), int):
        yield result["size"]
    for each in inner if isinstance(inner, list) else ():
        if isinstance(each, dict):
            yield from _sizes(each)


def _warnings(task: Mapping[str, Any]) -> Iterator[str]:
    warnings, inner = task.get("warnings"), task.get("tasks")
    for warning in warnings if isinstance(warnings, list) else ():
        if isinstance(warning, dict) and isinstance(warning.get("message"), str):
            yield f"XO warns: {one_line(warning['message'], 160)}."
    for each in inner if isinstance(inner, list) else ():
        if isinstance(each, dict):
            yield from _warnings(each)
