"""Reads lists, objects and other answers from XO, with notes about what XO leaves out.

What XO 6.7.1 does and a model must not fall for: a list without `fields` is an array of URL paths, unknown fields
vanish, `limit=-1` is the whole list, an object read ignores `fields`, and a list is empty (never refused) for users
without privileges and while a pool is not connected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from xo_mcp.answer import Answer, Records, View
from xo_mcp.api.connections import doubts_about_empty
from xo_mcp.api.preflight import prepare
from xo_mcp.api.replies import empty
from xo_mcp.errors import ArgumentError, BadRequest
from xo_mcp.reads.fields import EVERYTHING, NO_TABLE, Fields, parse_fields
from xo_mcp.reads.filter_notes import notes_on
from xo_mcp.reads.filters import SYNTAX, explained, prepared
from xo_mcp.reads.naming import with_names
from xo_mcp.reads.recency import newest_records
from xo_mcp.reads.remarks import remarks_on
from xo_mcp.text import as_sent
from xo_mcp.types import OMIT, Arguments, Call, Json, Omit

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

HIGHEST_LIMIT: Final = 1_000_000
_FORMATS: Final = ("json", "markdown")


@dataclass(frozen=True)
class ListArguments:
    """What a list is asked for.

    Attributes:
        record: The name of the records' type, for messages.
        known: Their properties and JSON types; empty: not checked.
        filter: In XO's filter language.
        fields: Names with commas between them, or `*`.
        limit: At most so many records.
        format: `json`, or `markdown` for a table as text beside the same data.
        newest: The property that says when, for a list of which the newest records are wanted.
    """

    record: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    filter: str | Omit = OMIT
    fields: str = EVERYTHING
    limit: int = 50
    format: str = "json"
    newest: str = ""


def parse_limit(limit: object) -> int:
    """Read a `limit` argument: XO takes -1 and 1.5 for "everything", so only whole numbers from 1 pass.

    Raises:
        ArgumentError: It is something else.
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


async def list_records(client: "Client", call: Call, arguments: ListArguments) -> Answer:
    """List records of a collection.

    Args:
        client: Where to ask.
        call: The GET of the collection; `fields`, `limit` and `filter` are added to its query.
        arguments: Which records, and what of them.

    Raises:
        ArgumentError: An argument is not one that XO would understand.
        XoError: XO refused; `BadRequest` when it could not read the filter.
    """
    wanted = parse_fields(arguments.fields, arguments.known, arguments.record)
    most = parse_limit(arguments.limit)
    is_table = parse_format(arguments.format)
    expression = prepared(arguments.filter.strip(), arguments.known) if isinstance(arguments.filter, str) else ""
    # One more than the limit says whether there is more; XO has no count and no pages.
    query = {**call.query, "fields": wanted.query, "limit": most + 1, "filter": expression or OMIT}
    ready = await prepare(client, replace(call, query=query))
    fetch = partial(_fetch, client, ready)
    found = (
        await newest_records(fetch, ready.query, most + 1, arguments.newest)
        if arguments.newest
        else await fetch(ready.query)
    )
    notes = [*notes_on(expression, arguments.known, arguments.record, found)]
    if not found and not notes:
        notes = await doubts_about_empty(client, call, filtered=bool(expression))
    notes += await remarks_on(client, ready, found[:most])
    named = await with_names(client, call.route, found[:most], wanted)
    view = View(wanted.names, call.route, is_table, arguments.newest, filtered=bool(expression), beside=named.names)
    return Answer(Records([*named.records, *found[most:]], most), tuple(notes), view)


async def fetch_records(client: "Client", call: Call) -> list[Json]:
    """Return the records of a collection as XO sends them.

    Args:
        client: Where to ask.
        call: The GET of the collection, its query complete.

    Raises:
        XoError: XO refused; `BadRequest` when it could not read the `filter`.
    """
    try:
        reply = await client.request(call)
    except BadRequest as error:
        if error.code != "filter":
            raise
        text = str(call.query.get("filter"))
        message = f"XO can't read the `filter` `{as_sent(text)}`. {explained(text)}".rstrip()
        raise BadRequest(error.status, "filter", message, SYNTAX) from error
    if reply.data is None:
        raise empty(reply.status, call.operation, client.url_setting)
    return reply.data if isinstance(reply.data, list) else [reply.data]


async def _fetch(client: "Client", call: Call, query: Arguments) -> list[Json]:
    return await fetch_records(client, replace(call, query=query))


async def get_record(
    client: "Client",
    call: Call,
    *,
    record: str = "",
    known: Mapping[str, str] = NO_TABLE,
    fields: str | Omit = OMIT,
    format: str = "json",  # noqa: A002 - the tool's own argument
) -> Answer:
    """Show one object; XO has no `fields` here, so they are chosen from what it sends.

    Args:
        client: Where to ask.
        call: The GET of the object.
        record: The name of its type, for messages.
        known: Its properties and their JSON types; empty: not checked.
        fields: Names with commas between them, or `*`; the whole object when omitted.
        format: `json`, or `markdown` for a table as text beside the same data.

    Raises:
        ArgumentError: A field is not known.
        XoError: XO refused.
    """
    wanted = Fields(()) if isinstance(fields, Omit) else parse_fields(fields, known, record)
    is_table = parse_format(format)
    reply = await client.request(call)
    if reply.data is None:
        raise empty(reply.status, call.operation, client.url_setting)
    if not isinstance(reply.data, dict):
        return plain(reply.data)
    named = await with_names(client, call.route, [reply.data], wanted)
    view = View(wanted.names, call.route, is_table, beside=named.names)
    shown = named.records[0] if isinstance(named.records[0], dict) else reply.data
    return Answer(shown, tuple(await remarks_on(client, call, [reply.data])), view)


async def read_plain(client: "Client", call: Call) -> Answer:
    """Answer any other GET: an object as it is, an array as `items`, a text as `text`, anything else as `value`.

    Raises:
        XoError: XO refused.
    """
    return plain((await client.request(call)).data)


def plain(data: Json) -> Answer:
    """Make an answer of any JSON value or text."""
    if isinstance(data, list):
        return Answer({"items": data, "count": len(data)})
    if isinstance(data, dict):
        return Answer({name: item for name, item in data.items() if name != "href"})
    return Answer({"text": data} if isinstance(data, str) else {"value": data})
