"""The WebSocket goes through the proxies that HTTP goes through: a small one of our own, on loopback."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fake_xo import FakeXo, running_fake_xo
from xo_mcp.api.client import Client
from xo_mcp.api.settings import ClientSettings, Timeouts
from xo_mcp.errors import Unreachable

pytestmark = pytest.mark.anyio
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Proxy:
    """A proxy that knows CONNECT.

    Attributes:
        status: What it answers.
        asked: The addresses that were asked for.
    """

    status: str = "200 Connection established"
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            _, address, _ = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)
            self.asked.append(address.decode())
            writer.write(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
            if self.status.startswith("200"):
                host, _, port = address.decode().partition(":")
                far = await asyncio.open_connection(host, int(port))
                await asyncio.gather(pump(reader, far[1]), pump(far[0], writer))
        writer.close()


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    target.close()


@asynccontextmanager
async def running(proxy: Proxy) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    address: Any = server.sockets[0].getsockname()
    proxy.port = address[1]
    try:
        yield proxy
    finally:
        server.close()


async def version(fake: FakeXo) -> Any:
    trust = Path(fake.ca_file) if fake.ca_file else None
    settings = ClientSettings(
        url=fake.url, token=fake.admin_token, ca_file=trust, timeouts=Timeouts(connect=3, normal=3)
    )
    async with Client(settings) as client:
        return await client.jsonrpc.call("system.getServerVersion")


@pytest.mark.parametrize(
    ("variable", "tls", "through"),
    [
        ("http_proxy", None, True),
        ("https_proxy", None, False),
        ("https_proxy", "good", True),
        ("http_proxy", "good", False),
        ("ALL_PROXY", None, True),
        ("ALL_PROXY", "good", True),
    ],
)
async def test_the_variables_mean_what_they_mean_for_http(
    monkeypatch: pytest.MonkeyPatch, variable: str, tls: str | None, through: bool
) -> None:
    with running_fake_xo(vms=0, tls=tls) as fake:
        async with running(Proxy()) as proxy:
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
            assert await version(fake)
            assert proxy.asked == ([fake.url.rpartition("/")[2]] if through else [])
            monkeypatch.setenv("no_proxy", "127.0.0.1")
            proxy.asked.clear()
            assert await version(fake)
            assert proxy.asked == []


async def test_a_proxy_that_refuses_is_named_without_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_fake_xo(vms=0) as fake:
        async with running(Proxy(status="407 Proxy Authentication Required")) as proxy:
            monkeypatch.setenv("http_proxy", f"http://me:hunter2@127.0.0.1:{proxy.port}")
            with pytest.raises(Unreachable, match=r"(?i)proxy") as caught:
                await version(fake)
    assert "hunter2" not in str(caught.value)
    assert "http_proxy" in os.environ
