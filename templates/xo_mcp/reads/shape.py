"""Makes XO's answers useful: the properties asked for, an honest limit, words where XO stays silent.

What XO 6.7.1 does and a model must not fall for: a list without `fields` is an array of URL paths, unknown fields
vanish, `limit=-1` is the whole list, an object read ignores `fields`, and a list is empty (never refused) for users
without privileges and while a pool is not connected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from xo_mcp.answer import Answer
from xo_mcp.api.connections import doubts_about_empty
from xo_mcp.api.preflight import prepare
from xo_mcp.api.replies import empty
from xo_mcp.errors import ArgumentError, BadRequest
from xo_mcp.privacy.masking import masked, masked_text, without_identity
from xo_mcp.reads import markdown
from xo_mcp.reads.budget import DEFAULT_BUDGET, Cut, bounded, cut_mark, cut_note, fit_items, room_for
from xo_mcp.reads.fields import EVERYTHING, NO_TABLE, Fields, parse_fields
from xo_mcp.reads.filters import SYNTAX, explained, notes_on, prepared
from xo_mcp.reads.recency import newest_records
from xo_mcp.reads.taskview import is_task_route, trimmed
from xo_mcp.text import neutral, neutral_text, one_line
from xo_mcp.types import NOTHING, OMIT, Arguments, Json, Omit
from xo_mcp.units import with_times

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

HIGHEST_LIMIT: Final = 1_000_000
_ENVELOPE: Final = 200  # bytes of what stands around the items
_FORMATS: Final = ("json", "markdown")


def parse_limit(limit: object) -> int:
    """Read a `limit` argument: XO takes -1 and 1.5 for "everything", so only whole numbers from 1 pass.

    Raises:
        ArgumentError: It is none.
    """
    whole = int(limit) if isinstance(limit, float) and limit.is_integer() else limit
    if isinstance(whole, bool) or not isinstance(whole, int) or not 1 <= whole <= HIGHEST_LIMIT:
        raise ArgumentError(f"`limit` must be a whole number from 1 to {HIGHEST_LIMIT:,}.")
    return whole


def parse_format(format: str) -> bool:  # noqa: A002 - the tool's own argument
    """Return whether Markdown is wanted.

    Raises:
        ArgumentError: It is neither `json` nor `markdown`.
    """
    if format not in _FORMATS:
        raise ArgumentError(f"`format` must be {' or '.join(f'`{each}`' for each in _FORMATS)}.")
    return format == "markdown"


def presentable(value: Json, *, secrets: bool = False) -> Json:
    """Return a copy fit to be read: instants also as ISO 8601, no hidden characters, stack traces or secrets.

    Args:
        value: From XO.
        secrets: Whether secrets stay, for the answer that gives one to the caller.
    """
    plain = without_stacks(value)
    return neutral(with_times(plain if secrets else masked(plain)))


def without_stacks(value: Json) -> Json:
    """Return a copy without the `stack` of errors (an object with a `message` beside it), at any depth."""
    if isinstance(value, list):
        return [without_stacks(item) for item in value]
    if not isinstance(value, dict):
        return value
    is_error = "message" in value
    return {name: without_stacks(item) for name, item in value.items() if not (is_error and name == "stack")}


def finish(answer: Answer, budget: int = DEFAULT_BUDGET, *, secrets: bool = False) -> Answer:
    """Make any answer presentable and keep it within the budget. Applying it twice changes nothing.

    Args:
        answer: From XO.
        budget: Bytes of the answer.
        secrets: Whether secrets stay, as in `presentable`.
    """
    data = presentable(answer.data, secrets=secrets)
    shown = replace(
        answer,
        data=data if isinstance(data, dict) else {},
        text=None if answer.text is None else neutral_text(masked_text(answer.text)),
        notes=tuple(neutral_text(note) for note in answer.notes),
    )
    return bounded(shown, budget)


async def list_records(
    client: "Client",
    route: str,
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    record: str = "",
    known: Mapping[str, str] = NO_TABLE,
    filter: str | Omit = OMIT,  # noqa: A002 - XO's own name
    fields: str = EVERYTHING,
    limit: int = 50,
    format: str = "json",  # noqa: A002 - the tool's own argument
    newest: str = "",
    budget: int = DEFAULT_BUDGET,
) -> Answer:
    """List records of a collection.

    Args:
        client: Where to ask.
        route: The collection, like `/vms`.
        path: Values of the route's parameters.
        query: XO's other query parameters.
        record: The name of the records' type, for messages.
        known: Their properties and JSON types; empty: not checked.
        filter: In XO's filter language.
        fields: Names with commas between them, or `*`.
        limit: At most so many records.
        format: `json`, or `markdown` for a table as text beside the same data.
        newest: The property that tells when, for a list of which the newest records are wanted.
        budget: Bytes of the answer.

    Returns:
        `{"items": [...], "count": n, "more": bool}`, and `truncated` when the budget cut it.

    Raises:
        ArgumentError: An argument is none that XO would understand.
        XoError: XO refused; `BadRequest` when it could not read the filter.
    """
    wanted = parse_fields(fields, known, record)
    most = parse_limit(limit)
    as_table = parse_format(format)
    expression = prepared(filter.strip(), known) if isinstance(filter, str) else ""
    # One more than the limit tells whether there is more; XO has no count and no pages.
    asked: dict[str, Json | Omit] = {**query, "fields": wanted.query, "limit": most + 1, "filter": expression or OMIT}
    ready = await prepare(client, "GET", route, path=path, query=asked)
    ask = partial(_ask, client, route, ready.path)
    records = await newest_records(ask, ready.query, most + 1, newest) if newest else await ask(ready.query)
    found = [without_identity(route, item) for item in records]
    notes = list(ready.notes)
    doubts = notes_on(expression, known, record, found)
    notes += doubts
    if not found and not doubts:
        notes += await doubts_about_empty(client, route, filtered=bool(expression))
    if is_task_route(route):
        found = [trimmed(task) for task in found]
    return listed(found, wanted, most, notes, as_table=as_table, budget=budget)


async def _ask(client: "Client", route: str, path: Arguments, query: Arguments) -> list[Json]:
    try:
        reply = await client.request("GET", route, path=path, query=query)
    except BadRequest as error:
        if error.code != "filter":
            raise
        text = str(query.get("filter"))
        told = f"XO can't read the `filter` `{one_line(text)}`. {explained(text)}".rstrip()
        raise BadRequest(error.status, "filter", told, SYNTAX) from error
    if reply.data is None:
        raise empty(reply.status, f"GET {route}")
    return reply.data if isinstance(reply.data, list) else [reply.data]


def listed(
    found: Sequence[Json], wanted: Fields, most: int, notes: Sequence[str], *, as_table: bool, budget: int
) -> Answer:
    """Make the answer of records as XO sent them.

    Args:
        found: The records, at most one more than `most`.
        wanted: Their properties to show.
        most: Records to show at most.
        notes: What is to be said besides.
        as_table: Whether the text is a Markdown table.
        budget: Bytes of the answer.
    """
    room = room_for(budget)
    cut = fit_items(found[:most], room - _ENVELOPE, lambda item: presentable(_project(item, wanted)))
    if as_table and 0 < (rows := markdown.fitting(cut.items, room)) < len(cut.items):
        cut = Cut(cut.items[:rows], cut.of)
    is_cut = len(cut.items) < cut.of or bool(cut.shortened)
    data: dict[str, Json] = {"items": cut.items, "count": len(cut.items), "more": len(found) > len(cut.items)}
    if len(found) > most:
        notes = (*notes, f"There are more than {most}: ask with a higher `limit` or a narrower `filter`.")
    if is_cut:
        data["truncated"] = cut_mark(cut)
        notes = (cut_note(cut, budget), *notes)
    return bounded(Answer(data, tuple(notes), markdown.table(cut.items) if as_table else None), budget)


def _project(item: Json, wanted: Fields) -> Json:
    if isinstance(item, dict):
        return wanted.of(item)
    if isinstance(item, str) and item.startswith("/rest/v0/"):
        # A bare URL is no answer for a model; what follows the collection is the id, slashes included.
        return {"id": unquote(item.removeprefix("/rest/v0/").partition("/")[2])}
    return item


async def get_record(
    client: "Client",
    route: str,
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    record: str = "",
    known: Mapping[str, str] = NO_TABLE,
    fields: str | Omit = OMIT,
    format: str = "json",  # noqa: A002 - the tool's own argument
    budget: int = DEFAULT_BUDGET,
) -> Answer:
    """Show one object; XO has no `fields` here, so they are chosen from what it sends.

    Args: as for `list_records`; without `fields` the whole object is shown.

    Returns:
        The object itself, `id` first, and `truncated` when the budget cut it.

    Raises:
        ArgumentError: A field is not known.
        XoError: XO refused.
    """
    wanted = Fields(()) if isinstance(fields, Omit) else parse_fields(fields, known, record)
    as_table = parse_format(format)
    reply = await client.request("GET", route, path=path, query=query)
    if reply.data is None:
        raise empty(reply.status, f"GET {route}")
    if not isinstance(reply.data, dict):
        return plain(reply.data, budget)
    found = trimmed(reply.data) if is_task_route(route) else reply.data
    data = presentable(wanted.of(found if isinstance(found, dict) else {}))
    shown = data if isinstance(data, dict) else {}
    return bounded(Answer(shown, (), markdown.record(shown) if as_table else None), budget)


async def read_plain(
    client: "Client",
    route: str,
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    budget: int = DEFAULT_BUDGET,
) -> Answer:
    """Answer any other GET: an object as it is, an array as `items`, a text as `text`, anything else as `value`.

    Raises:
        XoError: XO refused.
    """
    reply = await client.request("GET", route, path=path, query=query)
    return plain(reply.data, budget)


def plain(data: Json, budget: int = DEFAULT_BUDGET) -> Answer:
    """Make an answer of any JSON value or text."""
    if isinstance(data, list):
        return finish(Answer({"items": data, "count": len(data)}), budget)
    if isinstance(data, dict):
        return finish(Answer({name: item for name, item in data.items() if name != "href"}), budget)
    return finish(Answer({"text": data} if isinstance(data, str) else {"value": data}), budget)
