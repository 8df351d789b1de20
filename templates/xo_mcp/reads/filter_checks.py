"""Checks of what a filter asks of one property, by the property's type: what no record can have is refused."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from xo_mcp.amounts import parse_size
from xo_mcp.nearest import suggestion
from xo_mcp.reads.filter_language import Compare, Condition, Regex, Text, Truthy
from xo_mcp.reads.filter_values import is_number, matching, may_be_key, needs_quotes, number_advice, reference_advice
from xo_mcp.reads.record_table import Field, RecordTable
from xo_mcp.text import as_sent

_SHOWN: Final = 20
"""Values of an enumeration that are named."""
_LITERAL: Final = re.compile(r"\^?[\w-]+\$?")
"""Regular expressions that are safe to try: no repetition, no groups."""


def refusal(one: Condition, table: RecordTable, expression: str) -> str | None:
    """Say why XO would find nothing, or everything, with this; `None` when it is fine as far as anybody knows.

    Args:
        one: What is asked.
        table: The record's properties.
        expression: The whole filter.
    """
    field = table.field(one.path) if one.path else None
    if isinstance(one.leaf, Compare) and not is_number(one.leaf.value):
        return number_advice(one.path, one.leaf.value, one.leaf.sign)
    advice = needs_quotes(one, table, expression) or reference_advice(one, table)
    if advice or field is None:
        return advice
    check = _CHECKS.get(field.type)
    return check(":".join(one.path), one, field, table) if check else None


def _of_boolean(name: str, one: Condition, field: Field, table: RecordTable) -> str | None:
    del field, table
    if isinstance(one.leaf, Truthy):
        return None
    value = _value(one)
    meant = f"!{name}?" if value.casefold() in {"false", "0", "no", "off"} else f"{name}?"
    if isinstance(one.leaf, Text) and value.casefold() in {"true", "false"}:
        return f"`{name}` is true or false, and in XO's filters `{name}:{value}` finds nothing: write `{meant}`."
    return f"`{name}` is true or false, and XO compares no value with it: write `{name}?` or `!{name}?`."


def _of_number(name: str, one: Condition, field: Field, table: RecordTable) -> str | None:
    del field, table
    if isinstance(one.leaf, Text) and (one.leaf.quoted or not is_number(one.leaf.value)):
        if is_number(one.leaf.value):
            return f"`{name}` is a number, and XO finds none with a text in quotes: write `{name}:{one.leaf.value}`."
        return number_advice(one.path, one.leaf.value, "")
    if isinstance(one.leaf, Regex):
        return f"`{name}` is a number, which no regular expression matches: write `{name}:>4` or `{name}:4`."
    return None


def _of_text(name: str, one: Condition, field: Field, table: RecordTable) -> str | None:
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
    if isinstance(leaf, Text) and leaf.value and not matching(leaf.value, field.values):
        near = suggestion(leaf.value[:60], field.values, count=1) if len(field.values) > _SHOWN else ""
        never = as_sent(leaf.value)
        return f"`{name}` is never `{never}`, so XO would find nothing: it is {_some_values(field.values)}{near or '.'}"
    return None


def _of_list(name: str, one: Condition, field: Field, table: RecordTable) -> str | None:
    del field, table
    if isinstance(one.leaf, Truthy):
        meant = f"{name}:length:{'0' if one.negated else '>0'}"
        return f"`{name}` is a list, and XO takes an empty one for true as well: write `{meant}`."
    if isinstance(one.leaf, Compare):
        sign, value = one.leaf.sign, one.leaf.value
        return f"`{name}` is a list, which is not a number: its length is asked with `{name}:length:{sign}{value}`."
    return None


def _of_object(name: str, one: Condition, field: Field, table: RecordTable) -> str | None:
    leaf, inside = one.leaf, table.inside(one.path)
    if isinstance(leaf, Compare):
        numbers = [key for key, inner in inside.items() if inner.type == "number"]
        forms = " or ".join(f"`{name}:{key}:{leaf.sign}{leaf.value}`" for key in numbers[:4])
        return (
            f"`{name}` is an object, which is not a number: write {forms or f'`{name}:key:{leaf.sign}{leaf.value}`'}."
        )
    if isinstance(leaf, Text) and not leaf.quoted and not is_number(leaf.value) and parse_size(leaf.value):
        numbers = [key for key, inner in inside.items() if inner.type == "number"]
        return number_advice([*one.path, numbers[0]], leaf.value, "") if numbers else None
    if isinstance(leaf, Truthy) and field.keyed:
        return f"`{name}` is an object, and XO takes an empty one for true as well: ask for a key, `{name}:key?`."
    if isinstance(leaf, Text) and (field.keyed or leaf.value in inside):
        word = leaf.value.strip("*")
        if may_be_key(word) and word not in {"true", "false"}:
            return f"`{name}` is an object, and XO searches its values, not its keys: write `{name}:{word}?`."
    return None


_CHECKS: Final[Mapping[str, Callable[[str, Condition, Field, RecordTable], str | None]]] = {
    "boolean": _of_boolean,
    "number": _of_number,
    "integer": _of_number,
    "string": _of_text,
    "array": _of_list,
    "object": _of_object,
}


def _value(one: Condition) -> str:
    leaf = one.leaf
    if isinstance(leaf, Text):
        return leaf.value
    return f"{leaf.sign}{leaf.value}" if isinstance(leaf, Compare) else ""


def _some_values(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_SHOWN])
    return f"{shown} and {len(values) - _SHOWN} more" if len(values) > _SHOWN else shown
