"""Filters that XO would answer with a silent wrong list, refused with what was meant.

XO compares texts and numbers, and a filter that asks for what cannot be (a power state that does not exist, a number of
an object, the truth of a list) is no error there: it finds nothing, or everything. What the contract knows of a record
tells such filters from honest ones.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from xo_mcp.amounts import parse_size
from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.reads.filter_language import Asked, Compare, FilterSyntaxError, Regex, Text, Truthy, asked, parse
from xo_mcp.reads.filter_values import (
    address_note,
    needs_quotes,
    number_advice,
    other_date,
    reference_advice,
    split_size,
    unreadable_advice,
)
from xo_mcp.reads.filter_words import refuse_foreign_words
from xo_mcp.reads.record_table import Field, RecordTable
from xo_mcp.text import as_sent
from xo_mcp.types import Json

SYNTAX: Final = (
    "A filter is like `name_label:web` (contains, any case), `power_state:Running`, `!power_state:Halted`, "
    "`tags:critical`, `power_state:|(Paused Suspended)`, `CPUs:number:>4`, `memory:size:>=4294967296`, "
    "`name_label:/^db-/` or `web*000`, `enabled?` and `!enabled?` of what is true or false; a space "
    "means AND, a bare word searches every property; a value with spaces or signs stands in double quotes: "
    '`name_label:"my vm"`.'
)
"""One paragraph about the language, for error messages and guides."""
_SHOWN: Final = 20
"""Values of an enumeration that are named."""
_LITERAL: Final = re.compile(r"\^?[\w-]+\$?")
"""Regular expressions that are safe to try: no repetition, no groups."""


def prepared(expression: str, known: Mapping[str, str]) -> str:
    """Check a filter, and put right what has one meaning: `memory.size:>1` is `memory:size:>1` in XO's filters.

    Args:
        expression: The filter.
        known: The record's properties, best as a `RecordTable`.

    Returns:
        The filter to send.

    Raises:
        ArgumentError: It asks for what no record can have, so that XO would find nothing or everything.
    """
    table = RecordTable.of(known)
    refuse_foreign_words(expression, table.types)
    advice = other_date(expression)
    if advice:
        raise ArgumentError(advice)
    try:
        found = list(asked(parse(expression)))
    except FilterSyntaxError as error:
        advice = unreadable_advice(expression)
        if advice:
            raise ArgumentError(advice) from error
        return expression  # XO has its say, it may know more; `explained` says what it could not read
    spelled = _with_colons(expression, found, table)
    if spelled != expression:
        return prepared(spelled, known)
    for one in found:
        refusal = _refusal(one, table, expression)
        if refusal:
            raise ArgumentError(refusal)
    for one, following in pairwise(found):
        refusal = split_size(one, following, expression)
        if refusal:
            raise ArgumentError(refusal)
    return expression


def explained(expression: str) -> str:
    """What XO could not read in a filter, as a sentence; empty when it should have been able to."""
    try:
        parse(expression)
    except FilterSyntaxError as error:
        sign = expression[error.at : error.at + 1]
        text = f"At character {error.at + 1}{f' (`{as_sent(sign)}`)' if sign.strip() else ''} it expects"
        hint = " Quotes are double quotes." if "'" in expression else ""
        hint = hint or (' A value with such signs stands in double quotes: `name:"value"`.' if sign.strip() else "")
        return f"{text} {error.expected}.{hint}"
    return ""


def notes_on(expression: str, known: Mapping[str, str], record: str, found: Sequence[Json]) -> list[str]:
    """Sentences about what a filter found, or did not find, though it may not mean that.

    Args:
        expression: The filter, as sent.
        known: The record's properties, best as a `RecordTable`.
        record: The record's name, for the sentences.
        found: The records.
    """
    try:
        all_asked = list(asked(parse(expression)))
    except FilterSyntaxError:
        return []
    table = RecordTable.of(known)
    notes = [unknown_note(expression, known, record)]
    for one in all_asked:
        notes.append(_loose_value(one, table) if found else None)
        notes.append(address_note(one, found) if found else None)
        notes.append(_search_in_values(one, table) if one.negated or not found else None)
    return list(dict.fromkeys(filter(None, notes)))


def properties(expression: str) -> list[str]:
    """Return the top-level properties a filter asks about, in order, each once; none when XO can't read it."""
    try:
        return list(dict.fromkeys(one.path[0] for one in asked(parse(expression)) if one.path))
    except FilterSyntaxError:
        return []


