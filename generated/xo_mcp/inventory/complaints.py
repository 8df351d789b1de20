"""Error messages for SQL that doesn't work, with the names that were probably meant."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from xo_mcp.errors import ArgumentError
from xo_mcp.inventory.guard import FUNCTIONS
from xo_mcp.inventory.statement import StatementError
from xo_mcp.inventory.tables import Catalog, Source
from xo_mcp.nearest import nearest, suggestion
from xo_mcp.text import as_sent, one_line

_MOST: Final = 1_500
"""Characters that names of columns may take in a message."""
_LONG: Final = 60


def complaint(error: StatementError, catalog: Catalog, sql: str) -> ArgumentError:
    """The error that a model reads.

    Args:
        error: What SQLite, or our guard, said.
        catalog: Every table.
        sql: The statement.
    """
    said = one_line(str(error)).rstrip(".")
    if error.unknown == "column":
        return ArgumentError(f"{said}{_columns(error.name, catalog, sql)}")
    if error.unknown == "table":
        close = suggestion(error.name[:_LONG], catalog.sources)
        return ArgumentError(f"{said}{close or '.'} describe_inventory names the tables.")
    if error.unknown == "function":
        return ArgumentError(f"{said}{suggestion(error.name[:_LONG], FUNCTIONS) or '.'}")
    return ArgumentError(f"{said}.")


def unknown_table(name: str, catalog: Catalog) -> ArgumentError:
    """The error about a table that is asked to be described."""
    close = suggestion(name[:_LONG], catalog.sources)
    return ArgumentError(f"There is no table {as_sent(name, _LONG)!r}{close or '; without `tables`, all are named.'}")


def _columns(name: str, catalog: Catalog, sql: str) -> str:
    """The columns that could have been meant: those of the table before the dot, or of all that are named."""
    alias, _, column = name.rpartition(".")
    tables = list(catalog.sources_in(sql))
    meant = [table for table in tables if alias and _is_called(table, alias, sql)] or tables
    known = [each for table in meant for each in table.columns]
    close = suggestion(column[:_LONG], known)
    columns = "; ".join(f"{table.name} has {', '.join(_nearest_first(column, table.columns))}" for table in meant)
    columns = columns if len(columns) <= _MOST else f"{columns[:_MOST]}\u2026"
    return f"{close or '.'} {columns}." if columns else "."


def _is_called(table: Source, alias: str, sql: str) -> bool:
    called = rf"\b{re.escape(table.name)}\"?\s+(?:as\s+)?\"?{re.escape(alias)}\b"
    return table.name.casefold() == alias.casefold() or re.search(called, sql, re.IGNORECASE) is not None


def _nearest_first(column: str, columns: Iterable[str]) -> Sequence[str]:
    names = list(columns)
    return list(dict.fromkeys([*nearest(column[:_LONG], names), *names]))
