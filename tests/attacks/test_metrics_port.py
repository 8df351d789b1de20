"""The port for metrics is no way in: it is bounded like the server's own, and says nothing but counts."""

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx2
import pytest
from desk import EVERYTHING
from fake_xo.server import FakeXo
from listener import Served
from wire import headers, http_server, request
from xo_mcp.web.connections import LARGEST_HEAD

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[FakeXo, Served, int]]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with FakeXo(vms=2, lag=0) as xo:
        settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING}
        with http_server(settings, "--metrics-port", str(port), "--rate-limit", "0") as served:
            yield xo, served, port


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def test_connections_that_say_nothing_cost_no_threads_and_keep_nobody_out(place: tuple[FakeXo, Served, int]):
    _, served, port = place
    before = threads(served.pid)
    with ExitStack() as stack:
        for _ in range(100):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
        assert httpx2.get(f"http://127.0.0.1:{port}/metrics").status_code == 200
        assert threads(served.pid) < before + 20
        # Each is closed soon, as at the other port.
        client.settimeout(60)
        with suppress(ConnectionResetError):
            assert client.recv(1) == b""


def test_a_request_without_end_is_ended(place: tuple[FakeXo, Served, int]):
    _, _, port = place
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client, suppress(ConnectionError):
        client.sendall(b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 200_000)
        received = b""
        while chunk := client.recv(4_096):
            received += chunk
        assert b" 200 " not in received


def test_names_that_clients_make_up_make_no_figures(place: tuple[FakeXo, Served, int]):
    xo, served, port = place
    for number in range(50):
        name = f"made_up_{number}"
        httpx2.post(
            served.url, json=request("tools/call", name=name, arguments={}), headers=headers("tools/call", name)
        )
    for name, arguments in (("get_vm", {"id": "\x1b[2Jevil"}), ("list_vms", {"filter": "name_label:evil"})):
        message = request("tools/call", name=name, arguments=arguments)
        httpx2.post(served.url, json=message, headers=headers("tools/call", name), timeout=30).raise_for_status()
    page = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'tool="get_vm"' in page
    assert not any(word in page for word in ("made_up", "evil", "\x1b", xo.admin_token))


def test_a_large_head_is_refused(place: tuple[FakeXo, Served, int]):
    _, served, port = place
    for each in (port, int(served.base.rpartition(":")[2])):
        with socket.create_connection(("127.0.0.1", each), timeout=30) as client:
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * (LARGEST_HEAD + 1))
            assert client.recv(4_096).split()[1] == b"400"


@pytest.mark.parametrize(
    "target", ["/", "/mcp", "/health", "/readyz", "/metrics/../mcp", "/metrics?x=1&y=2", "//metrics"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nothing_else_is_served_there(place: tuple[FakeXo, Served, int], target: str, method: str):
    _, _, port = place
    answer = httpx2.request(method, f"http://127.0.0.1:{port}{target}")
    assert answer.status_code in ({200} if target.startswith("/metrics?") and method == "GET" else {404, 405})
