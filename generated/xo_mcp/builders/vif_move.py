"""Moves a VM's interface to another network or changes its MAC: XO gets a new one instead (XO 6.7.1)."""

from typing import Final

from xo_mcp.actions.expectations import creation, state_of
from xo_mcp.actions.read_after_write import wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.rpc.calls import Work, id_in

VIF: Final = "/vifs/{id}"
NEW: Final = (
    "A new MAC made a new interface: its id replaces the old one, and an earlier rate or locking is to be checked."
)


async def run(work: Work) -> Answer:
    """Move it.

    Raises:
        ArgumentError: Neither a network nor a MAC is given.
        CallError: XO refused or did not answer.
    """
    given = work.arguments
    if not given.keys() & {"network", "mac"}:
        raise ArgumentError("Nothing was changed: give `network`, `mac` or both.")
    now = id_in(await work.call()) or str(given["id"])
    moved = state_of({"id": now}, VIF, {"$network": str(given.get("network"))})
    expected = moved if now == given["id"] else creation(VIF, now)
    note = await wait_until_visible(work.client, expected) if expected is not None else None
    notes = (*((NEW,) if now != given["id"] else ()), *((note,) if note else ()))
    return Answer({"status": "done", "id": now}, notes)
