"""Which streams are open, whose they are, and why the last ones ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from xo_mcp import observing
from xo_mcp.errors import ArgumentError
from xo_mcp.events.eventstream import EventStream, Owner
from xo_mcp.text import as_sent

_REMEMBERED: Final = 20  # ended streams about which an unknown id is explained


class OpenStreams:
    """The open streams of all clients; a stream belongs to who opened it: to all others it does not exist.

    Args:
        most: How many one client may have open.
        most_of_all: How many there may be together.
    """

    def __init__(self, most: int, most_of_all: int) -> None:
        self.by_id: dict[str, EventStream] = {}
        self.opening: list[Owner] = []
        """Whose streams XO has not greeted yet."""
        self._ended: dict[tuple[Owner, str], str] = {}
        self._most = most
        self._most_of_all = most_of_all

    def require_room(self, owner: Owner) -> None:
        """See that one more may be opened.

        Raises:
            ArgumentError: Too many are open; the message names them.
        """
        mine = self._of(owner)
        if len(mine) + self.opening.count(owner) >= self._most:
            raise ArgumentError(
                f"{self._most} event streams are open already: {', '.join(mine)}. Close one with close_events_stream, "
                "or read one of these."
            )
        if len(self.by_id) + len(self.opening) >= self._most_of_all:
            raise ArgumentError(
                f"The clients of this server have {self._most_of_all} event streams open, and there may be no more: "
                "try again later, or list the collection instead."
            )

    @contextmanager
    def opening_one(self, stream: EventStream) -> Iterator[None]:
        """Count a stream that is being opened; it is open when the block ends well."""
        self.opening.append(stream.owner)
        try:
            yield
            self.by_id[stream.id] = stream
            observing.streams_changed(1)
        finally:
            self.opening.remove(stream.owner)
            if not self.by_id.get(stream.id):
                stream.end("it was not opened")

    def find(self, name: str, owner: Owner) -> EventStream:
        """Return the stream of that id.

        Raises:
            ArgumentError: The owner has no such stream; the message names those that are open.
        """
        mine = self._of(owner)
        if name in mine:
            return mine[name]
        ended = self._ended.get((owner, name))
        why = f"was ended: {ended}" if ended else "is not open here"
        there_are = f"Open: {', '.join(mine)}." if mine else "Open one with open_events_stream."
        raise ArgumentError(f"The event stream {as_sent(name)!r} {why}. {there_are}")

    def end(self, stream: EventStream, reason: str) -> None:
        """Close a stream, and remember why for who asks for it later."""
        stream.end(reason)
        if self.by_id.pop(stream.id, None) is not None:
            observing.streams_changed(-1)
            self._ended[stream.owner, stream.id] = reason
            while len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]

    def end_all(self, reason: str) -> None:
        """Close every stream."""
        for stream in list(self.by_id.values()):
            self.end(stream, reason)

    def _of(self, owner: Owner) -> dict[str, EventStream]:
        return {name: stream for name, stream in self.by_id.items() if stream.owner == owner}
