"""Measurements of a storage repository, summarised as those of VMs and hosts are."""

from xo_mcp.answer import Answer
from xo_mcp.reads.records import plain
from xo_mcp.reads.stats import summarized
from xo_mcp.rpc.calls import Work


async def run(work: Work) -> Answer:
    """Ask for the measurements.

    Raises:
        XoError: XO refused; Unreachable: no answer.
    """
    data = await work.call()
    return summarized(data) if isinstance(data, dict) else plain(data)
