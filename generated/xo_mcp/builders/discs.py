"""Inserts discs into a VM's drive: XO ejects the old one before it checks that the new one is a disc (XO 6.7.1)."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.collections import SRS, VDIS
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import Record, ambiguous, matching, missing, objects_of, quoted, read
from xo_mcp.rpc.calls import Work

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

DISC: Final = "cd_id"
ISO: Final = "iso"
DISCS: Final = replace(VDIS, noun="ISO", traits=("$SR",))


async def run(work: Work) -> Answer:
    """Insert a disc, by id or exact name.

    Raises:
        ArgumentError: It is not a disc, or not exactly one disc has that name.
        CallError: XO refused or did not answer.
    """
    wanted = str(work.arguments[DISC])
    disc = await _by_id(work.client, wanted) or await _by_name(work.client, wanted)
    answer = await replace(work, arguments={**work.arguments, DISC: str(disc["id"])}).run()
    note = () if disc["id"] == wanted else (f"{quoted(wanted)} was taken for the ISO {disc['id']}.",)
    return Answer(answer.data, (*answer.notes, *note))


async def _by_id(client: "Client", wanted: str) -> Record | None:
    try:
        disk = await read(client, VDIS, wanted, "id", "name_label", "$SR")
    except ArgumentError:  # there is none, or the name can't be an id
        return None
    storage = await read(client, SRS, disk.get("$SR"), "content_type")
    if storage.get("content_type") != ISO:
        raise ArgumentError(
            f"Nothing was done: {quoted(str(disk.get('name_label')))} is a disk, not an ISO: its SR does not have the "
            "content_type iso (list_srs)."
        )
    return disk


async def _by_name(client: "Client", wanted: str) -> Record:
    libraries = {sr["id"] for sr in await objects_of(client, SRS, "content_type") if sr.get("content_type") == ISO}
    discs = [disk for disk in await objects_of(client, VDIS, "$SR") if disk.get("$SR") in libraries]
    found = matching(wanted, discs, [DISCS.label])
    if len(found) > 1:
        raise ambiguous(DISCS, wanted, found)
    if not found:
        names = (disk.get(DISCS.label) for disk in discs)
        raise missing([DISCS], [wanted], names, remark=" scan_sr looks for new files in a library.")
    return found[0]
