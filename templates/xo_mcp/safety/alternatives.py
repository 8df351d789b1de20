"""Bodies that are one of several: which one fits the arguments, and what it forbids.

XO refuses a mixture with a list of all that does not fit; here the alternative that was meant says what is wrong.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from xo_mcp.nearest import suggestion

_SHOWN: Final = 12
Alternative = Mapping[str, Any]
"""`takes`: names; `needs`: names; `values`: name to the values it has there, where those differ."""


def complaints(arguments: Mapping[str, Any], alternatives: Sequence[Alternative]) -> Iterator[str]:
    """A sentence when the arguments fit none of the alternatives.

    Args:
        arguments: By name.
        alternatives: What each takes; empty when there is one way only.
    """
    if not alternatives:
        return
    named = {name for one in alternatives for name in one["takes"]}
    given = {name: value for name, value in arguments.items() if name in named}
    faults = [_faults(given, one) for one in alternatives]
    if all(faults):
        best = min(range(len(faults)), key=lambda number: _distance(given, alternatives[number], faults[number]))
        yield f"{_fitting(given, alternatives[best], named)}{' '.join(faults[best])}"


def _faults(given: Mapping[str, Any], one: Alternative) -> list[str]:
    values: Mapping[str, Collection[Any]] = one.get("values", {})
    faults = [f"{name} can't be given." for name in given if name not in one["takes"]]
    faults += [_missing(name, values.get(name, ())) for name in one.get("needs", ()) if name not in given]
    for name, allowed in values.items():
        if name in given and given[name] not in allowed:
            near = suggestion(str(given[name])[:60], map(str, allowed), count=1) if len(allowed) > _SHOWN else ""
            faults.append(f"{name} must be {_allowed_values(allowed)}{near or '.'}")
    return faults


def _missing(name: str, allowed: Collection[Any]) -> str:
    return f"{name} must be {_allowed_values(allowed)}." if allowed else f"{name} is missing."


def _distance(given: Mapping[str, Any], one: Alternative, faults: Sequence[str]) -> tuple[int, int, int]:
    """How far from meant an alternative is: by faults, then by the values only it has, then by how much it takes."""
    own = sum(len(allowed) == 1 and given.get(name) in allowed for name, allowed in one.get("values", {}).items())
    return len(faults), -own, -len(one["takes"])


def _fitting(given: Mapping[str, Any], one: Alternative, named: Collection[str]) -> str:
    single = {name: allowed[0] for name, allowed in one.get("values", {}).items() if len(allowed) == 1}
    fixed = [f"{name} {_word(given[name])}" for name in given if name in single and given[name] == single[name]]
    own = [name for name in given if name in one["takes"] and name in named and name not in single]
    return f"With {' and '.join(fixed or own)}: " if fixed or own else ""


def _allowed_values(allowed: Collection[Any]) -> str:
    shown = ", ".join(map(_word, list(allowed)[:_SHOWN]))
    return f"{shown} or one of {len(allowed) - _SHOWN} more" if len(allowed) > _SHOWN else shown


def _word(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower()
