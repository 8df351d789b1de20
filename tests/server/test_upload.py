"""Imports: from the upload folder only, with their length, and XO's own words when it refuses."""

import os
import random
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from transfer_server import Wire, transfer_server
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client
from xo_mcp.errors import ArgumentError, Forbidden, Invalid, NotFound, TransferError, Unreachable, XoError
from xo_mcp.transfer.upload import upload
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio

UUID = "c4284e12-37c9-7967-b9e8-83ef229c3e03"
NEW = "1d9ed5a4-4d28-47d8-8b17-a0ea3a6a7dd4"
MIB = 1 << 20
CONTENT = b"conectix" + random.Random(3).randbytes(5 * MIB + 9)  # noqa: S311 - the same bytes every time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "disks").mkdir()
    (tmp_path / "disks" / "web.vhd").write_bytes(CONTENT)
    return tmp_path


async def send(client: Client, folder: Path | None, **changes: Any) -> Answer:
    is_raw = str(changes.get("file", "")).endswith(".raw")
    sent = {"method": "POST", "route": "/srs/{id}/vdis", "path": {"id": UUID}, "query": {"raw": True} if is_raw else {}}
    sent |= {name: changes.pop(name) for name in ("method", "route", "path", "query") if name in changes}
    call = Call(**sent)
    return await upload(client, folder, call, **{"file": "disks/web.vhd", **changes})


def importing(handler: Callable[[Wire], Awaitable[None]]) -> Callable[[Wire], Awaitable[None]]:
    """An XO that knows the target, and answers an import as `handler` says."""

    async def both(wire: Wire) -> None:
        if wire.method == "GET":
            await wire.json({"id": UUID})
        else:
            await handler(wire)

    return both


class Importer:
    """Takes a whole body."""

    def __init__(self, answer: Any = None, status: int = 201) -> None:
        self.wire: Wire | None = None
        self.content = b""
        self.answer = {"id": NEW} if answer is None else answer
        self.status = status

    async def __call__(self, wire: Wire) -> None:
        self.wire = wire
        self.content = await wire.body()
        await wire.json(self.answer, self.status)


async def test_the_file_arrives_with_its_length_and_type(folder: Path):
    importer = Importer()
    async with transfer_server(importing(importer)) as xo, xo.client() as client:
        answer = await send(client, folder, query={"name_label": "web disk", "raw": False})
    assert answer.data == {"id": NEW, "file": "disks/web.vhd", "size": len(CONTENT)}
    assert importer.content == CONTENT
    assert importer.wire is not None
    assert importer.wire.headers["content-length"] == str(len(CONTENT))
    assert importer.wire.headers["content-type"] == "application/octet-stream"
    assert "transfer-encoding" not in importer.wire.headers
    assert xo.asked == [f"GET /srs/{UUID}", f"POST /srs/{UUID}/vdis?name_label=web%20disk&raw=false"]


async def test_a_new_disk_is_there_when_the_answer_comes(folder: Path):
    importer, looks = Importer(), 0

    async def handler(wire: Wire) -> None:
        nonlocal looks
        if wire.target == f"/vdis/{NEW}":
            looks += 1
            await wire.json({"id": NEW} if looks > 2 else {"error": "no such VDI"}, 200 if looks > 2 else 404)
        else:
            await importing(importer)(wire)

    async with transfer_server(handler) as xo, xo.client() as client:
        answer = await send(client, folder, creates="/vdis/{id}")
    assert (answer.data["id"], answer.notes) == (NEW, ())
    assert xo.asked[3:] == [f"GET /vdis/{NEW}"] * 3


