"""The outcome of a call, for metrics, the audit log and the caller."""

from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.types import InputRequiredResult

from xo_mcp.definitions import Entry
from xo_mcp.errors import NotFound, XoMcpError
from xo_mcp.safety.audit import Outcome
from xo_mcp.safety.trail import Trail
from xo_mcp.server.confirm import CONFIRMATION_NEEDED, NotConfirmedError
from xo_mcp.server.requests import Result

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context


def came_to(result: Result) -> tuple[str, int]:
    """The outcome of a call for those who count, and the bytes of its text."""
    if isinstance(result, InputRequiredResult):
        return "asked", 0
    size = sum(len(block.text.encode()) for block in result.content if block.type == "text")
    if (result.structured_content or {}).get("status") == CONFIRMATION_NEEDED:
        return "asked", size
    return "error" if result.is_error else "ok", size


def who(context: "Context[Any, Any]") -> dict[str, str]:
    """Who calls: the name of its token over HTTP, and what it calls itself."""
    known: dict[str, str] = {}
    access = get_access_token()
    if access is not None:
        known["token"] = access.client_id
        # An issuer's subject and client stay apart: put together, "a/b" and "c" are "a" and "b/c" as well.
        claims = access.claims or {}
        named = {"issuer": claims.get("iss"), "subject": access.subject, "client": claims.get("client_id")}
        known |= {name: value for name, value in named.items() if isinstance(value, str)}
    params = context.request_context.session.client_params
    if params is not None:
        known["name"] = f"{params.client_info.name} {params.client_info.version}".strip()
    return known


def outcome_of(error: XoMcpError, trail: Trail) -> Outcome:
    """The outcome of a failed call for the audit log."""
    if isinstance(error, NotConfirmedError):
        return "declined"
    return "failed" if trail.started else "refused"


def since(entry: Entry, error: XoMcpError) -> str:
    """Say which release has a route that this XO has not."""
    known = isinstance(error, NotFound) and error.code == "no_route" and entry.facts.since
    return f" {entry.name} needs XO {entry.facts.since} or newer." if known else ""


def fault(entry: Entry, *, started: bool) -> str:
    """Say that a call failed because of us, and whether something may have been done."""
    text = f"{entry.name} failed because of a fault in this server, not in the call. The server's log has the details."
    if entry.facts.effect == "read":
        return text
    if not started:
        return f"{text} Nothing was done."
    return f"{text} It may have been done all the same: check before trying again."
