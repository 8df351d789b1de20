"""The tables of a release: those of its lists, and those that are declared."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.history.history import History
from generator.library import library_module
from generator.model.inventory.checking import Checker, Statement
from generator.model.inventory.columns import Column, columns_of
from generator.model.inventory.decisions import INVENTORY, InventoryDecisions, Lookup, TableOverride, View
from generator.model.overrides import nearest
from generator.model.tool import Tool

LISTS = frozenset({"list", "list_tasks"})
STATISTICS = ("avg", "max")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Table:
    """A table of the inventory.

    Attributes:
        name: In SQL.
        about: What a row is.
        columns: Name -> column; of a view, the property is empty.
        operation: `METHOD /path` of the list or lookup behind it; empty for a view.
        since: The XO release that brought the operation.
        query: Query parameters always sent.
        sql: The SELECT of a view.
        lookup: How each row is asked for.
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
    def data(self) -> dict[str, Any]:
        """As it is rendered; what is empty is left out, and so is a property that is called like its column."""
        columns = {
            column.name: {"type": column.kind}
            | ({"property": column.property} if column.property not in ("", column.name) else {})
            for column in self.columns.values()
        }
        data = {
            "name": self.name,
            "about": self.about,
            "operation": self.operation,
            "since": self.since,
            "query": dict(self.query),
            "sql": self.sql,
            "lookup": dict(self.lookup),
        }
        return {key: value for key, value in data.items() if value} | {"columns": columns}


@dataclass(frozen=True)
class Inventory:
    """Every table, views after what they read."""

    tables: tuple[Table, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """As it is rendered."""
        return {"tables": [table.data for table in self.tables]}

    def check(self, sql: str, parameters: Iterable[str], place: str) -> Statement:
        """Check a declared statement against these tables.

        Args:
            sql: One SELECT.
            parameters: The names that it may use as `:name`.
            place: For messages.

        Raises:
            OverrideError: The server would refuse it; the message names the nearest table or column.
        """
        return self.checker.check(sql, parameters, place)

    @cached_property
    def checker(self) -> Checker:
        """These tables, empty."""
        return Checker({table.name: (table.columns, table.sql, table.operation) for table in self.tables})


def build_inventory(
    decisions: InventoryDecisions,
    tools: Sequence[Tool],
    sources: Mapping[str, Schemas],
    history: History,
    *,
    lenient: bool = False,
) -> Inventory:
    """Make the tables.

    Args:
        decisions: `overrides/inventory.yaml`.
        tools: Those of the release; each that lists a whole collection makes a table.
        sources: Operation -> the schemas of its document.
        history: Of the API.
        lenient: Pass over decisions about what this release lacks.

    Raises:
        OverrideError: A decision fits nothing, or a declared statement would be refused.
    """
    lists = {tool.key: tool for tool in tools if tool.kind.facade in LISTS and tool.operation and "{" not in tool.key}
    for key in decisions.tables.keys() - lists.keys():
        if key not in history.operations and not lenient:
            raise OverrideError(f"{key} lists nothing", place=INVENTORY, hint=nearest(key, set(lists)))
    tables = [
        _table(tool, decisions.tables.get(key, TableOverride()), decisions.hidden, sources[key], history)
        for key, tool in lists.items()
    ]
    kept = [table for table in sorted(tables, key=lambda table: table.name) if table.columns]
    for name, lookup in decisions.lookups.items():
        tool = next((tool for tool in tools if tool.key == lookup.operation), None)
        if tool is not None:
            kept.append(_lookup(name, lookup, tool, kept, history))
        elif not lenient and lookup.operation not in history.operations:
            known = {tool.key for tool in tools}
            raise OverrideError(
                f"{lookup.operation} is not an operation",
                place=f"{INVENTORY}, {name}",
                hint=nearest(lookup.operation, known),
            )
    for name, view in _in_order(decisions.views):
        try:
            kept.append(_view(name, view.about, view.sql, kept))
        except OverrideError:
            if not lenient:
                raise
    _require_unique(kept)
    return Inventory(tuple(kept))


def _in_order(views: Mapping[str, View]) -> Iterator[tuple[str, View]]:
    """Each view after those that its statement names."""
    words = {name: set(_WORD.findall(view.sql)) for name, view in views.items()}
    seen: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, View]]:
        if name not in seen:
            seen.add(name)
            for other in views:
                if other in words[name]:
                    yield from visit(other)
            yield name, views[name]

    for name in views:
        yield from visit(name)