async def test_an_import_into_a_disk_has_no_answer(folder: Path):
    async def handler(wire: Wire) -> None:
        assert await wire.body() == CONTENT
        await wire.head(204)

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        path = {"id": UUID, "format": "vhd"}
        answer = await send(client, folder, method="PUT", route="/vdis/{id}.{format}", path=path)
    assert answer.data == {"file": "disks/web.vhd", "size": len(CONTENT)}
    assert xo.asked == [f"GET /vdis/{UUID}", f"PUT /vdis/{UUID}.vhd"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("disks/web.vdi", "Available: disks/web.vhd"),
        ("../x", "must not hold"),
        ("disks", "not a regular file"),
    ],
)
async def test_a_wrong_file_is_refused_before_anything_is_sent(folder: Path, file: str, message: str):
    async with transfer_server(importing(Importer())) as xo, xo.client() as client:
        with pytest.raises(ArgumentError, match=message):
            await send(client, folder, file=file)
        with pytest.raises(ArgumentError, match="--upload-dir"):
            await send(client, None)
    assert xo.asked == []


async def test_a_missing_target_is_reported_before_gigabytes_are_sent(folder: Path):
    async def handler(wire: Wire) -> None:
        await wire.json({"error": f"no such SR {UUID}"}, 404)

    async with transfer_server(handler) as xo, xo.client() as client:
        with pytest.raises(NotFound, match=UUID):
            await send(client, folder)
    assert xo.asked == [f"GET /srs/{UUID}"]


async def test_who_may_not_look_at_the_target_may_still_import(folder: Path):
    importer = Importer()

    async def handler(wire: Wire) -> None:
        if wire.method == "GET":
            await wire.json({"error": "not enough privileges"}, 403)
        else:
            await importer(wire)

    async with transfer_server(handler) as xo, xo.client() as client:
        answer = await send(client, folder)
    assert answer.data["id"] == NEW


async def test_an_empty_id_reaches_nothing(folder: Path):
    async with transfer_server(importing(Importer())) as xo, xo.client() as client:
        with pytest.raises(ArgumentError, match="`id` must not be empty"):
            await send(client, folder, path={"id": ""})
    assert xo.asked == []


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (403, "not enough privileges", Forbidden),
        (422, {"query.raw": {"message": "invalid boolean value", "value": "x"}}, Invalid),
        (500, "invalid VHD footer", XoError),
    ],
)
@pytest.mark.parametrize("early", [True, False], ids=["early", "late"])
async def test_xo_says_why_it_refuses(folder: Path, *, status: int, error: Any, kind: type[XoError], early: bool):
    async def handler(wire: Wire) -> None:
        if not early:
            await wire.body()
        await wire.json({"error": error}, status)
        if early:
            await wire.body()  # Node drops the rest

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        with pytest.raises(kind) as refused:
            await send(client, folder)
    assert refused.value.status == status


async def test_a_refusal_is_read_though_the_connection_is_closed_on_the_rest(folder: Path):
    (folder / "tiny.raw").write_bytes(b"x" * 1000)

    async def handler(wire: Wire) -> None:
        await wire.json({"error": "invalid VHD footer"}, 500)
        wire.hang_up()

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        with pytest.raises(XoError, match="invalid VHD footer"):
            await send(client, folder, file="tiny.raw")


async def test_a_cut_import_says_how_far_it_came(folder: Path):
    (folder / "large.raw").write_bytes(b"")
    os.truncate(folder / "large.raw", 200 * MIB)

    async def handler(wire: Wire) -> None:
        await wire.reader.readexactly(2 * MIB)
        wire.cut()

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        with pytest.raises(TransferError, match=r"broke off after .* of 200 MiB.*list_tasks"):
            await send(client, folder, file="large.raw")


async def test_an_answer_that_never_comes_is_no_success(folder: Path):
    async def handler(wire: Wire) -> None:
        await wire.body()
        await wire.disconnected()

    async with transfer_server(importing(handler)) as xo, xo.client(transfer=0.3) as client:
        with pytest.raises(TransferError, match=r"All 5 MiB were sent, but XO has not said"):
            await send(client, folder)


