"""Spans of time as people write them (`24h`, `7 days`), and the granularity of XO's statistics that covers one best."""

import math
import re
from collections.abc import Mapping
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError
from xo_mcp.text import as_sent
from xo_mcp.types import OMIT, Call

_SPAN: Final = re.compile(
    r"\s*(\d{1,6}(?:\.\d{1,3})?)\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*",
    re.IGNORECASE,
)
_SECONDS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SHORTEST: Final = 0.001
"""Seconds between two values, at least: XO has five."""
_LONGEST: Final = 60  # characters of a span in a message


def parse_span(text: str) -> float:
    """Read a span.

    Returns:
        Seconds.

    Raises:
        ArgumentError: It is not one.
    """
    match = _SPAN.fullmatch(text)
    seconds = float(match[1]) * _SECONDS[match[2][0].lower()] if match else 0
    if not match or seconds <= 0:
        raise ArgumentError(f"`last` must be a span like `30m`, `24h` or `7d`, not `{as_sent(text, _LONGEST)}`.")
    return seconds


def covering(call: Call, span: float) -> Call:
    """The request with the finest granularity that XO keeps for so long.

    Args:
        call: The GET of statistics.
        span: Seconds.

    Raises:
        ArgumentError: XO keeps nothing for so long, or not in the granularity that was asked for.
    """
    spans = CONVENTIONS.stats_spans
    asked = call.query.get("granularity", OMIT)
    if isinstance(asked, str) and asked in spans:
        if spans[asked] < span:
            longer = next((name for name, kept in spans.items() if kept >= span), None)
            advice = f" Leave granularity out, or say {longer}." if longer else ""
            raise ArgumentError(f"In {asked}, XO keeps {readable_span(spans[asked])}, and `last` is longer.{advice}")
        return call
    fitting = next((name for name, kept in spans.items() if kept >= span), None)
    if fitting is None:
        raise ArgumentError(f"XO keeps statistics for {readable_span(max(spans.values(), default=0))} at most.")
    return Call(call.method, call.route, call.path, {**call.query, "granularity": fitting})


def values_of(span: float, interval: float) -> int:
    """How many values cover a span, the last one included."""
    return max(1, math.ceil(span / interval - 1e-9)) if interval >= _SHORTEST else 1


def readable_span(seconds: float) -> str:
    """A span as people write it."""
    for unit in ("d", "h", "m"):
        if seconds >= _SECONDS[unit] and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:g} {unit}"
    return f"{seconds:g} s"
