"""Hardware of hosts: gives XO's bare values a name, and says where XO knows nothing."""

from collections.abc import Mapping
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.reads.records import plain
from xo_mcp.rpc.calls import Work

VERDICTS: Final[Mapping[str, str]] = {
    "host.isHostServerTimeConsistent": "time_is_right",
    "host.isPubKeyTooShort": "key_is_too_short",
}
"""Methods that answer true or false, and what that is about."""
UNKNOWN: Final[Mapping[str, str]] = {
    "host.getSmartctlHealth": "XO can't ask this host for SMART: its plugin is missing there.",
    "host.getSmartctlInformation": "XO can't ask this host for SMART: its plugin is missing there.",
    "host.getMdadmHealth": "This host has no software RAID, or its plugin is missing there.",
    "host.getBlockdevices": "XO can't list this host's block devices: its plugin is missing there.",
    "host.getBiosInfo": "XO knows nothing about the BIOS of this host.",
}
"""Methods whose answer is null, or true, when nothing is known (xo-server 5.207.2)."""


async def run(work: Work) -> Answer:
    """Ask, and name the answer.

    Raises:
        XoError: XO refused; Unreachable: no answer.
    """
    result = await work.call()
    if work.method in VERDICTS:
        return Answer({VERDICTS[work.method]: result is True})
    if result in (None, True, {}, []):
        return Answer({"known": False}, (UNKNOWN[work.method],))
    return plain(result)
