"""XO's events: listened to in the background, bounded, and back again after a cut."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import anyio
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transfer_server import Wire, Xo, transfer_server, until
from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError, Forbidden, NotFound, Unauthorized, Unreachable, XoError
from xo_mcp.events.events import EventHub
from xo_mcp.events.eventstream import EventStream
from xo_mcp.events.streambuffer import StreamBuffer
from xo_mcp.events.timing import Timing
from xo_mcp.reads.budget import size
from xo_mcp.types import OMIT

pytestmark = pytest.mark.anyio

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
    """XO's event routes, as XO_API.md tells them; `first` may answer instead, once for each of its items."""

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
        await wire.gone()
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
    return await hub.subscribe(SUBSCRIPTIONS, path={"id": stream}, body=given)


async def read(hub: EventHub, stream: str, **changes: Any) -> Answer:
    return await hub.read(**{"id": stream, "timeout": 10, **changes})


def told(answer: Answer) -> list[tuple[str, Any]]:
    events: Any = answer.data["events"]
    return [(event["event"], event["data"]) for event in events]


async def collected(hub: EventHub, stream: str, last: str) -> list[tuple[str, Any]]:
    """Read until an event of that name came."""
    events: list[tuple[str, Any]] = []
    with anyio.fail_after(10):
        while last not in [name for name, _ in events]:
            events += told(await read(hub, stream))
    return events


async def test_a_stream_is_called_as_xo_calls_it():
    events = Events()
    async with listening(events) as (hub, xo):
        answer = await hub.open()
        assert answer.data == {"id": "connection-0"}
        assert "add_event_subscription" in answer.notes[0]
        assert xo.asked == ["GET /events"]
        assert events.last.wire.headers["accept"] == "text/event-stream"


async def test_events_come_oldest_first_with_their_time():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        answer = await subscribe(hub, stream)
        assert answer.data == {"id": "VM", "stream": stream, "subscriptions": ["VM"]}
        await events.last.send("add", {"$subscription": "VM", "id": "a"})
        await events.last.send("update", {"$subscription": "VM", "id": "a", "power_state": "Running"})
        await events.last.send("remove", {"$subscription": "VM", "id": "a"})
        await until(lambda: len(hub._streams[stream].buffer) == 3)
        answer = await read(hub, stream)
    assert [name for name, _ in told(answer)] == ["add", "update", "remove"]
    assert told(answer)[1][1] == {"$subscription": "VM", "id": "a", "power_state": "Running"}
    moments = [datetime.fromisoformat(event["at"]) for event in answer.data["events"]]
    assert moments == sorted(moments)
    assert moments[0].tzinfo is not None
    rest = {name: answer.data[name] for name in ("count", "more", "dropped", "connected", "subscriptions")}
    assert rest == {"count": 3, "more": 0, "dropped": 0, "connected": True, "subscriptions": ["VM"]}
    assert answer.notes == ()


async def test_a_read_waits_for_the_first_event_and_not_longer():
    events = Events()
    async with listening(events) as (hub, _), anyio.create_task_group() as tasks:
        stream = await opened(hub)
        await subscribe(hub, stream)
        answers: list[Answer] = []

        async def wait() -> None:
            answers.append(await read(hub, stream, timeout=300))

        tasks.start_soon(wait)
        await until(lambda: hub._streams[stream]._readers == 1)
        await events.last.send("add", {"id": "a"})
        with anyio.fail_after(10):
            await until(lambda: answers)
        assert told(answers[0]) == [("add", {"id": "a"})]
        assert (await read(hub, stream, timeout=0)).data["events"] == []
        assert (await read(hub, stream, timeout=0.05)).data["count"] == 0


async def test_pings_are_not_told_but_show_that_xo_lives():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        before = (await read(hub, stream, timeout=0)).data["last_seen"]
        await anyio.sleep(0.002)
        await events.last.send("ping", {"ping": 1795335762669})
        await until(lambda: hub._streams[stream].last_seen != before)
        answer = await read(hub, stream, timeout=0)
    assert answer.data["events"] == []
    assert str(answer.data["last_seen"]) > str(before)
    assert "Nothing is subscribed" in answer.notes[0]


