"""One client with everything it may have under way leaves room for the others."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
import tiny_package
from fake_xo.server import FakeXo
from serving import TOKEN, Served, http_server, variables
from starlette.responses import PlainTextResponse
from wire import headers, request
from wire import http_server as whole_server
from xo_mcp.safety.quotas import OTHERS, TRANSFERS, WAITS, Busy, Quotas
from xo_mcp.web.client_quotas import LIFETIME, REQUESTS, SESSIONS, ClientQuotas

pytestmark = pytest.mark.anyio
OTHER = "another-bearer-token-0123456789"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=4, lag=0) as fake:
        yield fake


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    file = tmp_path / "tokens"
    file.write_text(f"alice {TOKEN}\nbob {OTHER}\n")
    return file


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """What is under way until the test ends."""
    with ExitStack() as stack:
        yield stack


def hold(held: ExitStack, quotas: Quotas, client: str) -> None:
    for _ in range(WAITS.each):
        held.enter_context(quotas.taken("get_task", client))


def test_a_client_that_waits_much_can_still_ask_and_others_can_wait(held: ExitStack):
    quotas = Quotas()
    hold(held, quotas, "alice")
    with pytest.raises(Busy, match="16 calls that wait"), quotas.taken("action", "alice"):
        pass
    with quotas.taken("list", "alice"), quotas.taken("get_task", "bob"):
        pass
    held.close()
    with quotas.taken("get_task", "alice"):
        pass


def test_files_of_one_client_leave_room_for_those_of_others(held: ExitStack):
    quotas = Quotas()
    for number in range(TRANSFERS.each):
        held.enter_context(quotas.taken(("upload", "download", "fetch")[number % 3], "alice"))
    with pytest.raises(Busy, match="8 exports and imports"), quotas.taken("download", "alice"):
        pass
    with quotas.taken("list", "alice"), quotas.taken("download", "bob"):
        pass


async def test_open_requests_of_one_client_are_bounded():
    """Streams of changes over HTTP are such requests."""
    enough, full = anyio.Event(), anyio.Event()
    waiting = 0

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == REQUESTS:
            full.set()
        if scope["client"][0] == "203.0.113.1":
            await enough.wait()
        await PlainTextResponse("ok")(scope, receive, send)

    app = ClientQuotas(waits)

    async def status(address: str) -> int:
        transport = httpx2.ASGITransport(app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/mcp")).status_code

    async with anyio.create_task_group() as tasks:
        for _ in range(REQUESTS):
            tasks.start_soon(status, "203.0.113.1")
        await full.wait()
        with anyio.fail_after(30):
            assert (await status("203.0.113.1"), await status("203.0.113.2")) == (429, 200)
        enough.set()
    assert await status("203.0.113.1") == 200


def test_all_clients_together_leave_connections_for_what_does_not_wait(held: ExitStack):
    quotas = Quotas()
    for number in range(WAITS.all // WAITS.each):
        hold(held, quotas, f"client {number}")
    with pytest.raises(Busy, match="All clients together"), quotas.taken("get_task", "one more"):
        pass
    with quotas.taken("list", "one more"):
        pass
    assert WAITS.all + OTHERS.each < 200 - 50


async def test_waiting_tasks_of_one_client_starve_no_other(xo: FakeXo, tokens: Path):
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, "XO_MCP_TOOLSETS": "all"}
    xo.fault("GET /tasks/{id}", "hang", times=None)
    with whole_server({**settings, "XO_MCP_AUTH_TOKEN_FILE": str(tokens)}, "--rate-limit", "0") as served:

        def post(token: str, name: str, arguments: dict[str, object]) -> dict[str, object]:
            sent = {**headers("tools/call", name), "Authorization": f"Bearer {token}"}
            return {"json": request("tools/call", name=name, arguments=arguments), "headers": sent}

        busy: list[str] = []
        refused = anyio.Event()
        async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=None)) as http:

            async def wait() -> None:
                answer = await http.post(served.url, **post(TOKEN, "get_task", {"id": "0k3jx9c1d", "timeout": 60}))
                if "under way" in answer.text:
                    busy.append(answer.text)
                if len(busy) == 40 - WAITS.each:
                    refused.set()

            async with anyio.create_task_group() as group:
                for _ in range(40):
                    group.start_soon(wait)
                with anyio.fail_after(30):
                    await refused.wait()
                    other = await http.post(served.url, **post(OTHER, "list_vms", {"limit": 1}))
                    own = await http.post(served.url, **post(TOKEN, "list_vms", {"limit": 1}))
                group.cancel_scope.cancel()
    xo.xo.faults.clear()
    assert "name_label" in other.text
    assert "name_label" in own.text


HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip


async def test_a_client_has_only_so_many_sessions(tmp_path: Path, xo: FakeXo, tokens: Path):
    package = tiny_package.build(tmp_path)

    async def opened(served: Served, http: httpx2.AsyncClient, token: str) -> httpx2.Response:
        sent = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {token}"}
        return await http.post(served.url, json=HELLO, headers=sent)

    settings = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(tokens))
    with http_server(package, settings, "--http-sessions", "--rate-limit", "0") as served:
        async with httpx2.AsyncClient(timeout=30) as http:
            sessions = [(await opened(served, http, TOKEN)).headers["mcp-session-id"] for _ in range(SESSIONS)]
            assert (await opened(served, http, TOKEN)).status_code == 429
            assert (await opened(served, http, OTHER)).status_code == 200
            sent = {"Authorization": f"Bearer {TOKEN}", "Mcp-Session-Id": sessions[0]}
            assert (await http.delete(served.url, headers=sent)).status_code == 200
            assert (await opened(served, http, TOKEN)).status_code == 200


def test_sessions_that_ended_by_themselves_count_no_more():
    now = [0.0]
    quotas = ClientQuotas(lambda *_: None, clock=lambda: now[0])  # type: ignore[arg-type, return-value]
    for number in range(SESSIONS):
        quotas._note("alice", str(number), ended=False)
    assert quotas._refusal("alice", None, "POST")
    assert not quotas._refusal("alice", "0", "POST")
    now[0] = LIFETIME + 1
    assert not quotas._refusal("alice", None, "POST")
