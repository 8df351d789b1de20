"""How many calls one client may have under way, so that the others find connections to XO."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from xo_mcp.errors import CallError


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
    "action": WAITS, "long_call": WAITS, "get_task": WAITS, "list_tasks": WAITS, "read_events": WAITS,
    "download": TRANSFERS, "upload": TRANSFERS, "fetch": TRANSFERS,
}  # fmt: skip
"""Kind of a tool to its class."""


class Busy(CallError):  # noqa: N818 - the names are those of what happened, as in `errors`
    """A client has too much under way."""


class Quotas:
    """Counts what is under way."""

    def __init__(self) -> None:
        self._running: Counter[tuple[Quota, str]] = Counter()
        self._together: Counter[Quota] = Counter()

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
        for count, most, whose in (
            (self._running[own], quota.each, "This client has"),
            (self._together[quota], quota.all, "All clients together have"),
        ):
            if count >= most:
                raise Busy(
                    f"Nothing was done: {whose} {count} {quota.what} under way, and more are not taken. Wait for some"
                    " of them to end, then call again."
                )
        self._running[own] += 1
        self._together[quota] += 1
        try:
            yield
        finally:
            self._together[quota] -= 1
            self._running[own] -= 1
            if not self._running[own]:
                del self._running[own]
