"""An operator's way: `pip install` into a new virtual environment, then a client talks to it over stdio."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DEFINITIONS = ROOT / "generated" / "xo_mcp" / "definitions"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed `xen-orchestra-mcp` of a new virtual environment, from a wheel built out of generated/."""
    folder = tmp_path_factory.mktemp("installed")
    wheels = folder / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT / "generated")], check=True)
    (wheel,) = wheels.glob("xen_orchestra_mcp-*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", str(wheel)], check=True
    )
    return python.with_name("xen-orchestra-mcp")


class Stdio:
    """A bare JSON-RPC client: nothing of the SDK stands between the test and the wire."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._number = 0

    def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._number:
                return answer
        raise AssertionError("the server ended without an answer")

    def send(self, message: dict[str, Any]) -> None:
        """Write one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()


@pytest.fixture
def client(program: Path, tmp_path: Path) -> Iterator[Stdio]:
    """The program, started as a host starts it, with every tool offered; its XO does not answer."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XO_")}
    environment |= {"XO_URL": "http://127.0.0.1:9", "XO_TOKEN": "x", "XO_MCP_ENABLE_ACTIONS": "1"}
    environment |= {"XO_MCP_ALLOW_DENIED": "1", "XO_MCP_TOOLSETS": "all"}
    with subprocess.Popen(
        [str(program)], env=environment, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Stdio(process)
        process.terminate()


def test_the_installed_program_initializes_and_lists_every_tool(client: Stdio):
    hello = client.call(
        "initialize",
        {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
    )["result"]
    assert hello["protocolVersion"] == "2025-06-18"
    assert hello["serverInfo"]["name"]
    client.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    shown = {tool["name"] for tool in client.call("tools/list", {})["result"]["tools"]}
    known = {
        entry["tool"]["name"] for path in DEFINITIONS.glob("*.json") for entry in json.loads(path.read_text())["tools"]
    }
    assert shown == known
    failed = client.call("tools/call", {"name": "list_vms", "arguments": {}})["result"]
    assert failed["isError"] is True
    assert "127.0.0.1:9" in failed["content"][0]["text"]
    assert client.call("tools/call", {"name": "no_such_tool", "arguments": {}})["error"]["code"] == -32602


def test_the_program_tells_its_version(program: Path):
    done = subprocess.run([str(program), "version"], capture_output=True, text=True, check=True)
    assert "6.7.1" in done.stdout
