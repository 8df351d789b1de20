"""From starting the program to the list of tools, against a one-tool `MCPServer`."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ONE_TOOL = """
from mcp.server import MCPServer
server = MCPServer("one")
@server.tool()
def ping() -> str:
    "Answers."
    return "pong"
server.run()
"""
GOAL = 1.10
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}


def _start(command: list[str]) -> float:
    """Seconds until `tools/list` was answered over stdio."""
    environment = {**os.environ, "XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "x", "XO_MCP_ENABLE_ACTIONS": "1"}
    environment |= {"XO_MCP_TOOLSETS": "all", "XO_MCP_ALLOW_DENIED": "1"}
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for message in (
            {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {}},
        ):
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        while json.loads(process.stdout.readline()).get("id") != 2:
            pass
        took = time.perf_counter() - start
        process.kill()
    return took


def measure(rounds: int = 11) -> dict[str, float]:
    """Median seconds of both, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one.py"
        one.write_text(ONE_TOOL)
        commands = {"one tool": [sys.executable, str(one)], "all tools": [sys.executable, "-m", "xo_mcp"]}
        found: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                took = _start(command)
                if number:
                    found[name].append(took)
    medians = {name: statistics.median(values) for name, values in found.items()}
    return {**medians, "ratio": medians["all tools"] / medians["one tool"]}
