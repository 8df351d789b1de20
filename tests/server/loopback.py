"""A tiny HTTP server on loopback that shows the bytes it got: the raw request line, every header, the body."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fake_xo.requests import Seen
from watch import WATCH


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]

    def as_seen(self) -> Seen:
        """As the judge of requests takes it."""
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]
        return Seen(self.method, self.target.encode("latin-1"), headers, self.body, len(self.body))

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Raw:
    """Bytes to write as they are, in pieces; then the connection is closed."""

    pieces: list[bytes]
    wait_for: asyncio.Event | None = None


CLOSE = Raw([])
"""Hang up without a word."""


def answer(
    body: Any = None,
    status: int = 200,
    *,
    media: str | None = "application/json",
    headers: dict[str, str] | None = None,
) -> Raw:
    """An answer in JSON, or with `bytes` as they are; the connection is kept."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}"]
    if media is not None:
        lines.append(f"Content-Type: {media}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Raw(["\r\n".join([*lines, "", ""]).encode() + content])


Handler = Callable[[Asked], Raw | Awaitable[Raw]]


@dataclass
class Loopback:
    """What was asked, and how to ask."""

    url: str
    port: int
    seen: list[Asked] = field(default_factory=list)
    connections: int = 0

    @property
    def lines(self) -> list[str]:
        return [asked.line for asked in self.seen]


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")[:-2]
    headers = [(name, value.strip()) for name, _, value in (each.partition(":") for each in rest)]
    fields = {name.lower(): value for name, value in headers}
    if fields.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    else:
        body = await reader.readexactly(int(fields.get("content-length", "0")))
    return Asked(line, headers, body)


@asynccontextmanager
async def loopback(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    """Serve until the block ends.

    Args:
        handler: Told each request, says what to write.
        tls: For https.
    """
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        xo.connections += 1
        try:
            while True:
                asked = await _read(reader)
                xo.seen.append(asked)
                WATCH.partial(asked.as_seen())
                reply = handler(asked)
                raw = reply if isinstance(reply, Raw) else await reply
                for piece in raw.pieces:
                    writer.write(piece)
                    await writer.drain()
                if raw.wait_for is not None:
                    await raw.wait_for.wait()
                if not raw.pieces or b"Content-Length" not in raw.pieces[0] or raw.wait_for is not None:
                    return
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, ssl.SSLError):
            return  # the client went away, or the test is over
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    xo = Loopback(f"{'https' if tls else 'http'}://127.0.0.1:{port}", port)
    try:
        yield xo
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks)
        await server.wait_closed()