async def test_what_does_not_fit_stays_for_the_next_read():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        for number in range(10):
            await events.last.send("update", {"id": number, "text": "x" * 1000})
        await until(lambda: len(hub._streams[stream].buffer) == 10)
        first = await read(hub, stream, limit=3)
        assert (first.data["count"], first.data["more"]) == (3, 7)
        second = await read(hub, stream, budget=5000)
        assert size(second.data) <= 4000
        count = second.data["count"]
        assert isinstance(count, int)
        assert 1 <= count < 7
        third = await read(hub, stream)
        assert [data["id"] for each in (first, second, third) for _, data in told(each)] == list(range(10))


async def test_an_event_larger_than_an_answer_comes_abridged():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.last.send("update", {"id": "a", "name_label": "web", "other": "x" * 30_000})
        await events.last.send("update", {"id": "b"})
        await until(lambda: len(hub._streams[stream].buffer) == 2)
        answer = await read(hub, stream)
        rest = await read(hub, stream)
    [event] = answer.data["events"]
    assert isinstance(event, dict)
    assert event["data"] == {"id": "a", "name_label": "web"}
    assert "subscribe with fewer fields" in str(event["abridged"])
    assert told(rest) == [("update", {"id": "b"})]


async def test_what_is_not_read_is_dropped_and_counted():
    buffer = StreamBuffer(most=3)
    for number in range(5):
        buffer.add("update", {"id": number})
    taken = buffer.take(10, 10_000)
    assert [event["data"] for event in taken.events] == [{"id": 2}, {"id": 3}, {"id": 4}]
    assert taken.dropped == 2
    assert buffer.take(10, 10_000).dropped == 0


@given(
    st.lists(st.text(max_size=300), max_size=40),
    st.integers(1, 8),
    st.integers(300, 3000),
    st.integers(1, 50),
    st.integers(1000, 4000),
)
def test_a_buffer_keeps_its_bounds_and_counts_truly(texts: list[str], most: int, largest: int, limit: int, room: int):
    buffer = StreamBuffer(most=most, largest=largest)
    for number, text in enumerate(texts):
        buffer.add("update", {"id": str(number), "text": text})
        assert len(buffer) <= most
        assert buffer._bytes == sum(taken for _, taken in buffer._events)
        assert buffer._bytes <= largest or len(buffer) == 1
    kept = len(buffer)
    events: list[Any] = []
    dropped = 0
    while buffer:
        taken = buffer.take(limit, room)
        assert 1 <= len(taken.events) <= limit
        assert size(taken.events) <= room
        events += taken.events
        dropped += taken.dropped
    assert (len(events), dropped) == (kept, len(texts) - kept)
    assert [event["data"]["id"] for event in events] == [str(number) for number in range(len(texts) - kept, len(texts))]
    assert buffer._bytes == 0


async def test_dropped_events_are_told_to_the_reader(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.events.events.StreamBuffer", lambda: StreamBuffer(most=2))
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        for number in range(6):
            await events.last.send("update", {"id": number})
        await until(lambda: hub._streams[stream].buffer._dropped == 4)
        answer = await read(hub, stream)
    assert [data["id"] for _, data in told(answer)] == [4, 5]
    assert answer.data["dropped"] == 4
    assert answer.notes[0].startswith("4 older events were dropped")


async def test_hostile_text_in_events_is_made_visible():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.last.send("update", {"id": "a", "name_label": "a\u202eb"})
        assert told(await read(hub, stream)) == [("update", {"id": "a", "name_label": "a\\u202eb"})]


async def test_chosen_fields_always_hold_the_id():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream, fields=["power_state"])
        await subscribe(hub, stream, "host", fields=OMIT)
        answer = await subscribe(hub, stream, "SR", fields="*")
        assert events.last.subscriptions == {"VM": ["id", "power_state"], "host": None, "SR": "*"}
        assert answer.data["subscriptions"] == ["VM", "host", "SR"]
        assert "whole object" in answer.notes[0]
    assert events.asked[0][1] == "/events/connection-0/subscriptions"


