"""Exports that fail or are cancelled: no file is left, and the error says why."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from exporting import MIB, OCTETS, UUID, export, names, sends, sends_nothing
from transfer_server import Wire, transfer_server, until
from xo_mcp.errors import NotFound, TransferError, Unreachable
from xo_mcp.transfer.partfile import PartFile, Space

pytestmark = pytest.mark.anyio


async def refuses(wire: Wire) -> None:
    await wire.json({"error": f"no such VM {UUID}"}, 404)


async def cuts_a_chunk(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks(b"x" * 3 * MIB, end=False)
    wire.hang_up()


async def cuts_a_length(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Content_Length="5000000")
    await wire.send(b"x" * 3 * MIB)
    wire.hang_up()


async def resets(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks(b"x" * MIB, end=False)
    wire.cut()


async def garbles(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks(b"x" * MIB, end=False)
    await wire.send(b"no chunk\r\n")
    await wire.disconnected()


async def stalls(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks(b"x" * 3 * MIB, end=False)
    await wire.disconnected()


async def says_nothing(wire: Wire) -> None:
    await wire.disconnected()


async def sends_a_page(wire: Wire) -> None:
    await wire.head(Content_Type="text/html; charset=utf-8", Content_Length="6")
    await wire.send(b"<html>")


async def sends_no_content(wire: Wire) -> None:
    await wire.head(204)


@pytest.mark.parametrize(
    ("handler", "error", "message"),
    [
        (refuses, NotFound, UUID),
        (cuts_a_chunk, TransferError, r"broke off after 3 MiB: the connection was closed before the end"),
        (cuts_a_length, TransferError, r"broke off after 3 MiB: the connection was closed before the end"),
        (resets, TransferError, r"broke off after .*: the connection broke"),
        (garbles, TransferError, "broke off after 1 MiB"),
        (stalls, TransferError, "broke off after 3 MiB: XO sent nothing for too long"),
        (says_nothing, Unreachable, "did not answer"),
        (sends_nothing, TransferError, "empty export"),
        (sends_a_page, TransferError, "a web page instead of a file"),
        (sends_no_content, TransferError, "the status 204 instead of a file"),
    ],
)
async def test_a_failed_export_leaves_nothing(
    tmp_path: Path, handler: Callable[[Wire], Awaitable[None]], error: type[Exception], message: str
):
    async with transfer_server(handler) as xo, xo.client(transfer=0.5) as client:
        with pytest.raises(error, match=message) as failure:
            await export(client, tmp_path)
        assert type(failure.value) is error
    assert names(tmp_path) == []


async def test_a_full_disk_is_seen_before_xo_starts(tmp_path: Path):
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        with pytest.raises(TransferError, match="Not enough room"):
            await export(client, tmp_path, space=Space(reserve=2**62))
    assert xo.asked == []


async def test_a_file_larger_than_the_disk_is_not_begun(tmp_path: Path):
    hung_up = anyio.Event()

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Content_Length=str(10**15))
        await wire.disconnected()
        hung_up.set()

    async with transfer_server(handler) as xo, xo.client(transfer=5) as client:
        with pytest.raises(TransferError, match=r"909\.5 TiB more"):
            await export(client, tmp_path)
        with anyio.fail_after(10):
            await hung_up.wait()
    assert names(tmp_path) == []


async def test_a_disk_that_fills_up_meanwhile_stops_the_export(tmp_path: Path):
    sent = 0

    async def handler(wire: Wire) -> None:
        nonlocal sent
        await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        while sent < 300:
            await wire.chunks(b"x" * MIB, end=False)
            sent += 1
        await wire.chunks()

    def free(folder: Path) -> int:
        written = sum(path.stat().st_size for path in folder.iterdir())
        return 100 * MIB - written

    async with transfer_server(handler) as xo, xo.client() as client:
        with pytest.raises(TransferError, match="Not enough room"):
            await export(client, tmp_path, space=Space(reserve=50 * MIB, free=free))
    # It stopped once 50 MiB were used, within a look every 16 MiB, and what was on its way.
    assert 50 <= sent <= 110
    assert names(tmp_path) == []


async def test_a_folder_lost_meanwhile_is_an_error_in_words(tmp_path: Path):
    folder = tmp_path / "exports"

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        await wire.chunks(b"x" * MIB, end=False)
        await until(lambda: names(folder))
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        await wire.chunks(b"y")

    async with transfer_server(handler) as xo, xo.client() as client:
        with pytest.raises(TransferError, match="can't be written to"):
            await export(client, folder)


async def halfway(folder: Path, seen: anyio.Event) -> None:
    """Wait until XO sent its half and a hidden file is there."""
    await seen.wait()
    await until(lambda: names(folder))
    [name] = names(folder)
    assert name.endswith(".part")


@pytest.mark.parametrize("how", ["anyio", "asyncio", "deadline"])
async def test_a_cancelled_export_leaves_nothing_and_hangs_up(tmp_path: Path, how: str):
    sent, hung_up = anyio.Event(), anyio.Event()

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        await wire.chunks(b"x" * 3 * MIB, end=False)
        sent.set()
        await wire.disconnected()
        hung_up.set()

    async with transfer_server(handler) as xo, xo.client() as client:
        if how == "asyncio":
            task = asyncio.create_task(export(client, tmp_path))
            await halfway(tmp_path, sent)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        elif how == "anyio":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(export, client, tmp_path)
                await halfway(tmp_path, sent)
                tasks.cancel_scope.cancel()
        else:
            with anyio.move_on_after(0.5) as scope:
                await export(client, tmp_path)
            assert scope.cancelled_caught
        assert names(tmp_path) == []
        with anyio.fail_after(10):
            await hung_up.wait()


@pytest.mark.parametrize("step", ["sync", "publish"])
async def test_an_export_cancelled_at_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
):
    """The last moments: everything came, and the file is about to get its name, or just got it."""
    reached, go_on = anyio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    real = getattr(PartFile, step)

    def slow(part: PartFile) -> Any:
        result = real(part)
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        return result

    monkeypatch.setattr(PartFile, step, slow)
    async with transfer_server(sends(b"x" * MIB)) as xo, xo.client() as client, anyio.create_task_group() as tasks:
        tasks.start_soon(export, client, tmp_path)
        await reached.wait()
        assert len(names(tmp_path)) == 1
        tasks.cancel_scope.cancel()
        go_on.set()
    assert names(tmp_path) == []


async def test_a_disk_that_fails_to_sync_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("xo_mcp.transfer.partfile.os.fsync", refuse)
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        with pytest.raises(TransferError, match="Input/output error"):
            await export(client, tmp_path)
    assert names(tmp_path) == []
