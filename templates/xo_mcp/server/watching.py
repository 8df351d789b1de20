"""Tells clients when objects of XO that they watch have changed: `xo://vms/<id>`, through XO's events.

All that one client watches at one XO hangs on one stream of events, in that client's own session: XO sends it what its
user may see, and nothing else.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import anyio
from mcp.server.mcpserver.exceptions import ResourceError

from xo_mcp.errors import ArgumentError, CallError, XoMcpError
from xo_mcp.events.changes import Changed, Changes
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.types import Call

if TYPE_CHECKING:
    from xo_mcp.definitions import Entry
    from xo_mcp.events.eventstream import EventStream
    from xo_mcp.server.app import App
    from xo_mcp.server.resources import Resources
    from xo_mcp.session import Session

MOST: Final = 50
"""Addresses that one MCP session, or one stream of it, may watch."""
MOST_OF_CLIENT: Final = 200
"""Addresses that one client may watch, with all its sessions and streams."""
MOST_TOGETHER: Final = 5_000
"""Addresses watched in one session with XO, which clients may share."""
PAUSE: Final = 1.0
"""Seconds between two notices: what changes meanwhile is reported once."""
LATER: Final = 30.0
"""Seconds until a stream that XO ended is opened again."""
FAREWELL: Final = 5.0
"""Seconds that a request to XO to send no more may take."""
OWNER: Final = "\0watches"
"""Owns the stream, so that no client finds it among its own."""
_SUBSCRIBE: Final = "subscribe"
log = get_logger("watching")


def kinds_of_events(entries: "Iterable[Entry]") -> dict[str, str]:
    """Collection -> what XO's events call its objects: `vm-snapshots` -> `VM-snapshot`; from the tool's own schema."""
    for entry in entries:
        if entry.facts.kind == _SUBSCRIBE:
            names = entry.schema["properties"]["collection"].get("enum", ())
            return {f"{name.lower()}s": name for name in names}
    return {}


@dataclass(eq=False)
class Watch:
    """One address that somebody watches.

    Attributes:
        collection: Of its object.
        target: What its events are about; nothing where it never changes.
        client: Who watches, where clients are distinguished.
        notify: Tells the client that it has changed.
    """

    collection: str
    target: Changed | None
    client: str | None
    notify: Callable[[], Awaitable[None]] = field(repr=False)


class Watches:
    """What is watched in one session with XO.

    Args:
        app: Holds the session.
        resources: Says what may be read now.
        kinds: Collection -> what XO's events call its objects.
    """

    def __init__(self, app: "App", resources: "Callable[[], Resources]", kinds: Mapping[str, str]) -> None:
        self._app = app
        self._resources = resources
        self._kinds = kinds
        self._watches: list[Watch] = []
        self._stream: EventStream | None = None
        self._turn = anyio.Lock()

    async def add(self, uri: str, client: str | None, notify: Callable[[], Awaitable[None]]) -> Watch:
        """Begin to watch an address that can be read.

        Raises:
            ArgumentError: Too many are watched.
            ResourceNotFoundError: It can't.
            ResourceError: XO did not give it, or has no events.
        """
        collection, identifier = await self._resources().found(uri, self._app)
        kind = self._kinds.get(collection)
        watch = Watch(collection, (kind, identifier) if kind else None, client, notify)
        if watch.target is None:
            return watch
        async with self._turn:
            own = sum(each.client == client for each in self._watches)
            if own >= MOST_OF_CLIENT or len(self._watches) >= MOST_TOGETHER:
                raise ArgumentError("too many addresses are watched already")
            session = await self._app.session()
            if self._stream is None or self._stream.ended:
                self._stream = await session.hub.opened(owner=OWNER, buffer=Changes())
                session.hub.keep(self._follow(session))
            if watch.target[0] not in self._watched_kinds():
                await self._stream.subscribe(_subscription(self._stream, watch.target[0]))
            self._watches.append(watch)
        return watch

    async def remove(self, watches: Iterable[Watch]) -> None:
        """Watch no longer; what nobody watches is not sent by XO any more."""
        removed = set(map(id, watches))
        with anyio.CancelScope(shield=True, deadline=anyio.current_time() + FAREWELL):
            async with self._turn:
                before = self._watched_kinds()
                self._watches = [watch for watch in self._watches if id(watch) not in removed]
                if self._stream is None or self._stream.ended:
                    return
                if not self._watches:
                    session = await self._app.session()
                    session.hub.forget(self._stream)
                    self._stream = None
                    return
                for kind in before - self._watched_kinds():
                    await self._unsubscribe(self._stream, kind)

    async def _unsubscribe(self, stream: "EventStream", kind: str) -> None:
        path = {"id": stream.id, "subscriptionId": kind}
        try:
            await stream.unsubscribe(Call("DELETE", "/events/{id}/subscriptions/{subscriptionId}", path=path))
        except CallError as error:
            # Its events keep coming and are dropped.
            log.info("XO goes on sending events of %s: %s", kind, REDACTOR.redact(str(error)))

    def _watched_kinds(self) -> set[str]:
        return {watch.target[0] for watch in self._watches if watch.target}

    async def _follow(self, session: "Session") -> None:
        """Notify of changes for as long as anything is watched."""
        while (stream := self._stream) is not None:
            await stream.wait(LATER)
            if isinstance(stream.buffer, Changes):
                await self._notify(*stream.buffer.drained())
            if stream is self._stream and stream.ended:
                await anyio.sleep(LATER)
                await self._open_again(session, stream)
            await anyio.sleep(PAUSE)

    async def _open_again(self, session: "Session", ended: "EventStream") -> None:
        async with self._turn:
            if self._stream is not ended:
                return
            if not self._watches:
                self._stream = None
                return
            try:
                stream = await session.hub.opened(owner=OWNER, buffer=Changes())
                for kind in self._watched_kinds():
                    await stream.subscribe(_subscription(stream, kind))
            except XoMcpError as error:
                log.info("events of XO can't be followed: %s", REDACTOR.redact(str(error)))
                return
            self._stream = stream
        await self._notify(frozenset(), everything=True)

    async def _notify(self, changed: frozenset[Changed], everything: bool) -> None:
        shown = self._resources().collections
        for watch in list(self._watches):
            if (everything or watch.target in changed) and watch.collection in shown:
                await watch.notify()


def _subscription(stream: "EventStream", kind: str) -> Call:
    # Without `fields`: XO reports changes of the chosen ones only.
    return Call("POST", "/events/{id}/subscriptions", path={"id": stream.id}, body={"collection": kind})


class Watcher:
    """What one MCP session, or one stream of it, watches.

    Args:
        at: Finds whose watches an address belongs to, and the address there.
        client: Who watches, where clients are distinguished.
        notify: Tells the client that an address has changed.
    """

    def __init__(
        self,
        at: Callable[[str], tuple[Watches, str]],
        client: str | None,
        notify: Callable[[str], Awaitable[None]],
    ) -> None:
        self._at = at
        self._client = client
        self._notify = notify
        self._held: dict[str, tuple[Watches, Watch]] = {}

    async def add(self, uri: str) -> None:
        """Begin to watch an address.

        Raises:
            ArgumentError: There are too many.
            ResourceNotFoundError: It can't be read.
            ResourceError: XO did not give it.
            CallError: XO has no events, or does not answer.
        """
        if uri in self._held:
            return
        if len(self._held) >= MOST:
            raise ArgumentError(f"{MOST} addresses are watched already: unsubscribe from some")
        watches, inner = self._at(uri)
        self._held[uri] = watches, await watches.add(inner, self._client, partial(self._notify, uri))

    async def add_some(self, uris: Iterable[str]) -> list[str]:
        """Begin to watch those of some addresses that can be; answers these.

        Each costs a request to XO, so no more are tried than may be watched.
        """
        for uri in islice(dict.fromkeys(uris), MOST):
            try:
                await self.add(uri)
            except (XoMcpError, ResourceError) as error:
                log.info("not watched: %s", REDACTOR.redact(str(error)))
        return [*self._held]

    async def remove(self, uri: str) -> None:
        """Watch an address no longer."""
        held = self._held.pop(uri, None)
        if held is not None:
            await held[0].remove([held[1]])

    async def close(self) -> None:
        """Watch nothing any more."""
        held, self._held = self._held, {}
        for watches in dict.fromkeys(watches for watches, _ in held.values()):
            await watches.remove(watch for known, watch in held.values() if known is watches)