async def test_an_xo_that_hangs_up_at_once_is_unreachable(folder: Path):
    async def handler(wire: Wire) -> None:
        wire.cut()

    async with transfer_server(handler) as xo, xo.client() as client:
        with pytest.raises(Unreachable):
            await send(client, folder)


class Meddler:
    """An XO that does something to the file after its first MiB, and counts what arrived."""

    def __init__(self, meddle: Callable[[], Any]) -> None:
        self.meddle = meddle
        self.received = 0

    async def __call__(self, wire: Wire) -> None:
        self.received = len(await wire.reader.readexactly(MIB))
        self.meddle()
        while piece := await wire.reader.read(65536):
            self.received += len(piece)
        wire.hang_up()


@pytest.mark.parametrize("size", [40 * MIB, 60 * MIB, 50 * MIB], ids=["shrunk", "grown", "touched"])
async def test_a_file_that_changes_meanwhile_is_never_whole_for_xo(folder: Path, size: int):
    large = folder / "large.raw"
    large.touch()
    os.truncate(large, 50 * MIB)

    def meddle() -> None:
        os.truncate(large, size)
        os.utime(large, ns=(1, 1))

    meddler = Meddler(meddle)
    async with transfer_server(importing(meddler)) as xo, xo.client(transfer=5) as client:
        with pytest.raises(TransferError, match=r"large\.raw' changed while it was sent"):
            await send(client, folder, file="large.raw")
    assert meddler.received < 50 * MIB


async def test_a_disk_that_can_not_be_read_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: Any) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("xo_mcp.transfer.folders.os.read", refuse)
    async with transfer_server(importing(Importer())) as xo, xo.client() as client:
        with pytest.raises(TransferError, match="Input/output error"):
            await send(client, folder)


async def test_a_cancelled_import_hangs_up(folder: Path):
    (folder / "large.raw").touch()
    os.truncate(folder / "large.raw", 500 * MIB)
    began, hung_up = anyio.Event(), anyio.Event()

    async def handler(wire: Wire) -> None:
        await wire.reader.readexactly(MIB)
        began.set()
        await wire.disconnected()
        hung_up.set()

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: send(client, folder, file="large.raw"))
            await began.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(10):
            await hung_up.wait()


async def test_progress_has_the_total(folder: Path):
    reported: list[tuple[float, float | None, str | None]] = []
    news = anyio.Event()

    async def listen(done: float, total: float | None = None, message: str | None = None) -> None:
        reported.append((done, total, message))
        news.set()

    async def handler(wire: Wire) -> None:
        await wire.reader.readexactly(MIB)
        await news.wait()  # XO goes on only when something was reported
        await wire.reader.readexactly(len(CONTENT) - MIB)
        await wire.json({"id": NEW}, 201)

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        await send(client, folder, progress=listen)
    done = [each for each, _, _ in reported]
    assert done == sorted(set(done))
    assert done[-1] == len(CONTENT)
    assert {total for _, total, _ in reported} == {len(CONTENT)}
    assert str(reported[-1][2]).startswith("5 MiB of 5 MiB sent")


async def test_an_answer_that_is_no_json_is_still_a_success(folder: Path):
    async def handler(wire: Wire) -> None:
        await wire.body()
        await wire.head(200, Content_Type="text/plain", Content_Length="2")
        await wire.send(b"OK")

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        answer = await send(client, folder)
    assert answer.data == {"file": "disks/web.vhd", "size": len(CONTENT)}


async def test_memory_stays_constant(folder: Path):
    (folder / "large.raw").touch()
    os.truncate(folder / "large.raw", 100 * MIB)

    async def handler(wire: Wire) -> None:
        left = 100 * MIB
        while left:
            left -= len(await wire.reader.read(65536))
        await wire.json({"id": NEW}, 201)

    async with transfer_server(importing(handler)) as xo, xo.client() as client:
        tracemalloc.start()
        try:
            await send(client, folder, file="large.raw")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 16 * MIB
