"""XO's live events for callers that can only ask: streams are listened to in the background, and read when asked."""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import anyio
import anyio.abc

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.events.eventstream import EventStream, Subscription
from xo_mcp.events.streambuffer import StreamBuffer, Taken
from xo_mcp.events.timing import Timing
from xo_mcp.program.logs import get_logger
from xo_mcp.reads.budget import DEFAULT_BUDGET, room_for
from xo_mcp.text import one_line
from xo_mcp.types import Arguments, Json, Omit

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

STREAMS: Final = 10
"""Streams open at once; each holds a connection to XO."""
LONGEST_WAIT: Final = 300
"""Seconds a read may wait."""

_LOG: Final = get_logger("events")
_FRAME: Final = 800  # bytes of an answer around its events
_REMEMBERED: Final = 20  # ended streams about which an unknown id is explained


class EventHub:
    """Holds the open event streams; use it as an async context manager, which runs their readers.

    Args:
        client: How to reach XO.
        timing: How patiently streams listen, and how long they live unread.
        streams: How many may be open.
    """

    def __init__(self, client: "Client", *, timing: Timing | None = None, streams: int = STREAMS) -> None:
        self._client = client
        self._timing = timing or Timing()
        self._most = streams
        self._streams: dict[str, EventStream] = {}
        self._opening = 0
        self._ended: dict[str, str] = {}
        self._tasks: anyio.abc.TaskGroup | None = None

    async def __aenter__(self) -> Self:
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = self._tasks
        await self.aclose()
        if tasks is not None:
            # Not told of `error`: the group would wrap it.
            await tasks.__aexit__(None, None, None)

    async def aclose(self) -> None:
        """Close every stream; nothing can be opened afterwards."""
        tasks, self._tasks = self._tasks, None
        for stream in list(self._streams.values()):
            self._forget(stream, "the server stops")
        if tasks is not None:
            tasks.cancel_scope.cancel()

    async def open(self, route: str = "/events") -> Answer:
        """Open a stream and wait for XO's greeting.

        Returns:
            `id`: the stream's name for all other calls; it stays the same when the connection is replaced.

        Raises:
            ArgumentError: Too many are open; the message names them.
            CallError: XO refused, or did not answer.
        """
        if self._tasks is None:
            raise ArgumentError("Events are over: the server stops.")
        if len(self._streams) + self._opening >= self._most:
            raise ArgumentError(
                f"{self._most} event streams are open already: {self._names()}. Close one with close_events_stream, or "
                "read one of these."
            )
        stream = EventStream(
            self._client,
            route,
            buffer=StreamBuffer(),
            timing=self._timing,
            expired=lambda stream: self._forget(stream, f"nobody read it for {self._timing.idle / 60:g} minutes"),
        )
        self._tasks.start_soon(self._run, stream)
        self._opening += 1
        try:
            await stream.greeted()
            self._streams[stream.id] = stream
        finally:
            self._opening -= 1
            if not self._streams.get(stream.id):
                stream.end("it was not opened")
        return Answer(
            data={"id": stream.id},
            notes=("Nothing is sent yet: subscribe with add_event_subscription, then read with read_events.",),
        )

    async def subscribe(self, route: str, *, path: Arguments, body: Mapping[str, "Json | Omit"]) -> Answer:
        """Have XO send the changes of a collection to a stream.

        `id` is added to chosen fields, because XO sends only these, and an event without it tells nothing.

        Args:
            route: `/events/{id}/subscriptions`.
            path: `id` of the stream.
            body: `collection`, like `VM`, and `fields`.

        Returns:
            `id` of the subscription, `stream`, and all `subscriptions` of the stream.

        Raises:
            ArgumentError: No such stream.
            CallError: XO refused, or the connection is down.
        """
        stream = self._find(path)
        sent = {name: value for name, value in body.items() if not isinstance(value, Omit)}
        fields = sent.get("fields")
        if isinstance(fields, list) and "id" not in fields:
            sent["fields"] = ["id", *fields]
        name = await stream.subscribe(Subscription(route, path, sent))
        notes = (
            () if fields not in (None, "*") else ("Every event holds the whole object: give `fields` to save room.",)
        )
        return Answer(
            data={"id": name, "stream": stream.id, "subscriptions": [*stream.subscriptions]},
            notes=notes,
        )

    async def unsubscribe(self, method: str, route: str, *, path: Arguments) -> Answer:
        """Have XO send no more changes of a collection.

        Args:
            method: `DELETE`.
            route: `/events/{id}/subscriptions/{subscriptionId}`.
            path: `id` of the stream, `subscriptionId` as `subscribe` answered it.

        Returns:
            `stream`, and the `subscriptions` that are left.

        Raises:
            ArgumentError: No such stream.
            CallError: XO refused, or the connection is down.
        """
        stream = self._find(path)
        await stream.unsubscribe(method, route, path)
        return Answer(data={"stream": stream.id, "subscriptions": [*stream.subscriptions]})

    async def read(
        self,
        *,
        id: str,  # noqa: A002 - the tool's own argument
        timeout: float = 30,  # noqa: ASYNC109 - how long the caller wants to wait for the first event
        limit: int = 100,
        budget: int = DEFAULT_BUDGET,
    ) -> Answer:
        """Take the events that came, oldest first; wait for one if there is none.

        Besides XO's `add`, `update` and `remove`, a stream tells about itself: `connection_lost`, `reconnected`,
        `subscription_lost` and `stream_ended`.

        Args:
            id: Of the stream.
            timeout: Seconds to wait for the first event, 0 to 300.
            limit: Most events to take.
            budget: Bytes of the answer; what does not fit stays for the next read.

        Returns:
            `events` (each `{event, data, at}`), `count`, `more` (events still waiting), `dropped` (events lost because
            they were not read in time), `connected`, `last_seen` (when XO last said something) and `subscriptions`.

        Raises:
            ArgumentError: No such stream, or a timeout or limit out of bounds.
        """
        stream = self._find({"id": id})
        if not 0 <= timeout <= LONGEST_WAIT:
            raise ArgumentError(f"`timeout` must be between 0 and {LONGEST_WAIT} seconds, not {timeout:g}.")
        if limit < 1:
            raise ArgumentError("`limit` must be at least 1.")
        await stream.wait(timeout)
        taken = stream.buffer.take(limit, room_for(budget) - _FRAME)
        if stream.ended and not stream.buffer:
            self._forget(stream, stream.ended)
        return Answer(
            data={
                "events": taken.events,
                "count": len(taken.events),
                "more": len(stream.buffer),
                "dropped": taken.dropped,
                "connected": stream.connected,
                "last_seen": stream.last_seen,
                "subscriptions": [*stream.subscriptions],
            },
            notes=tuple(_notes(stream, taken)),
        )

    async def close(self, *, id: str) -> Answer:  # noqa: A002 - the tool's own argument
        """Close a stream; XO forgets its subscriptions.

        Returns:
            `id`, and `unread`: the events nobody will read any more.

        Raises:
            ArgumentError: No such stream.
        """
        stream = self._find({"id": id})
        unread = len(stream.buffer)
        self._forget(stream, "it was closed")
        return Answer(data={"id": stream.id, "closed": True, "unread": unread})

    async def _run(self, stream: EventStream) -> None:
        try:
            await stream.run()
        except Exception:  # noqa: BLE001 - one stream must not take the others, and the server, along
            _LOG.exception("an event stream failed")
            self._forget(stream, "an internal error")

    def _find(self, path: Arguments) -> EventStream:
        name = path.get("id")
        stream = self._streams.get(name) if isinstance(name, str) else None
        if stream is not None:
            return stream
        shown = one_line(str(name), 80)
        why = f"was ended: {self._ended[str(name)]}" if str(name) in self._ended else "is not open here"
        there_are = f"Open: {self._names()}." if self._streams else "Open one with open_events_stream."
        raise ArgumentError(f"The event stream {shown!r} {why}. {there_are}")

    def _forget(self, stream: EventStream, reason: str) -> None:
        stream.end(reason)
        if self._streams.pop(stream.id, None) is not None:
            self._ended[stream.id] = reason
            while len(self._ended) > _REMEMBERED:
                del self._ended[next(iter(self._ended))]

    def _names(self) -> str:
        return ", ".join(self._streams)


def _notes(stream: EventStream, taken: Taken) -> list[str]:
    notes = []
    if taken.dropped:
        notes.append(
            f"{taken.dropped} older events were dropped, because they were not read in time: read more often, or "
            "subscribe to less. List the collection to see how things are."
        )
    if any(isinstance(event, dict) and event.get("event") == "connection_lost" for event in taken.events):
        notes.append("The connection broke in between, so changes may be missing: list the collection again.")
    if stream.ended:
        notes.append(f"The stream has ended ({one_line(stream.ended)}): open a new one.")
    elif not stream.connected:
        notes.append("There is no connection to XO right now; it is tried again in the background.")
    elif not stream.subscriptions:
        notes.append("Nothing is subscribed on this stream: use add_event_subscription.")
    return notes
