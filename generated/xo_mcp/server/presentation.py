"""Turns a handler's answer into what a model may read, once.

Records are projected, tasks shortened, secrets and stacks removed, times shown as ISO 8601, texts made harmless, all of
it fitted into the output budget; then it is encoded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Final, Protocol
from urllib.parse import unquote

import anyio.to_thread

from xo_mcp.answer import Answer, Fit, Fitted, Image, Link, Records, View
from xo_mcp.encoding import Written, array_of, encode, object_of, size
from xo_mcp.parsing import object_in
from xo_mcp.privacy.masking import masked_text, shows_identity, without_identity
from xo_mcp.privacy.sanitizing import sanitize_and_encode, sanitized
from xo_mcp.reads import markdown
from xo_mcp.reads.budget import (
    DEFAULT_BUDGET,
    MARK,
    NOTES_RESERVE,
    Cut,
    cut_mark,
    cut_note,
    fit_items,
    fit_object,
    fit_text,
    object_note,
    room_for,
    some,
)
from xo_mcp.reads.fields import HIDDEN, projected
from xo_mcp.reads.taskview import is_task_route, trimmed
from xo_mcp.text import neutral_text
from xo_mcp.types import Json

NOTES: Final = "_notes"
OF_XO: Final = "_notes_of_xo"
"""Beside the data; XO's own records have a field `notes`."""
_ENVELOPE: Final = 200  # bytes around the items
_NOTE: Final = 600  # characters of one note
_VALUES, _CHARACTERS = 10_000, 262_144  # of an answer that is not large

Redact = Callable[[str], str]
"""Takes our own credentials out of a text: XO may quote them, for example in the failure of a task."""


@dataclass(frozen=True)
class Presented:
    """An answer that is fit to be read.

    Some hosts show a model only the structured content, others only the text: both carry `data` and `notes`.

    Attributes:
        data: The structured content, always an object (an array at the root fails on older protocol versions).
        notes: Whole sentences about it.
        encoded: `data` as JSON.
        table: `data` as Markdown or CSV, which replaces the JSON as the text; `None` where nobody asked for it.
        links: Files and objects to link to.
        images: Pictures to show.
    """

    data: dict[str, Json]
    notes: tuple[str, ...] = ()
    encoded: bytes = field(default=b"", repr=False)
    table: str | None = None
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()

    @property
    def content(self) -> dict[str, Json]:
        """The data with the notes beside it."""
        return {**self.data, NOTES: list(self.notes)} if self.notes else self.data

    @cached_property
    def json(self) -> str:
        """`content` as JSON, made once: it may be 50 MB."""
        if not self.notes:
            return self.encoded.decode()
        comma = b"," if self.data else b""
        return b"".join(
            [self.encoded[:-1], comma, b'"', NOTES.encode(), b'":', encode(list(self.notes)), b"}"]
        ).decode()

    @property
    def text(self) -> str:
        """What hosts show that don't know structured content."""
        return self.json if self.table is None else "\n\n".join([self.table, *self.notes])


class GoOn(Protocol):
    """Gives the statement for the records that a list did not show; empty where there is none."""

    def __call__(
        self, route: str, properties: Sequence[str], shown: int, *, newest: str = "", filtered: bool = False
    ) -> str:
        """See `inventory.continuing.rest_of`."""


async def presented(
    answer: Answer, budget: int = DEFAULT_BUDGET, redact: Redact | None = None, go_on: GoOn | None = None
) -> Presented:
    """As `present`; what is large is walked in a thread, and everybody else's calls go on meanwhile."""
    work = partial(present, answer, budget, redact, go_on)
    return await anyio.to_thread.run_sync(work) if _is_large(answer.data) else work()


