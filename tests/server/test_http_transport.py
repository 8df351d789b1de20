"""Streamable HTTP: who may connect, how much, how often."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import tiny_package
from clock import Clock
from fake_xo.server import FakeXo
from serving import ERAS, TOKEN, Served, http_server, over_http, text_of, variables
from xo_mcp.config.config import resolve
from xo_mcp.errors import ConfigError
from xo_mcp.web.bearer import FileTokens
from xo_mcp.web.ratelimit import MAX_CLIENTS, Buckets
from xo_mcp.web.rejected_origins import MOST, RejectedOrigins

pytestmark = pytest.mark.anyio
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only to see it refused, or behind a token
ACCEPT = {"Accept": "application/json, text/event-stream"}
HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
DISCOVER: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    },
}
MODERN = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


@pytest.fixture(scope="module")
def open_server(package: Path, xo: FakeXo) -> Iterator[Served]:
    """No authentication, this machine only."""
    with http_server(package, variables(xo), "--rate-limit", "0") as served:
        yield served


@pytest.fixture(scope="module")
def guarded(package: Path, xo: FakeXo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Bearer tokens."""
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text(f"# who\n\nalice {TOKEN}\n")
    with http_server(package, variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(file))) as served:
        yield served


async def post(served: Served, message: Any = None, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=30) as http:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http.post(served.url, json=message or HELLO, headers=ACCEPT | names)


