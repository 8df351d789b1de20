"""Keeps every request the server makes to an XO of this process, and has an independent judge look at it.

A request is the server's when it says `X-XO-Client: mcp`, as all of the server's do; tests of the fake XO itself send
their own. Servers that know only a few routes, for tests of one module, are watched too: what they are asked that is no
operation of XO's is theirs alone.
"""

from collections import deque
from functools import cache
from pathlib import Path

from fake_xo.requests import Seen
from oracle import RELEASE, Oracle

SWITCH = "/rest/v0/mcp/status"
"""Asked of every XO when a server starts: 404 means that this one is older than the switch."""
NOT_FOUND = 404


@cache
def oracle(facts: Path = RELEASE) -> Oracle:
    """The judge of a release, built once."""
    return Oracle(facts)


class Watch:
    """Requests that are not judged yet; other threads add them."""

    def __init__(self) -> None:
        self._requests: deque[tuple[Seen, Path]] = deque()
        self._partial: deque[Seen] = deque()

    def whole(self, seen: Seen, facts: Path) -> None:
        """A request to a fake that plays a whole release."""
        if _is_ours(seen):
            self._requests.append((seen, facts))

    def partial(self, seen: Seen) -> None:
        """A request to a server with a few routes, XO's or its own."""
        if _is_ours(seen):
            self._partial.append(seen)

    def complaints(self) -> list[str]:
        """What is wrong with the requests since the last time, one line each."""
        found: list[str] = []
        while self._requests:
            seen, facts = self._requests.popleft()
            if seen.path == SWITCH and seen.status == NOT_FOUND:
                continue
            found += oracle(facts).complaints([seen])
        while self._partial:
            seen = self._partial.popleft()
            if oracle().judge(seen).operation:
                found += oracle().complaints([seen])
        return found


WATCH = Watch()
"""The one of this process."""


def _is_ours(seen: Seen) -> bool:
    # Files that XO holds ready below /api/ are no part of the REST API.
    return seen.header("x-xo-client") == "mcp" and not seen.path.startswith("/api/")
