"""Averages and maxima of XO's statistics of one object over a span."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from xo_mcp.locations import Location
from xo_mcp.parsing import number_in, object_in
from xo_mcp.reads.series import Point, series_of, tidy
from xo_mcp.types import Json

SPANS: Final[Mapping[str, tuple[str, int]]] = {
    "hour": ("minutes", 3_600),
    "day": ("hours", 86_400),
    "week": ("hours", 7 * 86_400),
}
"""Span -> XO's granularity that holds it (XO 6.7.1: two hours of minutes, a week of hours), and its seconds."""


def measured(answer: Json, measures: Mapping[str, Mapping[str, Any]], span: str) -> dict[str, Json]:
    """Averages and maxima.

    Args:
        answer: Of `GET .../stats`.
        measures: Name -> the `series` it is made of, how they `combine`, and what is taken off (`minus`).
        span: One of `SPANS`, up to the newest value.

    Returns:
        `<name>_avg` and `<name>_max`; those without a value are left out. A maximum is that of XO's own averages, over
        a minute or an hour.
    """
    data = object_in(answer)
    interval = number_in(data.get("interval"))
    seconds = SPANS[span][1]
    count = math.ceil(seconds / interval) if interval >= 1 else seconds
    summary: dict[str, Json] = {}
    for name, measure in measures.items():
        values = _combined(data.get("stats"), measure, count)
        if values:
            summary[f"{name}_avg"] = tidy(math.fsum(values) / len(values))
            summary[f"{name}_max"] = tidy(max(values))
    return summary


def _combined(stats: Json, measure: Mapping[str, Any], count: int) -> list[float]:
    """The values of a quantity, oldest first, without the instants at which nothing was measured."""
    members = [values for name in measure["series"] for values in _newest(stats, name, count)]
    taken_off = _newest(stats, measure["minus"], count) if measure.get("minus") else []
    result = []
    # Series end at the same instant, so they are aligned at their ends.
    for back in range(max(map(len, members), default=0), 0, -1):
        values = _at(members, back)
        less = _at(taken_off, back)
        if not values or (taken_off and not less):
            continue
        total = math.fsum(values)
        result.append((total / len(values) if measure.get("combine") == "mean" else total) - math.fsum(less))
    return result


def _newest(stats: Json, name: str, count: int) -> list[Sequence[Point]]:
    """The last values of every series of that name, or below it."""
    below = stats
    for part in Location(name).steps:
        below = below.get(part) if isinstance(below, dict) else None
    return [series.values for series in series_of({name: _cut(below, count)})]


def _cut(value: Json, count: int) -> Json:
    if isinstance(value, dict):
        return {name: _cut(item, count) for name, item in value.items()}
    return value[-count:] if isinstance(value, list) else None


def _at(series: Sequence[Sequence[Point]], back: int) -> list[float]:
    return [value for each in series if len(each) >= back and (value := each[-back]) is not None]
