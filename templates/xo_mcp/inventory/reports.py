"""Reports: questions with a name, each one or more statements over the inventory's tables (`reports.json`)."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from xo_mcp.answer import Answer, Fitted
from xo_mcp.encoding import array_of, object_of
from xo_mcp.errors import ArgumentError, CallError
from xo_mcp.inventory.answers import json_value, markdown_table, plain_rows, plain_value
from xo_mcp.inventory.engine import Inventory
from xo_mcp.inventory.execution import Found, Limits
from xo_mcp.inventory.lookups import MOST, TooManyRequestsError
from xo_mcp.inventory.own_vm import own_vms
from xo_mcp.nearest import suggestion
from xo_mcp.privacy.sanitizing import sanitize_and_encode
from xo_mcp.reads.budget import fit_items
from xo_mcp.reads.markdown import escape
from xo_mcp.text import neutral_text, one_line
from xo_mcp.types import Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.config.config import Config

FILE: Final = "reports.json"
SPAN: Final = "span"
"""The argument that says over which time `vm_load` and `host_load` are measured."""
_BYTES: Final = 8_000_000  # of the rows of a part
_NOTHING: Final = Found((), [], 0)
_LONGEST: Final = 80  # characters of an argument in a note
_ENVELOPE: Final = 200  # bytes around the rows of a part, without the names of the columns


@dataclass(frozen=True)
class Part:
    """One statement of a report, and its rows.

    Attributes:
        name: In the answer.
        title: In words.
        sql: One SELECT.
        is_record: Each row is shown as an object.
        finding: Each row is something that somebody should look at.
        then: What to do about the rows.
        always: Shown even without rows.
        found: What it answered.
    """

    name: str
    title: str
    sql: str
    is_record: bool = False
    finding: bool = False
    then: str = ""
    always: bool = False
    found: Found = _NOTHING

    @property
    def count(self) -> str:
        """How many rows there are, in words."""
        return f"{self.found.total:,}"


@cache
def reports() -> Mapping[str, Mapping[str, Any]]:
    """Load the reports: name -> title, usual limit, parts."""
    loaded: Mapping[str, Mapping[str, Any]] = json.loads((resources.files("xo_mcp.inventory") / FILE).read_bytes())
    return loaded


async def run_report(
    client: "Client",
    name: str,
    arguments: Mapping[str, Json | Omit],
    *,
    limit: int,
    config: "Config",
    progress: Progress = no_progress,
) -> list[Part]:
    """Answer a question.

    Args:
        client: Where to ask; what its user may not see is in no row.
        name: Of the report.
        arguments: Bound as parameters of its statements; one that is not given is NULL. Objects are named by id, see
            `objects.reporting`.
        limit: Rows of each part; the others are counted.
        config: Which XO it is: its release, and the VM that runs it.
        progress: Called with how far requests for single objects are.

    Raises:
        ArgumentError: There is no such report, or a statement takes too long.
        CallError: XO does not answer.
    """
    report = reports().get(name)
    if report is None:
        raise ArgumentError(f"There is no report {name!r}{suggestion(name, reports(), count=1)}.")
    given = {key: None if isinstance(value, Omit) else value for key, value in arguments.items()}
    given["now"] = int(time.time())
    span = given.get(SPAN) or "hour"
    parts = []
    async with Inventory(client, span=str(span), release=config.known_release, progress=progress) as inventory:
        if any(":own" in part["sql"] for part in report["parts"]):
            given["own"] = json.dumps(await _own(inventory, config))
        for decided in report["parts"]:
            part = _part(decided)
            try:
                found = await inventory.run(part.sql, _scalars(given), limits=Limits(limit, _BYTES, counts=True))
            except TooManyRequestsError as error:
                raise ArgumentError(_too_many(error, arguments)) from error
            parts.append(_part(decided, found))
        unknown = await _unknown(inventory, report.get("lookups", {}), given)
    first = parts[0]
    return [replace(first, found=replace(first.found, notes=(*unknown, *first.found.notes))), *parts[1:]]


async def _unknown(
    inventory: Inventory, lookups: Mapping[str, Mapping[str, str]], given: Mapping[str, Json]
) -> list[str]:
    """Notes about arguments with a value that no object has: without them nothing found looks like nothing wrong."""
    notes = []
    for name, lookup in lookups.items():
        value = given.get(name)
        if value is None:
            continue
        found = await inventory.run(lookup["sql"], {name: str(value)})
        if not found.rows:
            notes.append(f"{lookup['says']} {json.dumps(one_line(str(value), _LONGEST), ensure_ascii=False)}.")
    return notes


async def _own(inventory: Inventory, config: "Config") -> list[str]:
    """The VM that runs XO, which a report remarks on; none where this user may not see it."""
    try:
        return await own_vms(inventory, config)
    except CallError:
        return []


def _too_many(error: TooManyRequestsError, arguments: Mapping[str, Json | Omit]) -> str:
    """The refusal in the words of the report's own arguments."""
    free = [f"`{key}`" for key, value in arguments.items() if value is None or isinstance(value, Omit)]
    narrower = f" Narrow it with {' or '.join(free)}." if free else ""
    return f"This would ask XO {error.requests:,} times, once per object; {MOST:,} are allowed.{narrower}"


