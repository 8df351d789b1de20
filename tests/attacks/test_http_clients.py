"""Clients of the HTTP transport that mean no good, or only spell it differently."""

import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fake_xo.server import FakeXo
from serving import TOKEN, Served, http_server, variables
from starlette.responses import PlainTextResponse
from wire import headers, request
from xo_mcp.config.config import Config
from xo_mcp.transfer.filenames import FileName
from xo_mcp.transfer.partfile import PartFile, Space, sweep_parts
from xo_mcp.web import connections, http
from xo_mcp.web.ratelimit import Buckets, RateLimit

ORIGIN = "https://chat.example.org"
PER_MINUTE = 40
PREFLIGHT = {
    "Origin": ORIGIN,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,mcp-protocol-version",
}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=4, lag=0) as fake:
        yield fake


@pytest.fixture(scope="module")
def served(package: Path, xo: FakeXo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Tokens, a named origin, a trusted proxy, and a small bucket for clients without a token."""
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text(f"alice {TOKEN}\n")
    settings = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(file), XO_MCP_ALLOWED_ORIGINS=ORIGIN)
    flags = ("--rate-limit", str(PER_MINUTE), "--trusted-proxies", "127.0.0.1")
    with http_server(package, settings, *flags) as server:
        yield server


def post(served: Served, path: str = "/mcp", **more: str) -> httpx2.Response:
    sent = {**headers("tools/list"), "Authorization": f"Bearer {TOKEN}", **more}
    return httpx2.post(served.base + path, json=request("tools/list"), headers=sent, follow_redirects=False, timeout=30)


def from_address(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"203.0.113.{number}"}


def test_a_slash_at_the_end_is_no_redirect(served: Served):
    assert post(served, "/mcp/").status_code == post(served, "/mcp//").status_code == post(served).status_code == 200
    assert httpx2.get(f"{served.base}/healthz/", headers=from_address(97)).status_code == 200
    assert httpx2.get(f"{served.base}/nothing/", headers=from_address(97)).status_code == 404


def test_names_of_hosts_know_no_case(served: Served):
    port = served.base.rpartition(":")[2]
    assert post(served, Host=f"LOCALHOST:{port}").status_code == 200
    assert post(served, Host=f"LOCALHOST.example.org:{port}").status_code == 421


@pytest.mark.parametrize("path", ["/health", "/healthz", "/livez", "/readyz"])
def test_balancers_ask_in_their_own_words(served: Served, path: str):
    assert httpx2.get(served.base + path, headers=from_address(99)).json()["status"] == "ok"


def test_a_preflight_needs_no_token_and_is_for_named_origins_only(served: Served):
    allowed = httpx2.options(served.url, headers=PREFLIGHT)
    assert (allowed.status_code, allowed.content) == (204, b"")
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "POST" in allowed.headers["access-control-allow-methods"]
    for stranger in ("https://evil.example.org", f"{ORIGIN}.evil.example", "null", "http://localhost"):
        refused = httpx2.options(served.url, headers={**PREFLIGHT, "Origin": stranger})
        assert refused.status_code >= 400
        assert not any(name.startswith("access-control") for name in refused.headers)


def test_answers_say_who_may_read_them(served: Served):
    good = post(served, Origin=ORIGIN)
    assert good.headers["access-control-allow-origin"] == ORIGIN
    without_token = post(served, Origin=ORIGIN, Authorization="Bearer nobody-knows-this-one", **from_address(98))
    assert without_token.status_code == 401
    assert without_token.headers["access-control-allow-origin"] == ORIGIN
    assert "WWW-Authenticate" in without_token.headers["access-control-expose-headers"]
    evil = post(served, Origin="https://evil.example.org")
    assert evil.status_code == 403
    assert not any(name.startswith("access-control") for name in evil.headers)


def flood(served: Served, **more: str) -> int:
    """How many requests without a token pass before they are too many."""
    for number in range(60):
        if post(served, Authorization="Bearer nobody-knows-this-one", **more).status_code == 429:
            return number
    raise AssertionError


def test_strangers_behind_a_proxy_have_buckets_of_their_own(served: Served):
    assert flood(served, **from_address(1)) >= 5
    emptied = time.monotonic()
    assert post(served, Authorization="Bearer x", **from_address(2)).status_code == 401
    # What a client writes itself precedes what the proxy adds, and counts for nothing.
    spoofed = {"X-Forwarded-For": "198.51.100.7, 203.0.113.1"}
    # The bucket of the first address, with what came back to it meanwhile.
    assert flood(served, **spoofed) <= 1 + (time.monotonic() - emptied) * PER_MINUTE / 60
    # A client that is let in, or asks how to sign in, is not held up.
    assert post(served, **from_address(1)).status_code == 200
    found = httpx2.get(f"{served.base}/.well-known/oauth-protected-resource/mcp", headers=from_address(1))
    assert found.status_code != 429


async def answers_ok(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("ok")(scope, receive, send)


@pytest.mark.anyio
async def test_junk_keeps_nobody_from_learning_how_to_sign_in():
    """Here time stands still, so that no bucket fills again while the test waits for a processor."""
    app = RateLimit(answers_ok, Buckets(8, clock=lambda: 0.0))
    discovery, other = "/.well-known/oauth-protected-resource/mcp", "/mcp"

    async def statuses(address: str, path: str) -> list[int]:
        transport = httpx2.ASGITransport(app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [(await client.get(path)).status_code for _ in range(3)]

    for first, second in ((other, discovery), (discovery, other)):
        address = "203.0.113.1" if first == other else "203.0.113.2"
        assert await statuses(address, first) == [200, 200, 429]
        assert await statuses(address, second) == [200, 200, 429]


def test_a_header_counts_for_nothing_without_a_trusted_proxy(package: Path, xo: FakeXo):
    with http_server(package, variables(xo), "--rate-limit", "20") as served:
        statuses = {
            httpx2.post(
                served.url, json=request("tools/list"), headers={**headers("tools/list"), **from_address(number)}
            ).status_code
            for number in range(12)
        }
    assert 429 in statuses


def test_ten_thousand_headers_are_refused(served: Served):
    more = {f"X-{number}": "x" for number in range(150)}
    assert post(served, **more).status_code == 431
    with connected(served) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n")
        assert client.recv(100).split()[1] in {b"400", b"431"}


def connected(served: Served) -> socket.socket:
    host, _, port = served.base.removeprefix("http://").rpartition(":")
    client = socket.create_connection((host, int(port)))
    client.settimeout(60)
    return client


def rest_of(client: socket.socket) -> bytes:
    """What comes until the server ends the connection."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := client.recv(4_096):
            received += chunk
    return received


def test_a_connection_that_says_nothing_is_closed(served: Served):
    with connected(served) as client:
        assert rest_of(client) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET",
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
        b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
    ],
)
def test_a_request_that_does_not_come_to_its_end_is_closed(monkeypatch: pytest.MonkeyPatch, sent: bytes):
    """The same server, less patient."""
    for state, seconds in list(connections.WAITING.items()):
        monkeypatch.setitem(connections.WAITING, state, seconds / 100)
    monkeypatch.setattr(connections, "LOOK", 0.05)

    async def reads_all(scope: Any, receive: Any, send: Any) -> None:
        while scope["method"] == "POST" and (await receive()).get("more_body"):
            pass
        await answers_ok(scope, receive, send)

    server = uvicorn.Server(http._bounded(reads_all, Config()))
    server.config.lifespan = "off"
    with http._listen("127.0.0.1", 0) as listener:
        running = threading.Thread(target=server.run, args=([listener],))
        running.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=30) as client:
                client.sendall(sent)
                received = rest_of(client)
        finally:
            server.should_exit = True
            running.join()
    assert received.startswith(b"HTTP/1.1 200") == (sent[:3] == b"GET")
    assert received == b"" or sent[:3] == b"GET"


