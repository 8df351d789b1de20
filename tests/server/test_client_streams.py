"""Downloads and uploads, piece by piece."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from asking import Naps, client_of, in_turn
from loopback import Raw, answer, loopback
from xo_mcp.api.client import Client
from xo_mcp.errors import NotFound, ServerError, TransferError
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


UUID = "6db5acbc-cb97-5e7a-8a48-8f8728ec375c"


async def test_a_download_comes_piece_by_piece_and_uncompressed() -> None:
    hang_up = asyncio.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    got = []

    async def download(client: Client) -> None:
        async with client.stream(Call("GET", "/vms/{id}.{format}", path={"id": UUID, "format": "xva"})) as response:
            async for piece in response.aiter_bytes():
                got.append(piece)
                hang_up.set()

    begun = Raw([head + b"5\r\nhello\r\n"], hang_up)
    async with loopback(lambda _: begun) as xo, client_of(xo.url) as client:
        with pytest.raises(TransferError, match=r"GET /vms/\{id\}\.\{format\} ended too early"):
            await download(client)
        assert got == [b"hello"]
        assert xo.seen[0].all("Accept-Encoding") == ["identity"]


async def test_a_failed_download_is_refused_before_it_starts() -> None:
    async with loopback(lambda _: answer({"error": "no such VM x"}, 404)) as xo, client_of(xo.url) as client:
        with pytest.raises(NotFound, match="no such VM x"):
            async with client.stream(Call("GET", "/vms/{id}.{format}", path={"id": UUID, "format": "xva"})):
                pytest.fail("an error was handed on as a stream")
        assert len(xo.seen) == 1


async def test_an_upload_is_sent_with_its_length() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async with loopback(lambda _: answer({"id": "new"}, 201)) as xo, client_of(xo.url) as client:
        headers = {"Content-Length": "6", "Content-Type": "application/octet-stream"}
        async with client.stream(
            Call("POST", "/srs/{id}/vdis", path={"id": UUID}), content=parts(), headers=headers
        ) as got:
            assert got.status_code == 201
            assert json.loads(await got.aread()) == {"id": "new"}
        (asked,) = xo.seen
        assert asked.body == b"abcdef"
        assert asked.all("Content-Length") == ["6"]
        assert asked.all("Transfer-Encoding") == []
        assert asked.all("Content-Type") == ["application/octet-stream"]


@pytest.mark.parametrize("announced", ["5", "7"])
async def test_an_upload_of_another_length_is_an_error(announced: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async with loopback(lambda _: answer({"id": "new"}, 201)) as xo, client_of(xo.url) as client:
        with pytest.raises(TransferError, match="than the announced"):
            async with client.stream(Call("POST", "/vms"), content=parts(), headers={"Content-Length": announced}):
                pass


async def test_an_upload_is_not_repeated() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"

    replies = in_turn(answer({"error": "too fast authentication tries"}, 500), answer({}, 201))
    naps = Naps()
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(ServerError) as caught:
            async with client.stream(Call("POST", "/vms"), content=parts()):
                pass
        assert caught.value.code == "too_fast"
        assert len(xo.seen) == 1
    assert naps.seconds == []


async def test_an_error_of_the_reader_passes_unchanged() -> None:
    async with loopback(lambda _: answer([1])) as xo, client_of(xo.url) as client:
        with pytest.raises(OSError, match="disk full"):
            async with client.stream(Call("GET", "/vms")):
                raise OSError("disk full")
        assert (await client.request(Call("GET", "/vms"))).data == [1]
