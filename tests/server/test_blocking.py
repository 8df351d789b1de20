"""Answers that a thread reads: over TLS, proxies and redirects like all others, and given up like all others."""

import asyncio
import gc
import gzip
import hashlib
import random
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Thread

import anyio
import anyio.to_thread
import pytest
from fake_xo import export_sha256, running_fake_xo
from loopback import Raw, loopback
from transfer_server import Wire, transfer_server
from xo_mcp.answer import Answer
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy
from xo_mcp.errors import CallError, TransferError, Unreachable
from xo_mcp.threads import in_thread
from xo_mcp.transfer.download import download
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]

ROUTE = "/vms/{id}.{format}"
PATH = {"id": "6db5acbc-cb97-5e7a-8a48-8f8728ec375c", "format": "xva"}
SIZE = 3_000_001


def read(answer: Answer) -> bytes:
    return Path(str(answer.data["path"])).read_bytes()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def tunnelling_proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that connects to where it is asked to; yields its address, and what it was asked."""
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *_ = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        asked.append(line)
        host, port = line.split(" ")[1].split(":")
        there, onward = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        await asyncio.gather(relay(reader, onward), relay(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def test_an_export_over_tls_arrives_whole(tmp_path: Path):
    with running_fake_xo(tls="good", export_bytes=SIZE) as fake:
        settings = ClientSettings(url=fake.url, token=fake.admin_token, ca_file=Path(str(fake.ca_file)))
        vm_id = str(fake.find("vms", power_state="Halted")["id"])
        async with Client(settings) as client:
            path = {"id": vm_id, "format": "xva"}
            answer = await download(client, tmp_path, Call("GET", ROUTE, path=path))
    assert answer.data["sha256"] == export_sha256(vm_id, "xva", SIZE)


async def test_an_untrusted_certificate_is_refused_for_exports_too(tmp_path: Path):
    with running_fake_xo(tls="self-signed") as fake:
        async with Client(ClientSettings(url=fake.url, token=fake.admin_token)) as client:
            with pytest.raises(Unreachable, match="not trusted"):
                await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert names(tmp_path) == []


async def test_an_export_goes_through_a_tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with tunnelling_proxy() as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with running_fake_xo(tls="good", export_bytes=SIZE) as fake:
            settings = ClientSettings(url=fake.url, token=fake.admin_token, ca_file=Path(str(fake.ca_file)))
            vm_id = str(fake.find("vms", power_state="Halted")["id"])
            async with Client(settings) as client:
                answer = await download(client, tmp_path, Call("GET", ROUTE, path={"id": vm_id, "format": "xva"}))
    [line] = asked
    assert line.startswith(f"CONNECT {fake.url.removeprefix('https://')} HTTP/1.")  # 1.0 before Python 3.12
    assert answer.data["sha256"] == export_sha256(vm_id, "xva", SIZE)


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_an_export_goes_through_a_plain_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with loopback(lambda _: Raw([CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"])) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with Client(ClientSettings(url="http://xo.invalid", token="secret")) as client:
            answer = await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    [asked] = proxy.seen
    assert asked.target == f"http://xo.invalid/rest/v0/vms/{PATH['id']}.xva"
    assert asked.all("Cookie") == ["authenticationToken=secret"]
    assert asked.all("X-XO-Client") == ["mcp"]
    assert read(answer) == b"abc"


async def test_what_comes_along_with_the_headers_is_not_lost(tmp_path: Path):
    whole = CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    async with (
        loopback(lambda _: Raw([whole])) as xo,
        Client(ClientSettings(url=xo.url, token="secret")) as client,
    ):
        answer = await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert read(answer) == b"abcde"


async def test_what_a_proxy_compressed_is_what_it_was(tmp_path: Path):
    content = bytes(range(256)) * 20_000
    packed = gzip.compress(content)
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    async with (
        loopback(lambda _: Raw([head, b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)])) as xo,
        Client(ClientSettings(url=xo.url, token="secret")) as client,
    ):
        answer = await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert answer.data["sha256"] == hashlib.sha256(content).hexdigest()


ZIPPED = gzip.compress(random.Random(1).randbytes(90_000))  # noqa: S311 - no secret
BAD = {
    "gzip without an end": (b"Content-Encoding: gzip", ZIPPED[:-20]),
    "half of a second gzip": (b"Content-Encoding: gzip", ZIPPED + ZIPPED[:5_000]),
    "no gzip": (b"Content-Encoding: gzip", b"nonsense"),
    "an encoding nobody asked for": (b"Content-Encoding: br", b"abc"),
    **{
        f"a length of {length[:9]!r}": (b"Content-Length: " + length, b"abc")
        for length in (b"abc", b"-5", b"+3", b"3_0", b"3, 3", b"", b"9" * 5_000, b"\xd9\xa3")
    },
    "a chunk of less than nothing": (b"Transfer-Encoding: chunked", b"-3\r\nabc\r\n0\r\n\r\n"),
}


def kept_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("kind", BAD)
async def test_no_odd_answer_is_a_fault_or_half_a_file(tmp_path: Path, kind: str):
    line, body = BAD[kind]
    if b"gzip" in line:
        line += b"\r\nContent-Length: %d" % len(body)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" + line + b"\r\n\r\n"
    async with (
        loopback(lambda _: Raw([head + body])) as xo,
        Client(ClientSettings(url=xo.url, token="secret")) as client,
    ):
        with pytest.raises(CallError):
            await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert kept_in(tmp_path) == []


async def test_headers_may_be_no_ascii(tmp_path: Path):
    head = b"HTTP/1.1 200 OK\r\nX-Name: \xff\xfe\xe2\x80\xae\r\nContent-Length: 3\r\n\r\nabc"
    async with loopback(lambda _: Raw([head])) as xo, Client(ClientSettings(url=xo.url, token="secret")) as client:
        assert read(await download(client, tmp_path, Call("GET", ROUTE, path=PATH))) == b"abc"


async def test_one_gzip_after_another_is_one_file(tmp_path: Path):
    body = ZIPPED * 2 + gzip.compress(bytes(3_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with (
        loopback(lambda _: Raw([head + body[:100], body[100:]])) as xo,
        Client(ClientSettings(url=xo.url, token="secret")) as client,
    ):
        answer = await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert read(answer) == gzip.decompress(ZIPPED) * 2 + bytes(3_000_000)


async def test_a_busy_xo_is_asked_again_for_an_export(tmp_path: Path):
    answers = iter([b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", CHUNKED + b"1\r\nx\r\n0\r\n\r\n"])
    async with loopback(lambda _: Raw([next(answers)])) as xo:
        retries = RetryPolicy(first=0.001)
        async with Client(ClientSettings(url=xo.url, token="secret"), retries=retries) as client:
            answer = await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert answer.data["size"] == 1
    assert len(xo.seen) == 2


async def silent(wire: Wire, started: anyio.Event) -> None:
    started.set()
    await wire.disconnected()


async def silent_midway(wire: Wire, started: anyio.Event) -> None:
    await wire.head(Transfer_Encoding="chunked")
    await wire.chunks(b"x", end=False)
    await silent(wire, started)


@pytest.mark.parametrize("script", [silent, silent_midway])
async def test_a_cancelled_export_hangs_up_at_once(tmp_path: Path, script: Callable[..., Awaitable[None]]):
    started, closed = anyio.Event(), anyio.Event()

    async def handler(wire: Wire) -> None:
        await script(wire, started)
        closed.set()

    async with transfer_server(handler) as xo, xo.client() as client:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lambda: download(client, tmp_path, Call("GET", ROUTE, path=PATH)))
                await started.wait()
                tasks.cancel_scope.cancel()
            await closed.wait()
    assert names(tmp_path) == []


@contextmanager
def full_backlog() -> Iterator[tuple[str, socket.socket]]:
    """A listener that takes no more connections until somebody accepts; yields its URL, and the listener."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def transfers() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "xo-mcp-transfer"]


