"""A telemetry span for each message from a client, without its content.

The SDK's own spans are named by what is called, and their errors quote it: the name of a VM, an address, a tool that
does not exist. These hold the method, the protocol and the kind of error; the span of a tool call, below, is named by
the tool.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.trace import get_current_span
from pydantic import ValidationError

from xo_mcp import observing

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

UNKNOWN: Final = "unknown method"
TOOL_ERROR: Final = "tool_error"


class MessageSpans:
    """Replaces the SDK's own middleware of this kind.

    Args:
        knows: Whether a method is one of the server's.
    """

    def __init__(self, knows: Callable[[str], bool]) -> None:
        self._knows = knows

    async def __call__(self, ctx: "ServerRequestContext[Any, Any]", call_next: "CallNext") -> "HandlerResult":
        """Watch one message being answered."""
        name = ctx.method if self._knows(ctx.method) else UNKNOWN
        with observing.message(name, ctx.protocol_version, _parent(ctx.meta)) as seen:
            try:
                result = await call_next(ctx)
            except MCPError as error:
                seen.error = str(error.error.code)
                raise
            except ValidationError:
                seen.error = str(INVALID_PARAMS)  # as which it is answered
                raise
            except BaseException as error:
                seen.error = type(error).__name__
                raise
            if _is_tool_error(result):
                seen.error = TOOL_ERROR
            return result


def _is_tool_error(result: object) -> bool:
    if isinstance(result, CallToolResult):
        return result.is_error
    return isinstance(result, dict) and result.get("isError") is True


def _parent(meta: Mapping[str, Any] | None) -> Context | None:
    """The client's span that a message belongs to, if it says so (W3C trace context, SEP-414)."""
    if not meta:
        return None
    try:
        context = extract(meta)
    except (ValueError, TypeError):
        return None
    return context if get_current_span(context).get_span_context().is_valid else None
