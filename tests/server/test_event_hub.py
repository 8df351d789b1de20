"""The hub of event streams: how many there are, how they open, and how they end."""

from typing import TYPE_CHECKING, Any

import anyio
import httpx2
import pytest
from event_routes import (
    QUICK,
    Events,
    events_of,
    hangs_up,
    is_broken,
    listening,
    opened,
    read,
    refuses_for_good,
    subscribe,
)
from transfer_server import Wire, transfer_server, until
from xo_mcp.errors import ArgumentError, NotFound, Unauthorized, Unreachable, XoError
from xo_mcp.events.eventstream import EventStream
from xo_mcp.events.hub import EventHub
from xo_mcp.events.timing import Timing

if TYPE_CHECKING:
    from xo_mcp.server.presentation import Presented

pytestmark = pytest.mark.anyio


async def has_no_route(wire: Wire) -> None:
    await wire.json({"error": "no such route"}, 404)


async def says_nothing(wire: Wire) -> None:
    await wire.head(Content_Type="text/event-stream", Transfer_Encoding="chunked")
    await wire.disconnected()


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
    # A 401 to a token is asked about once more, because XO gives right ones too just after it started.
    events = Events([first] * (2 if first is refuses_for_good else 1))
    async with listening(events, timing=Timing(greeting=1.5)) as (hub, _):
        with pytest.raises(error, match=message):
            await hub.open()
        assert hub.streams.by_id == {}
        # Nothing goes on in the background, and the next one works.
        assert await opened(hub) == "connection-0"


async def test_a_cancelled_open_leaves_nothing():
    events = Events([says_nothing])
    async with listening(events) as (hub, _):
        with anyio.move_on_after(0.2):
            await hub.open()
        assert (hub.streams.by_id, hub.streams.opening) == ({}, [])
        assert await opened(hub) == "connection-0"


async def test_a_closed_stream_hangs_up_and_is_known_no_more():
    events = Events()
    async with listening(events) as (hub, _):
        stream, other = await opened(hub), await opened(hub)
        await events.connections[0].send("add", {"id": "a"})
        await until(lambda: hub.streams.by_id[stream].buffer)
        answer = await hub.close(id=stream)
        assert answer.data == {"id": stream, "closed": True, "unread": 1}
        with anyio.fail_after(10):
            await events.connections[0].over.wait()
        with pytest.raises(ArgumentError, match=f"was ended: it was closed. Open: {other}"):
            await hub.close(id=stream)
        assert not events.connections[1].over.is_set()


async def test_a_reader_that_waits_hears_of_the_end():
    events = Events()
    async with listening(events) as (hub, _), anyio.create_task_group() as tasks:
        stream = await opened(hub)
        answers: list[Presented] = []

        async def wait() -> None:
            answers.append(await read(hub, stream, timeout=300))

        tasks.start_soon(wait)
        await until(lambda: hub.streams.by_id[stream]._readers == 1)
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
        await until(lambda: first not in hub.streams.by_id)
        await events.connections[1].send("add", {"id": "b"})
        assert events_of(await read(hub, second)) == [("add", {"id": "b"})]
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
