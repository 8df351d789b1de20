"""Checks declared SQL against the tables of a release, by the server's own rules."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import finalize

from generator.errors import OverrideError
from generator.library import library_module
from generator.model.overrides import nearest

STATEMENT = "inventory.statement"
_PARAMETER = re.compile(r"[:@$](\w+)")


@dataclass(frozen=True)
class Statement:
    """A statement that the server will accept.

    Attributes:
        columns: What it answers.
        tables: Table -> the columns of it that are read, lists behind views too.
        operations: `METHOD /path` of every list and lookup it asks.
        named: The tables and views that it names itself.
    """

    columns: tuple[str, ...]
    tables: Mapping[str, frozenset[str]]
    operations: frozenset[str]
    named: frozenset[str] = frozenset()


class Checker:
    """Empty tables to prepare statements against.

    Args:
        tables: Name -> its columns, the SELECT of a view, its operation; views after what they read.
    """

    def __init__(self, tables: Mapping[str, tuple[Mapping[str, Any], str, str]]) -> None:
        self._library = library_module(STATEMENT)
        self._tables = tables
        self._database: Any = None
        self._made = [
            self._library.Table(name, {column: getattr(entry, "kind", "any") for column, entry in columns.items()}, sql)
            for name, (columns, sql, _) in tables.items()
        ]

    def columns(self, sql: str, place: str, *, as_view: str) -> tuple[str, ...]:
        """The columns of a SELECT that becomes a view.

        Raises:
            OverrideError: SQLite can't make it.
        """
        view = self._library.Table(as_view, {}, sql)
        database = self._opened([*self._made, view], place)
        try:
            return self._check(database, f"SELECT * FROM {as_view}", {}, place).columns  # noqa: S608 - a name
        finally:
            database.close()

    def check(self, sql: str, parameters: Iterable[str], place: str) -> Statement:
        """Prepare a statement, every parameter bound.

        Raises:
            OverrideError: The server would refuse it, or it uses a parameter that is not declared.
        """
        names = set(parameters)
        for used in _PARAMETER.findall(_without_texts(sql)):
            if used not in names:
                raise OverrideError(f"there is no argument {used!r}", place=place, hint=nearest(used, names))
        # Making 50 tables takes longer than preparing a statement, and there are hundreds of statements.
        if self._database is None:
            self._database = self._opened(self._made, place)
            finalize(self, self._database.close)
        return self._check(self._database, sql, dict.fromkeys(names), place)

    def _opened(self, tables: list[Any], place: str) -> Any:
        try:
            return self._library.Database(tables)
        except Exception as error:  # whatever SQLite says of a view that can't be made
            raise OverrideError(f"SQL: {error}", place=place) from error

    def _check(self, database: Any, sql: str, parameters: Mapping[str, Any], place: str) -> Statement:
        try:
            needs = database.prepare(sql, parameters)
            columns = database.run(sql, parameters, most_rows=1, most_bytes=1).columns
        except self._library.StatementError as error:
            known = set(self._tables) if error.unknown == "table" else self._columns()
            hint = nearest(error.name.rpartition(".")[2], known) if error.unknown else None
            raise OverrideError(f"SQL: {error}", place=place, hint=hint) from error
        asked = needs.tables.keys() | needs.lookups
        operations = {self._tables[name][2] for name in asked if name in self._tables}
        return Statement(columns, needs.tables, frozenset(operations - {""}), frozenset(needs.named))

    def _columns(self) -> set[str]:
        return {column for columns, _, _ in self._tables.values() for column in columns}


def _without_texts(sql: str) -> str:
    return re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