@pytest.mark.skipif(sys.platform != "linux", reason="sets a limit of descriptors")
def test_connections_are_bounded_and_reported_once(package: Path, xo: FakeXo):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
    try:
        context = http_server(package, variables(xo))
        served = context.__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        idle = [connected(served) for _ in range(200)]
        until = time.monotonic() + 30
        while not any("connections were refused" in line for line in served.lines) and time.monotonic() < until:
            time.sleep(0.1)
        for client in idle:
            client.close()
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                assert httpx2.get(f"{served.base}/health").status_code == 200
                break
            except httpx2.HTTPError:
                time.sleep(0.2)
        else:
            raise AssertionError("it never came back")
    finally:
        context.__exit__(None, None, None)
    assert sum("connections were refused" in line for line in served.lines) == 1
    assert len(served.lines) < 10


def test_nagle_is_off_for_clients():
    """Asyncio switches it off where a socket names its protocol; with it, kept connections wait 40 ms an answer."""
    with http._listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGHUP")
def test_sighup_reloads_and_does_not_end_it(package: Path, xo: FakeXo, tmp_path: Path):
    file = tmp_path / "tokens"
    file.write_text(f"alice {TOKEN}\n")
    with http_server(package, variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(file))) as served:
        assert post(served).status_code == 200
        os.kill(served.pid, signal.SIGHUP)
        file.write_text("bob another-bearer-token-0123456789\n")
        os.kill(served.pid, signal.SIGHUP)
        until = time.monotonic() + 30
        # Before anybody asks.
        while not any("no longer let in: alice" in line for line in served.lines):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert post(served).status_code == 401
    assert any("SIGHUP" in line for line in served.lines)


def test_what_a_killed_process_left_is_swept_at_the_next_start(tmp_path: Path):
    left = tmp_path / ".vm.xva.0123abcd.part"
    left.write_bytes(b"half")
    for kept in (".vm.part", "vm.xva.0123abcd.part", ".vm.xva.0123abcd.part.txt"):
        (tmp_path / kept).write_bytes(b"somebody's")
    (tmp_path / "elsewhere").touch()
    (tmp_path / ".link.0123abcd.part").symlink_to(tmp_path / "elsewhere")
    running = PartFile(tmp_path, FileName("vm", ".xva"), Space(reserve=0))
    assert sweep_parts(tmp_path) == 1
    assert not left.exists()
    assert len(list(tmp_path.iterdir())) == 6
    running.discard()
