"""How many requests and sessions one client may have open at a time."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from xo_mcp.web.ratelimit import client_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from xo_mcp.cluster.store import Store

REQUESTS: Final = 64
"""Requests of one client that are not answered yet, open streams among them."""
SESSIONS: Final = 20
"""Sessions of one client (`--http-sessions`)."""
LIFETIME: Final = 1_800
"""Seconds after which the SDK ends a session that is not used."""
HEADER: Final = "mcp-session-id"
NOT_FOUND: Final = 404


class ClientQuotas:
    """ASGI middleware; runs after authentication, so that a client is its token, else its address.

    Args:
        app: What it protects.
        clock: Seconds, monotonic.
        store: What workers share, if there are several; sessions are one worker's own.
    """

    def __init__(
        self, app: "ASGIApp", clock: Callable[[], float] = time.monotonic, store: "Store | None" = None
    ) -> None:
        self._app = app
        self._store = store
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._sessions: dict[str, OrderedDict[str, float]] = {}

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client, session = client_of(scope), Headers(scope=scope).get(HEADER)
        refused = self._refusal(client, session, scope["method"])
        if refused:
            await _refuse(refused, scope, receive, send)
            return

        async def watch(message: "Message") -> None:
            if message["type"] == "http.response.start":
                given = Headers(raw=message["headers"]).get(HEADER)
                ended = scope["method"] == "DELETE" or message["status"] == NOT_FOUND
                self._note(client, given or session, ended=ended)
            await send(message)

        self._open[client] += 1
        try:
            if self._store is None:
                await self._app(scope, receive, watch)
            else:
                await self._count_everywhere(self._store, client, (scope, receive, send), watch)
        finally:
            self._open[client] -= 1
            if not self._open[client]:
                del self._open[client]

    async def _count_everywhere(
        self, store: "Store", client: str, request: "tuple[Scope, Receive, Send]", watch: "Send"
    ) -> None:
        """Pass a request on, unless the client has too many open at all workers together."""
        from xo_mcp.cluster.store import FullError, Limit  # only a cluster needs it

        scope, receive, send = request
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(store.counted([Limit(f"requests {client}", REQUESTS)]))
            except FullError:
                refused = f"{REQUESTS} requests of this client are open already, at all workers together"
                await _refuse(refused, scope, receive, send)
                return
            await self._app(scope, receive, watch)

    def _refusal(self, client: str, session: str | None, method: str) -> str | None:
        if self._open[client] >= REQUESTS:
            return f"{REQUESTS} requests of this client are open already"
        if session is None and method == "POST" and len(self._used(client)) >= SESSIONS:
            return f"this client has {SESSIONS} sessions already: end some (DELETE) or use them"
        return None

    def _note(self, client: str, session: str | None, *, ended: bool) -> None:
        if session is None:
            return
        own = self._used(client)
        own.pop(session, None)
        if not ended:
            own[session] = self._clock()
        if own:
            self._sessions[client] = own
        else:
            self._sessions.pop(client, None)

    def _used(self, client: str) -> "OrderedDict[str, float]":
        """The sessions of a client that were used lately, the longest unused first."""
        own = self._sessions.get(client, OrderedDict())
        while own and self._clock() - next(iter(own.values())) > LIFETIME:
            own.popitem(last=False)
        return own


async def _refuse(reason: str, scope: "Scope", receive: "Receive", send: "Send") -> None:
    answer = JSONResponse({"error": reason}, status_code=429, headers={"Retry-After": "10"})
    await answer(scope, receive, send)
