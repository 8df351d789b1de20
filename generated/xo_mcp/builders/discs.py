"""Discs in a VM's drive: XO takes the old one out before it looks whether the new one is a disc (XO 6.7.1)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError, NotFound
from xo_mcp.parsing import objects_in
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

DISC: Final = "cd_id"
ISO: Final = "iso"
MOST_NAMED: Final = 10


async def run(work: Work) -> Answer:
    """Insert a disc, by id or exact name.

    Raises:
        ArgumentError: It is no disc, or no disc or several have that name.
        CallError: XO refused or did not answer.
    """
    wanted = str(work.arguments[DISC])
    disc = await _by_id(work.client, wanted) or await _by_name(work.client, wanted)
    answer = await replace(work, arguments={**work.arguments, DISC: str(disc["id"])}).run()
    note = () if disc["id"] == wanted else (f"The disc is {one_line(wanted, 80)} ({disc['id']}).",)
    return Answer(answer.data, (*answer.notes, *note))


async def _by_id(client: "Client", wanted: str) -> Mapping[str, Json] | None:
    try:
        reply = await client.request(Call("GET", "/vdis/{id}", path={"id": wanted}))
    except (NotFound, ArgumentError):  # a name may be no possible id
        return None
    disk = reply.data if isinstance(reply.data, dict) else {}
    storage = await client.request(Call("GET", "/srs/{id}", path={"id": disk.get("$SR")}))
    if not isinstance(storage.data, dict) or storage.data.get("content_type") != ISO:
        raise ArgumentError(
            f"Nothing was done: {one_line(str(disk.get('name_label')), 80)} is a disk and no ISO: it is not on an SR "
            "with content_type iso (list_srs)."
        )
    return disk


async def _by_name(client: "Client", wanted: str) -> Mapping[str, Json]:
    libraries = {str(sr["id"]): sr for sr in await _fetch(client, "/srs", "id,content_type") if _is_library(sr)}
    discs = [each for each in await _fetch(client, "/vdis", "id,name_label,$SR") if each.get("$SR") in libraries]
    found = [disc for disc in discs if disc.get("name_label") == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(f"{disc['id']} on SR {disc['$SR']}" for disc in found[:MOST_NAMED])
        raise ArgumentError(f"Nothing was done: several ISOs are called {one_line(wanted, 80)}: {shown}. Give the id.")
    close = [
        f"{one_line(str(disc['name_label']), 80)} ({disc['id']})"
        for disc in discs
        if wanted.casefold() in str(disc.get("name_label")).casefold()
    ]
    near = f" There are: {', '.join(close[:MOST_NAMED])}." if close else " scan_sr looks for new files in a library."
    raise ArgumentError(f"Nothing was done: no ISO has the id or the name {one_line(wanted, 80)}.{near}")


def _is_library(sr: Mapping[str, Json]) -> bool:
    return sr.get("content_type") == ISO


async def _fetch(client: "Client", route: str, fields: str) -> list[dict[str, Json]]:
    reply = await client.request(Call("GET", route, query={"fields": fields}))
    return objects_in(reply.data)
