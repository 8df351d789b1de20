"""What one read of an event stream answers."""

from xo_mcp.events.eventstream import EventStream
from xo_mcp.events.streambuffer import Taken
from xo_mcp.reads.budget import fit_value
from xo_mcp.text import one_line
from xo_mcp.types import Json


def events_read(stream: EventStream, taken: Taken, room: int) -> dict[str, Json]:
    """What a read answers; events lose no room to subscriptions, were there ever so many."""
    subscriptions, _ = fit_value([*stream.subscriptions], room // 4)
    return {
        "events": taken.events,
        "count": len(taken.events),
        "more": len(stream.buffer),
        "dropped": taken.dropped,
        "connected": stream.connected,
        "last_seen": stream.last_seen,
        "subscriptions": subscriptions,
    }


def notes_on(stream: EventStream, taken: Taken) -> list[str]:
    """Say what the reader must know about events that were lost, and about a stream that is not there."""
    notes = []
    if taken.dropped:
        notes.append(
            f"{taken.dropped} older events were dropped, because they were not read in time: read more often, or "
            "subscribe to less. List the collection to see how things are."
        )
    if any(isinstance(event, dict) and event.get("event") == "connection_lost" for event in taken.events):
        notes.append("The connection broke in between, so changes may be missing: list the collection again.")
    if stream.ended:
        notes.append(f"The stream has ended ({one_line(stream.ended)}): open a new one.")
    elif not stream.connected:
        notes.append("There is no connection to XO right now; it is tried again in the background.")
    elif not stream.subscriptions:
        notes.append("Nothing is subscribed on this stream: use add_event_subscription.")
    return notes
