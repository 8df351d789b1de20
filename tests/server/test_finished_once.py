"""A value of XO's is walked once and encoded once on its way into an answer, whatever tool answers."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any, Final

import pytest
from event_routes import Events, listening, opened, subscribe
from fake_xo import FakeXo
from transfer_server import until
from xo_mcp.config.config import resolve
from xo_mcp.definitions import Entry, load_entries
from xo_mcp.encoding import encode
from xo_mcp.reads.budget import DEFAULT_BUDGET
from xo_mcp.server.handlers import handler_of
from xo_mcp.server.presentation import Presented, present
from xo_mcp.session import opened as session_of
from xo_mcp.text import neutral_text
from xo_mcp.xo import Xo

pytestmark = pytest.mark.anyio
MARK: Final = "Zählmarke"
"""Not ASCII, so that no shortcut for harmless texts is taken."""
ENTRIES: Final[Mapping[str, Entry]] = {entry.name: entry for entry in load_entries()}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count how often the mark is walked over and how often it is written as JSON, in this thread."""
    counts: Counter[str] = Counter()

    def look(frame: FrameType, event: str, value: Any) -> None:
        if event == "call" and frame.f_code is neutral_text.__code__:
            counts["walked"] += frame.f_locals["text"].count(MARK)
        if event == "return" and frame.f_code is encode.__code__ and value is not None:
            counts["encoded"] += value.count(MARK.encode())

    sys.setprofile(look)
    try:
        yield counts
    finally:
        sys.setprofile(None)


def shown(answer: Presented) -> int:
    """How often the mark is in the data."""
    return answer.encoded.count(MARK.encode())


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=6, lag=0) as found:
        for collection in ("vms", "vdis"):
            for record in found.xo.store.every(collection):
                record["name_label"] = MARK
        task = {"start": 1, "status": "success", "updatedAt": 2, "properties": {"name": MARK}, "result": MARK}
        for number in range(9):
            found.call(found.xo.store.add, "tasks", {"id": f"task{number}", **task})
        yield found


@asynccontextmanager
async def facade(fake: FakeXo) -> AsyncIterator[Xo]:
    async with session_of(resolve({"url": fake.url}, {"XO_TOKEN": fake.admin_token})) as session:
        yield Xo(session)


@pytest.mark.parametrize("budget", [DEFAULT_BUDGET, 2_500], ids=["all", "cut"])
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_vms", {}),
        ("list_vms", {"fields": "id,name_label,power_state"}),
        ("query_inventory", {"sql": "SELECT id, name_label, tags FROM vms ORDER BY id"}),
        ("find_unprotected_vms", {}),
        ("list_tasks", {}),
    ],
)
async def test_records_are_finished_once(fake: FakeXo, tool: str, arguments: dict[str, Any], budget: int):
    async with facade(fake) as xo:
        entry = ENTRIES[tool]
        with counted() as counts:
            answer = present(await handler_of(entry)(xo, **entry.parameters(arguments)), budget)
    # Only what no longer fits is looked at for nothing.
    at_most = shown(answer) + (2 if budget < DEFAULT_BUDGET else 0)
    assert shown(answer)
    assert shown(answer) <= counts["encoded"] <= at_most
    assert shown(answer) <= counts["walked"] <= at_most


async def test_a_record_is_finished_once(fake: FakeXo):
    vm = fake.xo.store.every("vms")[0]["id"]
    async with facade(fake) as xo:
        with counted() as counts:
            answer = present(await handler_of(ENTRIES["get_vm"])(xo, id=vm))
    assert (counts["walked"], counts["encoded"]) == (shown(answer),) * 2


async def test_events_are_finished_once():
    events = Events()
    async with listening(events) as (hub, _):
        stream = await opened(hub)
        await subscribe(hub, stream)
        with counted() as counts:
            for number in range(5):
                await events.last.send("update", {"$subscription": "VM", "id": f"{number}", "name_label": MARK})
            await until(lambda: len(hub.streams.by_id[stream].buffer) == 5)
            answer = present(await hub.read(id=stream, timeout=0))
    assert (counts["walked"], counts["encoded"], shown(answer)) == (5, 5, 5)
