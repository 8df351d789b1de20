"""Keeps one answer within a number of bytes, cut where a reader expects it: between records, then between properties.

Pure functions. Whatever was cut is said in the data itself (`truncated`) and in a note, because some hosts show a model
only the structured content and others only the text. The figures are bytes of compact UTF-8 JSON.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from xo_mcp.encoding import Written, encode, size, written
from xo_mcp.types import Json

DEFAULT_BUDGET: Final = 20_000
"""Bytes of one answer unless configured: hosts warn at about 10,000 tokens and cut at 25,000."""
MINIMUM_BUDGET: Final = 2_000
"""The smallest budget that still holds a record and the notes about it."""
NOTES_RESERVE: Final = 1_000
"""Bytes of the budget kept free for notes and for saying what was cut."""

_NAMES: Final = 300  # bytes of the names of what was cut; the others are counted
_NAME: Final = 60  # characters of one such name
MARK: Final = 500
"""Bytes that `truncated` and `count` may take."""
_WIDEST: Final = 6  # bytes of JSON that one character may take: `\u0000`
_LEAST: Final = 64  # bytes up to which a property is kept whole; the first ones win


def room_for(budget: int) -> int:
    """Return the bytes of `budget` that data may fill; a budget below `MINIMUM_BUDGET` counts as that."""
    return max(budget, MINIMUM_BUDGET) - NOTES_RESERVE


@dataclass(frozen=True)
class Cut:
    """What is left of a list.

    Attributes:
        items: The first records, whole; a single record that is too large by itself is shortened.
        of: How many there were.
        encoded: Each of `items` as JSON.
        shortened: Properties that were shortened or left out of the only record.
    """

    items: list[Json]
    of: int
    encoded: list[bytes] = field(repr=False)
    shortened: tuple[str, ...] = ()


def fit_items(items: Sequence[Json], room: int, prepare: Callable[[Json], Written] = written) -> Cut:
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
    encoded: list[bytes] = []
    used = 1  # two brackets, and one comma less than records
    for item in items:
        shown = prepare(item)
        used += len(shown.encoded) + 1
        if used > room:
            break
        kept.append(shown.value)
        encoded.append(shown.encoded)
    if kept or not items:
        return Cut(kept, len(items), encoded)
    first, lost = fit_value(prepare(items[0]).value, room - 3)
    return Cut([first], len(items), [encode(first)], lost)


def fit_value(value: Json, room: int) -> tuple[Json, tuple[str, ...]]:
    """Shorten any JSON value to `room` bytes; returns it and the names of properties that lost something."""
    if _is_small(value, room) or size(value) <= room:
        return value, ()
    if isinstance(value, dict):
        return fit_object(value, room)
    if isinstance(value, str):
        return _fit_string(value, room), ()
    if isinstance(value, list):
        return _fit_array(value, room), ()
    return None, ()


def _is_small(value: Json, room: int) -> bool:
    """Whether a value fits, as most do, without encoding it to know."""
    if isinstance(value, str):
        return len(value) * _WIDEST + 2 <= room
    return (value is None or isinstance(value, bool)) and room >= len("false")


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
    lost: dict[str, None] = {}  # in order, and found at once however many there are
    left = room - 2
    for name, item in value.items():
        shown = item
        if sizes[name] > cap:
            lost[name] = None
            shown, _ = fit_value(item, cap - overheads[name])
            if shown in (None, "", [], {}):
                continue
        taken = overheads[name] + size(shown)
        if taken > left:
            lost[name] = None
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
        # No character takes more than the widest, so this never cuts more than needed by much.
        kept = kept[: len(kept) - max(1, over // _WIDEST)]
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


def some(names: Sequence[str]) -> list[Json]:
    """Return as many names as are worth telling, each shortened."""
    kept: list[Json] = []
    for name in names:
        short = name if len(name) <= _NAME else name[: _NAME - 1] + "\u2026"
        if size([*kept, short]) > _NAMES:
            break
        kept.append(short)
    return kept


def some_names(names: Sequence[str]) -> str:
    """Names as part of a sentence: the first ones, and how many more there are."""
    kept = some(names)
    text = ", ".join(f"`{name}`" for name in kept)
    return f"{text} and {len(names) - len(kept)} more" if len(names) > len(kept) else text


def cut_mark(cut: Cut) -> dict[str, Json]:
    """Return what `truncated` says about a list."""
    mark: dict[str, Json] = {"shown": len(cut.items), "of": cut.of}
    if cut.shortened:
        mark["shortened"] = [*some(cut.shortened)]
    return mark


def cut_note(cut: Cut, budget: int) -> str:
    """Return the sentence about a list that was cut."""
    if cut.shortened:
        return (
            f"One record alone is larger than an answer may be ({budget:,} bytes): {some_names(cut.shortened)} "
            f"shortened or left out, and {cut.of - len(cut.items)} more records not shown. Ask for fewer `fields`."
        )
    return (
        f"Only the first {len(cut.items)} of {cut.of} records are shown, for an answer of at most {budget:,} bytes. "
        "Ask for fewer `fields`, or narrow the `filter`."
    )


def object_note(lost: Sequence[str], budget: int) -> str:
    """Return the sentence about an object that was shortened."""
    return (
        f"Shortened or left out, for an answer of at most {budget:,} bytes: {some_names(lost)}. "
        "Where the tool takes `fields`, ask for one of them alone to see more of it."
    )


def fit_text(text: str, room: int) -> str:
    """Cut a text to `room` bytes, at a line's end where there is one, and say so in its last line."""
    if len(text.encode(errors="replace")) <= room:
        return text
    mark = f"\n\u2026 (cut, {len(text):,} characters)"
    kept = text.encode(errors="replace")[: max(room - len(mark.encode()), 0)].decode(errors="ignore")
    line, newline, _ = kept.rpartition("\n")
    return (line if newline and len(line) > len(kept) // 2 else kept) + mark
