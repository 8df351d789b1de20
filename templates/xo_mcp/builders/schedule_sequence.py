"""Runs the jobs of several schedules, one after the other."""

from dataclasses import replace

from xo_mcp.answer import Answer
from xo_mcp.builders.named_objects import SCHEDULES, find, listed
from xo_mcp.rpc.calls import Work


async def run(work: Work) -> Answer:
    """Run schedules that all exist.

    Raises:
        ArgumentError: One of them does not.
        CallError: XO refused or did not answer.
    """
    found = await find(work, SCHEDULES, listed(work.arguments, "schedules"))
    answer = await replace(work, arguments={"schedules": [each["id"] for each in found]}).run()
    note = "Whether the runs went well is in their logs (list_backup_logs), up to 10 s late."
    return Answer(answer.data, (*answer.notes, note))
