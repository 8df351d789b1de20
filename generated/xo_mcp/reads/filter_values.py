"""Values that XO's filters can't take as they were written: dates, sizes with units, colons; and addresses.

Each is refused, or noted, with what to write instead.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from xo_mcp.amounts import parse_size
from xo_mcp.decisions import CONVENTIONS
from xo_mcp.reads.filter_language import Compare, Condition, Text, Truthy
from xo_mcp.reads.record_table import RecordTable
from xo_mcp.text import as_sent
from xo_mcp.types import Json

_DATE: Final = re.compile(r"\d{4}-\d\d?-\d\d?(T[\d:.]*Z?)?")
_OTHER_DATE: Final = re.compile(r":[<>]=?(\d{1,4}[/.]\d{1,2}[/.]\d{1,4})(?![\w.])")
"""Dates as people write them, in which a slash would begin a regular expression."""
_IDS: Final = re.compile(r"[0-9a-fA-F*-]+|OpaqueRef.*")
_RELATIVE: Final = re.compile(r"-?\d+(?:\.\d+)?(?:s|m|h|d|w|min|day|days|hour|hours|week|weeks)")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_GROUPS: Final = 3
"""Groups of hexadecimal digits with colons between them that are an address; fewer can be anything."""
_TIMED: Final = re.compile(r"(?<![\w$.-])([\w$.-]++)\s*+:\s*+([<>]=?|)\s*+(\d{4}-\d\d-\d\dT\d\d:[\d:.]*Z?)")
_QUOTED: Final = re.compile(r"(?<![\w$.:-])([\w$.-]++(?::[\w$.-]++)*+):([<>]=?)\"([^\"]{1,60})\"")
_PERCENT: Final = re.compile(r"(?<![\w$.:-])([\w$.-]++(?::[\w$.-]++)*+):[<>]=?\d++(?:\.\d++)?%")
_UNIT: Final = re.compile(r"[KMGTP]i?B", re.IGNORECASE)
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{1,4}")


def matching(text: str, values: Sequence[str]) -> list[str]:
    """The values XO finds with a word: those that contain it, in any case; `*` matches anything."""
    parts = text.casefold().split("*")
    return [value for value in values if _contains(value.casefold(), parts)]


def _contains(value: str, parts: Sequence[str]) -> bool:
    at = 0
    for part in parts:
        at = value.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def is_number(text: str) -> bool:
    """Whether XO reads a text as a number."""
    return re.fullmatch(r"-?(\d++\.?\d*+|\.\d++)([eE]-?\d++)?", text) is not None


def may_be_key(text: str) -> bool:
    """Whether a word that is searched for may be meant as a key of an object."""
    return re.fullmatch(r"[A-Za-z_]\w*", text) is not None


def number_advice(path: Sequence[str], value: str, sign: str) -> str:
    """Say what to write where a number is wanted.

    Args:
        path: The property.
        value: The value there.
        sign: The comparison before it, if any.
    """
    name = ":".join(path) or "property"
    shown = as_sent(value, 200)
    if _DATE.fullmatch(value):
        return f"{_instant(name, value, sign)}"
    size = parse_size(value)
    if size is not None and not value.strip().isdigit():
        advice = f"`{name}:{sign}{size.bytes}` ({size})"
        other = size.other_reading
        advice += f", or `{name}:{sign}{other.bytes}` ({other})" if other else ""
        return f"XO's filters take plain numbers, not `{shown}`: write {advice}."
    if _RELATIVE.fullmatch(value):
        return f"XO's filters know no spans of time like `{shown}`: compare `{name}` with an instant, as a number."
    return f"`{name}` is compared as a number, which `{shown}` is not: write it like `{name}:>4`."


def unreadable_advice(expression: str) -> str | None:
    """Say what to write instead of a compared value that XO can't read: `2026-11-01T10:00:00Z`, `"4"`, `80%`."""
    match = _TIMED.search(expression)
    if match is not None:
        return _instant(match[1], match[3], match[2])
    match = _QUOTED.search(expression)
    if match is not None:
        if match[3].strip().isdigit():
            return f"A number has no quotes: write `{match[1]}:{match[2]}{match[3].strip()}`."
        return number_advice(match[1].split(":"), match[3], match[2])
    match = _PERCENT.search(expression)
    if match is not None:
        return (
            f"XO's filters compare `{match[1]}` with plain numbers, and know no percentage of another property: use "
            "query_inventory, or list and compare."
        )
    return None


def other_date(expression: str) -> str | None:
    """Say that `startTime:>01/11/2026` is no instant."""
    match = _OTHER_DATE.search(expression)
    if match is None:
        return None
    return (
        f"XO's filters take instants as numbers since 1970, not dates like `{match[1]}`: write the date like"
        " `2026-11-01`, and the number is advice."
    )


