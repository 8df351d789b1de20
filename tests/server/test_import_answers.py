"""What is made of XO's answer to an import: nobody may take a guess for a success."""

import errno
import os
import re
from pathlib import Path

import pytest
from transfer_server import Wire, transfer_server
from xo_mcp.answer import Answer
from xo_mcp.errors import TransferError
from xo_mcp.transfer.upload import upload
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio

UUID = "c4284e12-37c9-7967-b9e8-83ef229c3e03"
SIZE = 3000
UNSAID = (
    "All 2.93 KiB were sent, but XO has not said whether it took them. Look at list_tasks and at the target before you"
    " send them again."
)


async def imported(folder: Path, *pieces: bytes, kind: str | None) -> Answer:
    """Import a file into a disk, to which XO answers in these pieces."""
    (folder / "disk.raw").write_bytes(bytes(SIZE))

    async def handler(wire: Wire) -> None:
        if wire.method == "GET":
            await wire.json({"id": UUID})
            return
        await wire.body()
        headers = {} if kind is None else {"Content_Type": kind}
        await wire.head(200, Transfer_Encoding="chunked", **headers)
        await wire.chunks(*pieces)

    async with transfer_server(handler) as xo, xo.client() as client:
        return await upload(client, folder, Call("PUT", "/vdis/{id}.raw", {"id": UUID}), file="disk.raw")


@pytest.mark.parametrize(
    ("kind", "pieces", "expected"),
    [
        ("application/json", (b'{"tas', b'kId": "t1"}'), {"taskId": "t1"}),
        ("application/json", (b'["t1"]',), {}),
        ("application/json", (b'"t1"',), {}),
        ("text/plain", (b"O", b"K"), {}),
        (None, (b"OK",), {}),
        (None, (), {}),
        ("text/plain", (b"x" * 1_048_576,), {}),
    ],
)
async def test_an_answer_of_xo_is_a_success(
    tmp_path: Path, kind: str | None, pieces: tuple[bytes, ...], expected: object
):
    answer = await imported(tmp_path, *pieces, kind=kind)
    assert answer.data == {**expected, "file": "disk.raw", "size": SIZE}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("kind", "pieces"),
    [
        ("application/json", (b'{"taskId": ',)),
        ("application/json; charset=utf-8", (b"OK",)),
        ("text/html", (b"<title>502 Bad Gateway</title>",)),
        ("text/plain", (b"x" * 1_048_576, b"x")),
    ],
)
async def test_what_can_be_no_answer_of_xo_is_no_success(tmp_path: Path, kind: str, pieces: tuple[bytes, ...]):
    with pytest.raises(TransferError, match=f"^{re.escape(UNSAID)}$"):
        await imported(tmp_path, *pieces, kind=kind)


@pytest.mark.parametrize(
    ("error", "why"),
    [(OSError(errno.EIO, os.strerror(errno.EIO)), os.strerror(errno.EIO)), (OSError("gone"), "gone")],
)
async def test_a_file_that_can_not_be_read_is_reported_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, why: str
):
    def failing(*_: object) -> bytes:
        raise error

    monkeypatch.setattr("xo_mcp.transfer.folders.UploadFile.read", failing)
    with pytest.raises(TransferError) as caught:
        await imported(tmp_path, kind=None)
    assert (
        str(caught.value) == f"'disk.raw' can't be read any further ({why}) after 0 B. The import was cut, XO drops it."
    )
