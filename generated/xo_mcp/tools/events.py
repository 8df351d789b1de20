"""Tools of XO's tag events: Live events - watch objects of XO change.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def open_events_stream(xo: Xo) -> Answer:
    """Opens a live stream of changes in XO and returns its id.

    GET /events; since XO 5.113.
    """
    return await xo.open_events(Call("GET", "/events"))


async def add_event_subscription(xo: Xo, *, id: str, collection: str, fields: list[str] | str | Omit = OMIT) -> Answer:
    """Makes an event stream report objects added, updated and removed in one collection, with the chosen properties
    only.

    POST /events/{id}/subscriptions; since XO 5.113 (collection=task 6.0).
    """
    return await xo.subscribe(
        Call("POST", "/events/{id}/subscriptions", path={"id": id}, body={"collection": collection, "fields": fields})
    )


async def remove_event_subscription(xo: Xo, *, id: str, subscriptionId: str) -> Answer:
    """Stops an event stream from reporting one collection; the others go on.

    DELETE /events/{id}/subscriptions/{subscriptionId}; since XO 5.113 (subscriptionId=task 6.0).
    """
    return await xo.unsubscribe(
        Call("DELETE", "/events/{id}/subscriptions/{subscriptionId}", path={"id": id, "subscriptionId": subscriptionId})
    )


async def read_events(xo: Xo, *, id: str, timeout: float = 30, limit: int = 100) -> Answer:
    """Returns what an event stream gathered since the last read: objects added, updated, removed.

    A tool of this server, without an XO operation.
    """
    return await xo.read_events(id=id, timeout=timeout, limit=limit)


async def close_events_stream(xo: Xo, *, id: str) -> Answer:
    """Ends an event stream and drops what was not read from it.

    A tool of this server, without an XO operation.
    """
    return await xo.close_events(id=id)
