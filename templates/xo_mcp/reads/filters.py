"""Refuses filters that XO would answer with a wrong list and no error, and says what was meant.

XO compares texts and numbers, and a filter that asks for what cannot be (a power state that does not exist, a number of
an object, the truth of a list) is no error there: it finds nothing, or everything. What the contract knows of a record
shows which filters these are.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from xo_mcp.errors import ArgumentError
from xo_mcp.reads.filter_checks import refusal
from xo_mcp.reads.filter_language import Condition, FilterSyntaxError, conditions, parse
from xo_mcp.reads.filter_values import other_date, split_size, unreadable_advice
from xo_mcp.reads.filter_words import refuse_foreign_words
from xo_mcp.reads.record_table import RecordTable
from xo_mcp.text import as_sent

SYNTAX: Final = (
    "A filter is like `name_label:web` (contains, any case), `power_state:Running`, `!power_state:Halted`, "
    "`tags:critical`, `power_state:|(Paused Suspended)`, `CPUs:number:>4`, `memory:size:>=4294967296`, "
    "`name_label:/^db-/` or `web*000`, `enabled?` and `!enabled?` of what is true or false; a space "
    "means AND, a bare word searches every property; put a value with spaces or signs in double quotes: "
    '`name_label:"my vm"`.'
)
"""One paragraph about the language, for error messages and guides."""


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
        found = list(conditions(parse(expression)))
    except FilterSyntaxError as error:
        advice = unreadable_advice(expression)
        if advice:
            raise ArgumentError(advice) from error
        return expression  # XO has its say, it may know more; `explained` says what it could not read
    spelled = _with_colons(expression, found, table)
    if spelled != expression:
        return prepared(spelled, known)
    for one in found:
        reason = refusal(one, table, expression)
        if reason:
            raise ArgumentError(reason)
    for one, following in pairwise(found):
        reason = split_size(one, following, expression)
        if reason:
            raise ArgumentError(reason)
    return expression


def explained(expression: str) -> str:
    """What XO could not read in a filter, as a sentence; empty when it should have been able to."""
    try:
        parse(expression)
    except FilterSyntaxError as error:
        sign = expression[error.at : error.at + 1]
        text = f"At character {error.at + 1}{f' (`{as_sent(sign)}`)' if sign.strip() else ''} it expects"
        hint = " Quotes are double quotes." if "'" in expression else ""
        hint = hint or (' Put a value with such signs in double quotes: `name:"value"`.' if sign.strip() else "")
        return f"{text} {error.expected}.{hint}"
    return ""


def _with_colons(expression: str, found: Sequence[Condition], table: RecordTable) -> str:
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