def _is_large(data: Records | dict[str, Json] | Fit) -> bool:
    """Whether a walk may take long. What makes itself fit is bounded, and belongs to the event loop."""
    if callable(data):
        return False
    left, characters = _VALUES, _CHARACTERS
    level: Sequence[Json] = data.items if isinstance(data, Records) else [data]
    while level:
        # In steps that Python takes at once: this is asked for every answer.
        left -= len(level)
        if left < 0:
            return True
        characters -= sum([len(value) for value in level if isinstance(value, str)])
        nested = [value for value in level if isinstance(value, (dict, list))]
        if characters < 0 or sum(map(len, nested)) > left:
            return True
        level = [inner for value in nested for inner in (value.values() if isinstance(value, dict) else value)]
    return False


def present(
    answer: Answer, budget: int = DEFAULT_BUDGET, redact: Redact | None = None, go_on: GoOn | None = None
) -> Presented:
    """Make an answer fit to be read.

    Args:
        answer: As the handler gave it.
        budget: Bytes of data, or of the table, with notes; see `reads.budget`.
        redact: Applied when everything else is done.
        go_on: Where the inventory is offered.
    """
    if isinstance(answer.data, dict) and NOTES in answer.data:
        # What XO calls so must not pass for a note of ours.
        renamed = {OF_XO if name == NOTES else name: value for name, value in answer.data.items()}
        answer = replace(answer, data=renamed)
    shown = _Shown.of(answer, budget, go_on)
    table = _table(shown.data) if answer.view is not None and answer.view.is_table else shown.table
    notes = (*shown.notes, *(neutral_text(note) for note in answer.notes), *shown.last_notes)
    if table is not None and len(table.encode()) > room_for(budget):
        table = fit_text(table, room_for(budget))
        notes = ("The text is cut.", *notes)
    done = Presented(shown.data, _fit_notes(notes), shown.encoded, table, answer.links, answer.images)
    return done if redact is None else _redacted(done, redact)


@dataclass
class _Shown:
    """Data that fits, and notes about what does not: before those of the handler, and after them."""

    data: dict[str, Json]
    encoded: bytes
    notes: tuple[str, ...] = ()
    last_notes: tuple[str, ...] = ()
    table: str | None = None

    @classmethod
    def of(cls, answer: Answer, budget: int, go_on: GoOn | None) -> "_Shown":
        data = answer.data
        if isinstance(data, Records):
            return _records(data, answer.view or View(), budget, go_on)
        fitted = data(room_for(budget)) if callable(data) else Fitted(data)
        if answer.view is None:
            clean = _cleaned(fitted, secrets=answer.gives_secret)
            shown = _fitting(clean, object_of(clean, fitted.finished), budget)
        else:
            record = _record(fitted.data, answer.view.shown, is_task=is_task_route(answer.view.route))
            shown = _fitting(object_in(record.value), record.encoded, budget)
        shown.notes += fitted.notes
        shown.table = None if fitted.table is None else neutral_text(masked_text(fitted.table))
        return shown


