"""Carries the structured content of a result past the SDK's checks.

It is JSON already, and most of a long answer: validating and copying each value was a fifth of what a list costs.
"""

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from xo_mcp.types import Json

_ASIDE: ContextVar["list[dict[str, Json]] | None"] = ContextVar("_ASIDE", default=None)
"""Where the structured content of the call under way waits until the SDK is done with the rest."""


class StructuredResult(CallToolResult):
    """A result whose structured content is JSON already, and never walked over."""

    def model_dump(self, **how: Any) -> dict[str, Any]:
        """As the SDK asks for it; inside `beside_checks`, without the structured content."""
        data, aside = self.structured_content, _ASIDE.get()
        dumped = super().model_dump(**{**how, "exclude": {"structured_content"}})
        if data is not None and aside is not None:
            aside[:] = [data]
            return dumped
        return {**dumped, "structuredContent" if how.get("by_alias") else "structured_content": data}


async def beside_checks(ctx: "ServerRequestContext[Any, Any]", call_next: "CallNext") -> "HandlerResult":
    """Middleware: add the structured content when the SDK has checked the result."""
    aside: list[dict[str, Json]] = []
    token = _ASIDE.set(aside)
    try:
        result = await call_next(ctx)
    finally:
        _ASIDE.reset(token)
    return {**result, "structuredContent": aside[0]} if aside and isinstance(result, dict) else result
