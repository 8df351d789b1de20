"""The answers of several XOs to one statement as one."""

from collections.abc import Mapping
from typing import Final

from xo_mcp.inventory.engine import Found

APART: Final = "Asked of each XO by itself: sums, ORDER BY, LIMIT and joins are each XO's own."


def together(found: Mapping[str, Found], failed: Mapping[str, str], column: str) -> Found:
    """Put rows one after the other, with the XO's name in a first column.

    Args:
        found: What each XO answered.
        failed: Why others did not.
        column: Name of the first column.
    """
    columns = next(iter(found.values())).columns
    rows = [(name, *row) for name, each in found.items() for row in each.rows]
    notes = [f"{name} is missing: {reason}" for name, reason in failed.items()]
    notes += [f"{name}: {note}" for name, each in found.items() for note in each.notes]
    more = any(each.more for each in found.values())
    return Found((column, *columns), rows, more, (APART, *notes))
