"""Rewrites a JSON Schema with the keywords that every MCP client accepts, for the same values.

Some clients map schemas onto a smaller dialect (Gemini: enumerations of text that is not empty, arrays with `items`,
no value without a type), and refuse the whole list of tools for one schema that does not fit. What can't be said
exactly is said as narrowly as possible, and in words beside it.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from generator.api.combining import NULL, SCALARS, Schema
from generator.api.portable import CONTENT, PROPERTY
from generator.library import ANY_KEY, EACH
from generator.names.identifiers import ArgumentName

_LONGEST = 100
_EXACT = 2**53 - 1
"""JavaScript's largest exact integer; a call with a larger one is refused."""
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_JSON: dict[str, type | tuple[type, ...]] = {
    "boolean": bool, "number": (int, float), "string": str, "object": dict, "array": list
}  # fmt: skip
_BASIC: list[Schema] = [{"type": kind} for kind in ("string", "number", "boolean", "object")]


@dataclass(frozen=True)
class Renamed:
    """A property inside an argument that has another name in the API.

    Attributes:
        steps: From the argument to the object that has it: names, `[]` for each item, `*` for each free key.
        name: As clients write it.
        sent_as: As the API calls it.
    """

    steps: tuple[str, ...]
    name: str
    sent_as: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {"in": list(self.steps), "name": self.name, "sent_as": self.sent_as}


def anything() -> Schema:
    """A schema for any JSON value; lists in lists are left out."""
    items = {"anyOf": [dict(kind) for kind in _BASIC]}
    return {"anyOf": [*(dict(kind) for kind in _BASIC), {"type": "array", "items": items}, dict(NULL)]}


def acceptable(schema: Schema, steps: tuple[str, ...] = ()) -> tuple[Schema, list[Renamed]]:
    """Say a schema as every client accepts it.

    Args:
        schema: A portable schema, everything inlined.
        steps: The argument it is of, and the way to it from there.

    Returns:
        A new schema, and the properties in it whose names had to change.
    """
    renamed: list[Renamed] = []
    result = {key: value for key, value in schema.items() if key not in ("enum", "items", "properties", "anyOf")}
    _array_enum(schema, result)
    if "anyOf" in schema:
        choices = [_inner(choice, steps, renamed) for choice in schema["anyOf"]]
        result["anyOf"] = [choice for index, choice in enumerate(choices) if choice not in choices[:index]]
    if "properties" in schema or schema.get("required"):
        _properties(schema, result, steps, renamed)
    if schema.get("type") == "array":
        result["items"] = _inner(result.get("items") or schema.get("items") or {}, (*steps, EACH), renamed)
    free = schema.get("additionalProperties")
    if isinstance(free, dict):
        result["additionalProperties"] = _inner(free, (*steps, ANY_KEY), renamed) if free else True
    if isinstance(schema.get("enum"), list) and schema.get("type") not in ("array", "object"):
        result = _enumerated(result, schema["enum"])
    if not CONTENT & result.keys():
        result = {**anything(), **result}
    if "default" in result and not _takes(result, result["default"]):
        del result["default"]
    # In the order it came in: what did not change must not show in a diff.
    return {**{key: result[key] for key in schema if key in result}, **result}, renamed


def _inner(schema: Any, steps: tuple[str, ...], renamed: list[Renamed]) -> Schema:
    found, more = acceptable(schema if isinstance(schema, dict) else {}, steps)
    renamed += [entry for entry in more if entry not in renamed]
    return found


def _array_enum(schema: Schema, result: Schema) -> None:
    """An enumeration beside an array that holds no arrays is meant for its items."""
    values = schema.get("enum")
    if schema.get("type") == "array" and values and not any(isinstance(value, list) for value in values):
        result["items"] = {**(schema.get("items") or {}), "enum": values}


def _properties(schema: Schema, result: Schema, steps: tuple[str, ...], renamed: list[Renamed]) -> None:
    given: Schema = schema.get("properties", {})
    # What must be there and is described nowhere can still be given.
    missing = [name for name in schema.get("required", ()) if name not in given]
    names = safe_names([*given, *missing])
    result["properties"] = {names[name]: _inner(given.get(name, {}), (*steps, names[name]), renamed) for name in names}
    renamed += [Renamed(steps, safe, name) for name, safe in names.items() if safe != name]
    if schema.get("required"):
        result["required"] = [names[name] for name in schema["required"]]


