"""How many calls one client may have under way, so that the others find connections to XO."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xo_mcp.errors import CallError

if TYPE_CHECKING:
    from xo_mcp.cluster.store import Store


@dataclass(frozen=True)
class Quota:
    """Calls of one class.

    Attributes:
        what: What they are, for the message.
        each: How many one client may have under way.
        all: How many all clients together may.
    """

    what: str
    each: int
    all: int


WAITS: Final = Quota("calls that wait for XO", 16, 80)
TRANSFERS: Final = Quota("exports and imports", 8, 40)
OTHERS: Final = Quota("calls", 32, 160)
"""The client of XO has 200 connections: 50 may be event streams, and what waits leaves the rest to what does not."""
QUOTAS: Final = {
    "run_on_many": WAITS,
    "action": WAITS, "long_call": WAITS, "get_task": WAITS, "list_tasks": WAITS, "read_events": WAITS,
    "download": TRANSFERS, "upload": TRANSFERS, "fetch": TRANSFERS,
}  # fmt: skip
"""Kind of a tool to its class."""


class Busy(CallError):  # noqa: N818 - the names are those of what happened, as in `errors`
    """A client has too much under way."""


class Quotas:
    """Counts what is under way, here and at workers of other machines.

    What all clients together may have is counted for each worker, for it is the connections of that worker.

    Args:
        store: What workers share, if there are several.
    """

    def __init__(self, store: "Store | None" = None) -> None:
        self._store = store
        self._running: Counter[tuple[Quota, str]] = Counter()
        self._together: Counter[Quota] = Counter()

    @asynccontextmanager
    async def taken_everywhere(self, kind: str, client: str | None) -> AsyncIterator[None]:
        """The same, with what the client has under way at other workers.

        Raises:
            Busy: There are too many already.
        """
        if self._store is None or client is None:
            with self.taken(kind, client):
                yield
            return
        from xo_mcp.cluster.store import FullError, Limit  # only a cluster needs it

        quota = QUOTAS.get(kind, OTHERS)
        with self.taken(kind, client):
            async with AsyncExitStack() as stack:
                try:
                    await stack.enter_async_context(self._store.counted([Limit(f"{quota.what} {client}", quota.each)]))
                except FullError as error:
                    raise _busy("This client has, at all workers together,", quota.each, quota) from error
                yield

    @contextmanager
    def taken(self, kind: str, client: str | None) -> Iterator[None]:
        """Count a call for as long as it is under way.

        Args:
            kind: Of its tool.
            client: Who calls; nobody in particular over stdio.

        Raises:
            Busy: There are too many already.
        """
        quota = QUOTAS.get(kind, OTHERS)
        own = quota, client or ""
        if self._running[own] >= quota.each:
            raise _busy("This client has", quota.each, quota)
        if self._together[quota] >= quota.all:
            raise _busy("All clients together have", quota.all, quota)
        self._running[own] += 1
        self._together[quota] += 1
        try:
            yield
        finally:
            self._together[quota] -= 1
            self._running[own] -= 1
            if not self._running[own]:
                del self._running[own]


def _busy(whose: str, count: int, quota: Quota) -> Busy:
    return Busy(
        f"Nothing was done: {whose} {count} {quota.what} under way, and more are not taken. Wait for some of them to"
        " end, then call again."
    )
