"""Notes where the result of a filter may not be what was meant."""

from collections.abc import Mapping, Sequence

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.nearest import suggestion
from xo_mcp.reads.filter_language import Condition, FilterSyntaxError, Text, conditions, parse
from xo_mcp.reads.filter_values import address_note, matching, may_be_key
from xo_mcp.reads.record_table import RecordTable
from xo_mcp.text import as_sent
from xo_mcp.types import Json


def notes_on(expression: str, known: Mapping[str, str], record: str, found: Sequence[Json]) -> list[str]:
    """Sentences about what a filter found, or did not find, though it may not mean that.

    Args:
        expression: The filter, as sent.
        known: The record's properties, best as a `RecordTable`.
        record: The record's name, for the sentences.
        found: The records.
    """
    try:
        every = list(conditions(parse(expression)))
    except FilterSyntaxError:
        return []
    table = RecordTable.of(known)
    notes = [unknown_note(expression, known, record)]
    for one in every:
        notes.append(_loose_value(one, table) if found else None)
        notes.append(address_note(one, found) if found else None)
        notes.append(_search_in_values(one, table) if one.negated or not found else None)
    return list(dict.fromkeys(filter(None, notes)))


def properties(expression: str) -> list[str]:
    """Return the top-level properties a filter asks about, in order, each once; none when XO can't read it."""
    try:
        return list(dict.fromkeys(one.path[0] for one in conditions(parse(expression)) if one.path))
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


def _loose_value(one: Condition, table: RecordTable) -> str | None:
    """`status:connected` also finds what is disconnected."""
    field = table.field(one.path) if one.path else None
    if field is None or not field.values or not isinstance(one.leaf, Text):
        return None
    found = matching(one.leaf.value, field.values)
    exact = [value for value in found if value.casefold() == one.leaf.value.casefold()]
    others = [value for value in found if value not in exact]
    if not exact or not others:
        return None
    name = ":".join(one.path)
    return f"`{name}:{one.leaf.value}` also finds {', '.join(others[:4])}: exactly is `{name}:/^{exact[0]}$/`."


def _search_in_values(one: Condition, table: RecordTable) -> str | None:
    """A word that found nothing in an object may have meant one of its keys."""
    field = table.field(one.path) if one.path else None
    if field is None or field.type != "object" or not isinstance(one.leaf, Text):
        return None
    name, word = ":".join(one.path), one.leaf.value
    if not may_be_key(word):
        return None
    return f"`{name}:{word}` searches the values of `{name}`; whether it has that key is asked with `{name}:{word}?`."
