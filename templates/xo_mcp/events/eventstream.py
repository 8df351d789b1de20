"""One stream of XO's events: listened to in the background, and connected again when it breaks.

XO 6.7.1 names the connection in its first event (`init`), forgets it with all subscriptions when it ends, and sends a
`ping` every 30 seconds. Our id is that of the first connection and stays the same.
"""

import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio
import anyio.abc
import httpx2

from xo_mcp.errors import CallError, Forbidden, McpDisabled, NotFound, Unauthorized, Unreachable
from xo_mcp.events.streambuffer import StreamBuffer, now
from xo_mcp.events.timing import Timing
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

Owner: TypeAlias = str | None
"""Who opened a stream: the principal of an authenticated client; nobody where clients are not distinguished."""

_LARGEST_EVENT: Final = 4 * 1024 * 1024
"""Bytes of one event; XO's largest records are far smaller."""
_HOPELESS: Final = (Unauthorized, Forbidden, McpDisabled)
"""What trying again does not change; a 404 may come from a proxy while XO starts."""


class EventStream:
    """Listens to XO for one caller.

    Args:
        client: How to reach XO.
        route: Of the stream, `/events`.
        owner: Who may use it.
        buffer: Where events wait for a reader.
        timing: How patiently.
        expired: Called once, when nobody read for too long.

    Attributes:
        id: Its name towards callers; empty until XO greeted us.
        owner: Who may use it.
        buffer: What was not read yet.
        last_seen: When XO last said something, pings included.
        ended: Why there will be no more events; empty while there may be.
        subscriptions: By XO's id of each.
    """

    def __init__(
        self,
        client: "Client",
        route: str,
        *,
        owner: Owner = None,
        buffer: StreamBuffer,
        timing: Timing,
        expired: Callable[["EventStream"], None],
    ) -> None:
        self.id = ""
        self.owner = owner
        self.buffer = buffer
        self.last_seen = now()
        self.ended = ""
        self.subscriptions: dict[str, Call] = {}
        self._client = client
        self._route = route
        self._timing = timing
        self._expired = expired
        self._current = ""  # XO's name of the connection there is now
        self._failure: CallError | None = None
        self._readers = 0
        self._read_at = monotonic()
        self._tries = 0
        self._deadline = anyio.CancelScope()
        self._opened = anyio.Event()  # set at the first greeting, or when there will be none
        self._news = anyio.Event()
        self._ready = anyio.Event()  # connected, with all subscriptions
        self._turn = anyio.Lock()
        self._tasks: anyio.abc.TaskGroup | None = None

    @property
    def connected(self) -> bool:
        """Whether XO can send events right now."""
        return bool(self._current) and not self.ended

    async def run(self) -> None:
        """Listen until `end` is called or XO refuses for good."""
        try:
            async with anyio.create_task_group() as self._tasks:
                if not self.ended:
                    self._tasks.start_soon(self._watch_readers)
                    await self._listen_on()
                self._tasks.cancel_scope.cancel()
        finally:
            self.end("the server stops")

    def end(self, reason: str) -> None:
        """Stop listening, and wake those who wait."""
        self.ended = self.ended or reason
        self._current = ""
        for event in (self._opened, self._news, self._ready):
            event.set()
        if self._tasks is not None:
            self._tasks.cancel_scope.cancel()

    async def greeted(self) -> None:
        """Wait for XO's first event; `Timing.greeting` bounds that.

        Raises:
            CallError: It did not come.
        """
        await self._opened.wait()
        if not self.id:
            raise self._failure or Unreachable(f"The event stream was not opened: {self.ended}.")

    async def wait(self, seconds: float) -> None:
        """Wait until there is something to read, or nothing will come any more."""
        self._readers += 1
        try:
            with anyio.move_on_after(seconds):
                while not self.buffer and not self.ended:
                    await self._news.wait()
        finally:
            self._readers -= 1
            self._read_at = monotonic()

    async def subscribe(self, subscription: Call) -> str:
        """Ask XO for the events of a collection, now and after every reconnection.

        Returns:
            XO's id of the subscription.

        Raises:
            CallError: XO refused, or the connection is down.
        """
        async with self._connection() as current:
            name = await self._send(subscription, current)
            self.subscriptions[name] = subscription
        return name

    async def unsubscribe(self, call: Call) -> None:
        """Ask XO not to send the events of a collection any more.

        Raises:
            CallError: XO refused, or the connection is down.
        """
        async with self._connection() as current:
            await self._client.request(_on(current, call))
            self.subscriptions.pop(str(call.path.get("subscriptionId")), None)

    async def _send(self, subscription: Call, current: str) -> str:
        reply = await self._client.request(_on(current, subscription))
        name = reply.data.get("id") if isinstance(reply.data, dict) else None
        sent = subscription.body
        return name if isinstance(name, str) else str(sent.get("collection")) if isinstance(sent, Mapping) else ""

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[str]:
        """XO's name of the connection there is, for one change at a time.

        Raises:
            Unreachable: There is none, and none came back in `Timing.greeting` seconds.
        """
        with anyio.move_on_after(self._timing.greeting):
            await self._ready.wait()
        async with self._turn:
            current = self._current
            if not current:
                why = self.ended or "the connection is down, and is tried again in the background"
                raise Unreachable(f"The event stream {self.id} can't be changed now: {why}.")
            try:
                yield current
            except NotFound as error:
                if self._current == current:
                    raise
                raise Unreachable("The connection to XO's events broke at this moment: try again.") from error

    async def _listen_on(self) -> None:
        while True:
            try:
                reason = await self._listen()
                failure: CallError = Unreachable(f"XO opened no event stream: {reason}.")
            except CallError as error:
                reason, failure = str(error), error
            if not self.id or isinstance(failure, _HOPELESS):
                self._give_up(failure)
                return
            if self._current:
                self._current = ""
                if self._ready.is_set():
                    self._ready = anyio.Event()
                self._add_event("connection_lost", {"reason": reason})
            await anyio.sleep(self._pause())

    def _give_up(self, error: CallError) -> None:
        if not self.id:
            self._failure = error
        else:
            self._add_event("stream_ended", {"reason": str(error)})
        self.end(str(error))

    def _pause(self) -> float:
        most = min(self._timing.longest, self._timing.first * 2.0 ** min(self._tries, 20))
        self._tries += 1
        return random.uniform(most / 2, most)  # noqa: S311 - spreads clients, hides nothing

    async def _listen(self) -> str:
        """Listen to one connection; says why it ended.

        Raises:
            CallError: There was none.
        """
        with anyio.CancelScope(deadline=anyio.current_time() + self._timing.greeting) as self._deadline:
            headers = {"Accept": "text/event-stream"}
            async with self._client.stream(Call("GET", self._route), headers=headers, patience="wait") as response:
                try:
                    async for event in httpx2.EventSource(response, max_event_size=_LARGEST_EVENT):
                        # Nothing is awaited here: a reader that pauses in between would leave the parser half done.
                        self._take(event)
                except httpx2.SSEError as error:
                    return f"XO sent something else than events: {one_line(str(error))}"
                except httpx2.HTTPError:
                    return "the connection broke"
            return "XO closed the connection"
        return "XO was silent for too long (a proxy that buffers answers looks like that, too)"

    def _take(self, event: httpx2.ServerSentEvent) -> None:
        data = _read(event.data)
        if event.event == "init" and isinstance(data, dict) and isinstance(data.get("id"), str):
            self._greet(str(data["id"]))
        elif event.event != "ping":
            self._add_event(event.event, data)
        if self._current:
            self.last_seen = now()
            self._deadline.deadline = anyio.current_time() + self._timing.silence

    def _greet(self, name: str) -> None:
        self._current = name
        self._tries = 0
        if not self.id:
            self.id = name
            self._opened.set()
            self._ready.set()
            return
        self._add_event("reconnected", {"subscriptions": [*self.subscriptions]})
        if self._tasks is not None:
            self._tasks.start_soon(self._subscribe_again, name)

    async def _subscribe_again(self, current: str) -> None:
        async with self._turn:
            for name, known in list(self.subscriptions.items()):
                try:
                    await self._send(known, current)
                except CallError as error:
                    if self._current != current:
                        return  # broken again: the next connection asks for everything
                    self.subscriptions.pop(name, None)
                    self._add_event("subscription_lost", {"id": name, "reason": str(error)})
            if self._current == current:
                self._ready.set()

    def _add_event(self, event: str, data: Json) -> None:
        self.buffer.add(event, data)
        news, self._news = self._news, anyio.Event()
        news.set()

    async def _watch_readers(self) -> None:
        while True:
            left = self._read_at + self._timing.idle - monotonic()
            if left <= 0 and not self._readers:
                self._expired(self)
            await anyio.sleep(max(left, 1 if self._readers else 0))


def _read(text: str) -> Json:
    try:
        data: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return data


def _on(connection: str, call: Call) -> Call:
    """The same call about a connection by XO's name of it."""
    return replace(call, path={**call.path, "id": connection})
