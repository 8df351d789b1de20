"""Streams of events that break: they come back with their subscriptions, or say why they don't."""

import anyio
import pytest
from event_routes import (
    QUICK,
    SUBSCRIPTION,
    Events,
    collected,
    events_of,
    hangs_up,
    is_broken,
    listening,
    opened,
    read,
    refuses_for_good,
    subscribe,
)
from transfer_server import transfer_server, until
from xo_mcp.errors import ArgumentError, Unreachable
from xo_mcp.events.hub import EventHub
from xo_mcp.events.timing import Timing
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio


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
        assert events_of(await read(hub, stream)) == [("update", {"id": "a"})]
        await subscribe(hub, stream, "SR")
        assert events.asked[-1][1] == "/events/connection-1/subscriptions"
        await hub.unsubscribe(Call("DELETE", SUBSCRIPTION, {"id": stream, "subscriptionId": "VM"}))
        assert sorted(events.last.subscriptions) == ["SR", "host"]


async def test_changes_may_be_missing_after_a_cut_and_that_is_said():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.cut()
        answer = await read(hub, stream)
    assert events_of(answer)[0][0] == "connection_lost"
    assert any("list the collection again" in note for note in answer.notes)


async def test_a_subscription_xo_does_not_renew_is_reported():
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


async def test_xo_may_need_some_tries_to_come_back():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        events.first = [hangs_up, is_broken, hangs_up]
        await events.cut()
        notices = await collected(hub, stream, "reconnected")
        # One loss is reported once, however many tries it takes.
        assert [name for name, _ in notices] == ["connection_lost", "reconnected"]
        await until(lambda: events.last.subscriptions == {"VM": ["id"]})


async def test_a_change_made_during_a_cut_waits_for_the_new_connection():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        events.first = [hangs_up]
        await events.cut()
        await until(lambda: not hub.streams.by_id[stream].connected)
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
        await until(lambda: not hub.streams.by_id[stream].connected)
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


async def test_a_refusal_for_good_ends_the_stream_after_its_last_events():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.last.send("add", {"id": "a"})
        await until(lambda: hub.streams.by_id[stream].buffer)
        events.first = [refuses_for_good] * 5
        await events.cut()
        await until(lambda: hub.streams.by_id[stream].ended)
        answer = await read(hub, stream, limit=1)
        assert events_of(answer) == [("add", {"id": "a"})]
        answer = await read(hub, stream, timeout=300)
        assert [name for name, _ in events_of(answer)] == ["connection_lost", "stream_ended"]
        assert any("The stream has ended" in note for note in answer.notes)
        with pytest.raises(ArgumentError, match="was ended"):
            await read(hub, stream)


async def test_an_absent_xo_is_reported():
    events = Events()
    async with transfer_server(events) as xo:
        client = xo.client()
    async with client, EventHub(client, timing=QUICK) as hub:
        with pytest.raises(Unreachable, match="Nothing listens"):
            await hub.open()
        assert hub.streams.by_id == {}
