"""Amounts that can't be meant: 4 bytes of memory, half a CPU, a negative size."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xo_mcp.amounts import parse_size
from xo_mcp.locations import EACH, Location
from xo_mcp.text import as_sent
from xo_mcp.units import readable_size

_UNITS: Final = {"GiB": 1 << 30, "MiB": 1 << 20}
_MOST_GIB: Final = 511
_LONGEST: Final = 60  # characters of a text that is repeated
_MOST_GUESSED: Final = 1 << 20
"""A number up to this, where bytes are wanted, was probably GiB (up to 511: 4, 16, 500) or MiB (2048, 4096, 10240)."""


@dataclass(frozen=True)
class Rule:
    """What is known of a number XO takes as it is.

    Attributes:
        unit: What it counts, `bytes` where an amount with a unit is taken as well.
        least: Less can't be meant.
        most: More can't be meant.
        whole: Fractions can't be meant.
    """

    unit: str = ""
    least: float | None = None
    most: float | None = None
    whole: bool = True

    @property
    def is_bytes(self) -> bool:
        """Whether bytes are counted."""
        return self.unit == "bytes"


def rules_of(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Rule]:
    """Read the rules of a tool's facts."""
    return {location: Rule(**rule) for location, rule in facts.items()}


def complaints(arguments: Mapping[str, Any], rules: Mapping[str, Rule]) -> Iterator[str]:
    """A sentence for each amount that can't be meant.

    Args:
        arguments: As they would be sent.
        rules: Location (`memory`, `vdis[].size`) to what is known of it.
    """
    for location, rule in rules.items():
        for path, value in _at(arguments, Location(location).steps, ""):
            complaint = _complaint(path, value, rule)
            if complaint:
                yield complaint


def _at(value: Any, steps: Sequence[str], path: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield path, value
        return
    step, *rest = steps
    if step == EACH:
        for number, part in enumerate(value if isinstance(value, list) else ()):
            yield from _at(part, rest, f"{path}[{number}]")
    elif isinstance(value, Mapping) and step in value:
        yield from _at(value[step], rest, f"{path}.{step}" if path else step)


def _complaint(path: str, value: Any, rule: Rule) -> str | None:
    if isinstance(value, str):
        return _of_text(path, value) if rule.is_bytes else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    guessed = f" Did you mean {_sized(value)}?" if rule.is_bytes and 0 < value <= _MOST_GUESSED else ""
    if rule.whole and float(value) != value // 1:
        return f"{path} must be a whole number{f' of {rule.unit}' if rule.unit else ''}, not {value}.{guessed}"
    if rule.least is not None and value < rule.least:
        least = readable_size(rule.least) if rule.is_bytes else _counted(rule.least, rule)
        return f"{path} must be at least {least}, not {_counted(value, rule)}.{guessed}"
    if rule.most is not None and value > rule.most:
        return f"{path} must be at most {_counted(rule.most, rule)}, not {value:g}."
    return None


def _counted(value: float, rule: Rule) -> str:
    return f"{value:g} {rule.unit}".rstrip()


def _sized(value: float) -> str:
    unit = "GiB" if value <= _MOST_GIB else "MiB"
    return f'"{value:.15g}{unit}" ({int(value * _UNITS[unit])})'


def _of_text(path: str, value: str) -> str | None:
    """An amount written so that it can't be counted, or in two ways."""
    size = parse_size(value)
    if size is None:
        return f'{path} must be bytes: a number, or text like "4GiB", not "{as_sent(value, _LONGEST)}".'
    other = size.other_reading if size is not None and size.unclear else None
    if other is None:
        return None
    return f'{path}: "{value.strip()}" can be {size} ({size.bytes}) or {other} ({other.bytes}): write one of them.'
