"""One statement over several XOs: the tables of all in one database, each with a column that names the XO.

A view of ours means one XO: its joins go by id, and two XOs may know the same pool. So it is worked out for each by
itself, over that XO's rows, and the rows of all are under its name.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final, TypeVar

import anyio
import anyio.to_thread

from xo_mcp.config.instances import INSTANCE
from xo_mcp.errors import ArgumentError, CallError, XoMcpError
from xo_mcp.inventory.complaints import complaint
from xo_mcp.inventory.engine import Inventory
from xo_mcp.inventory.execution import USUAL, Found, Limits, answered
from xo_mcp.inventory.functions import Value
from xo_mcp.inventory.guard import LOOKUPS, Needs, Table, quoted
from xo_mcp.inventory.statement import Database, Rows, StatementError
from xo_mcp.inventory.tables import Catalog, catalog
from xo_mcp.inventory.values import rows_of
from xo_mcp.logs import REDACTOR
from xo_mcp.threads import in_thread

COLUMN: Final = INSTANCE
"""Of every table and view: the name of the XO that a row is of."""
HINT: Final = f"Every table has the column `{COLUMN}`: select it, or group by it, to see which XO a row is of."
Part = TypeVar("Part")
Answer = TypeVar("Answer")
_MARK: Final = " "
"""Between the number of an XO and the name of a lookup, in the first argument of a lookup's function."""


async def run_together(inventories: Mapping[str, Inventory], sql: str, *, limits: Limits = USUAL) -> Found:
    """Run one statement over several XOs; what one of them does not give is said, and hurts no other.

    Args:
        inventories: By name of the XO, open.
        sql: One SELECT.
        limits: Bounds.

    Raises:
        ArgumentError: It is refused, wrong or takes too long; or no XO has what it reads.
        CallError: No XO answers.
    """
    joint = _Joint(catalog(), inventories)
    try:
        needs = await anyio.to_thread.run_sync(joint.prepare, sql)
        await joint.load(needs)
        rows = await joint.answer(sql, needs, limits)
    except StatementError as error:
        raise complaint(error, joint.catalog, sql) from error
    notes = [*await joint.notes(needs)]
    if COLUMN not in sql.casefold():
        notes.append(HINT)
    return Found(rows.columns, rows.rows, rows.total, tuple(notes))


@dataclass
class _Joint:
    """The statement of one call.

    Attributes:
        catalog: Every table.
        inventories: By name of the XO; without those that failed.
        failed: Why others did not answer.
    """

    catalog: Catalog
    inventories: Mapping[str, Inventory]
    failed: dict[str, str] = field(default_factory=dict)

    def prepare(self, sql: str) -> Needs:
        """Find out what a statement reads; `COLUMN` is no column of XO's."""
        tables = [_with_column(table) for table in self.catalog.mentioned(sql)]
        database = Database(tables)
        try:
            needs = database.prepare(sql)
        finally:
            database.close()
        reads = {name: columns - {COLUMN} for name, columns in needs.tables.items()}
        return Needs(reads, needs.named, needs.views, needs.lookups)

    async def load(self, needs: Needs) -> None:
        """Fetch what is needed from each XO, all at the same time.

        Raises:
            ArgumentError: None has it.
            CallError: None answers.
        """
        loaded, failures = await each_of(self.inventories, lambda inventory: inventory.load(needs))
        self.failed = {name: str(error) for name, error in failures.items()}
        self.inventories = {name: self.inventories[name] for name in loaded}

    async def answer(self, sql: str, needs: Needs, limits: Limits) -> Rows:
        """Run it over what was fetched."""
        known = list(self.inventories.values())
        database = Database(
            self._tables(needs),
            measure=_dispatched([each.lookups.measure for each in known], None),
            rows=_dispatched([each.lookups.rows for each in known], "[]"),
        )
        try:
            for name, columns in needs.tables.items():
                names = [COLUMN, *(each.name for each in self.catalog.sources[name].with_id(columns))]
                work = partial(database.fill, name, names, self._rows(name, columns))
                await in_thread(work, stop=database.stop)
            return await answered(database, sql, [each.lookups for each in known], self._look_up, limits=limits)
        finally:
            database.close()

    async def notes(self, needs: Needs) -> list[str]:
        """What is missing, and why tables of some may be empty."""
        remarks = missing(self.failed)
        for name, inventory in self.inventories.items():
            remarks += [f"{name}: {note}" for note in await inventory.notes(needs)]
        return remarks

    async def _look_up(self) -> None:
        async def fetch(name: str, inventory: Inventory) -> None:
            try:
                await inventory.look_up()
            except CallError as error:
                # The others go on; what this one's lookups lack stays empty.
                inventory.lookups.given_up = True
                self.failed[name] = f"a part of it, {error}"

        try:
            async with anyio.create_task_group() as tasks:
                for name, inventory in self.inventories.items():
                    tasks.start_soon(fetch, name, inventory)
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    def _rows(self, name: str, needed: frozenset[str]) -> Iterator[tuple[Value, ...]]:
        columns = self.catalog.sources[name].with_id(needed)
        return chain.from_iterable(
            ((own, *row) for row in rows_of(inventory.records(name), columns))
            for own, inventory in self.inventories.items()
        )

    def _tables(self, needs: Needs) -> Iterator[Table]:
        """The tables of all XOs, then each view for each XO, then what these answer together."""
        kept: dict[str, list[str]] = {}
        for name, needed in needs.tables.items():
            kinds = {column.name: column.kind for column in self.catalog.sources[name].with_id(needed)}
            kept[name] = [*kinds]
            yield Table(name, {COLUMN: "string", **kinds})
        below: list[str] = []
        for name, source in self.catalog.sources.items():
            if name not in needs.views:
                continue
            columns = {column: each.kind for column, each in source.columns.items()}
            for number, own in enumerate(self.inventories):
                tables = {table: _of_one(table, names, own) for table, names in kept.items()}
                views = {view: f"SELECT * FROM {quoted(_own_name(view, number))}" for view in below}  # noqa: S608 - names of ours, quoted
                yield Table(
                    _own_name(name, number), columns, _within({**tables, **views}, _looked_up(source.sql, number))
                )
            parts = [
                f"SELECT {_text(own)} AS {COLUMN}, * FROM {quoted(_own_name(name, number))}"  # noqa: S608 - as above
                for number, own in enumerate(self.inventories)
            ]
            yield Table(name, {COLUMN: "string", **columns}, " UNION ALL ".join(parts))
            below.append(name)


