"""The first checks of every HTTP request: equivalent spellings, limits of its head, CORS for configured origins."""

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_HEADERS: Final = 100
"""Header lines of a request; browsers and proxies send about thirty."""
_ALLOWED_METHODS: Final = ("GET", "POST", "DELETE")
EXPOSED: Final = ("Mcp-Session-Id", "WWW-Authenticate", "Retry-After")
"""Headers of answers that a page's script needs to read."""
MAX_AGE: Final = 600
"""Seconds a browser may remember what it was allowed."""


class Entrance:
    """ASGI middleware that runs before all others.

    Args:
        app: What it protects. Paths are answered with slashes at their end as without: a redirect, which names http://
            behind a proxy for TLS, would lose the client's token.
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer 431."""
        if scope["type"] == "http":
            if len(scope["headers"]) > MOST_HEADERS:
                answer = JSONResponse({"error": f"more than {MOST_HEADERS} header lines"}, status_code=431)
                await answer(scope, receive, send)
                return
            if scope["path"].endswith("/"):
                path = scope["path"].rstrip("/") or "/"
                scope = {**scope, "path": path, "raw_path": quote(path).encode("ascii")}
            # Names of hosts know no case.
            headers = [(name, value.lower() if name == b"host" else value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await self._app(scope, receive, send)


class NamedOrigins(CORSMiddleware):
    """CORS for the origins that the operator named; preflights are answered before authentication, which they lack.

    Args:
        app: What answers.
        origins: Such as `https://chat.example.org` or `http://localhost:*`.
    """

    def __init__(self, app: "ASGIApp", origins: tuple[str, ...]) -> None:
        self._inner = app
        patterns = [re.escape(origin).replace(r":\*", r"(?::\d{1,5})?") for origin in origins]
        super().__init__(
            app,
            allow_origin_regex="|".join(patterns),
            allow_methods=_ALLOWED_METHODS,
            allow_headers=("*",),
            expose_headers=EXPOSED,
            max_age=MAX_AGE,
        )

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on; headers of CORS are for named origins only."""
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        named = origin is not None and self.is_allowed_origin(origin)
        await (super().__call__ if named else self._inner)(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight of a named origin: 204, for there is nothing to say."""
        answer = super().preflight_response(request_headers)
        if answer.status_code != HTTPStatus.OK:
            return answer
        kept: dict[str, Any] = {
            name: value for name, value in answer.headers.items() if name not in {"content-length", "content-type"}
        }
        return Response(status_code=204, headers=kept)
