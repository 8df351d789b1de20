"""The bytes of an event stream: any framing, any cut, and an end to what is kept."""

import httpx2
import pytest
from event_routes import Events, collected, events_of, listening, opened, read
from hypothesis import given
from hypothesis import strategies as st
from transfer_server import until

pytestmark = pytest.mark.anyio


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
        await until(lambda: len(hub.streams.by_id[stream].buffer) == 2)
        assert events_of(await read(hub, stream)) == [("add", {"id": "\u00e9"}), ("note", "plain text")]


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
