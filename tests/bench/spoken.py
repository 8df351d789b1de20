"""A server in a process of its own, spoken to in bare JSON lines: no client's own work is measured."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ONE_TOOL = """
from mcp.server import MCPServer
server = MCPServer("one")
@server.tool()
def ping() -> str:
    "Answers."
    return "pong"
server.run()
"""
"""The smallest server there is."""
MANY_TOOLS = """
from mcp.server import MCPServer
server = MCPServer("many")
for number in range({count}):
    def tool(id: str) -> str:
        "Answers."
        return id
    server.add_tool(tool, name=f"tool_{{number}}")
server.run()
"""
"""As many tools as ours, with one argument each and next to no words."""
OURS = (sys.executable, "-m", "xo_mcp")
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
EVERYTHING = {"XO_MCP_TOOLSETS": "all", "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_ALLOW_DENIED": "1"}


class Spoken:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._number = 0

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its answer."""
        return json.loads(self.line(method, **params))["result"]

    def line(self, method: str, **params: Any) -> bytes:
        """Send a request and wait for its answer, unread: a client's own work on it is not measured."""
        self._number += 1
        self._send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            head = line[:200]
            if f'"id":{self._number},'.encode() in head and b'"method"' not in head:
                return line

    def hello(self) -> None:
        """Open the connection."""
        self.ask("initialize", **HELLO)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def seconds(self, method: str, **params: Any) -> float:
        """Wall time of one request."""
        start = time.perf_counter()
        self.ask(method, **params)
        return time.perf_counter() - start

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def mebibytes(self, field: str = "VmRSS") -> float:
        """Memory of the process; `VmHWM` is the most it ever had (Linux)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


@contextmanager
def speaking(command: Sequence[str], **variables: str) -> Iterator[Spoken]:
    """Run a server for the time of a `with` block."""
    environment = {**os.environ, "XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "x", **EVERYTHING, **variables}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            yield Spoken(process)
        finally:
            process.kill()


def script(code: str) -> tuple[str, ...]:
    """The command of a server that is a few lines."""
    return (sys.executable, "-c", code)
