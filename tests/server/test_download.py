"""Exports that succeed: the bytes, the hash, the file's name and media type."""

import hashlib
import random
from pathlib import Path

import anyio
import pytest
from exporting import MIB, OCTETS, PATH, ROUTE, UUID, export, names, sends, sends_nothing
from transfer_server import Wire, transfer_server
from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.transfer.download import download
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # noqa: S311 - the same bytes every time


def read(answer: Answer) -> bytes:
    return Path(str(answer.data["path"])).read_bytes()


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
