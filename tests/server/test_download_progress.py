"""While an export runs: progress reports, and constant memory."""

import tracemalloc
from pathlib import Path
from typing import Any

import anyio
import pytest
from exporting import MIB, OCTETS, export, sends
from transfer_server import Wire, transfer_server
from xo_mcp.transfer.progress import ProgressReporter

pytestmark = pytest.mark.anyio


class Listener:
    """Keeps what is reported to it, and can be waited for."""

    def __init__(self) -> None:
        self.reported: list[tuple[float, float | None, str | None]] = []
        self.news = anyio.Event()

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        self.reported.append((done, total, message))
        self.news.set()


@pytest.mark.parametrize("length", [True, False], ids=["length", "chunked"])
async def test_progress_is_reported_while_it_goes_on(tmp_path: Path, *, length: bool):
    listener = Listener()

    async def handler(wire: Wire) -> None:
        if length:
            await wire.head(Content_Type=OCTETS, Content_Length=str(2 * MIB))
        else:
            await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        for number in range(2):
            listener.news = anyio.Event()
            if length:
                await wire.send(b"x" * MIB)
            else:
                await wire.chunks(b"x" * MIB, end=number == 1)
            # XO goes on only when the first half was reported.
            if number == 0:
                await listener.news.wait()

    async with transfer_server(handler) as xo, xo.client() as client:
        await export(client, tmp_path, progress=listener)
    total = 2 * MIB if length else None
    done = [each for each, _, _ in listener.reported]
    assert done == sorted(set(done))
    assert done[-1] == 2 * MIB
    assert {each for _, each, _ in listener.reported} == {total}
    assert str(listener.reported[-1][2]).startswith("2 MiB of 2 MiB received" if length else "2 MiB received")


async def test_progress_that_can_not_be_delivered_stops_nothing(tmp_path: Path):
    async def refuse(*_: Any) -> None:
        raise RuntimeError("the client has disconnected")

    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        answer = await export(client, tmp_path, progress=refuse)
    assert answer.data["size"] == 1


async def test_progress_is_reported_at_most_once_a_turn():
    listener = Listener()
    done = 0
    reporter = ProgressReporter(listener, lambda: done, total=10, verb="sent")
    async with reporter.running(interval=0.01):
        for done in range(1, 4):  # noqa: B007 - read by the reporter
            listener.news = anyio.Event()
            await listener.news.wait()
            await anyio.sleep(0.05)  # turns without progress are not reported
    assert [each for each, _, _ in listener.reported] == [1, 2, 3]


async def test_memory_stays_constant(tmp_path: Path):
    piece = b"x" * 65536

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        for _ in range(96 * 16):
            await wire.chunks(piece, end=False)
        await wire.chunks()

    async with transfer_server(handler) as xo, xo.client() as client:
        tracemalloc.start()
        try:
            answer = await export(client, tmp_path)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert answer.data["size"] == 96 * MIB
    # Includes what the server side of this test holds, and one short-lived block of 8 MiB that is never touched.
    assert peak < 16 * MIB
