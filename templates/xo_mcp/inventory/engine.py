"""Runs SQL over the fleet: finds out what a statement reads, fetches that alone, lets SQLite answer.

`prepare` says what a statement needs without asking XO. `Inventory` keeps what was fetched, for statements that follow
one another within one call; `run` is for one statement.
"""

from collections.abc import Callable, Collection
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import anyio
import anyio.to_thread

from xo_mcp.api.connections import doubts_about_empty
from xo_mcp.errors import ArgumentError, Forbidden, NotFound
from xo_mcp.inventory.complaints import complaint
from xo_mcp.inventory.execution import USUAL, Found, Limits, answered
from xo_mcp.inventory.guard import Needs
from xo_mcp.inventory.lookups import Lookups, lacking
from xo_mcp.inventory.statement import Database, Parameters, StatementError
from xo_mcp.inventory.tables import Catalog, Source, catalog
from xo_mcp.inventory.values import rows_of
from xo_mcp.releases.capabilities import newer
from xo_mcp.threads import in_thread
from xo_mcp.types import Call, Json, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

Answer = TypeVar("Answer")
_LISTS_AT_ONCE: Final = 4
"""Lists fetched at the same time: XO is one thread, large ones queue up behind each other (XO 6.7.1)."""
_EXPLAINED: Final = 4
"""Empty tables of which is asked why they may be empty."""
_SILENT: Final = "There is nothing there, or this XO user may not read it: XO does not say which."
_WHOLE: Final = 0.8
"""Share of a table's columns from which on the whole record is asked for, in a shorter request."""


def prepare(sql: str, parameters: Parameters = (), *, tables: Catalog | None = None) -> Needs:
    """Find out which tables and columns a statement reads, without asking XO.

    Args:
        sql: One SELECT.
        parameters: Values of its parameters, or `None` for each.
        tables: Those of this package unless given.

    Raises:
        ArgumentError: It would be refused; the message names the nearest table or column.
    """
    known = tables or catalog()
    database = Database(known.mentioned(sql))
    try:
        return database.prepare(sql, parameters)
    except StatementError as error:
        raise complaint(error, known, sql) from error
    finally:
        database.close()


async def run(
    client: "Client",
    sql: str,
    parameters: Parameters = (),
    *,
    limits: Limits = USUAL,
    span: str = "hour",
    release: str | None = None,
    progress: Progress = no_progress,
) -> Found:
    """Run one statement; see `Inventory`.

    Raises:
        ArgumentError: It is refused, wrong, takes too long, or needs a table that this XO lacks.
        CallError: XO does not answer.
    """
    async with Inventory(client, span=span, release=release, progress=progress) as inventory:
        return await inventory.run(sql, parameters, limits=limits)