def unknown_note(expression: str, known: Mapping[str, str], record: str) -> str | None:
    """Return a sentence about the properties of a filter that no such record has, `None` when all are known.

    Args:
        expression: The filter.
        known: The record's properties; nothing is said when it is empty.
        record: The record's name, for the sentence.
    """
    unknown = [
        name
        for name in properties(expression)
        if known and name not in known and name not in CONVENTIONS.fields_everywhere
    ]
    if not unknown:
        return None
    names = " ".join(f"`{as_sent(name, 100)}`{suggestion(name[:60], known) or '.'}" for name in unknown[:3])
    return f"The filter asks about a property that {record or 'this record'} has none of, so XO finds nothing: {names}"


def _with_colons(expression: str, found: Sequence[Asked], table: RecordTable) -> str:
    """Write `memory.size` as XO's filters do, where only the part before the dot is a property."""
    spelled = expression
    for one in sorted(found, key=lambda one: -one.start):
        name = one.path[0] if one.path else ""
        top = name.partition(".")[0]
        if top != name and name not in table.types and table.types.get(top) in {"object", "array"}:
            at = one.start
            if spelled.startswith(name, at):
                spelled = spelled[:at] + name.replace(".", ":") + spelled[at + len(name) :]
    return spelled


def _refusal(one: Asked, table: RecordTable, expression: str) -> str | None:
    """Why XO would find nothing, or everything, with this; `None` when it is fine as far as anybody knows."""
    field = table.field(one.path) if one.path else None
    if isinstance(one.leaf, Compare) and not _is_number(one.leaf.value):
        return number_advice(one.path, one.leaf.value, one.leaf.sign)
    advice = needs_quotes(one, table, expression) or reference_advice(one, table)
    if advice or field is None:
        return advice
    check = _CHECKS.get(field.type)
    return check(":".join(one.path), one, field, table) if check else None


def _of_boolean(name: str, one: Asked, field: Field, table: RecordTable) -> str | None:
    del field, table
    if isinstance(one.leaf, Truthy):
        return None
    value = _value(one)
    meant = f"!{name}?" if value.casefold() in {"false", "0", "no", "off"} else f"{name}?"
    if isinstance(one.leaf, Text) and value.casefold() in {"true", "false"}:
        return f"`{name}` is true or false, and in XO's filters `{name}:{value}` finds nothing: write `{meant}`."
    return f"`{name}` is true or false, and XO compares no value with it: write `{name}?` or `!{name}?`."


def _of_number(name: str, one: Asked, field: Field, table: RecordTable) -> str | None:
    del field, table
    if isinstance(one.leaf, Text) and (one.leaf.quoted or not _is_number(one.leaf.value)):
        if _is_number(one.leaf.value):
            return f"`{name}` is a number, and XO finds none with a text in quotes: write `{name}:{one.leaf.value}`."
        return number_advice(one.path, one.leaf.value, "")
    if isinstance(one.leaf, Regex):
        return f"`{name}` is a number, which no regular expression matches: write `{name}:>4` or `{name}:4`."
    return None


def _of_text(name: str, one: Asked, field: Field, table: RecordTable) -> str | None:
    del table
    if not field.values:
        return None
    leaf = one.leaf
    if isinstance(leaf, Regex):
        if not _LITERAL.fullmatch(leaf.source):
            return None
        flags = re.IGNORECASE if leaf.any_case else 0
        fits = any(re.search(leaf.source, value, flags) for value in field.values)
        upper = "" if leaf.any_case else "; upper and lower case matter in a regular expression without `i`"
        return None if fits else f"`{name}` is never `{leaf.source}`: it is {_some_values(field.values)}{upper}."
    if isinstance(leaf, Compare):
        return f"`{name}` is {_some_values(field.values)}, not a number."
    if isinstance(leaf, Text) and leaf.value and not _matching(leaf.value, field.values):
        near = suggestion(leaf.value[:60], field.values, count=1) if len(field.values) > _SHOWN else ""
        never = as_sent(leaf.value)
        return f"`{name}` is never `{never}`, so XO would find nothing: it is {_some_values(field.values)}{near or '.'}"
    return None


