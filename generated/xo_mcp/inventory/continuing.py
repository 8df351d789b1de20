"""The SQL statement for the records that a truncated list did not show."""

from collections.abc import Sequence
from typing import Final

from xo_mcp.inventory.guard import quoted
from xo_mcp.inventory.tables import Source, catalog

NEXT: Final = 200
"""Rows of the statement."""
_MOST_COLUMNS: Final = 12


def rest_of(route: str, properties: Sequence[str], shown: int, *, newest: str = "", filtered: bool = False) -> str:
    """The statement for the records that a list did not show.

    Args:
        route: Of the list, `/vms`.
        properties: Those that were shown; none for all.
        shown: Records that were shown.
        newest: The property by which they were shown, newest first.
        filtered: Whether a filter was given, which is not SQL.

    Returns:
        One SELECT, with a word about the filter; empty when the list is no table.
    """
    operation = f"GET {route}"
    source = next(
        (each for each in catalog().sources.values() if each.operation == operation and not each.lookup), None
    )
    if source is None:
        return ""
    order = next((f" ORDER BY {name} DESC" for name, each in source.columns.items() if each.property == newest), "")
    statement = f"SELECT {_columns(source, properties)} FROM {source.name}"  # noqa: S608 - our own names, to be read
    if filtered:
        return f"{statement}{order} LIMIT {NEXT} (add the filter as WHERE)"
    return f"{statement}{order} LIMIT {NEXT} OFFSET {shown}"


def _columns(source: Source, properties: Sequence[str]) -> str:
    """The columns of properties; of an object, those that it makes."""
    wanted = [
        name
        for wish in dict.fromkeys(("id", *properties))
        for name, column in source.columns.items()
        if wish in (column.property, column.property.partition(".")[0])
    ]
    if not properties or not wanted:
        return "*"
    # By its id alone, SQLite would read a table in the order of the ids.
    names = [name if name.isidentifier() else quoted(name) for name in wanted[:_MOST_COLUMNS]]
    return ", ".join(names) if len(names) > 1 else f"{names[0]}, uuid" if "uuid" in source.columns else "*"
