"""Runs a statement over filled tables, loading single objects until it needs no more of them."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from xo_mcp.inventory.functions import Value
from xo_mcp.inventory.lookups import Lookups
from xo_mcp.inventory.statement import SECONDS, Database, Parameters, Rows
from xo_mcp.threads import in_thread

ROWS: Final = 100
"""Rows of an answer unless asked otherwise."""
BYTES: Final = 1_000_000
"""Bytes of values that are kept for an answer; what is shown is less."""
ROUNDS: Final = 6
"""How often a statement runs again because it came to objects that had to be asked for."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one statement.

    Attributes:
        rows: Most rows to return.
        bytes: Most bytes of values to return, about.
        counts: Whether rows beyond them are counted.
        seconds: How long SQLite may work on it; fetching is not counted.
    """

    rows: int = ROWS
    bytes: int = BYTES
    counts: bool = False
    seconds: float = SECONDS


USUAL: Final = Limits()
WHOLE: Final = Limits(rows=200_000, bytes=32_000_000)
"""For what is summed up or compared, not shown: every object of a large fleet."""


@dataclass(frozen=True)
class Found:
    """What a statement answers.

    Attributes:
        columns: Their names.
        rows: The first ones.
        total: How many there are in all; where they were not counted, one more than `rows` means others.
        notes: Whole sentences: which tables are empty and why that may be, what had to be asked for.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    total: int
    notes: tuple[str, ...] = ()

    @property
    def more(self) -> bool:
        """Whether there are others than `rows`."""
        return self.total > len(self.rows)


async def answered(
    database: Database,
    sql: str,
    lookups: Collection[Lookups],
    look_up: Callable[[], Awaitable[None]],
    parameters: Parameters = (),
    *,
    limits: Limits = USUAL,
) -> Rows:
    """Run a statement over what was fetched, until it asks for no object any more.

    Args:
        database: Filled.
        sql: One SELECT.
        lookups: What its functions note objects in.
        look_up: Asks about those.
        parameters: Values of its parameters.
        limits: Bounds.

    Raises:
        StatementError: It is refused, wrong or takes too long.
        CallError: What asking raises.
    """
    work = partial(
        database.run,
        sql,
        parameters,
        most_rows=limits.rows,
        most_bytes=limits.bytes,
        counts=limits.counts,
        seconds=limits.seconds,
    )
    for _ in range(ROUNDS):
        answer = await in_thread(work, stop=database.stop)
        if all(each.is_complete for each in lookups):
            return answer
        await look_up()
    for each in lookups:
        each.stopped = True
    return await in_thread(work, stop=database.stop)
