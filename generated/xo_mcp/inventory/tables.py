"""The tables as they were generated: `tables.json`, read once.

A table is a list of XO; a lookup costs a request for each object; any other view is a SELECT over these.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.inventory.guard import Table

FILE: Final = "tables.json"
TIMES: Final = CONVENTIONS.units.seconds | CONVENTIONS.units.milliseconds | CONVENTIONS.units.either
"""Properties that hold instants."""
JSON_KINDS: Final = frozenset({"array", "object"})
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: In SQL.
        property: In XO's record; a dot reaches inside an object. Empty in a view.
        kind: JSON type of XO's value; `time` for instants, which are seconds since 1970 here.
    """

    name: str
    property: str
    kind: str


@dataclass(frozen=True)
class Source:
    """One table, and where its rows come from.

    Attributes:
        name: In SQL.
        about: What a row is.
        columns: By name.
        operation: `METHOD /path` of the list or of the lookup; empty for another view.
        since: The XO release that brought it, empty when it is not known.
        query: Query parameters always sent.
        sql: The SELECT of a view.
        lookup: What a lookup makes of each answer: `measures` or `rows`.
    """

    name: str
    about: str
    columns: Mapping[str, Column]
    operation: str = ""
    since: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    sql: str = ""
    lookup: Mapping[str, Any] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """Route of the operation relative to /rest/v0."""
        return self.operation.partition(" ")[2]

    def with_id(self, names: Collection[str]) -> list[Column]:
        """The id, and the columns of these names in the table's order."""
        own = (column for name, column in self.columns.items() if name in names and name != "id")
        return [self.columns["id"], *own]

    @cached_property
    def table(self) -> Table:
        """As SQL sees it."""
        return Table(self.name, {name: column.kind for name, column in self.columns.items()}, self.sql)


class Catalog:
    """Every table of this package, views after what they read."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources

    def mentioned(self, sql: str) -> list[Table]:
        """The tables whose names occur in a statement, and those behind them: it can use no others."""
        found: set[str] = set()
        self._gather(sql, found)
        return [source.table for name, source in self.sources.items() if name in found]

    def sources_in(self, sql: str) -> Iterator[Source]:
        """The tables whose names occur in a statement."""
        words = {word.casefold() for word in _WORD.findall(sql)}
        yield from (source for name, source in self.sources.items() if name in words)

    def _gather(self, sql: str, found: set[str]) -> None:
        for source in self.sources_in(sql):
            if source.name not in found:
                found.add(source.name)
                self._gather(source.sql, found)


@cache
def catalog() -> Catalog:
    """Load the tables."""
    document = json.loads((resources.files("xo_mcp.inventory") / FILE).read_bytes())
    return Catalog({entry["name"]: _source(entry) for entry in document["tables"]})


def _source(entry: Mapping[str, Any]) -> Source:
    columns = {name: _column(name, facts, is_view="sql" in entry) for name, facts in entry["columns"].items()}
    return Source(
        entry["name"],
        entry.get("about", ""),
        columns,
        entry.get("operation", ""),
        entry.get("since", ""),
        entry.get("query", {}),
        entry.get("sql", ""),
        entry.get("lookup", {}),
    )


def _column(name: str, facts: Mapping[str, str], *, is_view: bool) -> Column:
    origin = "" if is_view else facts.get("property", name)
    kind = facts["type"]
    is_time = kind in ("number", "any") and origin.rpartition(".")[2] in TIMES
    return Column(name, origin, "time" if is_time else kind)
