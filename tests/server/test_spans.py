"""Spans for OpenTelemetry: of messages, calls and requests, without values; and the log of what is slow."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import anyio
import httpx2
import pytest
import tiny_package
from fake_xo.server import FakeXo
from mcp import Client as McpClient
from mcp import MCPError
from mcp.types import EmptyResult, Request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from prometheus_page import figures
from serving import ERAS, SPOKEN, http_server, over_http, variables
from xo_mcp import observing
from xo_mcp.api.client import Client, RetryPolicy
from xo_mcp.api.settings import ClientSettings
from xo_mcp.config.config import resolve
from xo_mcp.errors import ConfigError, NotFound, Unreachable
from xo_mcp.server.serve import build
from xo_mcp.telemetry import slow, tracing
from xo_mcp.telemetry.metrics import Metrics
from xo_mcp.transfer.body import Body
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans of requests go, instead of to a collector."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(observing, "_TRACER", provider.get_tracer("test"))
    return exporter


def attributes_of(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


async def test_a_request_is_a_span_without_values(xo: FakeXo, spans: InMemorySpanExporter):
    vm = xo.find("vms")["id"]
    async with Client(ClientSettings(url=xo.url, token=xo.admin_token)) as client:
        await client.request(Call("GET", "/vms/{id}", {"id": vm}))
        await client.request(Call("GET", "/vms", query={"fields": "*"}))
    first, second = [attributes_of(span) for span in spans.get_finished_spans()]
    headers = {"Cookie": f"authenticationToken={xo.admin_token}"}
    # Both are compressed, and the list comes in chunks, without saying its length beforehand.
    for found, path in ((first, f"vms/{vm}"), (second, "vms?fields=*")):
        with httpx2.stream("GET", f"{xo.url}/rest/v0/{path}", headers=headers) as response:
            assert found.pop("xo.response_bytes") == sum(map(len, response.iter_raw())) > 500
    assert first == {"xo.api": "rest", "xo.operation": "GET /vms/{id}", "xo.status": "200", "xo.request_bytes": 0}
    assert second["xo.operation"] == "GET /vms"
    assert vm not in str([span.to_json() for span in spans.get_finished_spans()])


@pytest.mark.newest
async def test_a_call_of_the_other_api_is_a_span_with_sizes_and_error_without_values(
    xo: FakeXo, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
):
    metrics = Metrics()
    monkeypatch.setattr(observing, "observers", [metrics])
    missing = "00000000-0000-4000-8000-00000000dead"
    async with Client(ClientSettings(url=xo.url, token=xo.admin_token)) as client:
        version = await client.jsonrpc.call("system.getServerVersion")
        with pytest.raises(NotFound):
            await client.jsonrpc.call("vm.ejectCd", {"id": missing})
    found = [span for span in spans.get_finished_spans() if not span.name.startswith("GET ")]
    good, login, bad = found
    assert [span.name for span in found] == ["system.getServerVersion", "session.signIn", "vm.ejectCd"]
    assert attributes_of(good) == {
        "xo.api": "jsonrpc",
        "xo.operation": "system.getServerVersion",
        "xo.status": "ok",
        "xo.request_bytes": len('{"jsonrpc": "2.0", "id": 1, "method": "system.getServerVersion", "params": {}}'),
        "xo.response_bytes": len(json.dumps({"jsonrpc": "2.0", "id": 1, "result": version})),
    }
    assert attributes_of(bad)["xo.status"] == "error"
    assert (attributes_of(bad)["error.type"], attributes_of(bad)["rpc.jsonrpc.error_code"]) == ("NotFound", 1)
    assert (good.status.is_unset, login.status.is_unset, bad.status.is_ok) == (True, True, False)
    # Each began with a handshake, a request to XO like others.
    handshakes = [attributes_of(span)["xo.status"] for span in spans.get_finished_spans() if span.name == "GET /api/"]
    assert handshakes == ["101", "101"]
    text = str([span.to_json() for span in spans.get_finished_spans()])
    assert not any(value in text for value in (missing, xo.admin_token, str(version)))
    counted = figures(metrics.page().decode())
    assert counted["xo_mcp_xo_requests_total", "jsonrpc", "ok"] == 2
    assert counted["xo_mcp_xo_requests_total", "jsonrpc", "error"] == 1
    assert counted["xo_mcp_xo_requests_total", "jsonrpc", "101"] == 2


async def test_a_request_without_an_answer_says_why(spans: InMemorySpanExporter):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with Client(ClientSettings(url=url, token="t"), retries=RetryPolicy(tries=1)) as client:
        with pytest.raises(Unreachable):
            await client.request(Call("GET", "/vms"))
    (only,) = spans.get_finished_spans()
    assert (attributes_of(only)["xo.status"], attributes_of(only)["error.type"]) == ("none", "ConnectError")


@pytest.mark.parametrize("blocking", [False, True])
async def test_what_is_read_of_a_stream_is_counted_when_it_is_closed(
    xo: FakeXo, spans: InMemorySpanExporter, blocking: bool
):
    call = Call("GET", "/vms", query={"fields": "*", "ndjson": "true"})
    async with Client(ClientSettings(url=xo.url, token=xo.admin_token)) as client:
        async with client.stream(call, blocking=blocking) as response:
            size = 0
            if blocking:
                body, room = Body(response), memoryview(bytearray(1024))
                while got := await anyio.to_thread.run_sync(body.read_into, room):
                    size += got
            else:
                size = len(await response.aread())
            assert not spans.get_finished_spans()
        (only,) = spans.get_finished_spans()
    assert attributes_of(only)["xo.response_bytes"] == size > 1_000
    assert attributes_of(only)["xo.status"] == "200"


@pytest.mark.parametrize("surface", ["full", "search"])
async def test_a_call_is_a_span_over_its_requests_with_outcome_and_size(
    xo: FakeXo, spans: InMemorySpanExporter, surface: str
):
    vm = xo.find("vms")["id"]
    missing = "00000000-0000-4000-8000-000000000000"
    async with McpClient(build(resolve({}, variables(xo, XO_MCP_SURFACE=surface)))) as client:
        for identifier in (vm, missing):
            name, arguments = "get_vm", {"id": identifier}
            if surface == "search":
                name, arguments = "call_tool_read", {"name": name, "arguments": arguments}
            await client.call_tool(name, arguments)
    found = spans.get_finished_spans()
    good, bad = [span for span in found if span.name == "get_vm"]
    for span, outcome in ((good, "ok"), (bad, "error")):
        assert (attributes_of(span)["xo.tool"], attributes_of(span)["xo.outcome"]) == ("get_vm", outcome)
        assert int(str(attributes_of(span)["xo.answer_bytes"])) > 20
        assert span.status.is_ok == (outcome == "ok") or span.status.is_unset
        below = [each for each in found if each.parent and each.parent.span_id == span.context.span_id]
        assert {each.name for each in below} >= {"GET /vms/{id}"}
        assert all(each.attributes and "xo.status" in each.attributes for each in below)
    assert any((each.attributes or {}).get("xo.response_bytes") for each in found)
    assert not bad.status.is_ok
    assert (attributes_of(bad)["error.type"], attributes_of(good).get("error.type")) == ("NotFound", None)
    # No value of an argument, nor anything of an answer.
    text = str([span.to_json() for span in found])
    assert not any(value in text for value in (vm, missing, str(xo.find("vms")["name_label"])))


@pytest.mark.parametrize("era", ERAS)
async def test_a_message_is_a_span_without_what_the_client_wrote(
    xo: FakeXo, spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, era: str
):
    # The SDK's own spans, of which nothing may be left, go to the same place.
    monkeypatch.setattr("mcp.shared._otel._tracer", observing._TRACER)
    planted = "planted-name-of-a-customer"
    async with McpClient(build(resolve({}, variables(xo))), mode=era) as client:
        with observing._TRACER.start_as_current_span("the client's own") as own:
            await client.list_tools()
        await client.call_tool("get_vm", {"id": planted})
        for wrong in (
            client.call_tool(planted, {}),
            client.read_resource(f"xo://vms/{planted}"),
            client.read_resource(f"xo://{planted}/x"),
            client.get_prompt(planted),
            client.session.send_request(Request(method=f"tools/{planted}", params=None), EmptyResult),
        ):
            with pytest.raises(MCPError):
                await wrong
    served = [span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER]
    errors = {span.name: attributes_of(span).get("error.type") for span in served}
    assert errors["tools/list"] is None
    assert [attributes_of(span).get("error.type") for span in served if span.name == "tools/call"] == [
        "tool_error",
        "-32602",
    ]
    assert {name for name, error in errors.items() if error} >= {"resources/read", "prompts/get", "unknown method"}
    (listed,) = (span for span in served if span.name == "tools/list" and span.parent)
    assert listed.context.trace_id == own.get_span_context().trace_id
    assert all(attributes_of(span)["mcp.protocol.version"] == SPOKEN[era] for span in served)
    ours = [span.to_json() for span in spans.get_finished_spans() if span.kind is not SpanKind.CLIENT]
    assert planted not in str(ours)
    assert planted not in str(
        [span.to_json() for span in spans.get_finished_spans() if "xo.api" in attributes_of(span)]
    )


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "mine"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
    ],
)
def test_spans_are_sent_where_the_standard_variables_say(environment: dict[str, str], wanted: bool):
    assert tracing.wanted(environment) is wanted


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER: 'zipkin' can't be used"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' can't be used; take http/proto"),
    ],
)
def test_what_can_not_be_sent_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: str
):
    for name, value in {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317", **environment}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=words):
        tracing.start()


async def test_the_spans_of_a_server_reach_the_collector_of_the_standard_variables(xo: FakeXo):
    """From another process, as the collector reads them: one trace from the message to the request."""
    with collector() as (url, received):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=lab"}
        with http_server(tiny_package.ROOT / "generated", variables(xo, **environment), "--metrics") as served:
            async with over_http(served) as client:
                xo.fault("GET /vms/{id}", "status-503", times=1)
                await client.call_tool("get_vm", {"id": xo.find("vms")["id"]})
                await client.call_tool("list_sr_unhealthy_vdis", {"id": xo.find("srs")["id"]})
                stream = (await client.call_tool("open_events_stream", {})).structured_content
                assert stream
                open_one = figures(httpx2.get(f"{served.base}/metrics").text)
                await client.call_tool("close_events_stream", {"id": stream["id"]})
                closed = figures(httpx2.get(f"{served.base}/metrics").text)
    assert (open_one["xo_mcp_event_streams",], closed["xo_mcp_event_streams",]) == (1, 0)
    assert closed["xo_mcp_xo_retries_total",] == 1
    assert closed["xo_mcp_xo_requests_total", "rest", "503"] == 1
    assert closed["xo_mcp_xo_requests_total", "jsonrpc", "ok"] >= 2
    resources = [each for message in received for each in message.resource_spans]
    named = {each.key: each.value.string_value for resource in resources for each in resource.resource.attributes}
    assert (named["service.name"], named["deployment.environment"]) == ("xen-orchestra-mcp", "lab")
    found = {span.span_id: span for each in resources for scope in each.scope_spans for span in scope.spans}
    for tool, request in (("get_vm", "GET /vms/{id}"), ("list_sr_unhealthy_vdis", "sr.getVdiChainsInfo")):
        below = [span for span in found.values() if span.name == request]
        assert below, [span.name for span in found.values()]
        call = found[below[0].parent_span_id]
        assert call.name == tool
        assert found[call.parent_span_id].name == "tools/call"


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """An OpenTelemetry collector that keeps what it is sent."""
    received: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def test_what_is_slow_is_logged_by_name(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(observing, "observers", [slow.SlowLog(0.02)])
    with observing.request("rest", "GET /vms") as seen:
        seen.status = "200"
    with observing.call("list_vms") as called:
        time.sleep(0.03)
        called.outcome, called.size = "ok", 12
    assert [record.getMessage().partition(" took")[0] for record in caplog.records] == ["list_vms"]
