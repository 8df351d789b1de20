"""How many HTTP requests one client may make: a token bucket for each."""

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import principal_components
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from xo_mcp.cluster.store import Store

MAX_CLIENTS: Final = 10_000
"""Buckets kept; the client that was quiet longest is forgotten."""
MINUTE: Final = 60
DISCOVERY: Final = "/.well-known/"


class Buckets:
    """A bucket for each client, filled evenly.

    Args:
        per_minute: Requests a minute; a quiet client may make a quarter of them at once.
        clock: Seconds, monotonic.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = per_minute / MINUTE
        self.capacity = max(1.0, per_minute / 4)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take one request from a client's bucket.

        Returns:
            0, or the seconds to wait because it is empty.
        """
        now = self._clock()
        level, since = self._buckets.pop(client, (self.capacity, now))
        level = min(self.capacity, level + (now - since) * self.rate)
        allowed = level >= 1
        self._buckets[client] = (level - 1 if allowed else level, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if allowed else (1 - level) / self.rate


class RateLimit:
    """ASGI middleware; runs after authentication, so that a client is its token, else its address.

    Args:
        app: What it protects.
        buckets: One for each client.
        exempt: Paths that are never limited.
        store: What workers share, if there are several; while it does not answer, each counts for itself.
    """

    def __init__(
        self, app: "ASGIApp", buckets: Buckets, exempt: frozenset[str] = frozenset(), store: "Store | None" = None
    ) -> None:
        self._app = app
        self._store = store
        self._buckets = buckets
        self._exempt = exempt

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer 429."""
        if scope["type"] == "http" and scope["path"] not in self._exempt:
            wait = await self._wait(_bucket(scope))
            if wait:
                answer = JSONResponse(
                    {"error": "too many requests", "retry_after": ceil(wait)},
                    status_code=429,
                    headers={"Retry-After": str(ceil(wait))},
                )
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _wait(self, bucket: str) -> float:
        """Seconds to wait; 0 when the request is taken."""
        # What one worker refuses by itself need not be asked about.
        wait = self._buckets.take(bucket)
        if wait or self._store is None:
            return wait
        return await self._store.take(bucket, self._buckets.rate, self._buckets.capacity) or 0


def _bucket(scope: "Scope") -> str:
    """The bucket that a request draws from; requests about how to sign in have one of their own for each client."""
    client = client_of(scope)
    return f"discovery {client}" if scope["path"].startswith(DISCOVERY) else client


def client_of(scope: "Scope") -> str:
    """Whose request it is: a token's, else an address's."""
    user = scope.get("user")
    if isinstance(user, AuthenticatedUser):
        # Not the name alone: it may have been cut.
        return f"token {principal_components(user.access_token)!r}"
    peer = scope.get("client")
    return f"address {peer[0]}" if peer else "unknown"
