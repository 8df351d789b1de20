"""The facts of one schema: what it constrains, and nothing it says about itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generator.facts.shapes import Json, Place, entries, flag, mapping, number, sequence, text


@dataclass(frozen=True)
class Reading:
    """How the schemas of one document are read.

    Attributes:
        reference: Called with every object that is a `$ref`; returns its replacement.
        lower: Called with every schema first; says it in the words of OpenAPI 3.0.
    """

    reference: Callable[[Json, Place], Json]
    lower: Callable[[Any], Any] = lambda schema: schema


_FORMAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._/:-]{0,39}")
_LONGEST_DEFAULT = 100
"""A longer default is a text, not a value."""


def clean_schema(raw: Any, place: Place, reading: Reading) -> Json:
    """Keep the keywords that constrain.

    Args:
        raw: A schema or a reference.
        place: Where it is, for messages.
        reading: How the document's schemas are read.

    Returns:
        A new schema, keywords sorted. A flag that is false is left out: it says what its absence says.

    Raises:
        SpecError: A keyword has a value of the wrong shape.
    """
    schema = mapping(reading.lower(raw), place)
    if "$ref" in schema:
        return reading.reference(schema, place)
    result: Json = {}
    for keyword in sorted(schema.keys() & _KEYWORDS.keys()):
        if schema[keyword] is None and keyword != "default":
            continue
        value = _KEYWORDS[keyword](schema[keyword], f"{place} > {keyword}", reading)
        if value is not _ABSENT:
            result[keyword] = value
    return result


_ABSENT = object()


def _text(value: Any, place: Place, _reading: Reading) -> Any:
    return _ABSENT if value == "" else text(value, place)


def _format(value: Any, place: Place, _reading: Reading) -> Any:
    # A word for programs; anything longer would be prose.
    found = _ABSENT if value == "" else text(value, place)
    return found if isinstance(found, str) and _FORMAT.fullmatch(found) else _ABSENT


def _flag(value: Any, place: Place, _reading: Reading) -> Any:
    return flag(value, place) or _ABSENT


def _number(value: Any, place: Place, _reading: Reading) -> Any:
    return number(value, place)


def _required(value: Any, place: Place, _reading: Reading) -> Any:
    # XO 5.111 has a property whose name is the empty string.
    return sorted({name if name == "" else text(name, place) for name in sequence(value, place)})


def _properties(value: Any, place: Place, reading: Reading) -> Any:
    return {
        name: clean_schema(entry, f"{place} > {name}", reading) for name, entry in sorted(entries(value, place).items())
    }


def _free_keys(value: Any, place: Place, reading: Reading) -> Any:
    # `true` and `false` say here what they say in 3.0 too.
    return value if isinstance(value, bool) else clean_schema(value, place, reading)


def _alternatives(value: Any, place: Place, reading: Reading) -> Any:
    return [clean_schema(entry, f"{place} > {index}", reading) for index, entry in enumerate(sequence(value, place))]


def _enum(value: Any, place: Place, _reading: Reading) -> Any:
    return list(sequence(value, place)) or _ABSENT


def _default(value: Any, _place: Place, _reading: Reading) -> Any:
    return value if _is_value(value) else _ABSENT


def _is_value(value: Any) -> bool:
    """Distinguish a value from prose."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_DEFAULT and (not value or value.isprintable())
    if isinstance(value, dict):
        return all(_is_value(key) and _is_value(entry) for key, entry in value.items())
    if isinstance(value, list):
        return all(_is_value(entry) for entry in value)
    return True


_KEYWORDS: dict[str, Callable[[Any, Place, Reading], Any]] = {
    **dict.fromkeys(("type", "pattern"), _text),
    "format": _format,
    **dict.fromkeys(
        ("nullable", "readOnly", "writeOnly", "deprecated", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum"),
        _flag,
    ),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _number),
    **dict.fromkeys(("items", "not"), clean_schema),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _alternatives),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _free_keys,
    "enum": _enum,
    "default": _default,
}
