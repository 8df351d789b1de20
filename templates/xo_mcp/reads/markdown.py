"""Draws records as Markdown tables, here rather than by XO: its own tables print names as they are.

A cell holds what somebody called a VM, so nothing in it may act as markup: no new column or row, no link or image (an
image is fetched from wherever its name says), no HTML, no code span. A bare URL stays: it shows where it leads.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from xo_mcp.text import neutral_text
from xo_mcp.types import Json
from xo_mcp.units import readable

CELL: Final = 200
"""Characters of one cell; a longer value ends in an ellipsis (ask for JSON to see it whole)."""

BACKSLASH: Final = "\\"
# `_` between letters is no emphasis, and every second name of XO has one.
_MARKUP: Final = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """Return `text` as one line in which no character acts as Markdown or HTML."""
    line = " ".join(neutral_text(text).split())
    return _MARKUP.sub(lambda match: "\\" + match[0], line).translate(_ENTITIES)


def _plain(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        inner = [f"({_plain(item)})" if isinstance(item, (dict, list)) else _plain(item) for item in value]
        return ", ".join(inner)
    return str(value)


def cell(value: Json) -> str:
    """Return one value as the inside of a table cell."""
    text = " ".join(_plain(value).split())
    return escape(text if len(text) <= CELL else text[: CELL - 1] + "\u2026")


def row(cells: Iterable[str]) -> str:
    """Draw one line of a table, of cells in which no bar acts as markup."""
    # Without the usual spaces, which are a tenth of a table; a backslash must not reach the next bar.
    return f"|{'|'.join(f'{text} ' if text.endswith(BACKSLASH) else text for text in cells)}|"


def columns_of(items: Sequence[Json]) -> list[str]:
    """Return the properties of all records, in the order they first appear, without our `_iso` twins of instants."""
    names: dict[str, None] = {}
    for item in items:
        if isinstance(item, dict):
            names.update(dict.fromkeys(item))
    return [name for name in names if not (name.endswith("_iso") and name.removesuffix("_iso") in names)]


def lines(items: Sequence[Json]) -> list[str]:
    """Draw records as the lines of a table: head, rule, then one line per record.

    Sizes are reported in binary units and instants as ISO 8601; a record that is not an object fills a column `value`.
    """
    records: list[Mapping[str, Json]] = [item if isinstance(item, dict) else {"value": item} for item in items]
    columns = columns_of([dict(record) for record in records])
    if not columns:
        return []
    rows = [readable(dict(record)) for record in records]
    head = [row(cell(name) for name in columns), row("---" for _ in columns)]
    return head + [row(cell(each.get(name)) for name in columns) for each in rows if isinstance(each, dict)]


def table(items: Sequence[Json]) -> str:
    """Draw records as one table; `(none)` when there are none."""
    return "\n".join(lines(items)) or "(none)"


def fitting(items: Sequence[Json], room: int) -> int:
    """Return how many of the records have a line in a table of at most `room` bytes."""
    used = -1
    count = 0
    for index, line in enumerate(lines(items)):
        used += len(line.encode(errors="replace")) + 1
        if used > room:
            break
        count = max(index - 1, 0)
    return count


def record(item: Mapping[str, Json]) -> str:
    """Draw one object as a table of two columns, property and value."""
    shown = readable({name: item[name] for name in columns_of([dict(item)])})
    pairs: list[Json] = (
        [{"property": name, "value": value} for name, value in shown.items()] if isinstance(shown, dict) else []
    )
    return table(pairs)