async def test_a_subscription_can_be_removed():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await subscribe(hub, stream, "host")
        path = {"id": stream, "subscriptionId": "VM"}
        answer = await hub.unsubscribe("DELETE", SUBSCRIPTION, path=path)
        assert answer.data == {"stream": stream, "subscriptions": ["host"]}
        assert events.last.subscriptions == {"host": ["id"]}
    assert events.asked[-1][:2] == ("DELETE", "/events/connection-0/subscriptions/VM")


async def test_xo_may_refuse_a_subscription():
    events = Events()
    events.refuse.add("VM")
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        with pytest.raises(Forbidden):
            await subscribe(hub, stream)
        assert (await read(hub, stream, timeout=0)).data["subscriptions"] == []


async def test_a_cut_stream_comes_back_with_its_subscriptions():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream, fields=["id", "power_state"])
        await subscribe(hub, stream, "host")
        await events.cut()
        notices = await collected(hub, stream, "reconnected")
        assert [name for name, _ in notices] == ["connection_lost", "reconnected"]
        assert notices[0][1]["reason"]
        assert notices[1][1] == {"subscriptions": ["VM", "host"]}
        await until(lambda: len(events.last.subscriptions) == 2)
        assert events.last.id == "connection-1"
        assert events.last.subscriptions == {"VM": ["id", "power_state"], "host": ["id"]}
        # The stream keeps its name, XO gets the new one.
        await events.last.send("update", {"id": "a"})
        assert told(await read(hub, stream)) == [("update", {"id": "a"})]
        await subscribe(hub, stream, "SR")
        assert events.asked[-1][1] == "/events/connection-1/subscriptions"
        await hub.unsubscribe("DELETE", SUBSCRIPTION, path={"id": stream, "subscriptionId": "VM"})
        assert sorted(events.last.subscriptions) == ["SR", "host"]


async def test_changes_may_be_missing_after_a_cut_and_that_is_said():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.cut()
        answer = await read(hub, stream)
    assert told(answer)[0][0] == "connection_lost"
    assert any("list the collection again" in note for note in answer.notes)


async def test_a_subscription_xo_does_not_renew_is_told():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await subscribe(hub, stream, "host")
        events.refuse.add("VM")
        await events.cut()
        notices = await collected(hub, stream, "subscription_lost")
        assert notices[-1][1]["id"] == "VM"
        assert "privileges" in notices[-1][1]["reason"]
        await until(lambda: events.last.subscriptions == {"host": ["id"]})
        assert (await read(hub, stream, timeout=0)).data["subscriptions"] == ["host"]


async def hangs_up(wire: Wire) -> None:
    wire.cut()


async def is_broken(wire: Wire) -> None:
    await wire.json({"error": "starting"}, 503)


async def test_xo_may_need_some_tries_to_come_back():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        events.first = [hangs_up, is_broken, hangs_up]
        await events.cut()
        notices = await collected(hub, stream, "reconnected")
        # One loss is told once, however many tries it takes.
        assert [name for name, _ in notices] == ["connection_lost", "reconnected"]
        await until(lambda: events.last.subscriptions == {"VM": ["id"]})


async def test_a_change_made_during_a_cut_waits_for_the_new_connection():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        events.first = [hangs_up]
        await events.cut()
        await until(lambda: not hub._streams[stream].connected)
        with anyio.fail_after(10):
            await subscribe(hub, stream)
        assert events.last.id == "connection-1"
        assert events.last.subscriptions == {"VM": ["id"]}


