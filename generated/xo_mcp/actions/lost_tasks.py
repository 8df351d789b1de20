"""Finds the task of an action whose answer, which would have named it, was lost.

XO keeps a task of each action of its REST API, with the object it is about (XO 6.7.1). The time of XO's own answers
says which of them began since the action was sent; our clock may differ.
"""

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from xo_mcp.errors import CallError
from xo_mcp.parsing import objects_in
from xo_mcp.reads.taskview import start_of
from xo_mcp.text import is_bare_word
from xo_mcp.types import Arguments, Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

KIND: Final = "xo:rest-api:action"
_SECOND: Final = 1.0  # what XO's `Date` leaves out


async def tasks_of(
    client: "Client", identifier: Json, seconds: float
) -> tuple[Mapping[str, Json] | None, Mapping[str, Json] | None]:
    """Look for the task of an action.

    Args:
        client: Where to look.
        identifier: Of the object it is about.
        seconds: How long ago the action was sent.

    Returns:
        The one task of an action on this object that began since, and the newest task of it, whatever that is; `None`
        where there is none, or this user does not see it.
    """
    if not is_bare_word(str(identifier)):
        return None, None
    query: Arguments = {"fields": "id,status,start,properties", "filter": f"properties:objectId:{identifier}"}
    try:
        reply = await client.request(Call("GET", "/tasks", query=query))
    except CallError:
        return None, None
    tasks = objects_in(reply.data)
    now = _time_in(reply.headers)
    since = [] if now is None else [task for task in tasks if start_of(task) >= (now - seconds - _SECOND) * 1000]
    return _only_action(since), max(tasks, key=start_of, default=None)


def _only_action(tasks: Sequence[Mapping[str, Json]]) -> Mapping[str, Json] | None:
    actions = [task for task in tasks if isinstance(of := task.get("properties"), dict) and of.get("type") == KIND]
    return actions[0] if len(actions) == 1 else None


def _time_in(headers: Mapping[str, str]) -> float | None:
    """When an answer was made, in seconds since 1970."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        return None
