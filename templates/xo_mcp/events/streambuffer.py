"""What came over one event stream and was not read yet, bounded."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.encoding import array_of, encode, size
from xo_mcp.privacy.sanitizing import sanitized
from xo_mcp.types import Json

MOST: Final = 1000
"""Events kept for a stream nobody reads."""
LARGEST: Final = 1024 * 1024
"""Bytes of JSON kept for it."""

_IDENTIFYING: Final = ("id", "uuid", "$subscription", "type", *CONVENTIONS.names)
_SHORT: Final = 200  # characters


def now() -> str:
    """The time, as every answer shows it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Taken:
    """What a read got.

    Attributes:
        events: Oldest first, `{event, data, at}`, fit to be read.
        dropped: Events lost since the last read because nobody read them in time; they were older than these.
        encoded: `events` as JSON.
    """

    events: list[Json]
    dropped: int
    encoded: bytes = field(default=b"[]", repr=False)


class StreamBuffer:
    """A queue that forgets its oldest events rather than grow.

    Args:
        most: Events kept.
        largest: Bytes of their JSON kept.
    """

    def __init__(self, most: int = MOST, largest: int = LARGEST) -> None:
        self._most = most
        self._largest = largest
        self._events: deque[tuple[dict[str, Json], bytes]] = deque()
        self._bytes = 0
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._events)

    def add(self, event: str, data: Json) -> None:
        """Keep an event, with the time it came."""
        record = _presentable({"event": event, "data": data, "at": now()})
        encoded = encode(record)
        if len(encoded) > self._largest:
            record = _abridged(record, len(encoded), self._largest)
            encoded = encode(record)
        self._events.append((record, encoded))
        self._bytes += len(encoded)
        while len(self._events) > self._most or (self._bytes > self._largest and len(self._events) > 1):
            self._oldest()
            self._dropped += 1

    def take(self, limit: int, room: int) -> Taken:
        """Remove the oldest events.

        Args:
            limit: At most so many.
            room: At most so many bytes of JSON; what does not fit stays for the next read. A single event that is
                larger comes abridged: its id and name, and what it would have taken.
        """
        events: list[Json] = []
        written: list[bytes] = []
        left = room
        while self._events and len(events) < limit:
            if len(self._events[0][1]) > left and events:
                break
            record, encoded = self._oldest()
            if len(encoded) > left:
                record = _abridged(record, len(encoded), left)
                encoded = encode(record)
                left = 0
            left -= len(encoded) + 1
            events.append(record)
            written.append(encoded)
        dropped, self._dropped = self._dropped, 0
        return Taken(events, dropped, array_of(written))

    def _oldest(self) -> tuple[dict[str, Json], bytes]:
        """Take the oldest event out."""
        record, encoded = self._events.popleft()
        self._bytes -= len(encoded)
        return record, encoded


def _presentable(record: dict[str, Json]) -> dict[str, Json]:
    """An event as its reader will see it: the twins of times and what replaces a secret take room, too."""
    shown = sanitized(record, depth=2)  # in the answer, events are two levels down
    return shown if isinstance(shown, dict) else record


def _abridged(record: dict[str, Json], taken: int, room: int) -> dict[str, Json]:
    """Keep of an event what identifies it, as far as there is room."""
    data = record["data"]
    short: dict[str, Json] = {**record, "data": {}, "abridged": f"{taken:,} bytes: subscribe with fewer fields"}
    for name, text in data.items() if isinstance(data, dict) else ():
        if name in _IDENTIFYING and isinstance(text, str) and len(text) <= _SHORT:
            fields = {**short["data"], name: text} if isinstance(short["data"], dict) else {}
            more = {**short, "data": fields}
            short = more if size(more) <= room else short
    return short
