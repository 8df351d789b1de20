"""XO's events: listened to in the background, handed to readers, within bounds."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from event_routes import SUBSCRIPTION, Events, events_of, listening, opened, read, subscribe
from hypothesis import given
from hypothesis import strategies as st
from transfer_server import until
from xo_mcp.encoding import encode, size
from xo_mcp.errors import Forbidden
from xo_mcp.events.streambuffer import StreamBuffer
from xo_mcp.privacy.secret_names import HIDDEN
from xo_mcp.types import OMIT, Call

if TYPE_CHECKING:
    from xo_mcp.server.presentation import Presented

pytestmark = pytest.mark.anyio


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
        await until(lambda: len(hub.streams.by_id[stream].buffer) == 3)
        answer = await read(hub, stream)
    assert [name for name, _ in events_of(answer)] == ["add", "update", "remove"]
    assert events_of(answer)[1][1] == {"$subscription": "VM", "id": "a", "power_state": "Running"}
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
        answers: list[Presented] = []

        async def wait() -> None:
            answers.append(await read(hub, stream, timeout=300))

        tasks.start_soon(wait)
        await until(lambda: hub.streams.by_id[stream]._readers == 1)
        await events.last.send("add", {"id": "a"})
        with anyio.fail_after(10):
            await until(lambda: answers)
        assert events_of(answers[0]) == [("add", {"id": "a"})]
        assert (await read(hub, stream, timeout=0)).data["events"] == []
        assert (await read(hub, stream, timeout=0.05)).data["count"] == 0


async def test_pings_are_not_reported_but_show_that_xo_lives():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        before = (await read(hub, stream, timeout=0)).data["last_seen"]
        await anyio.sleep(0.002)
        await events.last.send("ping", {"ping": 1795335762669})
        await until(lambda: hub.streams.by_id[stream].last_seen != before)
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
        await until(lambda: len(hub.streams.by_id[stream].buffer) == 10)
        first = await read(hub, stream, limit=3)
        assert (first.data["count"], first.data["more"]) == (3, 7)
        second = await read(hub, stream, budget=5000)
        assert size(second.data) <= 4000
        count = second.data["count"]
        assert isinstance(count, int)
        assert 1 <= count < 7
        third = await read(hub, stream)
        assert [data["id"] for each in (first, second, third) for _, data in events_of(each)] == list(range(10))


@pytest.mark.parametrize("budget", [2000, 5000, 20_000])
async def test_every_event_is_seen_once_and_counted_though_times_and_masks_take_room(budget: int):
    async with listening(Events()) as (hub, _):
        stream = await opened(hub)
        for number in range(150):
            hub.streams.by_id[stream].subscriptions[f"subscription-{number}"] = Call("POST", "")
            instants = {"start": 1764000000000 + number, "updatedAt": 1764000000000 + number}
            hub.streams.by_id[stream].buffer.add(
                "update", {"id": number, **instants, "password": "x", "texts": ["y"] * 9}
            )
        seen: list[Any] = []
        more: Any = True
        while more:
            shown = await read(hub, stream, timeout=0, budget=budget)
            assert shown.data["count"] == len(events_of(shown)) > 0
            assert (shown.data["dropped"], "truncated" in shown.data) == (0, False)
            assert size(shown.content) <= budget
            seen += [data for _, data in events_of(shown)]
            more = shown.data["more"]
    assert [data["id"] for data in seen] == list(range(150))
    assert seen[0]["start_iso"] == "2025-11-24T16:00:00Z"
    assert seen[0]["password"] == HIDDEN


async def test_what_identifies_an_abridged_event_takes_no_more_than_there_is_room():
    buffer = StreamBuffer()
    buffer.add("update", {"id": "a", "name_label": "\u4e16" * 200, "type": "VM", "other": "x" * 30_000})
    [event] = buffer.take(1, 300).events
    assert size(event) <= 300
    assert isinstance(event, dict)
    assert event["data"] == {"id": "a", "type": "VM"}


async def test_an_event_nested_out_of_reach_ends_no_stream():
    buffer = StreamBuffer()
    data: Any = "deep"
    for _ in range(400):
        data = [data]
    buffer.add("update", data)
    [event] = buffer.take(1, 10_000).events
    assert "nested too deep" in str(event)


async def test_an_event_larger_than_an_answer_comes_abridged():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.last.send("update", {"id": "a", "name_label": "web", "other": "x" * 30_000})
        await events.last.send("update", {"id": "b"})
        await until(lambda: len(hub.streams.by_id[stream].buffer) == 2)
        answer = await read(hub, stream)
        rest = await read(hub, stream)
    [event] = answer.data["events"]
    assert isinstance(event, dict)
    assert event["data"] == {"id": "a", "name_label": "web"}
    assert "subscribe with fewer fields" in str(event["abridged"])
    assert events_of(rest) == [("update", {"id": "b"})]


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
        assert buffer._bytes == sum(len(encoded) for _, encoded in buffer._events)
        assert buffer._bytes <= largest or len(buffer) == 1
    kept = len(buffer)
    events: list[Any] = []
    dropped = 0
    while buffer:
        taken = buffer.take(limit, room)
        assert 1 <= len(taken.events) <= limit
        assert taken.encoded == encode(taken.events)
        assert len(taken.encoded) <= room
        events += taken.events
        dropped += taken.dropped
    assert (len(events), dropped) == (kept, len(texts) - kept)
    assert [event["data"]["id"] for event in events] == [str(number) for number in range(len(texts) - kept, len(texts))]
    assert buffer._bytes == 0


async def test_dropped_events_are_reported_to_the_reader(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.events.hub.StreamBuffer", lambda: StreamBuffer(most=2))
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        for number in range(6):
            await events.last.send("update", {"id": number})
        await until(lambda: hub.streams.by_id[stream].buffer._dropped == 4)
        answer = await read(hub, stream)
    assert [data["id"] for _, data in events_of(answer)] == [4, 5]
    assert answer.data["dropped"] == 4
    assert answer.notes[0].startswith("4 older events were dropped")


async def test_hostile_text_in_events_is_made_visible():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        await events.last.send("update", {"id": "a", "name_label": "a\u202eb"})
        assert events_of(await read(hub, stream)) == [("update", {"id": "a", "name_label": "a\\u202eb"})]


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
        answer = await hub.unsubscribe(Call("DELETE", SUBSCRIPTION, path))
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
