"""The facts of one schema: what it constrains, and nothing it says about itself."""

from collections.abc import Callable
from typing import Any

from generator.facts.shapes import Json, Place, flag, mapping, number, sequence, text

Reference = Callable[[Json, Place], Json]

_LONGEST_DEFAULT = 100
"""A longer default is a text, not a value."""


def clean_schema(raw: Any, place: Place, reference: Reference) -> Json:
    """Keep the keywords that constrain.

    Args:
        raw: A schema or a reference.
        place: Where it stands, for messages.
        reference: Called with every object that is a `$ref`; returns what stands in its place.

    Returns:
        A new schema, keywords sorted. A flag that is false is left out: it says what its absence says.

    Raises:
        SpecError: A keyword has a value of the wrong shape.
    """
    schema = mapping(raw, place)
    if "$ref" in schema:
        return reference(schema, place)
    result: Json = {}
    for keyword in sorted(schema.keys() & _KEYWORDS.keys()):
        value = _KEYWORDS[keyword](schema[keyword], f"{place} > {keyword}", reference)
        if value is not _ABSENT:
            result[keyword] = value
    return result


_ABSENT = object()


def _text(value: Any, place: Place, _reference: Reference) -> Any:
    return _ABSENT if value == "" else text(value, place)


def _flag(value: Any, place: Place, _reference: Reference) -> Any:
    return flag(value, place) or _ABSENT


def _number(value: Any, place: Place, _reference: Reference) -> Any:
    return number(value, place)


def _required(value: Any, place: Place, _reference: Reference) -> Any:
    # XO 5.111 has a property whose name is the empty string.
    return sorted({name if name == "" else text(name, place) for name in sequence(value, place)})


def _properties(value: Any, place: Place, reference: Reference) -> Any:
    return {
        name: clean_schema(entry, f"{place} > {name}", reference)
        for name, entry in sorted(mapping(value, place).items())
    }


def _free_keys(value: Any, place: Place, reference: Reference) -> Any:
    return value if isinstance(value, bool) else clean_schema(value, place, reference)


def _alternatives(value: Any, place: Place, reference: Reference) -> Any:
    return [clean_schema(entry, f"{place} > {index}", reference) for index, entry in enumerate(sequence(value, place))]


def _enum(value: Any, place: Place, _reference: Reference) -> Any:
    return list(sequence(value, place))


def _default(value: Any, _place: Place, _reference: Reference) -> Any:
    return value if _is_value(value) else _ABSENT


def _is_value(value: Any) -> bool:
    """Tell a value from prose."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_DEFAULT and (not value or value.isprintable())
    if isinstance(value, dict):
        return all(_is_value(key) and _is_value(entry) for key, entry in value.items())
    if isinstance(value, list):
        return all(_is_value(entry) for entry in value)
    return True


_KEYWORDS: dict[str, Callable[[Any, Place, Reference], Any]] = {
    **dict.fromkeys(("type", "format", "pattern"), _text),
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
