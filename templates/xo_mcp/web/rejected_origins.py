"""Logs which setting a request's Host or Origin header was refused by: the SDK's answer does not say."""

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers

from xo_mcp.logs import get_logger
from xo_mcp.text import one_line

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST: Final = 50
"""Names logged, each once: anybody who can connect could fill the log with them."""
SETTINGS: Final = {
    421: ("host", "--allowed-hosts (XO_MCP_ALLOWED_HOSTS)"),
    403: ("origin", "--allowed-origins (XO_MCP_ALLOWED_ORIGINS)"),
}
"""The SDK's status to the header it did not like, and what would allow it."""
log = get_logger("http")


class RejectedOrigins:
    """ASGI middleware that watches the answers.

    Args:
        app: What answers.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._logged: set[tuple[str, str]] = set()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request and its answer on."""

        async def watch(message: "Message") -> None:
            if message["type"] == "http.response.start" and message["status"] in SETTINGS:
                self._log_once(message["status"], Headers(raw=message["headers"]), Headers(scope=scope))
            await send(message)

        await self._app(scope, receive, watch if scope["type"] == "http" else send)

    def _log_once(self, status: int, answer: Headers, request: Headers) -> None:
        header, setting = SETTINGS[status]
        name = one_line(request.get(header, ""))
        # A 403 that asks for other credentials is about the token.
        if not name or "www-authenticate" in answer or (header, name) in self._logged or len(self._logged) >= MOST:
            return
        self._logged.add((header, name))
        log.warning(
            "A request with the %s %r was refused (%d). If your clients send that, name it in %s, with all others.",
            header.capitalize(),
            name,
            status,
            setting,
        )
