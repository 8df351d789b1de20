"""Keeps one answer within a number of bytes, cut where a reader expects it: between records, then between properties.

Pure functions. Whatever was cut is said in the data itself (`truncated`) and in a note, because some hosts show a model
only the structured content and others only the text. The figures are bytes of compact UTF-8 JSON as `encode` writes it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.types import Json

DEFAULT_BUDGET: Final = 20_000
"""Bytes of one answer unless configured: hosts warn at about 10,000 tokens and cut at 25,000."""
MINIMUM_BUDGET: Final = 2_000
"""The smallest budget that still holds a record and the notes about it."""
NOTES_RESERVE: Final = 1_000
"""Bytes of the budget kept free for notes and for saying what was cut."""

_NAMES: Final = 300  # bytes of names told of what was cut; a number tells the rest
_NAME: Final = 60  # characters of one such name
_MARK: Final = 500  # bytes that `truncated` and `count` may take
_LEAST: Final = 64  # bytes up to which a property is kept whole; the first ones win
_NOTE: Final = 600  # characters of one note


def encode(data: Json) -> str:
    """Write JSON as compactly as the budget counts it; use this for the text of an answer."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def size(data: Json) -> int:
    """Return the bytes of `data` as compact UTF-8 JSON."""
    return len(encode(data).encode(errors="replace"))


def room_for(budget: int) -> int:
    """Return the bytes of `budget` that data may fill; a budget below `MINIMUM_BUDGET` counts as that."""
    return max(budget, MINIMUM_BUDGET) - NOTES_RESERVE


@dataclass(frozen=True)
class Cut:
    """What is left of a list.

    Attributes:
        items: The first records, whole; a single record that is too large by itself is shortened.
        of: How many there were.
        shortened: Properties that were shortened or left out of the only record.
    """

    items: list[Json]
    of: int
    shortened: tuple[str, ...] = ()


def fit_items(items: Sequence[Json], room: int, prepare: Callable[[Json], Json] = lambda item: item) -> Cut:
    """Keep as many whole records from the start as fit `room` bytes.

    Args:
        items: The records.
        room: Bytes of the JSON array.
        prepare: Makes a record what will be shown; called only for records that come into question, because 2,000
            whole VMs are 4.6 MB.

    Returns:
        At least one record, shortened if even the first does not fit (none if there was none).
    """
    kept: list[Json] = []
    used = 1  # two brackets, and one comma less than records
    for item in items:
        shown = prepare(item)
        used += size(shown) + 1
        if used > room:
            break
        kept.append(shown)
    if kept or not items:
        return Cut(kept, len(items))
    first, lost = fit_value(prepare(items[0]), room - 3)
    return Cut([first], len(items), lost)


def fit_value(value: Json, room: int) -> tuple[Json, tuple[str, ...]]:
    """Shorten any JSON value to `room` bytes; returns it and the names of properties that lost something."""
    if size(value) <= room:
        return value, ()
    if isinstance(value, dict):
        return fit_object(value, room)
    if isinstance(value, str):
        return _fit_string(value, room), ()
    if isinstance(value, list):
        return _fit_array(value, room), ()
    return None, ()


