"""Requests as an attacker writes them: no client library that would keep them in shape."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from listener import Served, listening

ROOT = Path(__file__).resolve().parents[2]
VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "attacker", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
ACCEPT = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": VERSION}


def http_server(settings: Mapping[str, str], *arguments: str, module: str = "xo_mcp") -> AbstractContextManager[Served]:
    """The generated server on a free port, until the block ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XO_")}
    command = [sys.executable, "-m", module, "serve", "--transport", "http", "--port", "0", *arguments]
    return listening(
        command, kept | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT / "generated", ROOT / "tests")))} | dict(settings)
    )


def request(method: str, **parameters: Any) -> dict[str, Any]:
    """A JSON-RPC request of the stateless protocol."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**parameters, "_meta": META}}


def headers(method: str, name: str | None = None) -> dict[str, str]:
    """What the protocol wants beside it."""
    return {**ACCEPT, "Mcp-Method": method, **({"Mcp-Name": name} if name else {})}


def processor_seconds(pid: int) -> float:
    """What a process has taken of the processor so far: other programs make it no longer."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