@pytest.mark.parametrize("era", ERAS)
async def test_a_conversation_over_http(open_server: Served, era: str):
    async with over_http(open_server, era=era) as client:
        assert "list_vms" in {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("list_vms", {"limit": 1})
    assert not answer.is_error, text_of(answer)


async def test_health_needs_no_token_and_reveals_nothing(guarded: Served):
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{guarded.base}/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": "0.0.1"}
    assert "server" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/list"}])
async def test_a_strange_host_is_refused_in_both_eras(open_server: Served, headers: dict[str, str]):
    message = DISCOVER if headers else HELLO
    assert (await post(open_server, message, **headers)).status_code == 200
    assert (await post(open_server, message, Host="evil.example", **headers)).status_code == 421
    assert (await post(open_server, message, Host="127.0.0.1.evil.example:80", **headers)).status_code == 421


@pytest.mark.parametrize("headers", [{}, {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/list"}])
async def test_a_strange_origin_is_refused_in_both_eras(open_server: Served, headers: dict[str, str]):
    message = DISCOVER if headers else HELLO
    assert (await post(open_server, message, Origin="http://localhost:3000", **headers)).status_code == 200
    assert (await post(open_server, message, Origin="https://evil.example", **headers)).status_code == 403
    assert (await post(open_server, message, Origin="null", **headers)).status_code == 403


async def test_named_hosts_and_origins_are_answered(package: Path, xo: FakeXo):
    arguments = ("--allowed-hosts", "mcp.example.org", "--allowed-origins", "https://chat.example.org")
    with http_server(package, variables(xo), *arguments) as served:
        assert (await post(served, Host="mcp.example.org")).status_code == 200
        assert (await post(served, Host="mcp.example.org:8443")).status_code == 200
        assert (await post(served, Host="127.0.0.1")).status_code == 421
        named = {"Host": "mcp.example.org", "Origin": "https://chat.example.org"}
        assert (await post(served, **named)).status_code == 200
        assert (await post(served, Host="mcp.example.org", Origin="http://localhost")).status_code == 403


async def test_the_log_says_which_files_others_can_read_and_that_a_token_is_unknown(
    package: Path, xo: FakeXo, tmp_path: Path
):
    file = tmp_path / "tokens"
    file.write_text(f"alice {TOKEN}\n")
    file.chmod(0o644)
    settings = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(file), XO_MCP_LOG_LEVEL="info")
    with http_server(package, settings) as served:
        assert (await post(served, Authorization="Bearer wrong-token-of-some-length")).status_code == 401
    written = "\n".join(served.lines)
    assert f"{file} can be read by other users of this machine (mode 644): chmod 600 {file}" in written
    assert "refused: unknown bearer token" in written
    assert "wrong-token" not in written


async def test_the_log_names_the_setting_that_lets_a_strange_host_or_origin_in(package: Path, xo: FakeXo):
    with http_server(package, variables(xo, XO_MCP_LOG_LEVEL="warning")) as served:
        for _ in range(2):
            await post(served, Host="mcp.example.org")
        await post(served, Origin="https://chat.example.org")
    reported = [line for line in served.lines if "was refused" in line]
    assert len(reported) == 2
    assert "the Host 'mcp.example.org' was refused (421)" in reported[0]
    assert "name it in --allowed-hosts (XO_MCP_ALLOWED_HOSTS)" in reported[0]
    assert "the Origin 'https://chat.example.org' was refused (403)" in reported[1]
    assert "name it in --allowed-origins (XO_MCP_ALLOWED_ORIGINS)" in reported[1]


async def test_strangers_fill_no_log(caplog: pytest.LogCaptureFixture):
    async def refuses(scope: Any, _: Any, send: Any) -> None:
        headers = [(b"www-authenticate", b"Bearer")] if scope["path"] == "/scope" else []
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx2.ASGITransport(app=RejectedOrigins(refuses))
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as http:
        await http.get("/scope", headers={"Origin": "http://token-without-the-scope"})
        await http.get("/")
        assert caplog.messages == []
        for number in range(MOST + 5):
            await http.get("/", headers={"Origin": f"http://{number}"})
    assert len(caplog.messages) == MOST


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer wrong-token-of-some-length", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", TOKEN],
)
async def test_without_the_token_nothing_is_answered(guarded: Served, authorization: str | None):
    headers = {"Authorization": authorization} if authorization else {}
    for message, more in ((HELLO, {}), (DISCOVER, MODERN)):
        async with httpx2.AsyncClient() as http:
            answer = await http.post(guarded.url, json=message, headers=ACCEPT | headers | more)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert TOKEN not in answer.text


@pytest.mark.parametrize("era", ERAS)
async def test_with_the_token_everything_works_and_xo_never_sees_it(guarded: Served, xo: FakeXo, era: str):
    before = len(xo.requests)
    async with over_http(guarded, era=era, token=TOKEN) as client:
        answer = await client.call_tool("list_vms", {"limit": 1})
    assert not answer.is_error, text_of(answer)
    sent = [header for seen in xo.requests[before:] for header in seen.headers]
    assert sent
    assert all(TOKEN.encode() not in value for _, value in sent)
    assert TOKEN not in "".join(guarded.lines)


async def test_a_confirmation_belongs_to_who_asked_for_it(package: Path, xo: FakeXo, tmp_path: Path):
    other = "another-bearer-token-0123456789"
    file = tmp_path / "tokens"
    file.write_text(f"alice {TOKEN}\nbob {other}\n")
    vm = xo.find("vms")["id"]
    with http_server(package, variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(file))) as served:
        async with over_http(served, token=TOKEN) as client:
            asked = await client.call_tool("delete_vm", {"id": vm})
        assert asked.structured_content is not None
        arguments = {"id": vm, "confirm_token": asked.structured_content["confirm_token"]}
        async with over_http(served, token=other) as client:
            answer = await client.call_tool("delete_vm", arguments)
    assert answer.is_error
    assert xo.record("vms", vm) is not None


async def test_too_large_a_request_is_refused(package: Path, xo: FakeXo):
    with http_server(package, variables(xo), "--max-request-size", "2048") as served:
        assert (await post(served)).status_code == 200
        assert (await post(served, HELLO | {"padding": "x" * 3_000})).status_code == 413

        async def chunks() -> Any:
            for _ in range(4):
                yield b" " * 1_000

        async with httpx2.AsyncClient() as http:
            headers = ACCEPT | {"Content-Type": "application/json"}
            assert (await http.post(served.url, content=chunks(), headers=headers)).status_code == 413