def _table(tool: Tool, decided: TableOverride, hidden: Sequence[str], schemas: Schemas, history: History) -> Table:
    assert tool.operation is not None  # noqa: S101 - a list has one
    name = decided.name or tool.operation.path.strip("/").replace("/", "_").replace("-", "_")
    if decided.drop:
        return Table(name, decided.drop, {})
    is_secret = library_module("privacy.secret_names").is_secret
    columns = columns_of(
        schemas,
        tool.operation.answer_schema,
        tool.key,
        decided.properties,
        lambda last: last in hidden or is_secret(last),
    )
    life = history.operations.get(tool.key)
    return Table(name, decided.about or "", columns, tool.key, life.span.since if life else "", decided.query)


def _lookup(name: str, lookup: Lookup, tool: Tool, tables: Sequence[Table], history: History) -> Table:
    """A view whose columns are asked of the library, row by row."""
    place = f"{INVENTORY}, {name}"
    of = next((table for table in tables if table.name == lookup.of), None)
    if of is None:
        raise OverrideError(f"there is no table {lookup.of!r}", place=place, hint=nearest(lookup.of, _names(tables)))
    wanted = [*lookup.columns.values(), *([lookup.group] if lookup.group else [])]
    for column in wanted:
        if column not in of.columns:
            raise OverrideError(
                f"{of.name} has no column {column!r}", place=place, hint=nearest(column, set(of.columns))
            )
    group = f"o.{lookup.group}" if lookup.group else "''"
    own = [f"o.{column} AS {alias}" for alias, column in lookup.columns.items()]
    where = f" WHERE {lookup.where}" if lookup.where else ""
    life = history.operations.get(lookup.operation)
    data: dict[str, Any] = {}
    if lookup.measures:
        names = [f"{measure}_{statistic}" for measure in lookup.measures for statistic in STATISTICS]
        own += [f"_measure('{name}', o.id, '{column}', {group}) AS {column}" for column in names]
        source = f"{of.name} AS o"
        data["measures"] = {key: measure.model_dump(exclude_none=True) for key, measure in lookup.measures.items()}
    else:
        own += [f"json_extract(r.value, '$.{column}') AS {column}" for column in lookup.rows]
        source = f"{of.name} AS o, json_each(_rows('{name}', o.id, {group})) AS r"
        data["rows"] = dict(lookup.rows)
        if tool.operation is not None and tool.operation.parameter("fields", "query"):
            data["list"] = True
    sql = f"SELECT {', '.join(own)} FROM {source}{where}"  # noqa: S608 - names that were checked, and our own SQL
    view = _view(name, lookup.about, sql, tables)
    return replace(view, operation=lookup.operation, since=life.span.since if life else "", lookup=data)


def _view(name: str, about: str, sql: str, tables: Sequence[Table]) -> Table:
    columns = Inventory(tuple(tables)).checker.columns(sql, f"{INVENTORY}, {name}", as_view=name)
    return Table(name, about, {column: Column(column, "", "any") for column in columns}, sql=sql)


def _names(tables: Iterable[Table]) -> set[str]:
    return {table.name for table in tables}


def _require_unique(tables: Sequence[Table]) -> None:
    seen: set[str] = set()
    for table in tables:
        if table.name.casefold() in seen:
            raise OverrideError(f"two tables would be called {table.name}", place=INVENTORY)
        seen.add(table.name.casefold())
