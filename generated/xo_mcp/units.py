"""Formats XO's numbers: times as ISO 8601, sizes as KiB to PiB.

XO counts some times in milliseconds and others in seconds, and does not say which: overrides/_shared.yaml does.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.parsing import is_number
from xo_mcp.types import Json

_UNITS: Final = CONVENTIONS.units
SIZES: Final = _UNITS.bytes | _UNITS.bytes_beside_used
"""Properties that hold bytes, some of them only beside a `used`: see `readable`."""

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_DIVISORS: Final = {"s": (1, 1000), "ms": (1000, 1), "either": (1, 1000)}
_STEP: Final = 1024
_HUGE: Final = 2**80  # beyond a zebibyte and any instant: shown as it is


def _seconds(value: float, unit: str) -> float | None:
    """Seconds since 1970, `None` when no reading of `value` lies between the years 2000 and 2200 (0 means "never")."""
    # A release that changes a unit must not make us show the year 58,000.
    for divisor in _DIVISORS[unit]:
        if _EARLIEST <= value / divisor < _LATEST:
            return value / divisor
    return None


def iso(value: Json, unit: str = "either") -> str | None:
    """Format an instant as ISO 8601 in UTC, to the second.

    Args:
        value: A number of seconds or milliseconds since 1970.
        unit: `s`, `ms` or `either` (the magnitude decides).

    Returns:
        Text like `2026-11-22T20:33:00Z`, or `None` when `value` is not an instant of the years 2000 to 2199.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < _HUGE:
        return None
    seconds = _seconds(value, unit)
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def unit_of(name: str) -> str | None:
    """The unit of the instants a property of this name holds, as `iso` takes it; `None` when it holds none."""
    if name in _UNITS.seconds:
        return "s"
    if name in _UNITS.milliseconds:
        return "ms"
    return "either" if name in _UNITS.either else None


def readable_size(size: float) -> str:
    """Format bytes in binary units with four significant digits, like `4 GiB` or `1.5 TiB`."""
    unit, each = binary_unit(size)
    return f"{size / each:.4g} {unit}"


def binary_unit(size: float) -> tuple[str, int]:
    """The unit that so many bytes are reported in, and how many bytes it has."""
    each = 1
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(size) < each * _STEP:
            return unit, each
        each *= _STEP
    return "PiB", each


def readable(value: Json) -> Json:
    """Return a copy for people: sizes as text and times as ISO 8601 instead of XO's numbers.

    `total`, `used`, `available`, `other` and `replicated` are sizes only beside a `used` one: elsewhere XO counts
    machines under these names.
    """
    if isinstance(value, list):
        return [readable(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _readable_property(name, item, value) for name, item in value.items()}


def _readable_property(name: str, item: Json, siblings: Mapping[str, Json]) -> Json:
    unit = unit_of(name)
    text = None if unit is None else iso(item, unit)
    if text is not None:
        return text
    if name in SIZES and (name not in _UNITS.bytes_beside_used or "used" in siblings):
        if isinstance(item, list) and all(is_number(each) for each in item):
            return [_size_or_same(each) for each in item]
        if is_number(item):
            return _size_or_same(item)
    return readable(item)


def _size_or_same(value: Json) -> Json:
    return readable_size(value) if isinstance(value, (int, float)) and -_HUGE < value < _HUGE else value
