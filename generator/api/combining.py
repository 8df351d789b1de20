"""Combines two portable schemas into one: either of them, both, or one that takes null as well."""

from functools import reduce
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]
NULL: Schema = {"type": "null"}
HIDDEN: Schema = {"readOnly": True}
"""Stands for a property that is not sent, or not answered, until all parts of an object are put together."""
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
MOST_PAIRS = 64
SCALARS = frozenset({"string", "number", "integer", "boolean"})


def or_null(schema: Schema) -> Schema:
    """Also take null, as a choice of its own: some clients map schemas onto a dialect without lists of types."""
    if not schema:
        return schema
    plain = {key: value for key, value in schema.items() if key != "default"}
    choices = plain["anyOf"] if set(plain) == {"anyOf"} else [_without_null(plain)]
    kept = [choice for choice in choices if choice != NULL]
    result: Schema = {"anyOf": [*kept, dict(NULL)]} if kept else dict(NULL)
    return {**result, "default": schema["default"]} if "default" in schema else result


def _without_null(schema: Schema) -> Schema:
    """What is left beside the null that XO also lists among the values of nullable enumerations."""
    if "enum" not in schema:
        return schema
    values = [value for value in schema["enum"] if value is not None]
    return {**schema, "enum": values} if values else dict(NULL)


def either(one: Schema, other: Schema) -> Schema:
    """One schema that takes what either takes, as small as it can be said."""
    if HIDDEN in (one, other):
        return other if one == HIDDEN else one
    if one == other or not one or not other:
        return one if one == other else {}
    if set(one) | set(other) <= {"type", "enum"} and one.get("type") == other.get("type"):
        return _wider_enum(one, other)
    choices = [*one.get("anyOf", [one]), *other.get("anyOf", [other])]
    unique = [choice for index, choice in enumerate(choices) if choice not in choices[:index]]
    return {"anyOf": unique} if len(unique) > 1 else unique[0]


def _wider_enum(one: Schema, other: Schema) -> Schema:
    if "enum" not in one or "enum" not in other:
        return {"type": one["type"]} if "type" in one else {}
    values = [*one["enum"], *(value for value in other["enum"] if value not in one["enum"])]
    if one.get("type") == "boolean" and True in values and False in values:
        return {"type": "boolean"}
    return {**one, "enum": values}


def both(one: Schema, other: Schema) -> Schema:
    """One schema that takes what both take.

    XO brands its ids: a string that is also an object with a marker. Such a pair means the string.
    """
    if not one or not other:
        return one or other
    if HIDDEN in (one, other):
        return dict(HIDDEN)
    if "anyOf" in one or "anyOf" in other:
        return _each_with_each(one, other)
    kinds = {one.get("type"), other.get("type")} - {None}
    if kinds == {"integer", "number"}:
        one, other = {**one, "type": "integer"}, {**other, "type": "integer"}
    elif len(kinds) > 1:
        return one if one["type"] in {*SCALARS, "null"} else other
    result = {**other, **one} | _tighter(one, other)
    if "properties" in one or "properties" in other:
        result["properties"] = _all_properties(one.get("properties", {}), other.get("properties", {}))
    required = list(dict.fromkeys([*one.get("required", ()), *other.get("required", ())]))
    if required:
        result["required"] = required
    if "enum" in one and "enum" in other:
        result["enum"] = [value for value in one["enum"] if value in other["enum"]] or one["enum"]
    return result


def _all_properties(one: Schema, other: Schema) -> Schema:
    """The properties of both; one that both have takes what both take."""
    shared = {name: both(schema, other[name]) for name, schema in one.items() if name in other}
    return {**other, **one, **shared}


def _each_with_each(one: Schema, other: Schema) -> Schema:
    """What takes a choice of both; of more pairs than a model could read, the side with fewer choices is used."""
    choices, others = one.get("anyOf", [one]), other.get("anyOf", [other])
    if len(choices) * len(others) > MOST_PAIRS:
        return min(one, other, key=lambda schema: len(schema.get("anyOf", ())) or MOST_PAIRS)
    return reduce(either, [both(choice, another) for choice in choices for another in others])


def _tighter(one: Schema, other: Schema) -> Schema:
    """The stricter of bounds that both give."""
    strictest = dict.fromkeys(LOWER, max) | dict.fromkeys(UPPER, min)
    return {key: pick(one[key], other[key]) for key, pick in strictest.items() if key in one and key in other}


def describe_kinds(schema: Schema) -> str:
    """The JSON type of a schema in one word (`any` when it is open), for field tables."""
    unique = list(dict.fromkeys(kind for kind in _kinds(schema) if kind != "null"))
    return unique[0] if len(unique) == 1 else "any"


def _kinds(schema: Schema) -> list[str]:
    if "anyOf" in schema:
        return [kind for choice in schema["anyOf"] for kind in _kinds(choice)]
    return [schema["type"]] if "type" in schema else []
