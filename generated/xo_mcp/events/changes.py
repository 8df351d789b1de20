"""A buffer of one event stream that keeps only which objects have changed."""

from typing import Final

from xo_mcp.events.streambuffer import StreamBuffer
from xo_mcp.types import Json

MOST: Final = 10_000
"""Objects that are kept; with more, everything is taken to have changed."""
LOST: Final = frozenset({"reconnected", "subscription_lost", "stream_ended"})
"""Events of a stream about itself after which changes may have been missed."""
Changed = tuple[str, str]
"""The kind of an object, as XO's events have it, and its id."""


class Changes(StreamBuffer):
    """A buffer that keeps no content: XO sends whole objects, of which nobody here reads more than the id."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: dict[Changed, None] = {}
        self._missed = False

    def __len__(self) -> int:
        return len(self._changed) + self._missed

    def add(self, event: str, data: Json) -> None:
        """Keep what an event is about."""
        if event in LOST or len(self._changed) >= MOST:
            self._missed = True
        elif isinstance(data, dict):
            self._changed[str(data.get("$subscription")), str(data.get("id"))] = None

    def drained(self) -> tuple[frozenset[Changed], bool]:
        """What changed since the last time, and whether anything else may have."""
        found = frozenset(self._changed), self._missed
        self._changed, self._missed = {}, False
        return found
