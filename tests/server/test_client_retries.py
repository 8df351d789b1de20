"""What the client repeats, and what never."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from email.utils import format_datetime

import pytest
from asking import Naps, client_of, in_turn
from loopback import CLOSE, Raw, answer, loopback
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy
from xo_mcp.errors import ServerError, Unreachable, XoError
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_reads_are_repeated_while_xo_is_busy(status: int) -> None:
    naps = Naps()
    replies = in_turn(answer(status=status), answer({"error": "busy"}, status), answer([1]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        assert (await client.request(Call("GET", "/vms"))).data == [1]
        assert len(xo.seen) == 3
        assert 0 < naps.seconds[0] <= 0.25
        assert 0 < naps.seconds[1] <= 0.5


async def test_repeating_ends() -> None:
    naps = Naps()
    async with loopback(lambda _: answer(status=502)) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(ServerError, match="proxy before XO"):
            await client.request(Call("GET", "/vms"))
        assert len(xo.seen) == 4
        assert len(naps.seconds) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 409, 418, 422, 500, 501])
async def test_an_honest_refusal_is_not_repeated(status: int) -> None:
    async with loopback(lambda _: answer({"error": "no"}, status)) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError):
            await client.request(Call("GET", "/vms"))
        assert len(xo.seen) == 1


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_token_is_tried_once_more_because_xo_knows_none_just_after_its_start(method: str) -> None:
    naps = Naps()
    replies = in_turn(answer({"error": "invalid credentials"}, 401), answer([]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        await client.request(Call(method, "/vms/{id}", path={"id": "v"}))
        assert len(xo.seen) == 2
    async with loopback(lambda _: answer({"error": "no"}, 401)) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(XoError):
            await client.request(Call(method, "/vms/{id}", path={"id": "v"}))
        assert len(xo.seen) == 2
    assert naps.seconds == [RetryPolicy().restart] * 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("reply", [answer(status=502), answer(status=503), answer(status=429), CLOSE])
async def test_writes_are_never_repeated_once_sent(method: str, reply: Raw) -> None:
    async with loopback(lambda _: reply) as xo, client_of(xo.url) as client:
        with pytest.raises((XoError, Unreachable)) as caught:
            await client.request(Call(method, "/vms", body={}))
        assert len(xo.seen) == 1
        if reply is CLOSE:
            assert isinstance(caught.value, Unreachable)
            assert "unknown" in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_everything_is_repeated_while_nothing_listens(method: str) -> None:
    async with loopback(lambda _: answer()) as stopped:
        port = stopped.port
    naps = Naps()
    async with client_of(f"http://127.0.0.1:{port}", naps) as client:
        with pytest.raises(Unreachable, match=r"Nothing listens at http://127\.0\.0\.1") as caught:
            await client.request(Call(method, "/vms"))
    assert len(naps.seconds) == 3
    assert "unknown" not in str(caught.value)


async def test_a_write_goes_through_once_something_listens() -> None:
    async with loopback(lambda _: answer()) as stopped:
        port = stopped.port
    listening = asyncio.Event()
    server: list[asyncio.Server] = []
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async def start(_: float) -> None:
        server.append(await asyncio.start_server(serve, "127.0.0.1", port))
        listening.set()

    settings = ClientSettings(url=f"http://127.0.0.1:{port}", token="secret-token")

    async def upload() -> AsyncIterator[bytes]:
        yield b""

    async with (
        Client(settings, sleep=start) as client,
        client.stream(Call("POST", "/vms"), content=upload()) as response,
    ):
        assert response.status_code == 204
    server[0].close()
    await server[0].wait_closed()
    assert listening.is_set()
    assert len(seen) == 1


async def test_reads_are_repeated_when_the_connection_breaks() -> None:
    cut = Raw([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[1"], asyncio.Event())
    assert cut.wait_for is not None
    cut.wait_for.set()
    async with loopback(in_turn(CLOSE, cut, answer([1]))) as xo, client_of(xo.url) as client:
        assert (await client.request(Call("GET", "/vms"))).data == [1]
        assert len(xo.seen) == 3


@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_honoured(as_date: bool) -> None:
    naps = Naps()
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
    header = format_datetime(moment, usegmt=True) if as_date else "3"
    replies = in_turn(answer(status=429, headers={"Retry-After": header}), answer([1]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        assert (await client.request(Call("GET", "/vms"))).data == [1]
    (seconds,) = naps.seconds
    assert 0 < seconds <= 5 if as_date else seconds == 3


@pytest.mark.parametrize("header", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_long_retry_after_is_not_waited_for(header: str) -> None:
    naps = Naps()
    reply = answer(status=503, headers={"Retry-After": header})
    async with loopback(lambda _: reply) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(ServerError):
            await client.request(Call("GET", "/vms"))
        assert len(xo.seen) == 1
    assert naps.seconds == []


@pytest.mark.parametrize("header", ["soon", "-1", "1.5", ""])
async def test_an_unreadable_retry_after_is_as_none(header: str) -> None:
    naps = Naps()
    replies = in_turn(answer(status=503, headers={"Retry-After": header}), answer([1]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        assert (await client.request(Call("GET", "/vms"))).data == [1]
    assert 0 < naps.seconds[0] <= 0.25