def _of_list(name: str, one: Asked, field: Field, table: RecordTable) -> str | None:
    del field, table
    if isinstance(one.leaf, Truthy):
        meant = f"{name}:length:{'0' if one.negated else '>0'}"
        return f"`{name}` is a list, and XO takes an empty one for true as well: write `{meant}`."
    if isinstance(one.leaf, Compare):
        sign, value = one.leaf.sign, one.leaf.value
        return f"`{name}` is a list, which is not a number: its length is asked with `{name}:length:{sign}{value}`."
    return None


def _of_object(name: str, one: Asked, field: Field, table: RecordTable) -> str | None:
    leaf, inside = one.leaf, table.inside(one.path)
    if isinstance(leaf, Compare):
        numbers = [key for key, inner in inside.items() if inner.type == "number"]
        forms = " or ".join(f"`{name}:{key}:{leaf.sign}{leaf.value}`" for key in numbers[:4])
        return (
            f"`{name}` is an object, which is not a number: write {forms or f'`{name}:key:{leaf.sign}{leaf.value}`'}."
        )
    if isinstance(leaf, Text) and not leaf.quoted and not _is_number(leaf.value) and parse_size(leaf.value):
        numbers = [key for key, inner in inside.items() if inner.type == "number"]
        return number_advice([*one.path, numbers[0]], leaf.value, "") if numbers else None
    if isinstance(leaf, Truthy) and field.keyed:
        return f"`{name}` is an object, and XO takes an empty one for true as well: ask for a key, `{name}:key?`."
    if isinstance(leaf, Text) and (field.keyed or leaf.value in inside):
        word = leaf.value.strip("*")
        if re.fullmatch(r"[A-Za-z_]\w*", word) and word not in {"true", "false"}:
            return f"`{name}` is an object, and XO searches its values, not its keys: write `{name}:{word}?`."
    return None


_CHECKS: Final[Mapping[str, Callable[[str, Asked, Field, RecordTable], str | None]]] = {
    "boolean": _of_boolean,
    "number": _of_number,
    "integer": _of_number,
    "string": _of_text,
    "array": _of_list,
    "object": _of_object,
}


def _loose_value(one: Asked, table: RecordTable) -> str | None:
    """`status:connected` also finds what is disconnected."""
    field = table.field(one.path) if one.path else None
    if field is None or not field.values or not isinstance(one.leaf, Text):
        return None
    matching = _matching(one.leaf.value, field.values)
    exact = [value for value in matching if value.casefold() == one.leaf.value.casefold()]
    others = [value for value in matching if value not in exact]
    if not exact or not others:
        return None
    name = ":".join(one.path)
    return f"`{name}:{one.leaf.value}` also finds {', '.join(others[:4])}: exactly is `{name}:/^{exact[0]}$/`."


def _search_in_values(one: Asked, table: RecordTable) -> str | None:
    """A word that found nothing in an object may have meant one of its keys."""
    field = table.field(one.path) if one.path else None
    if field is None or field.type != "object" or not isinstance(one.leaf, Text):
        return None
    name, word = ":".join(one.path), one.leaf.value
    if not re.fullmatch(r"[A-Za-z_]\w*", word):
        return None
    return f"`{name}:{word}` searches the values of `{name}`; whether it has that key is asked with `{name}:{word}?`."


def _matching(text: str, values: Sequence[str]) -> list[str]:
    """The values XO finds with a word: those that contain it, in any case; `*` stands for anything."""
    parts = text.casefold().split("*")
    return [value for value in values if _contains(value.casefold(), parts)]


def _contains(value: str, parts: Sequence[str]) -> bool:
    at = 0
    for part in parts:
        at = value.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _value(one: Asked) -> str:
    leaf = one.leaf
    if isinstance(leaf, Text):
        return leaf.value
    return f"{leaf.sign}{leaf.value}" if isinstance(leaf, Compare) else ""


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?(\d++\.?\d*+|\.\d++)([eE]-?\d++)?", text) is not None


def _some_values(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN])
    return f"{shown} and {len(values) - _SHOWN} more" if len(values) > _SHOWN else shown
