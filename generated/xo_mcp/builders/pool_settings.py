"""Settings of a pool: XO accepts any text as a network (XO 6.7.1), so networks are looked up first."""

from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.collections import NETWORKS
from xo_mcp.objects.finding import existing
from xo_mcp.rpc.calls import Work

PROPERTIES: Final = ("backupNetwork", "migrationNetwork")


async def run(work: Work) -> Answer:
    """Change the settings.

    Raises:
        ArgumentError: There is no such network, or nothing to change.
        CallError: XO refused or did not answer.
    """
    ids = [work.arguments[name] for name in PROPERTIES if work.arguments.get(name) is not None]
    await existing(work.client, NETWORKS, ids)
    return await work.run()