class Inventory:
    """The fleet at one moment, fetched as statements need it; use it as an async context manager.

    Args:
        client: Where to ask; what its user may not see is in no table.
        span: Of `vm_load` and `host_load`: `hour`, `day` or `week`.
        release: The XO release as far as it is known, so that tables it lacks are reported at once.
        progress: Called with how far requests for single objects are.
        tables: Those of this package unless given.
    """

    def __init__(
        self,
        client: "Client",
        *,
        span: str = "hour",
        release: str | None = None,
        progress: Progress = no_progress,
        tables: Catalog | None = None,
    ) -> None:
        self._client = client
        self._release = release
        self._progress = progress
        self._catalog = tables or catalog()
        self._lookups = Lookups(self._catalog, span)
        self._records: dict[str, list[Json]] = {}
        self._columns: dict[str, frozenset[str]] = {}
        self._absent: set[str] = set()
        self._forbidden: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._records.clear()

    async def run(self, sql: str, parameters: Parameters = (), *, limits: Limits = USUAL) -> Found:
        """Run a statement over what it needs.

        Args:
            sql: One SELECT.
            parameters: Values of `:name` or `?`; never part of the statement's text.
            limits: Bounds.

        Raises:
            ArgumentError: It is refused, wrong, takes too long, or needs a table that this XO lacks.
            CallError: XO does not answer.
        """
        database: Database | None = None
        try:
            database = await anyio.to_thread.run_sync(self._open, sql)
            needs = await self._in_thread(database, partial(database.prepare, sql, parameters))
            await self.load(needs)
            for name in needs.tables:
                source = self._catalog.sources[name]
                columns = source.with_id(needs.tables[name])
                rows = rows_of(self._records[name], columns)
                await self._in_thread(database, partial(database.fill, name, [each.name for each in columns], rows))
            answer = await answered(database, sql, [self._lookups], self.look_up, parameters, limits=limits)
        except StatementError as error:
            raise complaint(error, self._catalog, sql) from error
        finally:
            if database is not None:
                database.close()
        return Found(answer.columns, answer.rows, answer.total, tuple(await self.notes(needs)))

    @property
    def lookups(self) -> Lookups:
        """What was asked about single objects."""
        return self._lookups

    def records(self, name: str) -> list[Json]:
        """What was fetched of a table."""
        return self._records[name]

    async def look_up(self) -> None:
        """Ask about the objects that a statement came to.

        Raises:
            ArgumentError: They are too many.
            CallError: XO does not answer.
        """
        await self._lookups.fetch(self._client, self._progress)

    async def notes(self, needs: Needs) -> list[str]:
        """Why tables may be empty, and what had to be asked for."""
        return [*await self._empty(needs), *self._lookups.notes()]

    def _open(self, sql: str) -> Database:
        return Database(self._catalog.mentioned(sql), measure=self._lookups.measure, rows=self._lookups.rows)

    async def _in_thread(self, database: Database, work: Callable[[], Answer]) -> Answer:
        return await in_thread(work, stop=database.stop)

    async def load(self, needs: Needs) -> None:
        """Fetch the columns that are needed and not there yet.

        Raises:
            ArgumentError: This XO lacks a table that the statement names.
            CallError: XO does not answer.
        """
        missing = {
            name: columns | self._columns.get(name, frozenset())
            for name, columns in needs.tables.items()
            if name not in self._records or not columns <= self._columns[name]
        }
        for name in (*missing, *needs.lookups):
            source = self._catalog.sources[name]
            if self._lacks(source) and name in needs.named:
                raise ArgumentError(lacking(source))
        limiter = anyio.CapacityLimiter(_LISTS_AT_ONCE)
        failures: list[Exception] = []

        async def fetch(name: str, columns: frozenset[str]) -> None:
            async with limiter:
                try:
                    self._records[name] = await self._fetch(self._catalog.sources[name], columns, needs)
                    self._columns[name] = columns
                except Exception as error:  # noqa: BLE001 - raised below, without the group around it
                    failures.append(error)

        async with anyio.create_task_group() as tasks:
            for name, columns in missing.items():
                tasks.start_soon(fetch, name, columns)
        if failures:
            raise failures[0]

    def _lacks(self, source: Source) -> bool:
        """Whether this XO is known to be older than a table."""
        return bool(self._release and source.since and newer(source.since, self._release))

    async def _fetch(self, source: Source, columns: frozenset[str], needs: Needs) -> list[Json]:
        if self._lacks(source):  # only a view reads it
            self._absent.add(source.name)
            return []
        query: dict[str, Json] = {**source.query, "fields": _fields(source, columns)}
        try:
            reply = await self._client.request(Call("GET", source.route, query=query))
        except NotFound as error:
            if error.code != "no_route":
                raise
            if source.name in needs.named:
                raise ArgumentError(lacking(source)) from error
            # What only a view reads may be absent: the view shows the rest.
            self._absent.add(source.name)
            return []
        except Forbidden:
            if source.name in needs.named:
                raise
            self._forbidden.add(source.name)
            return []
        return reply.data if isinstance(reply.data, list) else []

    async def _empty(self, needs: Needs) -> list[str]:
        """Say of empty tables why that may be."""
        absent = sorted(needs.tables.keys() & self._absent)
        forbidden = sorted(needs.tables.keys() & self._forbidden)
        empty = sorted(name for name in needs.tables if not self._records[name] and name not in {*absent, *forbidden})
        notes = [f"This XO has no {', '.join(absent)}: taken as empty."] if absent else []
        if forbidden:
            notes.append(f"This user may not read {', '.join(forbidden)}: taken as empty.")
        if not empty:
            return notes
        reasons: dict[str, list[str]] = {}
        for name in empty[:_EXPLAINED]:
            read = Call("GET", self._catalog.sources[name].route)
            doubts = await doubts_about_empty(self._client, read, filtered=False)
            reasons.setdefault(" ".join(doubts) or _SILENT, []).append(name)
        if others := empty[_EXPLAINED:]:
            reasons.setdefault(_SILENT, []).extend(others)
        return [*notes, *(f"Empty: {', '.join(names)}. {reason}" for reason, names in reasons.items())]


def _fields(source: Source, columns: Collection[str]) -> str:
    """The `fields` to ask XO for."""
    if len(columns) >= _WHOLE * len(source.columns):
        return "*"
    wanted = {source.columns[name].property for name in columns}
    # What lies inside a property comes along with it.
    kept = [name for name in sorted(wanted) if "." not in name or name.partition(".")[0] not in wanted]
    return ",".join(["id", *(name for name in kept if name != "id")])
