"""Connections of HTTP clients, bounded in number and in how long they may take to say what they want.

uvicorn itself ends only connections that are idle after an answer. It is pinned below its next minor version in
`pyproject.toml`, because what is extended here is not promised to stay.
"""

import asyncio
import time
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from xo_mcp.logs import get_logger

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

HEAD: Final = 15
"""Seconds until a request's head must have come, from the connection or its own first bytes."""
BODY: Final = 60
"""Seconds its body may take after that."""
KEPT: Final = 75
"""Seconds a connection may idle after an answer: longer than clients keep one (Node 4, httpx2 5, nginx 60), or a call
would meet a connection that is just being closed."""
LOOK: Final = 2.5
"""Seconds between two looks."""
MOST: Final = 1_000
"""Connections at once, where the limit of descriptors allows as many."""
LARGEST_HEAD: Final = 32 * 1024
ACCEPTED: Final = 8
"""Connections taken at once, before any of them is looked at."""
QUEUE: Final = 512
"""Connections that wait in the system."""
SELDOM: Final = 60
"""Seconds in which one line about refused connections is written."""
WAITING: Final = {h11.IDLE: HEAD, h11.SEND_BODY: BODY}
log = get_logger("http")


def most_connections() -> int:
    """How many connections there may be, so that files, XO and logs keep descriptors of their own."""
    if resource is None:
        return MOST
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(16, min(MOST, soft // 4))


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with deadlines for requests and a bound on connections."""

    most: int = MOST
    _refused = 0
    _logged_at = -float(SELDOM)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or close it at once where there are too many."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._state: Any = h11.IDLE
        self._timer = self.loop.call_later(LOOK, self._look)
        if len(self.connections) > self.most:
            self._refuse()
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline with the connection."""
        self._timer.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close a connection whose request does not come."""
        state = self.conn.their_state
        now = self.loop.time()
        # After an answer uvicorn counts the seconds itself, though not those of half a request that came before it.
        idle = self.timeout_keep_alive_task is not None and not self.conn.trailing_data[0]
        if idle or state is not self._state or state not in WAITING:
            self._state, self._since = state, now
        elif now - self._since > WAITING[state]:
            self.transport.abort()
            return
        self._timer = self.loop.call_later(LOOK, self._look)

    @classmethod
    def _refuse(cls) -> None:
        cls._refused += 1
        now = time.monotonic()
        if now - cls._logged_at >= SELDOM:
            log.warning("%d connections were refused: there are %d already", cls._refused, cls.most)
            cls._refused, cls._logged_at = 0, now