async def test_a_change_without_a_connection_fails_in_words():
    events = Events()
    timing = Timing(greeting=0.2, silence=30, first=60, longest=60)
    async with listening(events, timing=timing) as (hub, _):
        stream = await opened(hub)
        await events.cut()
        await until(lambda: not hub._streams[stream].connected)
        with pytest.raises(Unreachable, match="the connection is down, and is tried again"):
            await subscribe(hub, stream)
        await read(hub, stream)
        answer = await read(hub, stream, timeout=0)
    assert answer.data["connected"] is False
    assert "no connection to XO right now" in answer.notes[0]


async def test_silence_counts_as_a_cut():
    events = Events()
    async with listening(events, timing=Timing(greeting=5, silence=0.2, first=0.01, longest=0.01)) as (hub, _):
        stream = await opened(hub)
        notices = await collected(hub, stream, "reconnected")
    assert notices[0][0] == "connection_lost"
    assert "silent" in notices[0][1]["reason"]


async def test_a_greeted_stream_may_be_quiet():
    events = Events()
    async with listening(events, timing=Timing(greeting=0.5, silence=60, first=0.01)) as (hub, _):
        stream = await opened(hub)
        answer = await read(hub, stream, timeout=1)
    assert (answer.data["events"], answer.data["connected"], len(events.connections)) == ([], True, 1)


async def refuses_for_good(wire: Wire) -> None:
    await wire.json({"error": "authentication required"}, 401)


async def test_a_refusal_for_good_ends_the_stream_after_its_last_events():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.last.send("add", {"id": "a"})
        await until(lambda: hub._streams[stream].buffer)
        events.first = [refuses_for_good] * 5
        await events.cut()
        await until(lambda: hub._streams[stream].ended)
        answer = await read(hub, stream, limit=1)
        assert told(answer) == [("add", {"id": "a"})]
        answer = await read(hub, stream, timeout=300)
        assert [name for name, _ in told(answer)] == ["connection_lost", "stream_ended"]
        assert any("The stream has ended" in note for note in answer.notes)
        with pytest.raises(ArgumentError, match="was ended"):
            await read(hub, stream)


async def test_an_xo_that_is_not_there_is_told():
    events = Events()
    async with transfer_server(events) as xo:
        client = xo.client()
    async with client, EventHub(client, timing=QUICK) as hub:
        with pytest.raises(Unreachable, match="Nothing listens"):
            await hub.open()
        assert hub._streams == {}


async def has_no_route(wire: Wire) -> None:
    await wire.json({"error": "no such route"}, 404)


async def says_nothing(wire: Wire) -> None:
    await wire.head(Content_Type="text/event-stream", Transfer_Encoding="chunked")
    await wire.gone()


async def ends_at_once(wire: Wire) -> None:
    await wire.head(Content_Type="text/event-stream", Transfer_Encoding="chunked")
    await wire.chunks()


async def sends_json(wire: Wire) -> None:
    await wire.json({"id": "x"})


async def chatters(wire: Wire) -> None:
    await wire.head(Content_Type="text/event-stream", Transfer_Encoding="chunked")
    with anyio.move_on_after(5):
        while True:
            await wire.chunks(b"event: init\ndata: {}\n\n", end=False)
            await anyio.sleep(0.05)
    wire.cut()


@pytest.mark.parametrize(
    ("first", "error", "message"),
    [
        (refuses_for_good, Unauthorized, "credentials|token|401"),
        (has_no_route, NotFound, "no such route"),
        (is_broken, XoError, "starting"),
        (says_nothing, Unreachable, "a proxy that buffers"),
        (chatters, Unreachable, "a proxy that buffers"),
        (ends_at_once, Unreachable, "XO closed the connection"),
        (sends_json, Unreachable, "something else than events"),
        (hangs_up, Unreachable, "broke before XO answered"),
    ],
)
async def test_a_stream_that_can_not_be_opened_is_an_error(first: Any, error: type[Exception], message: str):
    events = Events([first])
    async with listening(events, timing=Timing(greeting=0.3)) as (hub, _):
        with pytest.raises(error, match=message):
            await hub.open()
        assert hub._streams == {}
        # Nothing goes on in the background, and the next one works.
        assert await opened(hub) == "connection-0"


