"""Texts from outside, of any kind, at every door: `make fuzz` tries far more of them than a usual run."""

import base64
import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from desk import ENTRIES, EVERYTHING, Desk, text_of
from fake_xo.server import FakeXo
from hypothesis import example, given
from hypothesis import strategies as st
from listener import Served
from wire import ACCEPT, META, headers, http_server
from xo_mcp.config.config import resolve
from xo_mcp.config.options import OPTIONS
from xo_mcp.errors import ConfigError
from xo_mcp.program.inspection import config_report
from xo_mcp.web.bearer import FileTokens

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ALICE = "alice-token-0123456789"
SECRET = "Planted-Secret-Token-0123456789"


@pytest.fixture(scope="module")
def tokens_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tokens") / "tokens"


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode), again=st.booleans())
def test_no_token_file_lets_in_who_is_not_in_it(tokens_file: Path, content: bytes, again: bool):
    tokens_file.write_text(f"alice {ALICE}\n")
    tokens = FileTokens(tokens_file)
    tokens_file.write_bytes(content + (f"\nalice {ALICE}\n".encode() if again else b""))
    os.utime(tokens_file, ns=(1, 1))
    tokens.refresh()
    known = {word for line in content.decode(errors="replace").splitlines() for word in line.split()} | {ALICE}
    assert {line.key for line in tokens.lines} <= known
    assert len({line.name for line in tokens.lines}) == len(tokens.lines)
    if not again and ALICE.encode() not in content:
        assert ALICE not in {line.key for line in tokens.lines}


SETTINGS = st.dictionaries(
    st.sampled_from([option.env for option in OPTIONS if option.kind != "path"])
    | st.from_regex(r"XO_MCP_[A-Z_]{1,12}"),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.sampled_from(["1", "all", "vms"]),
    max_size=6,
)


@given(SETTINGS)
def test_no_setting_breaks_the_start_or_shows_a_secret(settings: dict[str, str]):
    secret = {"XO_TOKEN": SECRET, "XO_PASSWORD": SECRET}
    with contextlib.suppress(ConfigError):
        assert SECRET not in config_report(resolve({}, {**settings, **secret}))


class Answering:
    """An XO that answers everything with the same bytes."""

    def __init__(self) -> None:
        self.url = ""
        self.status, self.media, self.body = 200, "application/json", b""


@contextmanager
def answering() -> Iterator[Answering]:
    wanted = Answering()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b'{"enabled":true}' if self.path.endswith("/mcp/status") else wanted.body
            self.send_response(200 if self.path.endswith("/mcp/status") else wanted.status)
            self.send_header("Content-Type", wanted.media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        wanted.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield wanted
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def hostile_xo() -> Iterator[Answering]:
    with answering() as wanted:
        yield wanted


@pytest.fixture(scope="module")
def desk(hostile_xo: Answering) -> Iterator[Desk]:
    settings = {"XO_URL": hostile_xo.url, "XO_TOKEN": SECRET, **EVERYTHING, "XO_MCP_NO_JSONRPC": "1"}
    with Desk(settings, client={"timeouts": _hasty()}) as opened:
        yield opened


def _hasty() -> Any:
    from xo_mcp.api.settings import Timeouts

    return Timeouts(normal=5, change=5, wait=5, total=10)


ASKED = [
    name
    for name, entry in ENTRIES.items()
    if entry.facts.effect == "read" and not entry.facts.is_call and entry.facts.kind in {"list", "get", "read", "stats"}
]
KEYS = st.sampled_from(["id", "name_label", "href", "error", "data", "$pool", "tags", "tasks", "result", "status"])
RECORDS = st.dictionaries(KEYS | st.text(max_size=8), JSON, max_size=6)
ANSWERS = (JSON | RECORDS | st.lists(RECORDS, max_size=4)).map(lambda value: json.dumps(value).encode()) | st.binary()


@example(name="get_alarm", body=b'{"status":{}}', status=200)
@example(name="get_vm_template", body=b'[{"id":{},"name_label":"x"}]', status=200)
@example(name="get_vm_template", body=b'[{"name_label":"x"}]', status=200)
@given(
    name=st.sampled_from(ASKED),
    body=ANSWERS,
    status=st.sampled_from([200, 200, 200, 204, 400, 401, 403, 404, 422, 500]),
)
def test_no_answer_of_xo_is_a_fault_of_ours(hostile_xo: Answering, desk: Desk, name: str, body: bytes, status: int):
    hostile_xo.status, hostile_xo.body = status, b"" if status == 204 else body
    arguments = dict.fromkeys(ENTRIES[name].schema.get("required", ()), "x")
    answer = desk.call(name, arguments)
    assert desk.log.faults == []
    text = text_of(answer)
    assert SECRET not in text
    assert not any(sign in text for sign in "\x1b\u202e\u2066\x00")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with FakeXo(vms=2, lag=0) as xo:
        settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **EVERYTHING}
        with http_server(settings, "--rate-limit", "0") as server:
            yield server
        assert not any("Traceback" in line or "\x1b" in line for line in server.lines), server.lines


