"""What XO's statistics of one object come to over a span: averages and maxima of a few quantities."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from xo_mcp.reads.series import Point, Series, series_of, tidy
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
    data = answer if isinstance(answer, dict) else {}
    interval = data.get("interval")
    seconds = SPANS[span][1]
    count = math.ceil(seconds / interval) if isinstance(interval, (int, float)) and interval > 0 else seconds
    found = series_of(data.get("stats"))
    told: dict[str, Json] = {}
    for name, measure in measures.items():
        values = _combined(found, measure, count)
        if values:
            told[f"{name}_avg"] = tidy(math.fsum(values) / len(values))
            told[f"{name}_max"] = tidy(max(values))
    return told


def _combined(found: Sequence[Series], measure: Mapping[str, Any], count: int) -> list[float]:
    """The values of a quantity, oldest first, without the instants at which nothing was measured."""
    members = [each.values[-count:] for each in found if _is_one_of(each.name, measure["series"])]
    taken_off = [each.values[-count:] for each in found if _is_one_of(each.name, [measure.get("minus")])]
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


def _at(series: Sequence[Sequence[Point]], back: int) -> list[float]:
    return [value for each in series if len(each) >= back and (value := each[-back]) is not None]


def _is_one_of(name: str, wanted: Sequence[str | None]) -> bool:
    return any(each and (name == each or name.startswith(f"{each}.")) for each in wanted)
