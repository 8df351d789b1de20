"""Attaches storage that exists: without its uuid, or on a LUN that holds another, XO would format it (XO 6.7.1)."""

from collections.abc import Mapping
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.parsing import objects_in
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line

PROBES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "sr.createNfs": ("sr.probeNfsExists", ("host", "server", "serverPath", "nfsVersion")),
    "sr.createIscsi": (
        "sr.probeIscsiExists",
        ("host", "target", "port", "targetIqn", "scsiId", "chapUser", "chapPassword"),
    ),
    "sr.createHba": ("sr.probeHbaExists", ("host", "scsiId")),
}
"""Method to the one that says which storage is there already, and what that is sent. SMB has none."""
UUID: Final = "srUuid"


async def run(work: Work) -> Answer:
    """Attach it, once a probe has seen it.

    Raises:
        ArgumentError: There is no uuid, or no storage repository of this uuid there.
        CallError: XO refused or did not answer.
    """
    uuid = str(work.arguments.get(UUID) or "").lower()
    if not uuid:
        raise ArgumentError(f"Nothing was done: without {UUID}, XO would make a new storage repository there.")
    if work.method in PROBES:
        method, names = PROBES[work.method]
        found = await work.ask(method, {name: work.arguments[name] for name in names if name in work.arguments})
        there = [str(each.get("uuid")) for each in objects_in(found)]
        if uuid not in (each.lower() for each in there):
            shown = ", ".join(there) or "none"
            raise ArgumentError(
                f"Nothing was done: no storage repository {uuid} is there, and XO would make a new one. There is: "
                f"{one_line(shown, 600)}."
            )
    return await work.run()
