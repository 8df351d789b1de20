"""XO's statistics as named series of numbers.

`GET /vms/{id}/stats` of XO 6.7.1 is `{endTimestamp, interval, stats}`: arrays of numbers and nulls below `stats`, one
to three names deep, oldest first, `interval` seconds apart, the last one at `endTimestamp` (seconds since 1970).
Pools answer the same by host, or `{error}` for a host that is away.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.parsing import number_in
from xo_mcp.reads.budget import some_names
from xo_mcp.text import as_sent
from xo_mcp.types import Json

Point = float | None
"""A measured value; `None` where XO has none."""

UNITS: Final[Mapping[str, str]] = CONVENTIONS.units.series
"""Unit by the first name of a series; a series without one is shown without."""

_SUMMED: Final = frozenset({"B/s", "requests/s", "requests", "errors/s"})
_DEPTH: Final = 6
_EXACT: Final = 1000


@dataclass(frozen=True)
class Series:
    """One row of measured values.

    Attributes:
        name: XO's names with dots between them, `iops.r.a`.
        values: Oldest first.
        members: How many series of XO it combines.
    """

    name: str
    values: Sequence[Point]
    members: int = 1

    @property
    def unit(self) -> str:
        """What the values count; empty when it is not known."""
        return UNITS.get(self.name.replace(" ", ".").split(".", maxsplit=1)[0], "")


def series_of(stats: Json) -> list[Series]:
    """Collect every array below `stats`, by name; what is not a number in it counts as missing."""
    return [Series(".".join(names), [_point(each) for each in values]) for names, values in _arrays(stats, ())]


def _arrays(value: Json, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Json]]]:
    if isinstance(value, list):
        if names:
            yield names, value
    elif isinstance(value, dict) and len(names) < _DEPTH:
        for name, item in value.items():
            yield from _arrays(item, (*names, name))


def _point(value: Json) -> Point:
    number = number_in(value, math.nan)
    return None if math.isnan(number) else number


def grouped(series: Sequence[Series], most: int) -> list[Series]:
    """Put the members of a group of more than `most` series (64 cores) into one, named `cpus.*`.

    Rates are added up, everything else is averaged, point by point.
    """
    groups: dict[str, list[Series]] = {}
    for each in series:
        groups.setdefault(each.name.rpartition(".")[0], []).append(each)
    shown: list[Series] = []
    for group, members in groups.items():
        if group and len(members) > most:
            shown.append(_together(f"{group}.*", members))
        else:
            shown.extend(members)
    return shown


def _together(name: str, members: Sequence[Series]) -> Series:
    # Series end at the same instant, so they are aligned at their ends.
    length = max(len(each.values) for each in members)
    adds = members[0].unit in _SUMMED
    values: list[Point] = []
    for back in range(length, 0, -1):
        present = [value for each in members if len(each.values) >= back and (value := each.values[-back]) is not None]
        total = math.fsum(present)
        values.append(None if not present else total if adds else total / len(present))
    return Series(name, values, len(members))


def summary(series: Series) -> dict[str, Json]:
    """Return min, avg, max and last of a series with its unit; `no data` when every value is missing."""
    present = [value for value in series.values if value is not None]
    summaries: dict[str, Json] = {}
    if present:
        last = next((value for value in reversed(series.values) if value is not None), None)
        summaries = {
            "min": tidy(min(present)),
            "avg": tidy(math.fsum(value / len(present) for value in present)),
            "max": tidy(max(present)),
            "last": tidy(last),
        }
    if series.unit:
        summaries["unit"] = series.unit
    if not present:
        summaries["missing"] = "no data"
    elif len(present) < len(series.values):
        summaries["missing"] = len(series.values) - len(present)
    if series.members > 1:
        summaries["members"] = series.members
        summaries["members_are"] = "added up" if series.unit in _SUMMED else "averaged"
    return summaries


def thinned(values: Sequence[Point], points: int) -> tuple[list[Point], int]:
    """Average neighbouring values so that at most `points` are left.

    Returns:
        The averages, the last one over the newest values, and how many values each combines (the first may combine
        for fewer). Averages of nothing but missing values are missing.
    """
    size = max(1, math.ceil(len(values) / max(points, 1)))
    first = len(values) % size
    starts = ([0] if first else []) + list(range(first, len(values), size))
    return [_mean(values[start : (start + size if start or not first else first)]) for start in starts], size


def _mean(values: Sequence[Point]) -> Point:
    present = [value for value in values if value is not None]
    return math.fsum(value / len(present) for value in present) if present else None


def tidy(value: Point) -> Json:
    """Return a value without the digits nobody measured: four significant ones, or a whole number from 1,000."""
    if value is None:
        return None
    short = round(value) if abs(value) >= _EXACT else float(f"{value:.4g}")
    return int(short) if short == int(short) else short


def select(series: Sequence[Series], wanted: Sequence[str]) -> list[Series]:
    """Choose series by name, by the beginning of it up to a dot, or by pattern.

    Raises:
        ArgumentError: A name matches none.
    """
    for name in wanted:
        if not any(_matches(each.name, name) for each in series):
            names = sorted({each.name for each in series} | {each.name.split(".")[0] for each in series})
            tops = list(dict.fromkeys(each.name.split(".")[0] for each in series))
            close = suggestion(name[:60], names)
            raise ArgumentError(
                f"`series`: there is no `{as_sent(name, 100)}`{close or '.'} There are {some_names(tops)}."
            )
    return [each for each in series if is_wanted(each.name, wanted)]


def is_wanted(name: str, wanted: Sequence[str]) -> bool:
    """Whether a series is chosen by one of these names or patterns."""
    return any(_matches(name, each) for each in wanted)


def _matches(name: str, wanted: str) -> bool:
    return name == wanted or name.startswith(f"{wanted}.") or fnmatchcase(name, wanted)
