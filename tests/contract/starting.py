"""Starts the installed program as a host does, over stdio and over HTTP, and talks to it with the SDK's own client."""

import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx2
import pytest
from listener import listening
from mcp import Client, StdioServerParameters
from mcp.client import session
from mcp.client.session import ElicitationFnT
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

PROGRAM = Path(sys.executable).with_name("xen-orchestra-mcp")
"""The console script of the environment the tests run in."""
VERSIONS = {"2025-06-18": "legacy", "2025-11-25": "legacy", "2026-07-28": "auto"}
"""Protocol version to how a client opens the connection for it."""
SECONDS = 20


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Variables of the program: the settings, and nothing of ours that it would read."""
    return {name: value for name, value in os.environ.items() if not name.startswith("XO_")} | dict(settings)


@dataclass(frozen=True)
class Guarded:
    """A program that serves HTTP.

    Attributes:
        url: Of its MCP endpoint.
        token: What clients must show.
    """

    url: str
    token: str


@contextmanager
def guarded(settings: Mapping[str, str], token_file: Path, token: str) -> Iterator[Guarded]:
    """The program, serving HTTP on a free port to who shows a token, with sessions for clients of the older era."""
    token_file.write_text(f"tester {token}\n")
    token_file.chmod(0o600)
    command = [str(PROGRAM), "--transport", "http", "--port", "0", "--http-sessions", "--rate-limit", "0"]
    with listening([*command, "--auth-token-file", str(token_file)], environment(settings)) as served:
        yield Guarded(served.url, token)


@asynccontextmanager
async def over_http(served: Guarded, version: str, person: ElicitationFnT | None = None) -> AsyncIterator[Client]:
    """A client of a program that listens."""
    headers = {"Authorization": f"Bearer {served.token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=SECONDS) as http:
        transport = streamable_http_client(served.url, http_client=http)
        with speaking(version):
            async with Client(transport, mode=VERSIONS[version], elicitation_callback=person) as client:
                yield client


@asynccontextmanager
async def over_stdio(
    settings: Mapping[str, str], version: str, person: ElicitationFnT | None = None, log: str = os.devnull
) -> AsyncIterator[Client]:
    """A client of a program it started itself, whose standard error goes to a file."""
    parameters = StdioServerParameters(command=str(PROGRAM), env=environment(settings))
    with speaking(version), _opened(log) as errors:
        transport = stdio_client(parameters, errlog=errors)
        async with Client(transport, mode=VERSIONS[version], elicitation_callback=person) as client:
            yield client


@contextmanager
def speaking(version: str) -> Iterator[None]:
    """Make the SDK's client ask for an older version than its newest, as older clients do."""
    with pytest.MonkeyPatch.context() as patch:
        if VERSIONS[version] == "legacy":
            patch.setattr(session, "LATEST_HANDSHAKE_VERSION", version)
        yield


def _opened(file: str) -> IO[str]:
    return Path(file).open("w")
