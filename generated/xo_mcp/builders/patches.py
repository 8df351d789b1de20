"""Installs patches on hosts: XO fails without a pool or hosts, and doesn't check whether those given exist."""

from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.collections import HOSTS
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import existing
from xo_mcp.rpc.calls import Work

RESTART: Final = "Hosts whose kernel or hypervisor was patched need a reboot: list_hosts with filter rebootRequired?."


async def run(work: Work) -> Answer:
    """Install them; XO waits for every toolstack to come back, for ever if one does not.

    Raises:
        ArgumentError: Not exactly one of a pool and hosts is given, or there is no such host.
        CallError: XO refused or did not answer.
    """
    hosts = work.arguments.get("hosts")
    if ("pool" in work.arguments) is isinstance(hosts, list):
        raise ArgumentError("Nothing was done: give either `pool`, for all its hosts, or `hosts`.")
    await existing(work.client, HOSTS, list_argument(work.arguments, "hosts"))
    answer = await work.run()
    return Answer(answer.data, (*answer.notes, RESTART))
