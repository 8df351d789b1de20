"""Hooks for telemetry: tool calls, requests to XO, questions to people, open streams.

Who watches adds itself to `observers`; with none, all this costs a few comparisons. Spans go through OpenTelemetry's
API, which does nothing until `telemetry.tracing` is set up. They hold names, statuses and sizes, no argument and no
answer.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, get_tracer, use_span

Api = Literal["rest", "jsonrpc"]
Step = Literal["asked", "given", "refused"]
NO_ANSWER: Final = "none"
"""The status of a request that XO did not answer."""

CANCELLED: Final = "cancelled"
_BAD_OUTCOMES: Final = frozenset({"error", CANCELLED})
_FIRST_ERROR: Final = 400
_TRACER: Final = get_tracer("xo_mcp")


class Observer:
    """Is notified of what happened, and heeds what it overrides; must neither wait nor raise."""

    def call_ended(self, tool: str, outcome: str, seconds: float, size: int) -> None:
        """A tool answered: `ok`, `error` or `asked`, with so many bytes."""

    def request_ended(self, api: Api, name: str, status: str, seconds: float) -> None:
        """XO answered `GET /vms/{id}` or a method with an HTTP status, `ok`, `error` or `none`."""

    def request_repeated(self, name: str) -> None:
        """A request is sent once more."""

    def question_put(self, step: Step) -> None:
        """A person was asked, agreed, or did not."""

    def streams_changed(self, change: int) -> None:
        """So many streams of events were opened, or closed when negative."""


observers: Final[list[Observer]] = []


class Seen:
    """What a request came to, filled in while it runs.

    Attributes:
        status: Of the answer: HTTP's, `ok` or `error`.
        error: What went wrong, as a word of ours.
        code: XO's number of a JSON-RPC error.
        sent: Bytes of the request's body.
        size: Bytes of the answer that were read, before they are decompressed.
        goes_on: Whether the answer is still read after its status came; who reads it calls `end`.
    """

    def __init__(self, span: Span) -> None:
        self._span = span
        self.status = NO_ANSWER
        self.error = ""
        self.code: int | None = None
        self.sent = 0
        self.size: int | None = None
        self.goes_on = False

    def end(self) -> None:
        """Nothing follows: the span ends here."""
        attributes: dict[str, str | int | None] = {
            "xo.status": self.status,
            "xo.request_bytes": self.sent,
            "xo.response_bytes": self.size,
            "rpc.jsonrpc.error_code": self.code,
        }
        if _failed(self.status) or self.error:
            attributes["error.type"] = self.error or self.status
            self._span.set_status(StatusCode.ERROR)
        self._span.set_attributes({name: value for name, value in attributes.items() if value is not None})
        self._span.end()


@contextmanager
def request(api: Api, name: str) -> Iterator[Seen]:
    """Watch one request to XO.

    Args:
        api: Over which API.
        name: `METHOD /route` with placeholders, or the method: no value of an argument.

    Yields:
        Where to put what it came to.
    """
    begun = time.perf_counter()
    span = _TRACER.start_span(name, kind=SpanKind.CLIENT, attributes={"xo.api": api, "xo.operation": name})
    seen = Seen(span)
    try:
        with use_span(span, record_exception=False, set_status_on_exception=False):
            yield seen
    except BaseException as error:
        # The error of the library below distinguishes a timeout from a refused connection.
        seen.error = seen.error or type(error.__cause__ or error).__name__
        raise
    finally:
        for observer in observers:
            observer.request_ended(api, name, seen.status, time.perf_counter() - begun)
        if not seen.goes_on:
            seen.end()


def _failed(status: str) -> bool:
    return status in (NO_ANSWER, "error") or (status.isdigit() and int(status) >= _FIRST_ERROR)


def request_repeated(name: str) -> None:
    """A request to XO is sent once more."""
    for observer in observers:
        observer.request_repeated(name)


def question_put(step: Step) -> None:
    """A person was asked, agreed, or did not."""
    for observer in observers:
        observer.question_put(step)


def streams_changed(change: int) -> None:
    """Streams of events were opened, or closed."""
    for observer in observers:
        observer.streams_changed(change)


@dataclass
class MessageSeen:
    """What answering a message came to: the kind of error, or nothing."""

    error: str = ""


@contextmanager
def message(method: str, protocol: str, parent: Context | None) -> Iterator[MessageSeen]:
    """Watch a message from a client.

    Args:
        method: One of the server's own, or a word for all others.
        protocol: Version of the protocol.
        parent: The client's span, where it names one.

    Yields:
        Where to put the kind of error.
    """
    seen = MessageSeen()
    with _TRACER.start_as_current_span(
        method,
        context=parent,
        kind=SpanKind.SERVER,
        attributes={"mcp.method.name": method, "mcp.protocol.version": protocol},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield seen
        finally:
            if seen.error:
                span.set_attribute("error.type", seen.error)
                span.set_status(StatusCode.ERROR)


@contextmanager
def call(tool: str) -> Iterator["CallSeen"]:
    """Watch one tool call.

    Yields:
        Where to put what it came to.
    """
    begun = time.perf_counter()
    # Below the span of the message, which under the search surface names another tool.
    with _TRACER.start_as_current_span(
        tool, attributes={"xo.tool": tool}, record_exception=False, set_status_on_exception=False
    ) as span:
        seen = CallSeen(is_watched=bool(observers) or span.is_recording())
        try:
            yield seen
        finally:
            span.set_attributes({"xo.outcome": seen.outcome, "xo.answer_bytes": seen.size})
            if seen.outcome in _BAD_OUTCOMES:
                span.set_attribute("error.type", seen.error or seen.outcome)
                span.set_status(StatusCode.ERROR)
            for observer in observers:
                observer.call_ended(tool, seen.outcome, time.perf_counter() - begun, seen.size)


@dataclass
class CallSeen:
    """What a call came to; `cancelled` unless somebody says otherwise.

    Attributes:
        is_watched: Whether anybody wants to know.
        outcome: `ok`, `error`, `asked` or `cancelled`.
        size: Bytes of the answer's text.
        error: What went wrong, as a word of ours.
    """

    is_watched: bool = False
    outcome: str = CANCELLED
    size: int = 0
    error: str = ""
