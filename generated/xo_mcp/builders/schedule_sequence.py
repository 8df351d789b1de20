"""Runs the jobs of several schedules, one after the other, and says how each run went."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from xo_mcp.actions.polling import eventually
from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.job_runs import FINAL, PENDING, newest_log, run_answer
from xo_mcp.builders.jobs import schedules_with
from xo_mcp.builders.schedule_plans import label
from xo_mcp.errors import CallError, TaskFailed
from xo_mcp.objects.finding import Record
from xo_mcp.parsing import object_in
from xo_mcp.rpc.calls import Work
from xo_mcp.rpc.following import Watch


async def run(work: Work) -> Answer:
    """Run schedules that all exist, and read the logs of the runs.

    Raises:
        ArgumentError: One of them does not exist.
        CallError: XO refused or did not answer.
        TaskFailed: A run failed, wholly or for some VMs.
    """
    found = await schedules_with(work, list_argument(work.arguments, "schedules"))
    sent = replace(work, arguments={"schedules": [each["id"] for each in found]})
    watch = SequenceWatch(sent, found)
    answer = await sent.run(watch)
    return _summed_up(await watch.final(), found) if answer.data == {"status": "done"} else answer


class SequenceWatch(Watch):
    """Watches runs by their logs.

    Args:
        work: The call.
        schedules: In their order.
    """

    def __init__(self, work: Work, schedules: Sequence[Record]) -> None:
        super().__init__(work.client, work.method, work.arguments, work.progress, work.started)
        self._work = work
        self._schedules = schedules
        self._older: Mapping[str, str] = {}
        self._logs: dict[str, Mapping[str, Any]] = {}

    async def prepare(self) -> None:
        """Note the last run of each before this.

        Raises:
            CallError: XO does not report them; without that, these would be taken for the runs that come.
        """
        await super().prepare()
        self._older = {each["id"]: log["id"] for each in self._schedules if (log := await self._newest(each))}

    async def step(self, seconds: float) -> tuple[float, float, str] | None:
        """How many runs are over."""
        del seconds
        await self._look()
        over = sum(log.get("status") != PENDING for log in self._logs.values())
        return over, len(self._schedules), f"{over} of {len(self._schedules)} runs done"

    async def final(self) -> Mapping[str, Mapping[str, Any]]:
        """The log of each run, by schedule; of those that XO keeps one of."""

        async def all_over() -> bool:
            await self._look()
            known = [self._logs.get(each["id"], {}) for each in self._schedules]
            return all(log and log.get("status") != PENDING for log in known)

        await eventually(all_over, FINAL)
        return self._logs

    def follow_up(self) -> str:
        """How to follow the runs when the time is up."""
        return "list_backup_logs shows each run, up to 10 s late; nothing but a restart of XO ends one"

    async def _look(self) -> None:
        for each in self._schedules:
            if self._logs.get(each["id"], {}).get("status", PENDING) != PENDING:
                continue
            with suppress(CallError):
                log = await self._newest(each)
                if log is not None and log["id"] != self._older.get(each["id"]):
                    self._logs[each["id"]] = log

    async def _newest(self, schedule: Record) -> Mapping[str, Any] | None:
        return await newest_log(self._work, scheduleId=str(schedule["id"]))


def _summed_up(logs: Mapping[str, Mapping[str, Any]], schedules: Sequence[Record]) -> Answer:
    """The answer about all runs.

    Raises:
        TaskFailed: One of them failed.
    """
    runs: list[Any] = []
    notes: list[str] = []
    failures: list[str] = []
    for schedule in schedules:
        try:
            answer = run_answer(logs.get(schedule["id"], {}), label(schedule))
        except TaskFailed as error:
            failures.append(str(error))
        else:
            runs.append({"schedule": label(schedule), **object_in(answer.data)})
            notes += answer.notes
    if failures:
        well = f"{len(schedules) - len(failures)} of {len(schedules)} runs went well. "
        raise TaskFailed(well + " ".join(failures))
    return Answer({"status": "done", "runs": runs}, tuple(dict.fromkeys(notes)))
