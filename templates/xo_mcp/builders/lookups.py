"""What builders ask XO's REST API before they send anything, because JSON-RPC methods take unknown ids."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from xo_mcp.errors import ArgumentError, CallError, NotFound
from xo_mcp.text import as_sent, one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_NAMES: Final = ("name_label", "name", "label", "email")
MOST_NAMED: Final = 30
"""Objects whose names are looked up for one text."""


async def find(client: "Client", route: str, object_id: Json, listed_by: str) -> dict[str, Json]:
    """Read an object.

    Args:
        client: Where to look.
        route: `/srs/{id}`.
        object_id: Of the object.
        listed_by: The tool that lists such objects, for the message.

    Raises:
        ArgumentError: There is none.
        CallError: It can't be read.
    """
    try:
        reply = await client.request(Call("GET", route, path={"id": str(object_id)}))
    except NotFound as error:
        kind = route.split("/")[1].removesuffix("s")
        raise ArgumentError(
            f"Nothing was done: there is no {kind} {as_sent(str(object_id))} ({listed_by} shows them)."
        ) from error
    return reply.data if isinstance(reply.data, dict) else {}


async def require(client: "Client", route: str, ids: Iterable[Json], listed_by: str) -> None:
    """Refuse ids that name nothing; see `find`."""
    for object_id in ids:
        await find(client, route, object_id, listed_by)


async def names_of(client: "Client", route: str, ids: Iterable[Json]) -> list[str]:
    """Objects as people know them, `web-1 (5f2c...)`; an id alone where it can't be read."""
    found: list[str] = []
    for number, each in enumerate(ids):
        object_id = one_line(str(each), 60)
        name = ""
        if number < MOST_NAMED:
            try:
                reply = await client.request(Call("GET", route, path={"id": str(each)}))
                record = reply.data if isinstance(reply.data, dict) else {}
                name = next((one_line(str(record[key]), 60) for key in _NAMES if record.get(key)), "")
            except CallError:
                name = ""
        found.append(f"{name} ({object_id})" if name else object_id)
    return found