async def test_a_cancelled_open_leaves_nothing():
    events = Events([says_nothing])
    async with listening(events) as (hub, _):
        with anyio.move_on_after(0.2):
            await hub.open()
        assert (hub._streams, hub._opening) == ({}, 0)
        assert await opened(hub) == "connection-0"


async def test_a_closed_stream_hangs_up_and_is_known_no_more():
    events = Events()
    async with listening(events) as (hub, _):
        stream, other = await opened(hub), await opened(hub)
        await events.connections[0].send("add", {"id": "a"})
        await until(lambda: hub._streams[stream].buffer)
        answer = await hub.close(id=stream)
        assert answer.data == {"id": stream, "closed": True, "unread": 1}
        with anyio.fail_after(10):
            await events.connections[0].over.wait()
        with pytest.raises(ArgumentError, match=f"was ended: it was closed. Open: {other}"):
            await hub.close(id=stream)
        assert not events.connections[1].over.is_set()


async def test_a_reader_that_waits_is_told_of_the_end():
    events = Events()
    async with listening(events) as (hub, _), anyio.create_task_group() as tasks:
        stream = await opened(hub)
        answers: list[Answer] = []

        async def wait() -> None:
            answers.append(await read(hub, stream, timeout=300))

        tasks.start_soon(wait)
        await until(lambda: hub._streams[stream]._readers == 1)
        await hub.close(id=stream)
        await until(lambda: answers)
    assert answers[0].data["connected"] is False
    assert "The stream has ended (it was closed)" in answers[0].notes[0]


async def test_an_unknown_stream_is_refused_with_the_open_ones():
    async with listening(Events()) as (hub, _):
        with pytest.raises(ArgumentError, match=r"is not open here\. Open one with open_events_stream"):
            await read(hub, "nothing")
        stream = await opened(hub)
        for call in (read(hub, "x"), hub.close(id="x"), subscribe(hub, "x")):
            with pytest.raises(ArgumentError, match=f"Open: {stream}"):
                await call


async def test_there_are_at_most_so_many_streams():
    events = Events()
    async with listening(events, streams=2) as (hub, _):
        first, second = await opened(hub), await opened(hub)
        with pytest.raises(ArgumentError, match=f"{first}, {second}.*close_events_stream"):
            await hub.open()
        await hub.close(id=first)
        assert await opened(hub) == "connection-2"


async def test_streams_that_open_at_once_keep_the_bound():
    events = Events()
    async with listening(events, streams=2) as (hub, _), anyio.create_task_group() as tasks:
        results: list[str] = []

        async def one() -> None:
            try:
                results.append(await opened(hub))
            except ArgumentError:
                results.append("refused")

        for _ in range(5):
            tasks.start_soon(one)
    assert sorted(results) == ["connection-0", "connection-1", "refused", "refused", "refused"]


async def test_a_stream_nobody_reads_is_closed():
    events = Events()
    async with listening(events, timing=Timing(idle=0.2)) as (hub, _):
        stream = await opened(hub)
        with anyio.fail_after(10):
            await events.last.over.wait()
        with pytest.raises(ArgumentError, match="was ended: nobody read it"):
            await read(hub, stream)


async def test_a_stream_somebody_waits_for_is_not_idle():
    events = Events()
    async with listening(events, timing=Timing(idle=0.2)) as (hub, _):
        stream = await opened(hub)
        answer = await read(hub, stream, timeout=0.6)
        assert answer.data["connected"] is True
        assert not events.last.over.is_set()


async def test_the_hub_takes_its_streams_along():
    events = Events()
    async with transfer_server(events) as xo, xo.client() as client:
        async with EventHub(client, timing=QUICK) as hub:
            await opened(hub)
            await opened(hub)
        with anyio.fail_after(10):
            for connection in events.connections:
                await connection.over.wait()
        with pytest.raises(ArgumentError, match="the server stops"):
            await hub.open()
        with pytest.raises(ArgumentError):
            await read(hub, "connection-0")


