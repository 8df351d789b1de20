"""Imports from VMware: what they need here is looked up before XO logs in there and copies for hours."""

from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.collections import NETWORKS, SRS, TEMPLATES
from xo_mcp.objects.finding import read
from xo_mcp.rpc.calls import Work
from xo_mcp.rpc.following import WorkWatch

TASK: Final = "importing vm"
"""How the name of the task begins that XO makes of the work, with how many VMs are done."""


async def run(work: Work) -> Answer:
    """Import a VM.

    Raises:
        ArgumentError: There is no such SR, network or template here.
        CallError: XO refused or did not answer.
    """
    for kind, argument in ((SRS, "sr"), (NETWORKS, "network"), (TEMPLATES, "template")):
        await read(work.client, kind, work.arguments[argument])
    follows = (work.client, work.method, work.arguments, work.progress, work.started)
    return await work.run(WorkWatch(*follows, named=TASK, about=str(work.arguments["vm"])))
