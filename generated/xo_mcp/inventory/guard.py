"""SQLite's authorizer: which tables and functions a statement uses, and which it may use."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .functions import Value

_NUMBERS: Final = {
    "abs", "acos", "asin", "atan", "ceil", "ceiling", "cos", "degrees", "exp", "floor", "ln", "log", "log10",
    "log2", "mod", "pi", "pow", "power", "radians", "round", "sign", "sin", "sqrt", "tan", "trunc",
}  # fmt: skip
_TEXTS: Final = {
    "char", "concat", "concat_ws", "format", "glob", "hex", "instr", "length", "like", "lower", "ltrim",
    "octet_length", "printf", "quote", "replace", "rtrim", "substr", "substring", "trim", "unicode", "upper",
}  # fmt: skip
_TIMES: Final = {"date", "datetime", "julianday", "strftime", "time", "timediff", "unixepoch"}
_JSON: Final = {
    "json", "json_array", "json_array_length", "json_extract", "json_object", "json_quote", "json_type",
    "json_valid", "->", "->>",
}  # fmt: skip
_CHOICES: Final = {"coalesce", "if", "ifnull", "iif", "likelihood", "likely", "nullif", "typeof", "unlikely"}
_AGGREGATES: Final = {
    "avg", "count", "group_concat", "json_group_array", "json_group_object", "max", "min", "string_agg", "sum",
    "total",
}  # fmt: skip
_WINDOWS: Final = {
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "percent_rank",
    "rank", "row_number",
}  # fmt: skip
FUNCTIONS: Final = frozenset(_NUMBERS | _TEXTS | _TIMES | _JSON | _CHOICES | _AGGREGATES | _WINDOWS)
"""What a statement may call; none reads a file, loads code, or makes a value larger than its arguments say."""
LOOKUPS: Final = ("_measure", "_rows")
"""Functions of ours for the views of lookup tables, and for nothing else."""
TABLE_FUNCTIONS: Final = frozenset({"json_each", "json_tree"})
_OWN_TABLES: Final = ("sqlite_", "pragma_")
_ROWID: Final = frozenset({"", "rowid"})


@dataclass(frozen=True)
class Table:
    """A table or view, as far as SQL is concerned.

    Attributes:
        name: In SQL.
        columns: Name -> JSON type (`string`, `number`, `boolean`, `array`, `object`, `any`).
        sql: The SELECT of a view; empty for a table.
    """

    name: str
    columns: Mapping[str, str]
    sql: str = ""

    @property
    def definition(self) -> str:
        """The statement that makes it."""
        if self.sql:
            return f"CREATE VIEW {quoted(self.name)} AS {self.sql}"
        columns = ", ".join(_column(name, kind) for name, kind in self.columns.items())
        return f"CREATE TABLE {quoted(self.name)} ({columns})"


@dataclass(frozen=True)
class Needs:
    """What a statement reads.

    Attributes:
        tables: Table -> columns that must be there; views are resolved to the tables behind them.
        named: Tables and views that the statement itself names.
        views: Every view that is read, also behind another view.
        lookups: The views among them that ask XO for each row.
    """

    tables: Mapping[str, frozenset[str]]
    named: frozenset[str]
    views: frozenset[str]
    lookups: frozenset[str]


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _column(name: str, kind: str) -> str:
    # With an affinity, '4' > 3 compares numbers in a column of numbers; a column of any kind keeps what it is given.
    affinity = {"number": "NUMERIC", "integer": "NUMERIC", "boolean": "NUMERIC", "time": "NUMERIC", "any": ""}
    return f"{quoted(name)} {affinity.get(kind, 'TEXT')}".rstrip()


@dataclass
class Guard:
    """The authorizer: allows reading our tables, and remembers what was read."""

    tables: Mapping[str, Table]
    refused: str = ""
    _reads: dict[str, set[str]] = field(default_factory=dict)
    _named: set[str] = field(default_factory=set)
    _views: set[str] = field(default_factory=set)
    _lookups: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Forget the statement before."""
        self.refused = ""
        self._reads, self._named, self._views, self._lookups = {}, set(), set(), set()

    @property
    def needs(self) -> Needs:
        """What was read since `begin`."""
        reads = {name: frozenset(columns) for name, columns in sorted(self._reads.items())}
        return Needs(reads, frozenset(self._named), frozenset(self._views), frozenset(self._lookups))

    def __call__(
        self, action: int, first: str | None, second: str | None, _database: str | None, source: str | None
    ) -> int:
        """Allow or deny one use; `source` is the view, or part of the statement, that it is in."""
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ:
            return self._read(first or "", second or "", source or "")
        if action == sqlite3.SQLITE_FUNCTION:
            return self._function((second or "").casefold(), (source or "").casefold())
        self.refused = self.refused or "Only one SELECT, or WITH ... SELECT, may be run: nothing else is allowed here."
        return sqlite3.SQLITE_DENY

    def _read(self, name: str, column: str, source: str) -> int:
        table = self.tables.get(name.casefold())
        if table is None:
            own = name.casefold().startswith(_OWN_TABLES)
            # A recursive WITH is reported here without a column.
            if name.casefold() in TABLE_FUNCTIONS or not (column or own):
                return sqlite3.SQLITE_OK
            self.refused = self.refused or f"The table {name} is SQLite's own; describe_inventory lists the tables."
            return sqlite3.SQLITE_DENY
        view = self.tables.get(source.casefold())
        if view is None or not view.sql:
            self._named.add(table.name)
        else:
            self._views.add(view.name)
        if table.sql:
            self._views.add(table.name)
        else:
            columns = self._reads.setdefault(table.name, set())
            if column.casefold() not in _ROWID or column in table.columns:
                columns.add(column)
        return sqlite3.SQLITE_OK

    def _function(self, name: str, source: str) -> int:
        if name in FUNCTIONS:
            return sqlite3.SQLITE_OK
        view = self.tables.get(source)
        if name in LOOKUPS and view is not None and view.sql:
            self._lookups.add(view.name)
            return sqlite3.SQLITE_OK
        self.refused = self.refused or f"The function {name} may not be used here."
        return sqlite3.SQLITE_DENY

    def refusing(self, work: Callable[..., Value]) -> Callable[..., Value]:
        """A function of ours whose complaint is kept: SQLite only says that it failed."""

        def function(*arguments: Value) -> Value:
            try:
                return work(*arguments)
            except ValueError as error:
                self.refused = self.refused or str(error)
                raise

        return function