async def each_of(
    parts: Mapping[str, Part], ask: Callable[[Part], Awaitable[Answer]]
) -> tuple[dict[str, Answer], dict[str, XoMcpError]]:
    """Ask several XOs at the same time.

    Args:
        parts: What replaces each, by its name.
        ask: Asks one.

    Returns:
        What those answered that did, and why the others did not; both in order.

    Raises:
        XoMcpError: None of them did.
    """
    answers: dict[str, Answer] = {}
    failures: dict[str, XoMcpError] = {}

    async def one(name: str, part: Part) -> None:
        try:
            answers[name] = await ask(part)
        except XoMcpError as error:
            failures[name] = error

    async with anyio.create_task_group() as tasks:
        for name, part in parts.items():
            tasks.start_soon(one, name, part)
    if not answers:
        raise of_all(failures)
    in_order = {name: answers[name] for name in parts if name in answers}
    return in_order, {name: failures[name] for name in parts if name in failures}


def missing(failures: Mapping[str, object]) -> list[str]:
    """A note for each XO that did not answer."""
    return [f"{name} is missing: {REDACTOR.redact(str(reason))}" for name, reason in failures.items()]


def of_all(failures: Mapping[str, XoMcpError]) -> XoMcpError:
    """One failure for all: the same one once, else each with the XO's name."""
    texts = {name: str(error) for name, error in failures.items()}
    if len(set(texts.values())) == 1:
        return next(iter(failures.values()))
    kind = ArgumentError if all(isinstance(error, ArgumentError) for error in failures.values()) else CallError
    return kind(" ".join(f"{name}: {text}" for name, text in texts.items()))


def _with_column(table: Table) -> Table:
    columns = {COLUMN: "string", **table.columns}
    return Table(table.name, columns, f"SELECT '' AS {COLUMN}, * FROM ({table.sql})" if table.sql else "")  # noqa: S608 - from our own tables


def _own_name(view: str, number: int) -> str:
    return f"{view}@{number}"


def _of_one(table: str, columns: list[str], own: str) -> str:
    # Named with its schema, it is the table and not the part of the statement that has the same name.
    names = ", ".join(quoted(column) for column in columns)
    return f"SELECT {names} FROM main.{quoted(table)} WHERE {COLUMN} = {_text(own)}"  # noqa: S608 - from our own tables


def _within(parts: Mapping[str, str], sql: str) -> str:
    """A statement in which names mean something else."""
    named = ", ".join(f"{quoted(name)} AS ({part})" for name, part in parts.items())
    return f"WITH {named} SELECT * FROM ({sql})" if named else sql  # noqa: S608 - from our own views


def _looked_up(sql: str, number: int) -> str:
    """A view whose lookups say at which XO."""
    for function in LOOKUPS:
        sql = sql.replace(f"{function}('", f"{function}('{number}{_MARK}")
    return sql


def _dispatched(functions: list[Callable[..., Value]], nothing: Value) -> Callable[..., Value]:
    def function(view: Value, *arguments: Value) -> Value:
        number, mark, name = str(view).partition(_MARK)
        known = mark and number.isdecimal() and int(number) < len(functions)
        return functions[int(number)](name, *arguments) if known else nothing

    return function


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
