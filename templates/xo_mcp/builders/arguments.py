"""Reads the arguments of tools whose request a builder makes."""

from collections.abc import Mapping
from typing import Any

from xo_mcp.objects.finding import existing
from xo_mcp.objects.kinds import Kind
from xo_mcp.rpc.calls import Work


def list_argument(given: Mapping[str, Any], name: str) -> list[Any]:
    """The entries of an argument that is a list; empty when it was not given."""
    found = given.get(name)
    return found if isinstance(found, list) else []


async def id_argument(work: Work, kind: Kind, given: Any) -> str:
    """The id of an object that exists.

    Raises:
        ArgumentError: There is no such object.
        CallError: XO refused or did not answer.
    """
    return str((await existing(work.client, kind, [given]))[0]["id"])


async def id_or_none(work: Work, kind: Kind, given: Any) -> str | None:
    """The id of an object that exists, or `None`, which unsets a property; raises as `id_argument`."""
    return None if given is None else await id_argument(work, kind, given)