def fit_object(value: dict[str, Json], room: int) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Shorten the largest properties of an object until it takes `room` bytes.

    Small properties stay as they are; texts keep their beginning, arrays their first items, objects are shortened in
    the same way. A property of which nothing useful would be left is left out.

    Returns:
        The object, and the names of the properties that were shortened or left out, in their order.
    """
    if size(value) <= room:
        return value, ()
    overheads = {name: size(name) + 2 for name in value}
    sizes = {name: overheads[name] + size(item) for name, item in value.items()}
    cap = max(_level(sorted(sizes.values()), room - 2), _LEAST)
    kept: dict[str, Json] = {}
    lost: list[str] = []
    left = room - 2
    for name, item in value.items():
        shown = item
        if sizes[name] > cap:
            lost.append(name)
            shown, _ = fit_value(item, cap - overheads[name])
            if shown in (None, "", [], {}):
                continue
        taken = overheads[name] + size(shown)
        if taken > left:
            if name not in lost:
                lost.append(name)
            continue
        kept[name] = shown
        left -= taken
    return kept, tuple(lost)


def _level(sizes: Sequence[int], room: int) -> int:
    """Find the cap under which properties of these ascending sizes together take `room` bytes."""
    left = room
    for index, each in enumerate(sizes):
        share = left // (len(sizes) - index)
        if each > share:
            return share
        left -= each
    return left


def _fit_string(text: str, room: int) -> str:
    kept = text[: max(room, 0)]
    mark = f"\u2026 (cut, {len(text):,} characters)"
    while kept and size(kept + mark) > room:
        over = size(kept + mark) - room
        # A character takes at most 6 bytes of JSON (`\u0000`), so this never cuts more than needed by much.
        kept = kept[: len(kept) - max(1, over // 6)]
    return kept + mark if kept else ""


def _fit_array(items: list[Json], room: int) -> list[Json]:
    kept: list[Json] = []
    used = 1  # two brackets, and one comma less than records
    for item in items:
        used += size(item) + 1
        if used > room:
            break
        kept.append(item)
    if kept or not items:
        return kept
    first, _ = fit_value(items[0], room - 2)
    return [] if first in (None, "", [], {}) else [first]


def _some(names: Sequence[str]) -> list[str]:
    """Return as many names as are worth telling, each shortened."""
    some: list[str] = []
    for name in names:
        short = name if len(name) <= _NAME else name[: _NAME - 1] + "\u2026"
        if size([*some, short]) > _NAMES:
            break
        some.append(short)
    return some


def named(names: Sequence[str]) -> str:
    """Tell names in a sentence, the first by name, the rest by number."""
    some = _some(names)
    told = ", ".join(f"`{name}`" for name in some)
    return f"{told} and {len(names) - len(some)} more" if len(names) > len(some) else told


def cut_mark(cut: Cut) -> dict[str, Json]:
    """Return what `truncated` says about a list."""
    mark: dict[str, Json] = {"shown": len(cut.items), "of": cut.of}
    if cut.shortened:
        mark["shortened"] = [*_some(cut.shortened)]
    return mark


def cut_note(cut: Cut, budget: int) -> str:
    """Return the sentence about a list that was cut."""
    if cut.shortened:
        return (
            f"One record alone is larger than an answer may be ({budget:,} bytes): {named(cut.shortened)} shortened or "
            f"left out, and {cut.of - len(cut.items)} more records not shown. Ask for fewer `fields`."
        )
    return (
        f"Only the first {len(cut.items)} of {cut.of} records are shown, for an answer of at most {budget:,} bytes. "
        "Ask for fewer `fields`, or narrow the `filter`."
    )


def object_note(lost: Sequence[str], budget: int) -> str:
    """Return the sentence about an object that was shortened."""
    return (
        f"Shortened or left out, for an answer of at most {budget:,} bytes: {named(lost)}. "
        "Where the tool takes `fields`, ask for one of them alone to see more of it."
    )


def bounded(answer: Answer, budget: int = DEFAULT_BUDGET) -> Answer:
    """Return `answer` with data, text and notes that together stay within `budget` bytes, in either form.

    The last gate of every answer: one that fits comes back unchanged.
    """
    notes = _fit_notes(answer.notes)
    room = room_for(budget)
    data, text = answer.data, answer.text
    if size(data) > room:
        data, note = _fit_data(data, room, budget)
        notes = _fit_notes((note, *notes))
    if text is not None and len(text.encode(errors="replace")) > room:
        text = fit_text(text, room)
        notes = _fit_notes(("The text is cut.", *notes))
    return replace(answer, data=data, text=text, notes=notes)


def _fit_data(data: dict[str, Json], room: int, budget: int) -> tuple[dict[str, Json], str]:
    items = data.get("items")
    if isinstance(items, list):
        others: dict[str, Json] = {name: item for name, item in data.items() if name not in ("items", "truncated")}
        others, _ = fit_object(others, room // 4)
        cut = fit_items(items, room - size(others) - _MARK)
        if "more" in others:
            others["more"] = True
        return {"items": cut.items, **others, "count": len(cut.items), "truncated": cut_mark(cut)}, cut_note(
            cut, budget
        )
    shown, lost = fit_object(data, room - _MARK)
    return {**shown, "truncated": {"shortened": [*_some(lost)]}}, object_note(lost, budget)


def _fit_notes(notes: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for note in notes:
        short = note if len(note) <= _NOTE else note[: _NOTE - 1] + "\u2026"
        if short not in kept and size([*kept, short]) <= NOTES_RESERVE - 100:
            kept.append(short)
    return tuple(kept)


def fit_text(text: str, room: int) -> str:
    """Cut a text to `room` bytes, at a line's end where there is one, and say so in its last line."""
    if len(text.encode(errors="replace")) <= room:
        return text
    mark = f"\n\u2026 (cut, {len(text):,} characters)"
    kept = text.encode(errors="replace")[: max(room - len(mark.encode()), 0)].decode(errors="ignore")
    line, newline, _ = kept.rpartition("\n")
    return (line if newline and len(line) > len(kept) // 2 else kept) + mark
