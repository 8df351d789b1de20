"""Server-sent events: a stream, subscriptions to collections, and what changed."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fake_xo.errors import no_such
from fake_xo.identity import Clock, Identity
from fake_xo.lists import pick
from fake_xo.options import Options
from fake_xo.rbac import Rbac, kind_of
from fake_xo.store import Record, Store


@dataclass(eq=False)
class Stream:
    """One client that listens."""

    id: str
    user: Record
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    subscriptions: dict[str, list[str] | None] = field(default_factory=dict)
    """Collection (`VM`) to the fields wanted; None is all of them."""


class EventHub:
    """Knows the streams and tells them what changed."""

    def __init__(self, store: Store, rbac: Rbac, identity: Identity, clock: Clock, options: Options) -> None:
        self._rbac = rbac
        self._identity = identity
        self._clock = clock
        self._options = options
        self.streams: dict[str, Stream] = {}
        store.listeners.append(self._changed)

    def open(self, user: Record) -> Stream:
        """A new stream; it lives as long as it is read."""
        stream = Stream(self._identity.fresh("stream"), user)
        self.streams[stream.id] = stream
        return stream

    async def read(self, stream: Stream) -> AsyncIterator[str]:
        """The text of the stream: `init`, then changes, with a `ping` now and then."""
        yield _event("init", {"id": stream.id})
        loop = asyncio.get_running_loop()
        next_ping = loop.time() + self._options.ping_seconds
        try:
            while True:
                try:
                    async with asyncio.timeout_at(next_ping):
                        yield await stream.queue.get()
                except TimeoutError:
                    next_ping = loop.time() + self._options.ping_seconds
                    yield _event("ping", {"ping": self._clock.ms()})
        finally:
            self.streams.pop(stream.id, None)

    def stream(self, stream_id: str) -> Stream:
        """The open stream of that id.

        Raises:
            ApiError: 404.
        """
        if stream_id not in self.streams:
            raise no_such("event", stream_id)
        return self.streams[stream_id]

    def _changed(self, event: str, collection: str, new: Record | None, old: Record | None) -> None:
        kind = "alarm" if collection == "alarms" else kind_of(collection)
        for stream in list(self.streams.values()):
            if kind not in stream.subscriptions:
                continue
            fields = stream.subscriptions[kind]
            now, before = _limited(new, fields), _limited(old, fields)
            if event == "update" and fields is not None and now == before:
                continue
            if self._rbac.readable(stream.user, collection, [new or old or {}]):
                stream.queue.put_nowait(_event(event, {"$subscription": kind, **(now or before or {})}))


def _limited(record: Record | None, fields: list[str] | None) -> Record | None:
    return record if record is None or fields is None else pick(record, fields)


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
