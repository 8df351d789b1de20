"""An operator's way: `pip install` into a new virtual environment, then clients talk to it, of every kind there is."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any

import anyio
import pytest
from fake_xo.server import FakeXo
from listener import listening
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from newest import NEWEST
from serving import ERAS, SPOKEN, text_of

ROOT = Path(__file__).resolve().parent.parent.parent
DEFINITIONS = ROOT / "generated" / "xo_mcp" / "definitions"
SLOW = 60
"""Seconds of an answer nobody waits for."""


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
    """A bare JSON-RPC client: nothing of the SDK is between the test and the wire."""

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


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=40, lag=0) as running:
        yield running


def nowhere() -> IO[str]:
    return Path(os.devnull).open("w")


@asynccontextmanager
async def connected(program: Path, fake: FakeXo, transport: str, era: str) -> AsyncIterator[Client]:
    """The SDK's own client, which can't ask anybody anything, of the installed program."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("XO_", "PYTHON"))}
    environment |= {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, "XO_MCP_ENABLE_ACTIONS": "1"}
    if transport == "stdio":
        parameters = StdioServerParameters(command=str(program), env=environment)
        with nowhere() as errors:
            async with Client(stdio_client(parameters, errlog=errors), mode=era) as client:
                yield client
        return
    with listening([str(program), "--transport", "http", "--port", "0"], environment) as served:
        async with Client(streamable_http_client(served.url), mode=era) as client:
            yield client


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


def test_the_program_says_its_version(program: Path):
    done = subprocess.run([str(program), "version"], capture_output=True, text=True, check=True)
    assert f"for Xen Orchestra {NEWEST.name} " in done.stdout


def test_the_generator_builds_with_what_the_two_packages_ask_for_and_no_optional_extra(program: Path, tmp_path: Path):
    python = str(program.with_name("python"))
    install = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", str(ROOT)]
    subprocess.run(install, check=True)
    out = tmp_path / "out"
    build = [python, "-m", "generator", "build", "--out", str(out)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (out / "xo_mcp" / "definitions" / "vms.json").is_file()


@pytest.mark.anyio
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("transport", ["stdio", "http"])
async def test_the_installed_program_serves_every_kind_of_client(program: Path, fake: FakeXo, transport: str, era: str):
    async with connected(program, fake, transport, era) as client:
        assert client.protocol_version == SPOKEN[era]
        listed = await client.call_tool("list_vms", {"limit": 2})
        assert len((listed.structured_content or {})["items"]) == 2, text_of(listed)

        fault = fake.fault("GET /hosts", "slow", seconds=SLOW)
        with anyio.move_on_after(SLOW / 2) as patience:
            async with anyio.create_task_group() as calls:
                calls.start_soon(client.call_tool, "list_hosts", {})
                while not fault.hits:  # noqa: ASYNC110 - another thread counts
                    await anyio.sleep(0.01)
                calls.cancel_scope.cancel()
            again = await client.call_tool("list_hosts", {})
        assert not patience.cancelled_caught
        assert not again.is_error, text_of(again)

        halted = fake.find("vms", power_state="Halted")["id"]
        asked = await client.call_tool("delete_vm", {"id": halted})
        assert not asked.is_error
        assert fake.record("vms", halted) is not None
        token = (asked.structured_content or {})["confirm_token"]
        done = await client.call_tool("delete_vm", {"id": halted, "confirm_token": token})
        assert not done.is_error, text_of(done)
        assert fake.record("vms", halted) is None
