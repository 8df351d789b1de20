"""Exports: whole, hashed and named, or not there at all."""

import asyncio
import hashlib
import random
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from transfer_server import Wire, transfer_server, until
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client
from xo_mcp.errors import ArgumentError, NotFound, TransferError, Unreachable
from xo_mcp.transfer.download import download
from xo_mcp.transfer.partfile import PartFile, Space
from xo_mcp.transfer.progress import ProgressReporter
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio

UUID = "6db5acbc-cb97-5e7a-8a48-8f8728ec375c"
ROUTE = "/vms/{id}.{format}"
PATH = {"id": UUID, "format": "xva"}
MIB = 1 << 20
OCTETS = "application/octet-stream"


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - the same bytes every time


async def export(client: Client, folder: Path, **changes: Any) -> Answer:
    return await download(client, folder, Call("GET", ROUTE, PATH, changes.pop("query", {})), **changes)


def read(answer: Answer) -> bytes:
    return Path(str(answer.data["path"])).read_bytes()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def sends(*pieces: bytes) -> Callable[[Wire], Awaitable[None]]:
    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
        await wire.chunks(*pieces)

    return handler


async def test_what_was_sent_is_what_is_there(tmp_path: Path):
    pieces = [noise(size) for size in (1, 65536, 3, MIB, 70_001, 2 * MIB + 5, 12)]
    async with transfer_server(sends(*pieces)) as xo, xo.client() as client:
        answer = await export(client, tmp_path, query={"compress": "zstd"})
    content = b"".join(pieces)
    path = tmp_path / f"vm-{UUID}.xva"
    assert path.read_bytes() == content
    seconds = answer.data.pop("seconds")
    assert isinstance(seconds, float)
    assert answer.data == {"path": str(path), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    [link] = answer.links
    assert (link.uri, link.name, link.size, link.media_type) == (path.as_uri(), path.name, len(content), OCTETS)
    assert answer.notes == ()
    assert names(tmp_path) == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600
    # The dot of the format is the route's, the one XO reads.
    assert xo.asked == [f"GET /vms/{UUID}.xva?compress=zstd"]


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 4 * MIB, 9 * MIB + 7])
async def test_sizes_around_the_buffers_arrive_whole(tmp_path: Path, size: int):
    content = noise(size)

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Content_Length=str(size))
        await wire.send(content)

    async with transfer_server(handler) as xo, xo.client() as client:
        answer = await export(client, tmp_path)
    assert (tmp_path / f"vm-{UUID}.xva").read_bytes() == content
    assert answer.data["sha256"] == hashlib.sha256(content).hexdigest()


async def test_the_folder_is_made_when_it_is_needed(tmp_path: Path):
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        answer = await export(client, tmp_path / "a" / "b")
    assert answer.data["path"] == str(tmp_path / "a" / "b" / f"vm-{UUID}.xva")


async def test_without_a_folder_nothing_is_asked():
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        with pytest.raises(ArgumentError, match="--download-dir"):
            await download(client, None, Call("GET", ROUTE, path=PATH))
    assert xo.asked == []


async def test_a_wished_name_is_taken_and_a_changed_one_is_reported(tmp_path: Path):
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        plain = await export(client, tmp_path, filename="web.xva")
        again = await export(client, tmp_path, filename="web.xva")
        changed = await export(client, tmp_path, filename="../web")
    assert names(tmp_path) == ["_web.xva", "web (2).xva", "web.xva"]
    assert plain.notes == ()
    assert again.notes == ("The file is called 'web (2).xva': that name was taken.",)
    assert "'_web.xva': made safe" in changed.notes[0]


async def test_an_extension_can_be_given(tmp_path: Path):
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        answer = await download(client, tmp_path, Call("GET", "/x/{id}/dump", path={"id": "1"}), extension="tar")
    assert answer.links[0].name == "x-1-dump.tar"


async def test_logs_have_their_media_type(tmp_path: Path):
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        logs = await download(client, tmp_path, Call("GET", "/hosts/{id}/logs.tgz", path={"id": UUID}))
        audit = await download(client, tmp_path, Call("GET", "/hosts/{id}/audit.txt", path={"id": UUID}))
    assert [answer.links[0].media_type for answer in (logs, audit)] == ["application/gzip", "text/plain"]


async def test_exports_at_once_do_not_clash(tmp_path: Path):
    contents = iter([bytes([number]) * 100_000 for number in range(12)])

    async def handler(wire: Wire) -> None:
        await sends(next(contents))(wire)

    answers: list[Answer] = []
    async with transfer_server(handler) as xo, xo.client() as client, anyio.create_task_group() as tasks:

        async def one() -> None:
            answers.append(await export(client, tmp_path))

        for _ in range(12):
            tasks.start_soon(one)
    assert len(names(tmp_path)) == 12
    for answer in answers:
        content = read(answer)
        assert (len(content), len(set(content))) == (100_000, 1)
        assert answer.data["sha256"] == hashlib.sha256(content).hexdigest()


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
    await wire.gone()


async def stalls(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks(b"x" * 3 * MIB, end=False)
    await wire.gone()


async def says_nothing(wire: Wire) -> None:
    await wire.gone()


async def sends_nothing(wire: Wire) -> None:
    await wire.head(Content_Type=OCTETS, Transfer_Encoding="chunked")
    await wire.chunks()


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


async def test_an_empty_audit_log_is_a_file(tmp_path: Path):
    async with transfer_server(sends_nothing) as xo, xo.client() as client:
        answer = await download(client, tmp_path, Call("GET", "/hosts/{id}/audit.txt", path={"id": UUID}))
    assert (answer.data["size"], answer.data["sha256"]) == (0, hashlib.sha256().hexdigest())


async def test_an_unknown_length_is_noted(tmp_path: Path):
    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Connection="close")
        await wire.send(b"content")
        wire.hang_up()

    async with transfer_server(handler) as xo, xo.client() as client:
        answer = await export(client, tmp_path)
    assert answer.data["size"] == 7
    assert "a cut connection would not show" in answer.notes[0]


async def test_a_full_disk_is_seen_before_xo_starts(tmp_path: Path):
    async with transfer_server(sends(b"x")) as xo, xo.client() as client:
        with pytest.raises(TransferError, match="Not enough room"):
            await export(client, tmp_path, space=Space(reserve=2**62))
    assert xo.asked == []


async def test_a_file_larger_than_the_disk_is_not_begun(tmp_path: Path):
    hung_up = anyio.Event()

    async def handler(wire: Wire) -> None:
        await wire.head(Content_Type=OCTETS, Content_Length=str(10**15))
        await wire.gone()
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
        await wire.gone()
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


class Listener:
    """Keeps what is reported to it, and can be waited for."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float | None, str | None]] = []
        self.news = anyio.Event()

    async def __call__(self, done: float, total: float | None = None, message: str | None = None) -> None:
        self.told.append((done, total, message))
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
    done = [each for each, _, _ in listener.told]
    assert done == sorted(set(done))
    assert done[-1] == 2 * MIB
    assert {each for _, each, _ in listener.told} == {total}
    assert str(listener.told[-1][2]).startswith("2 MiB of 2 MiB received" if length else "2 MiB received")


async def test_progress_nobody_takes_stops_nothing(tmp_path: Path):
    async def refuse(*_: Any) -> None:
        raise RuntimeError("the client is gone")

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
            await anyio.sleep(0.05)  # turns in which nothing moves are not told
    assert [each for each, _, _ in listener.told] == [1, 2, 3]


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
