"""Dry runs: answers with the request that a tool would send to XO, and sends nothing."""

from typing import Any

from xo_mcp.answer import Answer
from xo_mcp.api.paths import fill
from xo_mcp.privacy.masking import masked_argument
from xo_mcp.types import NOTHING, Arguments, Call, Json, Omit


class DryRun:
    """What generated functions of tools that change something call, without sending anything."""

    async def write(self, call: Call, **_: Any) -> Answer:
        """Show a request."""
        return _described(call)

    async def action(self, call: Call, **_: Any) -> Answer:
        """Show a request."""
        return _described(call)

    async def call(self, method: str, params: Arguments = NOTHING, **_: Any) -> Answer:
        """Show the call of a JSON-RPC method; where a builder makes it, its arguments."""
        return Answer({"method": "CALL", "path": method, "body": _given(params)})


def _described(call: Call) -> Answer:
    """A request, with secrets masked."""
    query = _given(call.query)
    data: dict[str, Json] = {"method": call.method, "path": fill(call.route, call.path)}
    data |= {"query": query} if query else {}
    if isinstance(call.body, Omit):
        return Answer(data)
    body = _given(call.body) if hasattr(call.body, "items") else call.body
    return Answer({**data, "body": body} if body or call.body_required else data)


def _given(values: Any) -> Json:
    given = {name: value for name, value in dict(values).items() if not isinstance(value, Omit)}
    return masked_argument(given)
