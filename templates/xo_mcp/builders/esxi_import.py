"""Imports from VMware: what they need here is looked up before XO logs in there and copies for hours."""

from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.lookups import find
from xo_mcp.rpc.calls import Work

FOLLOW: Final = "XO's task `importing vms` tells how many are done (list_tasks)."


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
    answer = await work.run()
    is_done = isinstance(answer.data, dict) and answer.data.get("status") == "done"
    return answer if is_done else Answer(answer.data, (*answer.notes, FOLLOW))
