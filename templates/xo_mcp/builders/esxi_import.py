"""Imports from VMware: what they need here is looked up before XO logs in there and copies for hours."""

from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.lookups import find
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
    for route, name, listed_by in (
        ("/srs/{id}", "sr", "list_srs"),
        ("/networks/{id}", "network", "list_networks"),
        ("/vm-templates/{id}", "template", "list_vm_templates"),
    ):
        await find(work.client, route, work.arguments[name], listed_by)
    follows = (work.client, work.method, work.arguments, work.progress, work.started)
    return await work.run(WorkWatch(*follows, named=TASK, about=str(work.arguments["vm"])))