def _part(decided: Mapping[str, Any], found: Found = _NOTHING) -> Part:
    return Part(
        decided["name"],
        decided["title"],
        decided["sql"],
        decided.get("shape") == "record",
        decided.get("finding", False),
        decided.get("then", ""),
        decided.get("always", False),
        found,
    )


def _scalars(given: Mapping[str, Json]) -> dict[str, str | float | None]:
    """As SQL binds them."""
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in given.items()
        if value is None or isinstance(value, str | int | float)
    }


def reported(parts: Sequence[Part], *, markdown: bool) -> Answer:
    """The answer of a report.

    Args:
        parts: With what they found.
        markdown: Whether the text is sections of Markdown.

    Returns:
        Part -> `{"title", "count", "columns", "rows"}`, or a list of objects for parts shown as records.
    """
    notes = list(dict.fromkeys(note for part in parts for note in part.found.notes))
    shown = [part for part in parts if part.found.rows or part.always]
    notes = [*_next(shown), *notes]
    if not any(part.found.rows for part in parts):
        notes.insert(0, "Nothing found.")
    return Answer(partial(_fit, shown, tuple(notes), markdown))


def _next(parts: Sequence[Part]) -> Iterator[str]:
    yield from dict.fromkeys(part.then for part in parts if part.then and part.found.rows)


def _fit(parts: Sequence[Part], notes: tuple[str, ...], markdown: bool, room: int) -> Fitted:
    """Give each part its share of the room; what one leaves is for those after it."""
    data: dict[str, Json] = {}
    finished: dict[str, bytes] = {}
    left = room
    for position, part in enumerate(parts):
        share = left // (len(parts) - position)
        data[part.name], finished[part.name] = (_records if part.is_record else _rows)(part, share)
        left -= len(finished[part.name]) + len(part.name) + 4
    text = "\n\n".join(map(_section, parts)) if markdown and parts else None
    if text is not None and len(text.encode()) > room:
        text = None
        notes = ("The Markdown does not fit an answer: ask for a lower `limit`.", *notes)
    return Fitted(data, notes, text, finished)


def _rows(part: Part, room: int) -> tuple[Json, bytes]:
    """The rows as lists, as many as fit, fit to be read; and the same as JSON."""
    columns = [neutral_text(name) for name in part.found.columns]
    free = room - _ENVELOPE - len(part.title) - sum(len(name) + 4 for name in columns)
    cut = fit_items(plain_rows(part.found), max(free, 0), sanitize_and_encode)
    shown: dict[str, Json] = {"title": part.title, "count": part.found.total, "columns": [*columns], "rows": cut.items}
    if len(cut.items) < part.found.total:
        shown["not_shown"] = part.found.total - len(cut.items)
    return shown, object_of(shown, {"rows": array_of(cut.encoded)})


def _records(part: Part, room: int) -> tuple[Json, bytes]:
    """The rows as objects, as many as fit, fit to be read; and the same as JSON."""
    cut = fit_items([_record(part, row) for row in part.found.rows], room, sanitize_and_encode)
    return cut.items, array_of(cut.encoded)


def _record(part: Part, row: Sequence[Any]) -> Json:
    return {name: plain_value(value) for name, value in zip(part.found.columns, row, strict=True) if value is not None}


def _section(part: Part) -> str:
    columns = [neutral_text(name) for name in part.found.columns]
    rows = part.found.rows
    head = f"## {part.title}" if part.is_record else f"## {part.title}: {part.count}"
    if part.is_record:
        lines = [
            f"- {escape(name)}: {escape(str(value))}"
            for row in rows
            for name, value in zip(columns, row, strict=True)
            if value is not None
        ]
        return "\n".join([head, "", *lines])
    if not rows:
        return head
    more = part.found.total - len(rows)
    end = [f"\n{more:,} more not shown."] if more else []
    return "\n".join([head, "", markdown_table(columns, [[json_value(value) for value in row] for row in rows]), *end])