METHODS = ["initialize", "tools/list", "tools/call", "resources/read", "prompts/get", "ping", "server/discover", "x"]
MESSAGES = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | JSON, "method": st.sampled_from(METHODS) | JSON},
    optional={
        "id": st.integers() | JSON,
        "params": st.dictionaries(st.text(), JSON, max_size=4) | JSON,
        "result": JSON,
    },
)


@given(message=MESSAGES | JSON | st.lists(MESSAGES, max_size=2), meta=st.booleans(), modern=st.booleans())
def test_no_message_is_a_fault(served: Served, message: Any, meta: bool, modern: bool):
    if meta and isinstance(message, dict) and isinstance(message.get("params"), dict):
        message["params"]["_meta"] = META
    sent = headers("tools/call") if modern else ACCEPT
    with httpx2.Client(timeout=30) as http:
        content = json.dumps(message)
        answer = http.post(served.url, content=content, headers={**sent, "Content-Type": "application/json"})
        assert answer.status_code < 500, answer.text
        assert "fault in this server" not in answer.text
        assert http.get(f"{served.base}/health").status_code == 200


NAMES = st.sampled_from(
    [b"Host", b"Origin", b"Authorization", b"Content-Type", b"Accept", b"Mcp-Session-Id", b"MCP-Protocol-Version",
     b"Mcp-Method", b"Mcp-Name", b"X-Forwarded-For", b"Content-Length", b"Transfer-Encoding", b"Last-Event-ID"]
) | st.binary(max_size=20)  # fmt: skip
VALUES = st.binary(max_size=60) | st.sampled_from([b"chunked", b"-1", b"99999999999999", b"Bearer ", b"localhost"])
CHUNKS = st.lists(st.binary(max_size=40) | st.sampled_from([b"5\r\nhello\r\n", b"0\r\n\r\n", b"ffffffffff\r\n", b"{}"]))


@given(
    method=st.sampled_from([b"POST", b"GET", b"DELETE", b"OPTIONS", b"HEAD", b"CONNECT"]) | st.binary(max_size=8),
    target=st.sampled_from([b"/mcp", b"/mcp/", b"/health", b"/readyz", b"*", b"//x/mcp"]) | st.binary(max_size=40),
    lines=st.lists(st.tuples(NAMES, VALUES), max_size=8),
    body=CHUNKS,
)
def test_no_request_is_a_fault(
    served: Served, method: bytes, target: bytes, lines: list[tuple[bytes, bytes]], body: list[bytes]
):
    host, _, port = served.base.removeprefix("http://").rpartition(":")
    head = method + b" " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += b"".join(name + b": " + value + b"\r\n" for name, value in lines)
    received = b""
    with socket.create_connection((host, int(port)), timeout=30) as client, contextlib.suppress(ConnectionError):
        client.sendall(head + b"\r\n" + b"".join(body))
        client.shutdown(socket.SHUT_WR)
        while chunk := client.recv(4_096):
            received += chunk
    assert not received.startswith(b"HTTP/1.1 5"), received
    assert httpx2.get(f"{served.base}/health").status_code == 200


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_no_bearer_token_is_a_fault(text: str):
    """What a client sends as an access token never looks like a fault of this server."""
    import anyio
    from xo_mcp.web.oauth import AccessTokens

    class NoKeys:
        async def find(self, *_: object) -> None:
            return None

    tokens = AccessTokens("https://issuer.example.org", "https://mcp.example.org/mcp", keys=NoKeys())  # type: ignore[arg-type]
    assert anyio.run(tokens.verify_token, text) is None
    assert anyio.run(tokens.verify_token, f"{text}.{text}.{text}") is None
