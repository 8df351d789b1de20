"""Starts the tiny package as a real process and talks to it with the SDK's own client."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import tiny_package
from fake_xo.server import FakeXo
from listener import Served, listening
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult

ERAS = ("legacy", "auto")
"""The two ways to open a connection: `initialize`, and asking first, which leads to the stateless protocol."""
SPOKEN = {"legacy": "2025-11-25", "auto": "2026-07-28"}
TOKEN = "planted-bearer-token-0123456789"


@dataclass
class Person:
    """Answers questions, and remembers what was asked.

    Attributes:
        action: `accept`, `decline` or `cancel`.
        confirm: What the form says.
        asked: Every question so far.
    """

    action: str = "accept"
    confirm: bool = True
    asked: list[str] = field(default_factory=list)

    async def __call__(self, _: Any, params: ElicitRequestParams) -> ElicitResult:
        """Be asked."""
        self.asked.append(params.message)
        content: dict[str, Any] | None = {"confirm": self.confirm} if self.action == "accept" else None
        return ElicitResult(action=self.action, content=content)  # type: ignore[arg-type]


def variables(xo: FakeXo, **changes: str) -> dict[str, str]:
    """What the server needs to know about the fake XO, everything offered."""
    usual = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_TOOLSETS": "all"}
    return {**usual, **changes}


@asynccontextmanager
async def over_stdio(
    package: Path,
    settings: dict[str, str],
    *,
    era: str = "legacy",
    person: Person | None = None,
    log: Path | None = None,
) -> AsyncIterator[Client]:
    """A client of a server it started itself."""
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "xo_mcp"], env=tiny_package.environment(package, **settings)
    )
    with (log or Path(os.devnull)).open("a") as errors:
        transport = stdio_client(parameters, errlog=errors)
        async with Client(transport, mode=era, elicitation_callback=person) as client:
            yield client


def http_server(package: Path, settings: dict[str, str], *arguments: str) -> AbstractContextManager[Served]:
    """A server that listens on a free port, until the block ends."""
    command = tiny_package.command("--transport", "http", "--port", "0", *arguments)
    return listening(command, tiny_package.environment(package, **settings))


@asynccontextmanager
async def over_http(
    served: Served, *, era: str = "legacy", person: Person | None = None, token: str | None = None
) -> AsyncIterator[Client]:
    """A client of a server that listens."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(served.url, http_client=http), mode=era, elicitation_callback=person) as client,
    ):
        yield client


def text_of(result: CallToolResult) -> str:
    """The text of an answer."""
    return "\n".join(block.text for block in result.content if block.type == "text")