def safe_names(names: Iterable[str]) -> dict[str, str]:
    """Each name -> one that every client takes, and no other has: its own where it can be."""
    every = list(dict.fromkeys(names))
    taken = {name for name in every if PROPERTY.fullmatch(name)}
    result = {}
    for name in every:
        safe = name
        if name not in taken:
            base = ArgumentName(name)
            safe, number = str(base), 2
            while safe in taken:
                safe, number = f"{base[:60]}_{number}", number + 1
            taken.add(safe)
        result[name] = safe
    return result


def _enumerated(schema: Schema, values: list[Any]) -> Schema:
    """An enumeration as text that is not empty; of numbers and booleans, as bounds and words."""
    kind = schema.get("type")
    given = [value for value in values if value is not None]
    if kind is None:
        null = [dict(NULL)] if None in values else []
        return _choice(schema, [*(_of_values(name, part) for name, part in _by_kind(given).items()), *null])
    fitting = list(dict.fromkeys(fit for value in given if (fit := _as_kind(value, str(kind))) is not None))
    if not fitting:
        return schema
    return _choice(schema, [_of_kind(str(kind), fitting)])


def _choice(schema: Schema, choices: list[Schema]) -> Schema:
    """A schema that is one of several beside what it says already."""
    flat = [inner for choice in choices for inner in choice.get("anyOf", [choice])]
    if not flat or "anyOf" in schema:
        return schema
    if len(flat) == 1:
        words = [text for text in (schema.get("description"), flat[0].get("description")) if text]
        said = {"description": ". ".join(text.rstrip(".") for text in words) + "."} if len(words) > 1 else {}
        return {**schema, **flat[0], **said}
    rest = {key: value for key, value in schema.items() if key not in ("type", "minLength", "maxLength")}
    return {**rest, "anyOf": flat}


def _by_kind(values: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for value in values:
        name = next((name for name, kinds in _JSON.items() if isinstance(value, kinds)), None)
        if name is not None:
            found.setdefault(name, []).append(value)
    return found


def _as_kind(value: Any, kind: str) -> Any:
    """A value converted to the type beside it: `"1"` of an integer is 1, 1 of a string is `"1"`."""
    if kind == "string":
        return value if isinstance(value, str) else _text(value) if isinstance(value, bool | int | float) else None
    if kind == "boolean":
        return {"true": True, "false": False}.get(_text(value).lower()) if isinstance(value, bool | str) else None
    if kind in SCALARS and not isinstance(value, bool) and isinstance(value, int | float | str):
        return _number(value, is_whole=kind == "integer")
    return None


def _number(value: float | str, *, is_whole: bool) -> float | None:
    """A number that a call can hold: finite, and exact where it is whole."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value) or len(value) > _LONGEST:
            return None
        value = int(value) if value.lstrip("-").isdigit() else float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else None
    return None if is_whole else value


def _takes(schema: Schema, value: Any) -> bool:
    """Whether a schema takes its own default: many documents write `"5"` beside an integer."""
    return bool(Draft202012Validator(schema).is_valid(value))


def _sentence(values: list[str]) -> str:
    """Which values are taken, in a sentence."""
    every = list(dict.fromkeys(value[:_LONGEST] for value in values))
    return f"Only {every[0]}." if len(every) == 1 else f"One of {', '.join(every)}."


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_values(kind: str, values: list[Any]) -> Schema:
    """One kind of values of an enumeration without a type; any number where no call can hold those that it names."""
    if kind != "number":
        return _of_kind(kind, values)
    fitting = [fit for value in values if (fit := _number(value, is_whole=False)) is not None]
    return _of_kind(kind, fitting) if fitting else {"type": kind}


def _of_kind(kind: str, values: list[Any]) -> Schema:
    if kind == "string":
        texts = [value for value in values if value]
        choices: list[Schema] = [{"type": "string", "enum": texts}] if texts else []
        choices += [{"type": "string", "maxLength": 0}] if "" in values else []
        return choices[0] if len(choices) == 1 else {"anyOf": choices}
    if kind in ("object", "array"):
        items = {"items": anything()} if kind == "array" else {}
        return {"type": kind, **items, "description": _sentence([json.dumps(value) for value in values])}
    if kind == "boolean":
        both = len(set(values)) > 1
        return {"type": "boolean"} if both else {"type": "boolean", "description": _sentence([_text(values[0])])}
    bounds = {"minimum": min(values), "maximum": max(values)}
    whole = all(isinstance(value, int) for value in values)
    is_range = kind == "integer" and len(values) == bounds["maximum"] - bounds["minimum"] + 1
    words = {} if is_range else {"description": _sentence([json.dumps(value) for value in values])}
    return {"type": "integer" if whole and kind == "integer" else kind, **bounds, **words}
