"""XO's event routes, played on a socket, and the hub that listens to them."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from transfer_server import Wire, Xo, transfer_server
from xo_mcp.answer import Answer
from xo_mcp.events.hub import EventHub
from xo_mcp.events.timing import Timing
from xo_mcp.reads.budget import DEFAULT_BUDGET
from xo_mcp.server.presentation import Presented, present
from xo_mcp.types import Call

SUBSCRIPTIONS = "/events/{id}/subscriptions"
SUBSCRIPTION = "/events/{id}/subscriptions/{subscriptionId}"
QUICK = Timing(greeting=5, silence=30, first=0.02, longest=0.05, idle=600)


@dataclass(eq=False)
class Connection:
    """One listener, as XO sees it."""

    id: str
    wire: Wire
    over: anyio.Event = field(default_factory=anyio.Event)
    subscriptions: dict[str, Any] = field(default_factory=dict)

    async def send(self, event: str, data: Any) -> None:
        await self.raw(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())

    async def raw(self, data: bytes) -> None:
        await self.wire.chunks(data, end=False)


class Events:
    """XO's event routes, as XO 6.7.1 has them; `first` may answer instead, once for each of its items."""

    def __init__(self, first: list[Callable[[Wire], Any]] | None = None) -> None:
        self.first = first or []
        self.connections: list[Connection] = []
        self.asked: list[tuple[str, str, Any]] = []
        self.refuse: set[str] = set()

    @property
    def last(self) -> Connection:
        return self.connections[-1]

    async def __call__(self, wire: Wire) -> None:
        if wire.method == "GET":
            await (self.first.pop(0) if self.first else self.listen)(wire)
        else:
            await self.change(wire)

    async def listen(self, wire: Wire) -> None:
        connection = Connection(f"connection-{len(self.connections)}", wire)
        await wire.head(Content_Type="text/event-stream", Cache_Control="no-cache", Transfer_Encoding="chunked")
        await connection.send("init", {"id": connection.id})
        self.connections.append(connection)
        await wire.disconnected()
        connection.over.set()

    async def change(self, wire: Wire) -> None:
        _, _, name, _, *rest = wire.target.split("/")
        body = await wire.sent_json() if wire.method == "POST" else None
        self.asked.append((wire.method, wire.target, body))
        connection = next((each for each in self.connections if each.id == name and not each.over.is_set()), None)
        if connection is None:
            await wire.json({"error": f"no such event {name}"}, 404)
        elif body is not None:
            if body["collection"] in self.refuse:
                await wire.json({"error": "not enough privileges"}, 403)
                return
            connection.subscriptions[body["collection"]] = body.get("fields")
            await wire.json({"id": body["collection"]}, 201)
        else:
            connection.subscriptions.pop(rest[0], None)
            await wire.head(204)

    async def cut(self) -> None:
        """Break the connection, as a restart of XO does."""
        connection = self.last
        connection.over.set()
        connection.wire.cut()


@asynccontextmanager
async def listening(events: Events, **changes: Any) -> AsyncIterator[tuple[EventHub, Xo]]:
    timing = changes.pop("timing", QUICK)
    async with transfer_server(events) as xo, xo.client() as client, EventHub(client, timing=timing, **changes) as hub:
        yield hub, xo


async def opened(hub: EventHub) -> str:
    return str((await hub.open()).data["id"])


async def subscribe(hub: EventHub, stream: str, collection: str = "VM", **body: Any) -> Answer:
    given = {"collection": collection, "fields": ["id"], **body}
    return await hub.subscribe(Call("POST", SUBSCRIPTIONS, {"id": stream}, body=given))


async def read(hub: EventHub, stream: str, *, budget: int = DEFAULT_BUDGET, **changes: Any) -> Presented:
    return present(await hub.read(**{"id": stream, "timeout": 10, **changes}), budget)


def events_of(answer: Presented) -> list[tuple[str, Any]]:
    events: Any = answer.data["events"]
    return [(event["event"], event["data"]) for event in events]


async def collected(hub: EventHub, stream: str, last: str) -> list[tuple[str, Any]]:
    """Read until an event of that name came."""
    events: list[tuple[str, Any]] = []
    with anyio.fail_after(10):
        while last not in [name for name, _ in events]:
            events += events_of(await read(hub, stream))
    return events


async def hangs_up(wire: Wire) -> None:
    wire.cut()


async def is_broken(wire: Wire) -> None:
    await wire.json({"error": "starting"}, 503)


async def refuses_for_good(wire: Wire) -> None:
    await wire.json({"error": "authentication required"}, 401)
