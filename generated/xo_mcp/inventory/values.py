"""Converts XO's values for SQL: booleans to 0 and 1, times to seconds, arrays and objects to JSON text.

Secrets are masked before they reach a table, because a statement could take a text apart and get past a mask.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from xo_mcp.inventory.functions import MOST_TEXT, Value
from xo_mcp.inventory.tables import JSON_KINDS, TIMES, Column
from xo_mcp.parsing import is_number
from xo_mcp.privacy.masking import masked, masked_text
from xo_mcp.types import Json

_LARGEST: Final = 2**63
_IN_MILLISECONDS: Final = 1e11
"""Seconds since 1970 beyond the year 5100, milliseconds from 1973 on: XO counts some instants so, some so."""
_LAST: Final = 253_402_300_799
"""The last second of the year 9999, after which SQLite knows no date."""
_DEPTH: Final = 60
_SHORT: Final = 10_000
"""Characters of a text that needs no measuring."""


def rows_of(records: Iterable[Json], columns: Sequence[Column]) -> Iterator[list[Value]]:
    """The rows of a table.

    Args:
        records: As XO sent them; what is not an object is passed over.
        columns: Those to fill, in this order.
    """
    paths = [(*column.property.partition(".")[::2], _reader(column.kind)) for column in columns]
    for record in records:
        if isinstance(record, dict):
            yield [_cell(record, *path) for path in paths]


def _reader(kind: str) -> Callable[[Json], Value]:
    return seconds if kind == "time" else json_of if kind in JSON_KINDS else value_of


def _cell(record: Mapping[str, Json], name: str, inner: str, read: Callable[[Json], Value]) -> Value:
    value = record.get(name)
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None
    if type(value) is not str or read is json_of or not value.isascii() or len(value) > _SHORT:
        return read(value)
    return read(value) if "=" in value or "://" in value else value  # nearly all texts


def value_of(value: Json) -> Value:
    """One value, which is not an instant."""
    if value is None or isinstance(value, bool):
        return None if value is None else int(value)
    if isinstance(value, str):
        return _text(masked_text(value))
    if isinstance(value, (list, dict)):
        return json_text(value)
    return _number(value)


def json_of(value: Json) -> Value:
    """A value where an array or object belongs: text that is not JSON fails every statement that takes it apart."""
    return _text(json.dumps(masked_text(value), ensure_ascii=False)) if isinstance(value, str) else value_of(value)


def json_text(value: Json) -> Value:
    """JSON of an array or object, instants inside in seconds; nothing when it is larger than SQL may hold."""
    text = json.dumps(_in_seconds(masked(value), 0), ensure_ascii=False, separators=(",", ":"))
    return None if len(text) * 4 > MOST_TEXT and len(text.encode(errors="replace")) > MOST_TEXT else _text(text)


def seconds(value: Json) -> Value:
    """An instant in seconds since 1970; nothing for 0, by which XO says that it does not know, and beyond all years."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value_of(value)
    number = _number(value)
    if not isinstance(number, (int, float)) or number <= 0:
        return None
    exact = number / 1000 if number >= _IN_MILLISECONDS else number
    if exact > _LAST:
        return None
    return int(exact) if exact == int(exact) else exact


def _number(value: float) -> Value:
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else _real(value)
    return value if math.isfinite(value) else None


def _real(value: int) -> Value:
    try:
        return float(value)
    except OverflowError:
        return None


def _text(text: str) -> str:
    # A lone surrogate, which JSON can write, is not text for SQLite.
    clean = text if text.isascii() else text.encode(errors="replace").decode()
    return clean if len(clean) * 4 <= MOST_TEXT else clean.encode()[:MOST_TEXT].decode(errors="ignore")


def _in_seconds(value: Json, depth: int) -> Json:
    if depth >= _DEPTH:
        return None
    if isinstance(value, list):
        return [_in_seconds(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {
            name: _instant(item) if name in TIMES and is_number(item) else _in_seconds(item, depth + 1)
            for name, item in value.items()
        }
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _instant(value: Json) -> Json:
    found = seconds(value)
    return found if isinstance(found, (int, float)) else None
