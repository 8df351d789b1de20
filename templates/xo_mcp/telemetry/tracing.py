"""Spans for an OpenTelemetry collector, set up by the standard `OTEL_*` variables (extra `telemetry`).

The MCP SDK makes a span of every message, `observing` one of every request to XO; here they get somewhere to go.
"""

import atexit
import os
from collections.abc import Mapping
from typing import Final

from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.release import VERSION

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
SERVICE: Final = "xen-orchestra-mcp"
log = get_logger("tracing")


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the operator named a collector, and did not switch the SDK off."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return any(environment.get(name) for name in ENDPOINTS)


def _attributes(environment: Mapping[str, str]) -> dict[str, str]:
    """Who sends the spans, where the operator's variables do not say so."""
    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return {"service.version": VERSION} | ({} if named else {"service.name": SERVICE})


def start() -> None:
    """Send spans to the collector that the variables name, in batches; what is left goes out at the end.

    Raises:
        ConfigError: The extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import set_tracer_provider
    except ImportError as error:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs the extra `telemetry`: pip install 'xen-orchestra-mcp[telemetry]'"
        ) from error
    provider = TracerProvider(resource=Resource.create(_attributes(os.environ)))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    set_tracer_provider(provider)
    atexit.register(provider.shutdown)
    log.info("spans go to the collector of OTEL_EXPORTER_OTLP_ENDPOINT")