def reference_advice(one: Condition, table: RecordTable) -> str | None:
    """Say that a property which holds ids is compared with something else, such as a name.

    Args:
        one: What is asked.
        table: The record's properties.
    """
    name = one.path[0] if len(one.path) == 1 else ""
    leaf = one.leaf
    if not name.startswith("$") or table.types.get(name) != "string" or not isinstance(leaf, Text):
        return None
    if not leaf.value or _IDS.fullmatch(leaf.value):
        return None
    return (
        f"`{name}` holds ids, and `{as_sent(leaf.value, 100)}` is not one: list the objects by that name for their id,"
        " or join by name with query_inventory."
    )


def split_size(one: Condition, following: Condition, expression: str) -> str | None:
    """Say that `size:>10 GB` asks for the word GB as well, and what is meant.

    Args:
        one: What is asked.
        following: What is asked next.
        expression: The whole filter.
    """
    unit = following.leaf
    if not one.path or following.path or not isinstance(unit, Text) or not _UNIT.fullmatch(unit.value):
        return None
    sign = one.leaf.sign if isinstance(one.leaf, Compare) else ""
    number = one.leaf.value if isinstance(one.leaf, (Compare, Text)) else ""
    if parse_size(number) is None or expression[one.leaf.end : following.start].strip():
        return None
    return number_advice(one.path, f"{number} {unit.value}", sign)


def _instant(name: str, value: str, sign: str) -> str:
    last = name.rpartition(":")[2]
    try:
        day = datetime.fromisoformat(value)
    except ValueError:
        return f"XO's filters take instants as numbers since 1970, not dates like `{as_sent(value, 200)}`."
    day = day if day.tzinfo else day.replace(tzinfo=UTC)
    seconds = int(day.timestamp())
    sign = sign or ">"
    if last in CONVENTIONS.units.seconds:
        wanted = f"`{name}:{sign}{seconds}` (seconds since 1970, {day:%Y-%m-%d %H:%M} UTC)"
    elif last in CONVENTIONS.units.milliseconds:
        wanted = f"`{name}:{sign}{seconds * 1000}` (milliseconds since 1970, {day:%Y-%m-%d %H:%M} UTC)"
    else:
        wanted = (
            f"`{name}:{sign}{seconds}` where XO counts seconds (messages), `{name}:{sign}{seconds * 1000}` elsewhere"
        )
    return f"XO's filters take instants as numbers, not dates like `{as_sent(value, 200)}`: write {wanted}."


def needs_quotes(one: Condition, table: RecordTable, expression: str) -> str | None:
    """Say that `MAC:02:7d` asks for a property `02` inside the text `MAC`, and what is meant.

    Args:
        one: What is asked.
        table: The record's properties.
        expression: The whole filter.
    """
    if len(one.path) > 1 and not isinstance(one.leaf, Truthy):
        for depth in range(1, len(one.path)):
            field = table.field(one.path[:depth])
            if field is not None and field.type in {"string", "number", "boolean"} and one.path[depth] != "length":
                name = ":".join(one.path[:depth])
                value = as_sent(":".join([*one.path[depth:], _text(one, expression)]), 200)
                return (
                    f"`{name}` has nothing inside, and a colon asks for what is inside: put a value with colons in "
                    f'double quotes, `{name}:"{value}"`.'
                )
    top = one.path[0] if one.path else ""
    parts = [*one.path, _text(one, expression)]
    if len(parts) >= _GROUPS and top not in table.types and all(map(_HEXADECIMAL.fullmatch, parts)):
        value = as_sent(":".join(parts), 200)
        return f'A colon asks for a property: put a value with colons in double quotes, `"{value}"`.'
    return None


def _text(one: Condition, expression: str) -> str:
    leaf = one.leaf
    return leaf.value if isinstance(leaf, Text) else expression[leaf.start : leaf.end]


def address_note(one: Condition, found: Sequence[Json]) -> str | None:
    """Say that an address also found longer ones, when it did or may have.

    Args:
        one: What is asked.
        found: The records.
    """
    if one.negated or not isinstance(one.leaf, Text) or not _ADDRESS.fullmatch(one.leaf.value):
        return None
    address = one.leaf.value
    if all(address in set(_texts(record)) for record in found):
        return None
    name = ":".join(one.path)
    exact = "/^" + address.replace(".", "\\.") + "$/"
    return (
        f"XO finds every text that contains `{address}`, so longer addresses that begin or end with it too: exactly is "
        f"`{name}:{exact}`."
        if name
        else f"XO finds every text that contains `{address}`: exactly is `{exact}`."
    )


def _texts(value: Json, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict) and depth < 4:  # noqa: PLR2004 - addresses are no deeper
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list) and depth < 4:  # noqa: PLR2004 - addresses are no deeper
        for inner in value:
            yield from _texts(inner, depth + 1)