async def test_too_many_requests_have_to_wait_but_health_is_not(package: Path, xo: FakeXo):
    with http_server(package, variables(xo), "--rate-limit", "8") as served:
        statuses = [(await post(served)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        answer = await post(served)
        assert int(answer.headers["Retry-After"]) >= 1
        async with httpx2.AsyncClient() as http:
            assert (await http.get(f"{served.base}/health")).status_code == 200


def refused(package: Path, xo: FakeXo, *arguments: str) -> str:
    done = subprocess.run(
        tiny_package.command("--transport", "http", "--port", "0", *arguments),
        env=tiny_package.environment(package, **variables(xo)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.7", "xo.example.org"])
def test_it_listens_on_no_other_address_without_authentication(package: Path, xo: FakeXo, host: str):
    line = refused(package, xo, "--host", host)
    assert "--auth-token-file" in line
    assert host in line


def test_listening_everywhere_needs_names(package: Path, xo: FakeXo, tmp_path: Path):
    file = tmp_path / "tokens"
    file.write_text(TOKEN)
    file.chmod(0o600)
    assert "--allowed-hosts" in refused(package, xo, "--host", EVERYWHERE, "--auth-token-file", str(file))


async def test_it_listens_everywhere_with_names_and_tokens(package: Path, xo: FakeXo, tmp_path: Path):
    file = tmp_path / "tokens"
    file.write_text(TOKEN)
    arguments = ("--host", EVERYWHERE, "--auth-token-file", str(file), "--allowed-hosts", "mcp.example.org")
    with http_server(package, variables(xo), *arguments) as served:
        here = Served(served.url.replace(EVERYWHERE, "127.0.0.1"), served.lines)
        bearer = f"Bearer {TOKEN}"
        assert (await post(here, Authorization=bearer, Host="mcp.example.org")).status_code == 200
        assert (await post(here, Authorization=bearer)).status_code == 421


def test_a_port_in_use_is_said(package: Path, xo: FakeXo, open_server: Served):
    port = open_server.base.rpartition(":")[2]
    assert "can't listen on 127.0.0.1 port" in refused(package, xo, "--port", port)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("", "holds no token"),
        ("# nothing\n", "holds no token"),
        ("short\n", "line 1"),
        (f"{TOKEN}\na b {TOKEN}\n", "line 2"),
        ("alice bob\n", "line 1"),
    ],
)
def test_an_unusable_token_file_is_refused_without_showing_it(tmp_path: Path, content: str, part: str):
    file = tmp_path / "tokens"
    file.write_text(content)
    with pytest.raises(ConfigError) as caught:
        FileTokens(file)
    assert part in str(caught.value)
    assert TOKEN not in str(caught.value)


async def test_tokens_are_read_again_when_the_file_changes(tmp_path: Path):
    file = tmp_path / "tokens"
    file.write_text(f"alice {TOKEN}\n")
    tokens = FileTokens(file)
    found = await tokens.verify_token(TOKEN)
    assert found is not None
    assert found.client_id == "alice"
    assert TOKEN not in repr(found)
    assert await tokens.verify_token(TOKEN + "x") is None
    file.write_text("bob another-bearer-token-0123456789\n")
    assert await tokens.verify_token(TOKEN) is None
    assert await tokens.verify_token("another-bearer-token-0123456789") is not None


def test_a_bucket_fills_evenly_and_each_client_has_its_own():
    clock = Clock()
    buckets = Buckets(60, clock)
    assert [buckets.take("a") for _ in range(15)] == [0] * 15
    assert buckets.take("a") == pytest.approx(1)
    assert buckets.take("b") == 0
    clock.now += 2
    assert [buckets.take("a") == 0 for _ in range(3)] == [True, True, False]
    clock.now += 3_600
    assert [buckets.take("a") == 0 for _ in range(16)] == [True] * 15 + [False]


def test_buckets_do_not_grow_without_end():
    buckets = Buckets(60, Clock())
    for number in range(MAX_CLIENTS + 50):
        buckets.take(str(number))
    assert len(buckets._buckets) == MAX_CLIENTS


def test_http_is_stateless_unless_sessions_are_asked_for():
    assert resolve({}, {}).http_sessions is False