@pytest.mark.filterwarnings("error")
async def test_an_export_that_still_connects_is_left_at_once_and_hangs_up_when_it_is_through(tmp_path: Path):
    before = transfers()
    with full_backlog() as (url, listener):
        async with Client(ClientSettings(url=url, token="secret")) as client:
            with anyio.fail_after(4), anyio.move_on_after(0.3) as given_up:
                await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
            assert given_up.cancelled_caught
            [connecting] = [thread for thread in transfers() if thread not in before]
        # The listener has room again, and the thread, which nobody waits for any more, gets its connection.
        listener.settimeout(0.1)
        while connecting.is_alive():
            with suppress(TimeoutError):
                taken, _ = await anyio.to_thread.run_sync(listener.accept)
                with taken:
                    taken.settimeout(0.2)
                    with suppress(OSError):
                        assert taken.recv(1) == b""
    gc.collect()
    assert names(tmp_path) == []


async def test_an_answer_that_comes_after_all_is_closed():
    go, closed = threading.Event(), threading.Event()

    def late() -> str:
        go.wait(20)
        return "an answer"

    with anyio.fail_after(10):
        with anyio.move_on_after(0.05):
            await in_thread(late, stop=lambda: None, undo=lambda _: closed.set(), leave=lambda: True)
        assert not closed.is_set()
        go.set()
        await anyio.to_thread.run_sync(closed.wait, 5)
    assert closed.is_set()


async def test_an_export_has_a_connection_of_its_own(tmp_path: Path):
    closed: list[str] = []

    async def handler(wire: Wire) -> None:
        await wire.head(Transfer_Encoding="chunked")
        await wire.chunks(b"x")
        await wire.disconnected()
        closed.append(wire.target)

    async with transfer_server(handler) as xo, xo.client() as client:
        for _ in range(2):
            await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
        with anyio.fail_after(10):
            while len(closed) < 2:  # noqa: ASYNC110 - the script gives no signal
                await anyio.sleep(0.005)


async def test_without_threads_an_export_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Refused(Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    async with transfer_server(lambda wire: silent(wire, anyio.Event())) as xo, xo.client() as client:
        monkeypatch.setattr("xo_mcp.threads.Thread", Refused)
        with pytest.raises(TransferError, match="too many threads"):
            await download(client, tmp_path, Call("GET", ROUTE, path=PATH))
    assert xo.asked == []
