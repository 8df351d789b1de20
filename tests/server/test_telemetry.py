"""What can be watched from outside: figures for Prometheus, spans, a log of what is slow."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fake_xo.server import FakeXo
from mcp import Client as McpClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families
from serving import TOKEN, Person, http_server, over_http, variables
from xo_mcp import observing
from xo_mcp.api.client import Client
from xo_mcp.api.settings import ClientSettings
from xo_mcp.config.config import resolve
from xo_mcp.server.serve import build
from xo_mcp.telemetry import slow, tracing
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Name and values of labels -> value, as Prometheus understands the page."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *(str(value) for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


async def test_calls_requests_and_answers_are_counted_for_clients_with_a_token(
    package: Path, xo: FakeXo, tmp_path: Path
):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"monitor {TOKEN}\n")
    tokens.chmod(0o600)
    vm = xo.find("vms")["id"]
    with http_server(package, variables(xo), "--metrics", "--auth-token-file", str(tokens)) as served:
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


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans of requests go, instead of to a collector."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(observing, "_TRACER", provider.get_tracer("test"))
    return exporter


async def test_a_request_is_a_span_without_values(xo: FakeXo, spans: InMemorySpanExporter):
    vm = xo.find("vms")["id"]
    async with Client(ClientSettings(url=xo.url, token=xo.admin_token)) as client:
        await client.request(Call("GET", "/vms/{id}", {"id": vm}))
        await client.jsonrpc.call("system.getServerVersion")
    first, second = [span for span in spans.get_finished_spans() if span.name != "GET /mcp/status"]
    assert first.name == "GET /vms/{id}"
    told = dict(first.attributes or {})
    assert int(told.pop("xo.response_bytes")) > 100  # type: ignore[call-overload]
    assert told == {"xo.api": "rest", "xo.operation": "GET /vms/{id}", "xo.status": "200"}
    assert (second.name, (second.attributes or {})["xo.status"]) == ("system.getServerVersion", "ok")
    assert vm not in str([span.to_json() for span in spans.get_finished_spans()])


@pytest.mark.parametrize("surface", ["full", "search"])
async def test_a_call_is_a_span_over_its_requests_with_outcome_and_size(
    xo: FakeXo, spans: InMemorySpanExporter, surface: str
):
    vm = xo.find("vms")["id"]
    gone = "00000000-0000-4000-8000-000000000000"
    async with McpClient(build(resolve({}, variables(xo, XO_MCP_SURFACE=surface)))) as client:
        for identifier in (vm, gone):
            name, arguments = "get_vm", {"id": identifier}
            if surface == "search":
                name, arguments = "call_tool_read", {"name": name, "arguments": arguments}
            await client.call_tool(name, arguments)
    found = spans.get_finished_spans()
    good, bad = [span for span in found if span.name == "get_vm"]
    for span, outcome in ((good, "ok"), (bad, "error")):
        told = dict(span.attributes or {})
        assert (told["xo.tool"], told["xo.outcome"]) == ("get_vm", outcome)
        assert int(told["xo.answer_bytes"]) > 20  # type: ignore[call-overload]
        assert span.status.is_ok == (outcome == "ok") or span.status.is_unset
        below = [each for each in found if each.parent and each.parent.span_id == span.context.span_id]
        assert {each.name for each in below} >= {"GET /vms/{id}"}
        assert all(each.attributes and "xo.status" in each.attributes for each in below)
    assert any((each.attributes or {}).get("xo.response_bytes") for each in found)
    assert not bad.status.is_ok
    # No value of an argument, nor anything of an answer.
    text = str([span.to_json() for span in found])
    assert not any(value in text for value in (vm, gone, str(xo.find("vms")["name_label"])))


async def test_questions_and_streams_are_counted(package: Path, xo: FakeXo):
    vm = xo.find("vms", power_state="Halted")["id"]
    with http_server(package, variables(xo), "--metrics") as served:
        async with over_http(served, era="auto", person=Person(action="decline")) as client:
            await client.call_tool("delete_vm", {"id": vm})
        page = httpx2.get(served.url.replace("/mcp", "/metrics"))
    found = figures(page.text)
    assert found["xo_mcp_confirmations_total", "asked"] == 1
    assert found["xo_mcp_confirmations_total", "refused"] == 1


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "mine"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_spans_are_sent_where_the_standard_variables_say(environment: dict[str, str], wanted: bool):
    assert tracing.wanted(environment) is wanted


def test_what_is_slow_is_logged_by_name(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(observing, "observers", [slow.SlowLog(0.02)])
    with observing.request("rest", "GET /vms") as seen:
        seen.status = "200"
    with observing.call("list_vms") as called:
        time.sleep(0.03)
        called.outcome, called.size = "ok", 12
    assert [record.getMessage().partition(" took")[0] for record in caplog.records] == ["list_vms"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
