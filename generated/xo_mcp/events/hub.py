"""XO's live events for callers that can only ask: streams are listened to in the background, and read when asked."""

from collections.abc import Coroutine, Mapping
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import anyio
import anyio.abc

from xo_mcp.answer import Answer, Fitted
from xo_mcp.encoding import size
from xo_mcp.errors import ArgumentError
from xo_mcp.events.eventstream import EventStream, Owner
from xo_mcp.events.open_streams import OpenStreams
from xo_mcp.events.readout import events_read, notes_on
from xo_mcp.events.streambuffer import StreamBuffer, Taken
from xo_mcp.events.timing import Timing
from xo_mcp.logs import get_logger
from xo_mcp.types import Call, Omit

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

STREAMS: Final = 10
"""Streams one client may have open at once; each holds a connection to XO."""
STREAMS_OF_ALL: Final = 50
"""Streams of all clients together: half of the connections there may be."""
LONGEST_WAIT: Final = 300
"""Seconds a read may wait."""

_LOG: Final = get_logger("events")
_NUMBERS: Final = 20  # bytes that the counts of an answer may take besides


class EventHub:
    """Holds the open event streams; use it as an async context manager, which runs their readers.

    Args:
        client: How to reach XO.
        timing: How patiently streams listen, and how long they live unread.
        streams: How many one client may have open.
        of_all: How many there may be together.
    """

    def __init__(
        self, client: "Client", *, timing: Timing | None = None, streams: int = STREAMS, of_all: int = STREAMS_OF_ALL
    ) -> None:
        self._client = client
        self._timing = timing or Timing()
        self.streams = OpenStreams(streams, of_all)
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
            # `error` is not passed to the group, which would wrap it.
            await tasks.__aexit__(None, None, None)

    async def aclose(self) -> None:
        """Close every stream; nothing can be opened afterwards."""
        tasks, self._tasks = self._tasks, None
        self.streams.end_all("the server stops")
        if tasks is not None:
            tasks.cancel_scope.cancel()

    async def open(self, route: str = "/events", *, owner: Owner = None) -> Answer:
        """Open a stream and wait for XO's greeting.

        Args:
            route: Of XO.
            owner: Who opens it.

        Returns:
            `id`: the stream's name for all other calls; it stays the same when the connection is replaced.

        Raises:
            ArgumentError: Too many are open; the message names them.
            CallError: XO refused, or did not answer.
        """
        stream = await self.opened(route, owner=owner)
        return Answer(
            data={"id": stream.id},
            notes=("Nothing is sent yet: subscribe with add_event_subscription, then read with read_events.",),
        )

    async def opened(
        self, route: str = "/events", *, owner: Owner = None, buffer: StreamBuffer | None = None
    ) -> EventStream:
        """Open a stream and wait for XO's greeting.

        Args:
            route: Of XO.
            owner: Who opens it.
            buffer: Where events wait for a reader.

        Raises:
            ArgumentError: Too many are open; the message names them.
            CallError: XO refused, or did not answer.
        """
        if self._tasks is None:
            raise ArgumentError("Events are over: the server stops.")
        self.streams.require_room(owner)
        stream = EventStream(
            self._client,
            route,
            owner=owner,
            buffer=StreamBuffer() if buffer is None else buffer,
            timing=self._timing,
            expired=lambda stream: self.streams.end(stream, f"nobody read it for {self._timing.idle / 60:g} minutes"),
        )
        self._tasks.start_soon(self._run, stream)
        with self.streams.opening_one(stream):
            await stream.greeted()
        return stream

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done for as long as there may be streams."""
        if self._tasks is None:
            work.close()
            return
        self._tasks.start_soon(self._kept, work)

    def forget(self, stream: EventStream) -> None:
        """Close a stream."""
        self.streams.end(stream, "it was closed")

    async def subscribe(self, call: Call, *, owner: Owner = None) -> Answer:
        """Have XO send the changes of a collection to a stream.

        `id` is added to chosen fields, because XO sends only these, and an event without it says nothing.

        Args:
            call: `POST /events/{id}/subscriptions`: `id` of the stream; `collection`, like `VM`, and `fields`.
            owner: Who asks.

        Returns:
            `id` of the subscription, `stream`, and all `subscriptions` of the stream.

        Raises:
            ArgumentError: No such stream.
            CallError: XO refused, or the connection is down.
        """
        stream = self.streams.find(str(call.path.get("id")), owner)
        body = call.body if isinstance(call.body, Mapping) else {}
        sent = {name: value for name, value in body.items() if not isinstance(value, Omit)}
        fields = sent.get("fields")
        if isinstance(fields, list) and "id" not in fields:
            sent["fields"] = ["id", *fields]
        name = await stream.subscribe(replace(call, body=sent))
        notes = (
            () if fields not in (None, "*") else ("Every event holds the whole object: give `fields` to save room.",)
        )
        return Answer(
            data={"id": name, "stream": stream.id, "subscriptions": [*stream.subscriptions]},
            notes=notes,
        )

    async def unsubscribe(self, call: Call, *, owner: Owner = None) -> Answer:
        """Have XO send no more changes of a collection.

        Args:
            call: `DELETE /events/{id}/subscriptions/{subscriptionId}`: `id` of the stream, `subscriptionId` as
                `subscribe` answered it.
            owner: Who asks.

        Returns:
            `stream`, and the `subscriptions` that are left.

        Raises:
            ArgumentError: No such stream.
            CallError: XO refused, or the connection is down.
        """
        stream = self.streams.find(str(call.path.get("id")), owner)
        await stream.unsubscribe(call)
        return Answer(data={"stream": stream.id, "subscriptions": [*stream.subscriptions]})

    async def read(
        self,
        *,
        id: str,  # noqa: A002 - the tool's own argument
        timeout: float = 30,  # noqa: ASYNC109 - how long the caller wants to wait for the first event
        limit: int = 100,
        owner: Owner = None,
    ) -> Answer:
        """Take the events that came, oldest first; wait for one if there is none.

        Besides XO's `add`, `update` and `remove`, a stream reports on itself: `connection_lost`, `reconnected`,
        `subscription_lost` and `stream_ended`.

        Args:
            id: Of the stream.
            timeout: Seconds to wait for the first event, 0 to 300.
            limit: Most events to take.
            owner: Who asks.

        Returns:
            `events` (each `{event, data, at}`), `count`, `more` (events still waiting), `dropped` (events lost because
            they were not read in time), `connected`, `last_seen` (when XO last said something) and `subscriptions`.

        Raises:
            ArgumentError: No such stream, or a timeout or limit out of bounds.
        """
        stream = self.streams.find(str(id), owner)
        if not 0 <= timeout <= LONGEST_WAIT:
            raise ArgumentError(f"`timeout` must be between 0 and {LONGEST_WAIT} seconds, not {timeout:g}.")
        if limit < 1:
            raise ArgumentError("`limit` must be at least 1.")
        await stream.wait(timeout)
        return Answer(partial(self._take, stream, limit))

    def _take(self, stream: EventStream, limit: int, room: int) -> Fitted:
        """Take as many events as there is room for; the rest stays for the next read."""
        taken = stream.buffer.take(limit, room - size(events_read(stream, Taken([], 0), room)) - _NUMBERS)
        if stream.ended and not stream.buffer:
            self.streams.end(stream, stream.ended)
        data = events_read(stream, taken, room)
        return Fitted(data, tuple(notes_on(stream, taken)), finished={"events": taken.encoded})

    async def close(self, *, id: str, owner: Owner = None) -> Answer:  # noqa: A002 - the tool's own argument
        """Close a stream; XO forgets its subscriptions.

        Args:
            id: Of the stream.
            owner: Who asks.

        Returns:
            `id`, and `unread`: the events nobody will read any more.

        Raises:
            ArgumentError: No such stream.
        """
        stream = self.streams.find(str(id), owner)
        unread = len(stream.buffer)
        self.streams.end(stream, "it was closed")
        return Answer(data={"id": stream.id, "closed": True, "unread": unread})

    async def _kept(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:  # noqa: BLE001 - as below
            _LOG.exception("what follows the event streams failed")

    async def _run(self, stream: EventStream) -> None:
        try:
            await stream.run()
        except Exception:  # noqa: BLE001 - one stream must not take the others, and the server, along
            _LOG.exception("an event stream failed")
            self.streams.end(stream, "an internal error")
