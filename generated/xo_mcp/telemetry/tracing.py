"""Spans for an OpenTelemetry collector, set up by the standard `OTEL_*` variables (extra `telemetry`).

`observing` makes a span of each message, each call and each request to XO; here they get somewhere to go.
"""

import atexit
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.release import VERSION

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP: Final = "http/protobuf"
SERVICE: Final = "xen-orchestra-mcp"
log = get_logger("tracing")


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the operator named a collector or an exporter, and did not switch the SDK off."""
    exporter = _exporter_named(environment)
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or exporter == "none":
        return False
    return bool(exporter) or any(environment.get(name) for name in ENDPOINTS)


def _exporter_named(environment: Mapping[str, str]) -> str:
    return environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()


def _attributes(environment: Mapping[str, str]) -> dict[str, str]:
    """Who sends the spans, where the operator's variables do not say so."""
    named = environment.get("OTEL_SERVICE_NAME") or "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return {"service.version": VERSION} | ({} if named else {"service.name": SERVICE})


def start() -> None:
    """Send spans where the variables say, in batches; what is left goes out at the end.

    Raises:
        ConfigError: The extra is not installed, or the variables ask for what there is not.
    """
    try:
        from opentelemetry.sdk.resources import Resource  # an extra
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace import set_tracer_provider

        exporter, where = _exporter(os.environ)
    except ImportError as error:
        raise ConfigError(
            "OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_EXPORTER need the extra `telemetry`: "
            "pip install 'xen-orchestra-mcp[telemetry]'"
        ) from error
    provider = TracerProvider(resource=Resource.create(_attributes(os.environ)))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    set_tracer_provider(provider)
    atexit.register(provider.shutdown)
    log.info("spans go to %s", where)


def _exporter(environment: Mapping[str, str]) -> "tuple[SpanExporter, str]":
    """What sends spans, and where to, for the log.

    Raises:
        ConfigError: There is no such exporter or protocol.
        ImportError: Its library is not installed.
    """
    name = _exporter_named(environment) or "otlp"
    if name == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # as above

        return ConsoleSpanExporter(out=sys.stderr), "stderr"  # stdout is the client's
    if name != "otlp":
        raise ConfigError(f"OTEL_TRACES_EXPORTER: {name!r} can't be used; take otlp, console or none")
    protocol = next((found for name in PROTOCOLS if (found := environment.get(name, "").strip().lower())), HTTP)
    if protocol == HTTP:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # as above

        return OTLPSpanExporter(), "the collector of OTEL_EXPORTER_OTLP_ENDPOINT"
    raise ConfigError(
        f"OTEL_EXPORTER_OTLP_PROTOCOL: {protocol!r} can't be used; take {HTTP} (collectors listen for it on port 4318)"
    )
