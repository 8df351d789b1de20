"""Whether a value fits a JSON Schema, for the values that decisions hold: a build has no time to load a validator."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from generator.api.combining import Schema


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}
LIMITS: Mapping[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "minimum": ("number", lambda value, limit: value >= limit),
    "maximum": ("number", lambda value, limit: value <= limit),
    "exclusiveMinimum": ("number", lambda value, limit: value > limit),
    "exclusiveMaximum": ("number", lambda value, limit: value < limit),
    "minLength": ("string", lambda value, limit: len(value) >= limit),
    "maxLength": ("string", lambda value, limit: len(value) <= limit),
    "pattern": ("string", lambda value, limit: re.search(limit, value) is not None),
    "minItems": ("array", lambda value, limit: len(value) >= limit),
    "maxItems": ("array", lambda value, limit: len(value) <= limit),
}


def misfit(value: Any, schema: Schema) -> str | None:
    """Say what a schema has against a value, or nothing.

    Args:
        value: JSON data.
        schema: A portable schema. Keywords that hold nothing against any value here are passed over.
    """
    is_one = TYPES.get(str(schema.get("type")))
    if is_one is not None and not is_one(value):
        return f"{value!r} is no {schema['type']}"
    if "const" in schema and value != schema["const"]:
        return f"{value!r} is not {schema['const']!r}"
    if schema.get("enum") and value not in schema["enum"]:
        return f"{value!r} is none of {', '.join(map(str, schema['enum']))}"
    for keyword, (kind, fits) in LIMITS.items():
        if keyword in schema and TYPES[kind](value) and not fits(value, schema[keyword]):
            return f"{value!r} is against {keyword} {schema[keyword]!r}"
    choices = [misfit(value, choice) for choice in schema.get("anyOf", ())]
    if choices and None not in choices:
        return str(choices[0])
    return _inside(value, schema)


def _inside(value: Any, schema: Schema) -> str | None:
    """What is wrong with the parts of an array or an object."""
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return next((wrong for entry in value if (wrong := misfit(entry, schema["items"]))), None)
    if not isinstance(value, dict):
        return None
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        return f"{missing[0]!r} is missing"
    known, more = schema.get("properties", {}), schema.get("additionalProperties")
    for name, entry in value.items():
        if name not in known and more is False:
            return f"there is no property {name!r}"
        inner = known.get(name, more)
        wrong = misfit(entry, inner) if isinstance(inner, dict) else None
        if wrong:
            return f"{name}: {wrong}"
    return None
