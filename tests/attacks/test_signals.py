"""Signals in the middle of work: what is half done is cleaned up, and the audit log knows how everything ended."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx2
import pytest
from fake_xo.server import FakeXo, running_fake_xo
from listener import Served
from wire import ROOT, headers, http_server, request
from xo_mcp.program.cli import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
SECONDS = 60
EXPORTS, WRITES = 4, 3
HELLO = {
    "jsonrpc": "2.0", "id": "hello", "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip


class Running(Protocol):
    """A server with calls under way."""

    @property
    def pid(self) -> int: ...

    def call(self, number: int, name: str, arguments: dict[str, Any]) -> None: ...

    def ended(self) -> str: ...


class OverStdio:
    """Calls go down a pipe; nobody need wait for their answers."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid
        self._send(HELLO)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def call(self, number: int, name: str, arguments: dict[str, Any]) -> None:
        params = {"name": name, "arguments": arguments}
        self._send({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params})

    def ended(self) -> str:
        """Wait until the process has ended; answers what it logged."""
        _, errors = self._process.communicate(timeout=SECONDS)
        return errors.decode()


class OverHttp:
    """Each call waits for its answer in a thread."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.pid = served.pid
        self._threads: list[threading.Thread] = []

    def call(self, number: int, name: str, arguments: dict[str, Any]) -> None:
        del number

        def post() -> None:
            message = request("tools/call", name=name, arguments=arguments)
            with suppress(httpx2.HTTPError):
                httpx2.post(self._served.url, json=message, headers=headers("tools/call", name), timeout=SECONDS)

        self._threads.append(threading.Thread(target=post))
        self._threads[-1].start()

    def ended(self) -> str:
        """Wait until everybody was answered or cut off; answers what the server logged."""
        for thread in self._threads:
            thread.join(SECONDS)
        until = time.monotonic() + SECONDS
        while Path(f"/proc/{self.pid}/stat").exists() and not is_zombie(self.pid) and time.monotonic() < until:
            time.sleep(0.05)
        return "".join(self._served.lines)


def is_zombie(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@contextmanager
def over_stdio(settings: dict[str, str]) -> Iterator[OverStdio]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XO_")}
    with subprocess.Popen(
        [sys.executable, "-m", "xo_mcp"], env=kept | {"PYTHONPATH": str(ROOT / "generated")} | settings,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield OverStdio(process)
        finally:
            if process.poll() is None:
                process.kill()


@contextmanager
def over_http(settings: dict[str, str]) -> Iterator[OverHttp]:
    with http_server(settings) as served:
        yield OverHttp(served)


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """Below nohup, whatever a test starts would ignore them from its beginning, whether the server does or not."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=8, lag=0) as fake:
        fake.fault("GET /vms/{id}.{format}", "stall", times=None)
        fake.fault("PATCH /vms/{id}", "hang", times=None)
        yield fake


def settings_for(xo: FakeXo, folder: Path) -> dict[str, str]:
    return {
        "XO_URL": xo.url, "XO_TOKEN": xo.admin_token, "XO_MCP_TOOLSETS": "all", "XO_MCP_ENABLE_ACTIONS": "1",
        "XO_MCP_DOWNLOAD_DIR": str(folder / "exports"), "XO_MCP_AUDIT_LOG": str(folder / "audit.log"),
    }  # fmt: skip


def parts(folder: Path) -> list[str]:
    exports = folder / "exports"
    return sorted(path.name for path in exports.glob(".*.part")) if exports.exists() else []


def outcomes(folder: Path) -> dict[str, list[str]]:
    """What the audit log says of each call."""
    found: dict[str, list[str]] = {}
    file = folder / "audit.log"
    for line in file.read_text().splitlines() if file.exists() else ():
        said = json.loads(line)
        found.setdefault(said["call"], []).append(said["outcome"])
    return found


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def begin(xo: FakeXo, server: Running, folder: Path) -> None:
    """Exports that make no progress and changes that XO does not answer."""
    vms = [vm["id"] for vm in xo.xo.store.every("vms") if vm["power_state"] == "Halted"]
    for number in range(EXPORTS):
        server.call(number, "export_vm_xva", {"id": vms[0]})
    for number in range(WRITES):
        server.call(100 + number, "update_vm", {"id": vms[0], "nameLabel": f"name {number}"})
    until(lambda: len(parts(folder)) == EXPORTS and len(outcomes(folder)) == WRITES)


TRANSPORTS = {"stdio": over_stdio, "http": over_http}


@pytest.mark.parametrize(("transport", "number"), [("stdio", signal.SIGINT), ("http", signal.SIGTERM)])
def test_what_is_under_way_is_cleaned_up_and_recorded(xo: FakeXo, tmp_path: Path, transport: str, number: int):
    with TRANSPORTS[transport](settings_for(xo, tmp_path)) as server:
        begin(xo, server, tmp_path)
        # A terminal that goes away, or a wish to read files again, ends nothing.
        os.kill(server.pid, signal.SIGHUP)
        time.sleep(0.3)
        assert not is_zombie(server.pid)
        assert len(parts(tmp_path)) == EXPORTS
        os.kill(server.pid, number)
        log = server.ended()
    assert parts(tmp_path) == []
    assert sorted(outcomes(tmp_path).values()) == [["started", "cancelled"]] * WRITES
    assert "Traceback" not in log


def test_who_signals_twice_need_not_wait(xo: FakeXo, tmp_path: Path):
    with over_http(settings_for(xo, tmp_path)) as server:
        begin(xo, server, tmp_path)
        os.kill(server.pid, signal.SIGTERM)
        time.sleep(0.3)
        os.kill(server.pid, signal.SIGTERM)
        log = server.ended()
    assert parts(tmp_path) == []
    assert sorted(outcomes(tmp_path).values()) == [["started", "cancelled"]] * WRITES
    assert "Traceback" not in log


def test_what_a_killed_server_left_is_swept_by_the_next_one(xo: FakeXo, tmp_path: Path):
    settings = settings_for(xo, tmp_path)
    with over_stdio(settings) as server:
        begin(xo, server, tmp_path)
        os.kill(server.pid, signal.SIGKILL)
        server.ended()
    assert len(parts(tmp_path)) == EXPORTS
    assert sorted(outcomes(tmp_path).values()) == [["started"]] * WRITES
    with over_stdio(settings) as server:
        until(lambda: parts(tmp_path) == [] and ["started"] not in outcomes(tmp_path).values())
        os.kill(server.pid, signal.SIGTERM)
        server.ended()
    assert sorted(outcomes(tmp_path).values()) == [["started", "unknown"]] * WRITES
    assert list((tmp_path / "audit.log.workers").iterdir()) == []
    assert main(["audit", "verify", "--audit-log", str(tmp_path / "audit.log")]) == 0
