"""Figures for Prometheus, kept by its own client library (extra `telemetry`)."""

from typing import Final

from xo_mcp.errors import ConfigError
from xo_mcp.observing import Api, Observer, Step, observers

_SECONDS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)
_BYTES: Final = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


class Metrics(Observer):
    """Counts what is reported to it, in a registry of its own.

    Labels hold names of tools, APIs and statuses, which are few; never ids or names of objects. The library of the
    extra is imported with the first of these.
    """

    def __init__(self) -> None:
        import prometheus_client as prometheus  # an extra

        self.content_type = prometheus.CONTENT_TYPE_LATEST
        self._written = prometheus.generate_latest
        self.registry = prometheus.CollectorRegistry()
        self._calls = prometheus.Counter(
            "xo_mcp_calls", "Tool calls by outcome.", ["tool", "outcome"], registry=self.registry
        )
        self._seconds = prometheus.Histogram(
            "xo_mcp_call_seconds", "Seconds a tool call took.", ["tool"], buckets=_SECONDS, registry=self.registry
        )
        self._bytes = prometheus.Histogram(
            "xo_mcp_answer_bytes", "Bytes of the text of an answer.", ["tool"], buckets=_BYTES, registry=self.registry
        )
        self._requests = prometheus.Counter(
            "xo_mcp_xo_requests", "Requests to XO by API and status.", ["api", "status"], registry=self.registry
        )
        self._waited = prometheus.Histogram(
            "xo_mcp_xo_request_seconds",
            "Seconds a request to XO took; of a stream, until it began.",
            ["api"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._repeated = prometheus.Counter(
            "xo_mcp_xo_retries", "Requests to XO that were sent again.", registry=self.registry
        )
        self._streams = prometheus.Gauge(
            "xo_mcp_event_streams", "Streams of events that are open.", registry=self.registry
        )
        self._questions = prometheus.Counter(
            "xo_mcp_confirmations", "Questions to people: asked, given, refused.", ["step"], registry=self.registry
        )

    def call_ended(self, tool: str, outcome: str, seconds: float, size: int) -> None:
        """Count a call."""
        self._calls.labels(tool, outcome).inc()
        self._seconds.labels(tool).observe(seconds)
        self._bytes.labels(tool).observe(size)

    def request_ended(self, api: Api, name: str, status: str, seconds: float) -> None:  # noqa: ARG002 - too many names
        """Count a request to XO."""
        self._requests.labels(api, status).inc()
        self._waited.labels(api).observe(seconds)

    def request_repeated(self, name: str) -> None:  # noqa: ARG002 - likewise
        """Count a request that is sent again."""
        self._repeated.inc()

    def question_put(self, step: Step) -> None:
        """Count a question."""
        self._questions.labels(step).inc()

    def streams_changed(self, change: int) -> None:
        """Follow how many streams there are."""
        self._streams.inc(change)

    def page(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return self._written(self.registry)


def start() -> Metrics:
    """Begin to count.

    Raises:
        ConfigError: The extra is not installed.
    """
    try:
        metrics = Metrics()
    except ImportError as error:
        raise ConfigError(
            "--metrics and --metrics-port need the extra `telemetry`: pip install 'xen-orchestra-mcp[telemetry]'"
        ) from error
    observers.append(metrics)
    return metrics
