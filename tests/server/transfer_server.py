"""A loopback XO that a test scripts byte by byte: it can stop halfway, cut a connection, or wait for a word."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import anyio
from fake_xo.requests import Seen
from watch import WATCH
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy, Timeouts


@dataclass
class Wire:
    """One request as it came, and the connection to answer on."""

    method: str
    target: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keeps: bool = True

    async def head(self, status: int = 200, **headers: str) -> None:
        """Send the status line and headers; `_` in a name is sent as `-`."""
        lines = [f"HTTP/1.1 {status} X", *(f"{name.replace('_', '-')}: {text}" for name, text in headers.items())]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def chunks(self, *pieces: bytes, end: bool = True) -> None:
        """Send pieces of a chunked body."""
        for piece in pieces:
            await self.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end:
            await self.send(b"0\r\n\r\n")

    async def json(self, data: Any, status: int = 200) -> None:
        content = json.dumps(data).encode()
        await self.head(status, Content_Type="application/json", Content_Length=str(len(content)))
        await self.send(content)

    async def body(self) -> bytes:
        """Take the whole body of the request."""
        return await self.reader.readexactly(int(self.headers.get("content-length", "0")))

    async def sent_json(self) -> Any:
        return json.loads(await self.body())

    async def disconnected(self) -> None:
        """Wait until the client hangs up, politely or not."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass

    def cut(self) -> None:
        """End the connection as a crash does, with a reset."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.close()
        self.keeps = False

    def hang_up(self) -> None:
        """End the connection politely."""
        self.writer.close()
        self.keeps = False


Handler = Callable[[Wire], Awaitable[None]]


@dataclass
class Xo:
    """Where it listens, and what it was asked."""

    url: str
    asked: list[str] = field(default_factory=list)

    def client(self, **changes: Any) -> Client:
        """A client of it, which tries everything once."""
        timeouts = Timeouts(**changes)
        return Client(ClientSettings(url=self.url, token="secret", timeouts=timeouts), retries=RetryPolicy(tries=1))


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that tells nobody when it happens."""
    with anyio.fail_after(10):
        while not condition():  # noqa: ASYNC110 - a folder sends no events
            await anyio.sleep(0.005)


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Wire:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = line.split(" ")
    headers = {name.lower(): text.strip() for name, _, text in (each.partition(":") for each in rest)}
    fields = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()]
    WATCH.partial(Seen(method, target.encode("latin-1"), fields))
    return Wire(method, target.removeprefix("/rest/v0"), headers, reader, writer)


@asynccontextmanager
async def transfer_server(handler: Handler) -> AsyncIterator[Xo]:
    """Serve until the block ends; a failure of the script fails the test."""
    failures: list[Exception] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            while True:
                wire = await _request(reader, writer)
                xo.asked.append(f"{wire.method} {wire.target}")
                await handler(wire)
                if not wire.keeps:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        except Exception as failure:
            failures.append(failure)
            raise
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    xo = Xo(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield xo
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
    if failures:
        raise failures[0]
