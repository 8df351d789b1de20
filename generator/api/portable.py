"""Schema rules every MCP client accepts; one bad schema makes some hosts drop the whole server."""

import math
import re
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
CONTENT = frozenset({"type", "anyOf", "const", "$ref"})
"""Keywords one of which says what a value is."""
ROOT_COMBINATORS = ("anyOf", "oneOf", "allOf", "not", "enum", "$ref")
NOISE = ("title", "$schema", "$id", "nullable", "example", "examples", "discriminator", "xml")


def problems(definition: dict[str, Any]) -> Iterator[str]:
    """What keeps a definition from being accepted everywhere; nothing when all is well."""
    name, schema = definition["name"], definition["inputSchema"]
    if not NAME.fullmatch(name):
        yield f"{name}: a name has up to 40 lower-case letters, digits and underscores"
    if schema.get("type") != "object":
        yield f"{name}: the input schema's root is not an object"
    yield from (f"{name}: {word} at the root of the input schema" for word in ROOT_COMBINATORS if word in schema)
    if "additionalProperties" not in schema:
        yield f"{name}: the input schema does not say whether free keys are taken"
    yield from (f"{name}: {problem}" for problem in schema_problems(schema, "inputSchema"))


def schema_problems(schema: dict[str, Any], place: str) -> Iterator[str]:
    """What keeps a schema from being understood everywhere, anywhere in an input schema."""
    yield from dict.fromkeys(f"{word} at {where}" for where, word in _noise(schema, place))
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield f"no valid JSON Schema: {error.message}"


def _noise(schema: Any, place: str) -> Iterator[tuple[str, str]]:
    """Keywords some clients stumble over; a property may of course be called `title`."""
    if isinstance(schema, list):
        for entry in schema:
            yield from _noise(entry, place)
    if not isinstance(schema, dict):
        return
    yield from ((place, word) for word in (*NOISE, "$ref") if word in schema)
    yield from ((place, problem) for problem in _refused(schema))
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            for name, entry in value.items():
                yield from _noise(entry, f"{place}.{name}")
        elif key not in ("enum", "default", "const", "required"):
            yield from _noise(value, f"{place}.{key}")


def _refused(schema: dict[str, Any]) -> Iterator[str]:
    """What some clients refuse in one schema, without the schemas inside it."""
    kind, values = schema.get("type"), schema.get("enum")
    if isinstance(kind, list):
        yield "a list of types"
    if any(isinstance(value, float) and not math.isfinite(value) for value in schema.values()):
        yield "a number that is not finite"
    if not CONTENT & schema.keys():
        yield "a value without a type"
    if values is not None and not (kind == "string" and values and all(isinstance(v, str) and v for v in values)):
        yield "an enumeration of something else than text that is not empty"
    if kind == "array" and not schema.get("items"):
        yield "an array without items"
    properties = schema.get("properties", {})
    if isinstance(properties, dict):
        yield from (f"the property name {name!r}" for name in properties if not PROPERTY.fullmatch(name))
        yield from (
            f"{name!r}, required and not described," for name in schema.get("required", ()) if name not in properties
        )
