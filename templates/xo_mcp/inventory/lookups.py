"""Tables that cost XO a request for each object, asked only for the objects that a statement comes to.

A statement runs first with nothing known: the functions below note which objects it asks about. These are fetched, and
it runs again, until it asks for nothing new.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.errors import ArgumentError, CallError, NotFound, XoError
from xo_mcp.inventory.functions import Value
from xo_mcp.inventory.measures import SPANS, measured
from xo_mcp.inventory.tables import TIMES, Catalog, Source
from xo_mcp.inventory.values import json_text, seconds, value_of
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

AT_ONCE: Final = 8
"""Requests at the same time: XO is one thread, more only queue up there (XO 6.7.1)."""
MOST: Final = 2_000
"""Requests of one statement."""
_NAMES: Final = 200  # characters of a failure


class TooManyRequestsError(ArgumentError):
    """A statement comes to more objects than may be asked for.

    Attributes:
        requests: How many it would take.
    """

    def __init__(self, requests: int, views: Collection[str]) -> None:
        super().__init__(
            f"The statement needs {requests:,} requests, one for each row of {', '.join(sorted(views))}; {MOST:,} are "
            "allowed. Ask for fewer objects: join with a condition on the objects' own table, or add one on id."
        )
        self.requests = requests


@dataclass
class Lookups:
    """What was asked so far.

    Attributes:
        catalog: Where lookups are described.
        span: Of statistics.
        asked: How many objects were asked about, by view.
        failed: View -> why each failed.
        stopped: Whether a statement came to objects that were asked about no more.
        given_up: Whether nothing is to be asked any more: XO does not answer.
    """

    catalog: Catalog
    span: str = "hour"
    asked: dict[str, int] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)
    stopped: bool = False
    given_up: bool = False
    _found: dict[tuple[str, str], Any] = field(default_factory=dict)
    _wanted: dict[tuple[str, str], str] = field(default_factory=dict)

    def measure(self, *arguments: Value) -> Value:
        """`_measure(view, id, column, group)`: one value, nothing until it is known."""
        known = self._known(arguments)
        value = known.get(str(arguments[2])) if isinstance(known, dict) else None
        return value if isinstance(value, (int, float)) else None

    def rows(self, *arguments: Value) -> Value:
        """`_rows(view, id, group)`: a JSON array, empty until it is known."""
        known = self._known(arguments)
        return known if isinstance(known, str) else "[]"

    def _known(self, arguments: tuple[Value, ...]) -> Any:
        if len(arguments) < 3 or not isinstance(arguments[1], str) or str(arguments[0]) not in self.catalog.sources:  # noqa: PLR2004 - view, id, and at least a group
            return None
        key = str(arguments[0]), arguments[1]
        if key not in self._found:
            if self.given_up:
                return None
            self._wanted.setdefault(key, str(arguments[-1] or ""))
            return None
        return self._found[key]

    @property
    def is_complete(self) -> bool:
        """Whether everything that was asked for is known."""
        return not self._wanted

    async def fetch(self, client: "Client", progress: Progress = no_progress) -> None:
        """Ask XO for what is wanted, objects of one group one after the other.

        Raises:
            ArgumentError: That would be too many requests, or this XO has no such route.
            CallError: XO does not answer at all.
        """
        wanted, self._wanted = self._wanted, {}
        total = sum(self.asked.values()) + len(wanted)
        if total > MOST:
            raise TooManyRequestsError(total, {view for view, _ in wanted})
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, group in wanted.items():
            groups.setdefault(f"{key[0]} {group}" if group else f"{key[0]} {key[1]}", []).append(key)
        limiter = anyio.CapacityLimiter(AT_ONCE)
        ends: list[CallError] = []
        done = 0

        async def ask(keys: list[tuple[str, str]]) -> None:
            nonlocal done
            async with limiter:
                for key in keys:
                    if ends:
                        return
                    try:
                        self._found[key] = await self._one(client, self.catalog.sources[key[0]], key[1])
                    except CallError as error:
                        ends.append(error)
                    done += 1
                    await progress(done, len(wanted), f"{key[0]}: {done} of {len(wanted)}")

        async with anyio.create_task_group() as tasks:
            for keys in groups.values():
                tasks.start_soon(ask, keys)
        if ends:
            raise ends[0]

    async def _one(self, client: "Client", source: Source, object_id: str) -> Any:
        self.asked[source.name] = self.asked.get(source.name, 0) + 1
        measures = source.lookup.get("measures")
        wanted: Mapping[str, str] = source.lookup.get("rows", {})
        query: dict[str, Json] = {"granularity": SPANS[self.span][0]} if measures else {}
        if source.lookup.get("list"):
            query["fields"] = ",".join(wanted.values())
        try:
            reply = await client.request(Call("GET", source.route, path={"id": object_id}, query=query))
        except NotFound as error:
            if error.code == "no_route":
                raise ArgumentError(lacking(source)) from error
            self.failed.setdefault(source.name, []).append(one_line(str(error), _NAMES))
        except XoError as error:
            self.failed.setdefault(source.name, []).append(one_line(error.detail, _NAMES))
        else:
            return measured(reply.data, measures, self.span) if measures else _rows(reply.data, wanted)
        return {} if measures else "[]"

    def notes(self) -> list[str]:
        """How many requests it took, what failed, and whether something is missing."""
        said = [f"{view}: asked XO about {count:,} objects." for view, count in sorted(self.asked.items())]
        for view, reasons in sorted(self.failed.items()):
            said.append(f"{view}: {len(reasons):,} of them could not be read, so they are empty. {reasons[0]}")
        if self.stopped:
            said.append("Some objects were not asked about: conditions on values of lookups lead to ever more of them.")
        return said


def lacking(source: Source) -> str:
    """The sentence about a table that this XO does not have."""
    came = f": it came with XO {source.since}" if source.since else ""
    return f"This XO has no table {source.name}{came}. describe_inventory names the others."


def _rows(answer: Json, wanted: Mapping[str, str]) -> Value:
    records = answer if isinstance(answer, list) else []
    rows: list[Json] = []
    for record in records:
        if isinstance(record, dict):
            row: dict[str, Json] = {}
            for column, name in wanted.items():
                value = seconds(record.get(name)) if name in TIMES else value_of(record.get(name))
                row[column] = value.decode(errors="replace") if isinstance(value, bytes) else value
            rows.append(row)
    return json_text(rows) or "[]"