def _records(records: Records, view: View, budget: int, go_on: GoOn | None) -> _Shown:
    """As many whole records as fit, walked one by one until they don't."""
    room = room_for(budget)
    beside, _ = fit_object(object_in(sanitized(dict(records.beside))), room // 4)
    found = records.items
    wanted = found[: records.limit]

    is_task, shown = is_task_route(view.route) and not records.shortened, view.shown
    identifies = shows_identity(view.route)

    def prepared(item: Json) -> Written:
        return _record(item if identifies else without_identity(item), shown, is_task=is_task)

    cut = fit_items(wanted, room - _ENVELOPE - (size(beside) if beside else 0), prepared)
    if view.is_table and 0 < (rows := markdown.fitting(cut.items, room)) < len(cut.items):
        cut = Cut(cut.items[:rows], cut.of, cut.encoded[:rows])
    rest: dict[str, Json] = {"count": len(cut.items), "more": len(found) > len(cut.items)}
    notes: tuple[str, ...] = ()
    if len(cut.items) < cut.of or cut.shortened:
        rest["truncated"] = cut_mark(cut)
        notes = (cut_note(cut, budget),)
    rest |= beside
    over: tuple[str, ...] = ()
    if len(found) > records.limit:
        over = (f"There are more than {records.limit}: ask with a higher `limit` or a narrower `filter`.",)
    if rest["more"] and go_on is not None:
        sql = go_on(view.route, view.properties, len(cut.items), newest=view.newest, filtered=view.filtered)
        of = "" if over else f" of {len(found):,}"
        over = (*over, f"{len(cut.items):,}{of} shown; query_inventory: {sql}") if sql else over
    data: dict[str, Json] = {"items": cut.items, **rest}
    return _Shown(data, object_of(data, {"items": array_of(cut.encoded)}), notes, over)


def _record(item: Json, properties: Sequence[str], *, is_task: bool) -> Written:
    """Show one record: these properties, or all, `id` first, without addresses and references."""
    if isinstance(item, str) and item.startswith("/rest/v0/"):
        # A bare URL is no answer for a model; what follows the collection is the id, slashes included.
        return sanitize_and_encode({"id": unquote(item.removeprefix("/rest/v0/").partition("/")[2])})
    if not isinstance(item, dict):
        return sanitize_and_encode(item)
    record = object_in(trimmed(item)) if is_task else item
    if any("." in name for name in properties):
        record = projected(record, properties)
        properties = tuple(record)
    if properties:
        return sanitize_and_encode(record, [name for name in properties if name in record and name not in HIDDEN])
    names = [name for name in record if name not in HIDDEN]
    if "id" in record and names[0] != "id":
        names = ["id", *(name for name in names if name != "id")]
    return sanitize_and_encode(record, names)


def _cleaned(fitted: Fitted, *, secrets: bool) -> dict[str, Json]:
    """Make an object of ours fit to be read; what is finished already is not walked again."""
    rest = {name: None if name in fitted.finished else value for name, value in fitted.data.items()}
    return object_in(sanitized(rest, secrets=secrets)) | {name: fitted.data[name] for name in fitted.finished}


def _fitting(data: dict[str, Json], encoded: bytes, budget: int) -> _Shown:
    """Shorten data that is larger than the budget."""
    room = room_for(budget)
    if len(encoded) <= room:
        return _Shown(data, encoded)
    items = data.get("items")
    if isinstance(items, list):
        others: dict[str, Json] = {name: item for name, item in data.items() if name not in ("items", "truncated")}
        others, _ = fit_object(others, room // 4)
        cut = fit_items(items, room - size(others) - MARK)
        if "more" in others:
            others["more"] = True
        data = {"items": cut.items, **others, "count": len(cut.items), "truncated": cut_mark(cut)}
        note = cut_note(cut, budget)
    else:
        data, lost = fit_object(data, room - MARK)
        data = {**data, "truncated": {"shortened": some(lost)}}
        note = object_note(lost, budget)
    return _Shown(data, encode(data), (note,))


def _table(data: Mapping[str, Json]) -> str:
    """The data as Markdown."""
    items = data.get("items")
    return markdown.table(items) if isinstance(items, list) else markdown.record(data)


def _fit_notes(notes: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for note in notes:
        short = note if len(note) <= _NOTE else note[: _NOTE - 1] + "\u2026"
        if short not in kept and size([*kept, short]) <= NOTES_RESERVE - 100:
            kept.append(short)
    return tuple(kept)


def _redacted(shown: Presented, redact: Redact) -> Presented:
    texts = (shown.json, *shown.notes, shown.table or "")
    if all(redact(text) == text for text in texts):
        return shown
    data = object_in(_without(shown.data, redact))
    table = None if shown.table is None else redact(shown.table)
    notes = tuple(map(redact, shown.notes))
    return Presented(data, notes, encode(data), table, shown.links, shown.images)


def _without(value: Json, redact: Redact) -> Json:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): _without(part, redact) for name, part in value.items()}
    return [_without(part, redact) for part in value] if isinstance(value, list) else value
