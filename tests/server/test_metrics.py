"""Metrics for Prometheus: what is counted, and who may read it."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fake_xo.server import FakeXo
from prometheus_page import figures
from serving import TOKEN, Person, http_server, over_http, variables

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


async def test_calls_requests_and_answers_are_counted_for_clients_with_a_token(
    package: Path, xo: FakeXo, tmp_path: Path
):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"monitor {TOKEN}\n")
    tokens.chmod(0o600)
    vm = xo.find("vms")["id"]
    arguments = ("--metrics", "--slow-ms", "1", "--auth-token-file", str(tokens))
    with http_server(package, variables(xo), *arguments) as served:
        address = served.url.replace("/mcp", "/metrics")
        async with over_http(served, token=TOKEN) as client:
            await client.call_tool("get_vm", {"id": vm})
            await client.call_tool("get_vm", {"id": vm})
            await client.call_tool("get_vm", {"id": "00000000-0000-4000-8000-000000000000"})
        refused = httpx2.get(address)
        page = httpx2.get(address, headers={"Authorization": f"Bearer {TOKEN}"})
    assert refused.status_code == 401
    assert "xo_mcp_calls" not in refused.text
    assert page.headers["content-type"].startswith("text/plain")
    found = figures(page.text)
    assert found["xo_mcp_calls_total", "ok", "get_vm"] == 2
    assert found["xo_mcp_calls_total", "error", "get_vm"] == 1
    assert found["xo_mcp_call_seconds_count", "get_vm"] == 3
    assert found["xo_mcp_answer_bytes_sum", "get_vm"] > 300
    assert found["xo_mcp_xo_requests_total", "rest", "200"] >= 2
    assert found["xo_mcp_xo_requests_total", "rest", "404"] == 1
    assert found["xo_mcp_event_streams",] == 0
    assert vm not in page.text
    slow = [line for line in served.lines if " took " in line]  # none of these takes less than a millisecond
    assert sum("get_vm took" in line for line in slow) == 3
    assert any("for GET /vms/{id} (rest, status 404)" in line for line in slow)


async def test_a_port_of_its_own_needs_no_token(package: Path, xo: FakeXo, tmp_path: Path):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"monitor {TOKEN}\n")
    tokens.chmod(0o600)
    port = _free_port()
    arguments = ("--metrics-port", str(port), "--auth-token-file", str(tokens))
    with http_server(package, variables(xo), *arguments) as served:
        page = httpx2.get(f"http://127.0.0.1:{port}/metrics")
        beside = httpx2.get(served.url.replace("/mcp", "/metrics"), headers={"Authorization": f"Bearer {TOKEN}"})
    assert ("xo_mcp_xo_retries_total",) in figures(page.text)
    assert beside.status_code == 404


async def test_without_being_asked_for_there_are_no_figures(package: Path, xo: FakeXo):
    with http_server(package, variables(xo)) as served:
        assert httpx2.get(served.url.replace("/mcp", "/metrics")).status_code == 404


async def test_questions_are_counted(package: Path, xo: FakeXo):
    vm = xo.find("vms", power_state="Halted")["id"]
    with http_server(package, variables(xo), "--metrics") as served:
        async with over_http(served, era="auto", person=Person(action="decline")) as client:
            await client.call_tool("delete_vm", {"id": vm})
        page = httpx2.get(served.url.replace("/mcp", "/metrics"))
        # No page in a browser reads them, through a name of its own or from its own origin.
        for evil, status in (({"Host": "evil.example.org"}, 421), ({"Origin": "https://evil.example.org"}, 403)):
            assert httpx2.get(served.url.replace("/mcp", "/metrics"), headers=evil).status_code == status
    found = figures(page.text)
    assert found["xo_mcp_confirmations_total", "asked"] == 1
    assert found["xo_mcp_confirmations_total", "refused"] == 1


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
