"""One SELECT, kept harmless: what it may use, what it reads, how long and how large it may grow.

The generator loads this module too, to check declared statements: like `guard` and `functions`, it uses nothing but
Python's own library.
"""

import math
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from .functions import MOST_TEXT, OWN, Value
from .guard import TABLE_FUNCTIONS, Guard, Needs, Table, quoted

Parameters: TypeAlias = Mapping[str, Value] | Sequence[Value]

MOST_SQL: Final = 16_000
"""Characters of a statement."""
HEAP: Final = 44 * 1024 * 1024
"""Bytes that SQLite may hold in this process, tables and intermediate results of all statements together."""
SECONDS: Final = 5.0
"""How long one statement may run."""
STEPS: Final = 200
"""Instructions of SQLite between two looks at the clock."""

_LIMITS: Final = {
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_COLUMN: 300,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 100,
    sqlite3.SQLITE_LIMIT_LENGTH: MOST_TEXT,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: MOST_SQL * 4 + 16,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 1_000,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

_UNKNOWN: Final = re.compile(r"no such (column|table|function): (.+)")
_WORDS: Final = (
    ("out of memory", "The statement needs more memory than allowed: read fewer columns, or filter first."),
    (
        "interrupted",
        "The statement ran longer than {seconds:g} s and was ended: filter earlier, or join on id columns.",
    ),
    ("one statement at a time", "Only one statement may be run in a call."),
    ("too big", "A value in the statement grows too large."),
    ("too large to convert", "A value in the statement grows too large."),
)
FAILURES: Final = (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError)
"""What Python's module raises of a statement that does not work."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class StatementError(Exception):
    """A statement that is refused, wrong, or took too much.

    Attributes:
        unknown: `column`, `table` or `function`, when a name is not known.
        name: That name, as it was written.
    """

    def __init__(self, message: str, unknown: str = "", name: str = "") -> None:
        super().__init__(message)
        self.unknown = unknown
        self.name = name


@dataclass(frozen=True)
class Rows:
    """What a statement answers.

    Attributes:
        columns: Their names.
        rows: The first ones.
        total: How many there are in all, where they are counted; where not, one more than `rows` means others.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    total: int


class Database:
    """Empty tables in memory, one statement at a time; not to be used by two threads at once.

    Args:
        tables: All of them, views after what they read.
        measure: Answers `_measure(view, id, column, group)`: one value of a lookup table.
        rows: Answers `_rows(view, id, group)`: rows of a lookup table as a JSON array of objects.
    """

    def __init__(
        self,
        tables: Iterable[Table],
        *,
        measure: Callable[..., Value] = lambda *_: None,
        rows: Callable[..., Value] = lambda *_: "[]",
    ) -> None:
        self._tables = {table.name.casefold(): table for table in tables}
        self._guard = Guard(self._tables)
        self._stopped = False
        self._deadline = math.inf
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=0
        )
        self._connection.text_factory = lambda text: text.decode("utf-8", errors="replace")
        self._connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
        self._connection.execute("PRAGMA temp_store = MEMORY")
        self._connection.execute("PRAGMA journal_mode = OFF")
        # Their modules are set up at the first use, which the authorizer would refuse.
        for function in sorted(TABLE_FUNCTIONS):
            self._connection.execute(f"SELECT * FROM {function}('[]')").fetchall()  # noqa: S608 - constants
        self._connection.create_function("_measure", -1, measure)
        self._connection.create_function("_rows", -1, rows)
        for name, count, work in OWN:
            self._connection.create_function(name, count, self._guard.refusing(work), deterministic=True)
        for table in self._tables.values():
            self._connection.execute(table.definition)
        for limit, value in _LIMITS.items():
            self._connection.setlimit(limit, value)
        self._connection.set_progress_handler(self._is_over, STEPS)

    def close(self) -> None:
        """Free the memory."""
        self._connection.close()

    def stop(self) -> None:
        """End what runs, from another thread, and whatever would run later."""
        self._stopped = True
        self._connection.interrupt()

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Replace the rows of a table, and index their ids.

        Raises:
            StatementError: They need more memory than allowed.
        """
        names = ", ".join(quoted(column) for column in columns)
        marks = ", ".join("?" * len(columns))
        self._deadline = math.inf
        try:
            self._connection.execute("BEGIN")
            self._connection.execute(f"DELETE FROM {quoted(table)}")  # noqa: S608 - quoted, from our own tables
            command = f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})"  # noqa: S608 - as above
            self._connection.executemany(command, rows)
            # Afterwards: sorting all at once is faster than keeping random ids in order.
            if "id" in columns:
                self._connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted(f'{table} id')} ON {quoted(table)} (id)")
            self._connection.execute("COMMIT")
        except FAILURES as error:
            raise self._worded(error, 0) from error

    def prepare(self, sql: str, parameters: Parameters = ()) -> Needs:
        """Find out what a statement reads, without running it.

        Raises:
            StatementError: It is not a single SELECT, uses what it must not, or names what is not there.
        """
        statement = cleaned(sql)
        with self._watched(SECONDS):
            self._connection.execute(f"EXPLAIN {statement}", parameters).close()
        return self._guard.needs

    def run(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        most_rows: int,
        most_bytes: int,
        counts: bool = False,
        seconds: float = SECONDS,
    ) -> Rows:
        """Run a statement.

        Args:
            sql: One SELECT.
            parameters: Values of `:name` or `?`.
            most_rows: Rows to return.
            most_bytes: Bytes of values to return, about; at least one row comes whatever it takes.
            counts: Whether rows that are not returned are counted, which takes as long as reading them.
            seconds: How long it may run.

        Raises:
            StatementError: As for `prepare`; also when it takes too long or needs too much memory.
        """
        self.prepare(sql, parameters)
        statement = cleaned(sql)
        rows: list[tuple[Value, ...]] = []
        size = 0
        with self._watched(seconds):
            cursor = self._connection.execute(statement, parameters)
            columns = tuple(str(entry[0]) for entry in cursor.description or ())
            if not columns:
                raise StatementError("The statement is empty.")
            try:
                for row in cursor:
                    size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
                    if len(rows) >= most_rows or (rows and size > most_bytes):
                        others = 1 + (sum(1 for _ in cursor) if counts else 0)
                        return Rows(columns, rows, len(rows) + others)
                    rows.append(row)
            finally:
                cursor.close()
        return Rows(columns, rows, len(rows))

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """Keep the authorizer set while a statement is prepared or runs, and word what goes wrong."""
        self._deadline = time.monotonic() + seconds
        self._guard.begin()
        self._connection.set_authorizer(self._guard)
        try:
            yield
        except FAILURES as error:
            raise self._worded(error, seconds) from error
        finally:
            self._connection.set_authorizer(None)

    def _worded(self, error: Exception, seconds: float) -> StatementError:
        if self._guard.refused:
            return StatementError(self._guard.refused)
        if self._stopped:
            return StatementError("The statement was cancelled.")
        said = "out of memory" if isinstance(error, MemoryError) else str(error).replace(": main.", ": ")
        if found := _UNKNOWN.search(said):
            return StatementError(_sentence(said), found[1], found[2].strip())
        for mark, words in _WORDS:
            if mark in said:
                return StatementError(words.format(seconds=seconds))
        return StatementError(_sentence(said))

    def _is_over(self) -> bool:
        return self._stopped or time.monotonic() > self._deadline


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def cleaned(sql: str) -> str:
    """A statement without the semicolon at its end.

    Raises:
        StatementError: It is empty, too long, or holds what is not text.
    """
    if len(sql) > MOST_SQL:
        raise StatementError(f"The statement has {len(sql):,} characters; {MOST_SQL:,} are allowed.")
    if "\0" in sql:
        raise StatementError("The statement holds a NUL character.")
    if _SURROGATE.search(sql):
        raise StatementError("The statement is not valid Unicode text.")
    statement = sql.strip().rstrip(";").rstrip()
    if not statement:
        raise StatementError("The statement is empty.")
    return statement
