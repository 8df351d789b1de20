"""What a JSON Schema accepts: types, members and bounds, as error messages and coercion need them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

ALTERNATIVES: Final = ("anyOf", "oneOf")
_KINDS: Final = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
}  # fmt: skip


def types_of(schema: object) -> set[str] | None:
    """JSON types a schema accepts, `None` when they can't be known."""
    if not isinstance(schema, Mapping):
        return None
    if "type" in schema:
        found = schema["type"]
        return {found} if isinstance(found, str) else set(found)
    for word in ALTERNATIVES:
        if word in schema:
            parts = [types_of(part) for part in schema[word]]
            return None if None in parts else set[str]().union(*(part for part in parts if part))
    return None


def accepts(schema: object, kind: str) -> bool:
    """Whether a schema takes values of a JSON type; true where it does not say."""
    types = types_of(schema)
    if types is not None:
        return kind in types
    return not (isinstance(schema, Mapping) and "enum" in schema and None not in schema["enum"])


def choices(schema: object) -> Iterator[Mapping[str, Any]]:
    """The alternatives of a schema, the schema itself when it has none."""
    if not isinstance(schema, Mapping):
        return
    found = [part for word in ALTERNATIVES for part in schema.get(word, ())]
    for part in found or [schema]:
        if isinstance(part, Mapping):
            yield part


def is_kind(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a value is of a type the schema takes, and one of its values; what is inside is not looked at."""
    types = types_of(schema)
    if types is not None and not any(_KINDS[kind](value) for kind in types if kind in _KINDS):
        return False
    return "enum" not in schema or value in schema["enum"]


def closed(schema: Any) -> Any:
    """A copy that takes no keys but those it names, at every depth, unless it says that it does."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    copy = {
        name: {key: closed(part) for key, part in value.items()}
        if name == "properties" and isinstance(value, Mapping)
        else closed(value)
        if name in {"items", "additionalProperties", "allOf", *ALTERNATIVES}
        else value
        for name, value in schema.items()
    }
    if copy.get("properties") and "additionalProperties" not in copy:
        copy["additionalProperties"] = False
    return copy
