"""Whether XO is connected to its pools; while it is not, an empty list means little.

XO 6.7.1 answers `[]` for a pool that is disconnected or just connecting, and for a user without privileges.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from xo_mcp.api.privileges import is_admin, missing_privilege
from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import CallError
from xo_mcp.parsing import objects_in
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

_ASKED: Final = 50  # servers looked at
_NAMED: Final = 5  # servers named in a message
_UNSURE: Final = (
    "If there should be some: XO lists nothing to a user who may not read it, and nothing of a pool in the first"
    " seconds after it was connected."
)


async def doubts_about_empty(client: "Client", call: Call, *, filtered: bool) -> list[str]:
    """Say why an empty list may not mean that there is nothing.

    Asks XO for its servers (pool connections) when it is a collection of pool objects; when that fails, nothing
    is said, because the list itself was answered.

    Args:
        client: Where to ask.
        call: The list that was empty.
        filtered: Whether a filter was given, which explains an empty list by itself once all pools are connected.
    """
    admin = await is_admin(client)
    if admin is False:
        missing = await missing_privilege(client, call)
        if missing:
            why = (
                f"This XO user lacks the privilege `{missing}`, and without it XO answers an empty list, whether or not"
                " there are some. An XO administrator can grant it with an ACL role (list_acl_roles)."
            )
            return [why]
    collection, _, rest = call.route.strip("/").partition("/")
    # What hangs below an object was found through that object, so its pool is connected.
    if rest or collection in CONVENTIONS.own_collections:
        return []
    try:
        asked: dict[str, Json] = {"fields": "id,label,host,status,poolNameLabel", "limit": _ASKED}
        reply = await client.request(Call("GET", "/servers", query=asked))
    except CallError:
        return []
    servers = objects_in(reply.data)
    doubt = _doubt(servers) or (await _not_loaded_yet(client) if admin else None if filtered else _UNSURE)
    return [doubt] if doubt else []


async def _not_loaded_yet(client: "Client") -> str | None:
    """Say whether XO shows no host at all though its pools are connected: it has not loaded their objects yet."""
    try:
        hosts = (await client.request(Call("GET", "/hosts", query={"fields": "id", "limit": 1}))).data
    except CallError:
        return None
    if hosts:
        return None
    return (
        "XO's pools are connected, but it shows no host yet: it lists nothing of a pool in the first seconds after it"
        " was connected. List again in a moment."
    )


def _doubt(servers: Sequence[Mapping[str, Json]]) -> str | None:
    if not servers:
        return (
            "XO shows this user no server, that is, no connection to a pool: either none was added (add_server), or "
            "this user may not read them. An empty list says nothing then."
        )
    away = [server for server in servers if server.get("status") != "connected"]
    if not away:
        return None
    states = ", ".join(f"`{_name(server)}` is {one_line(str(server.get('status')), 20)}" for server in away[:_NAMED])
    more = f" and {len(away) - _NAMED} more" if len(away) > _NAMED else ""
    return (
        f"The list may be empty only because XO does not see every pool: {states}{more}. Objects appear once "
        "their pool is connected (list_servers shows the status, connect_server connects)."
    )


def _name(server: Mapping[str, Json]) -> str:
    for value in (server.get("label"), server.get("poolNameLabel"), server.get("host"), server.get("id")):
        if isinstance(value, str) and value:
            return one_line(value, 60)
    return "?"