async def test_an_error_inside_the_hub_comes_out_as_it_is():
    async with transfer_server(Events()) as xo, xo.client() as client:

        async def fail() -> None:
            async with EventHub(client) as hub:
                await opened(hub)
                raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            await fail()


async def test_one_stream_that_fails_takes_no_other_along(monkeypatch: pytest.MonkeyPatch):
    events = Events()
    async with listening(events) as (hub, _):
        first, second = await opened(hub), await opened(hub)
        greet = EventStream._take

        def fail(stream: EventStream, event: httpx2.ServerSentEvent) -> None:
            if stream.id == first:
                raise ZeroDivisionError
            greet(stream, event)

        monkeypatch.setattr(EventStream, "_take", fail)
        await events.connections[0].send("add", {"id": "a"})
        await until(lambda: first not in hub._streams)
        await events.connections[1].send("add", {"id": "b"})
        assert told(await read(hub, second)) == [("add", {"id": "b"})]
        with pytest.raises(ArgumentError, match="an internal error"):
            await read(hub, first)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"timeout": -1}, "between 0 and 300"), ({"timeout": 301}, "between 0 and 300"), ({"limit": 0}, "at least 1")],
)
async def test_bounds_are_checked(changes: dict[str, Any], message: str):
    async with listening(Events()) as (hub, _):
        stream = await opened(hub)
        with pytest.raises(ArgumentError, match=message):
            await read(hub, stream, **changes)


async def test_an_event_without_end_breaks_the_connection_and_not_the_server():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        for _ in range(80):
            if not events.last.over.is_set():
                await events.last.raw(b"data: " + b"x" * 65536 if _ == 0 else b"x" * 65536)
        notices = await collected(hub, stream, "reconnected")
    assert "4194304 byte limit" in notices[0][1]["reason"]


async def test_events_arrive_through_any_framing():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        text = ': comment\r\nevent: add\r\ndata: {"id":\rdata: "\u00e9"}\r\n\r\nevent: note\ndata: plain text\n\n'
        for byte in text.encode():
            await events.last.raw(bytes([byte]))
        await until(lambda: len(hub._streams[stream].buffer) == 2)
        assert told(await read(hub, stream)) == [("add", {"id": "\u00e9"}), ("note", "plain text")]


LINES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=20)
NAMES = st.sampled_from(["add", "update", "remove", "ping"])
EVENTS = st.lists(st.tuples(NAMES, st.lists(LINES, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=5)


def written(events: list[tuple[str, list[str], bool]], ends: list[str]) -> bytes:
    """Write events with line ends that change all the time."""
    lines: list[str] = []
    for name, data, comment in events:
        lines += [": a comment: with a colon"] if comment else []
        lines += [f"event: {name}", *(f"data: {text}" for text in data), ""]
    return "".join(line + ends[number % len(ends)] for number, line in enumerate(lines)).encode()


@given(
    EVENTS,
    st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=5),
    st.lists(st.floats(0, 1), max_size=12),
)
def test_cuts_between_any_bytes_change_nothing(
    events: list[tuple[str, list[str], bool]], ends: list[str], cuts: list[float]
):
    """What we rely on httpx2 for."""
    if "\n" in ends:
        ends = [end for end in ends if end != "\r"]  # a lone CR before an LF would be one line end, not two
    whole = written(events, ends)
    places = sorted(int(cut * len(whole)) for cut in cuts)
    pieces = [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]
    request = httpx2.Request("GET", "http://xo/rest/v0/events")
    response = httpx2.Response(200, headers={"Content-Type": "text/event-stream"}, content=pieces, request=request)
    got = [(event.event, event.data) for event in httpx2.EventSource(response)]
    assert got == [(name, "\n".join(texts)) for name, texts, _ in events]
