"""Rewrites OpenAPI 3.1 as 3.0, so that facts are the same whichever version a document is written in.

3.1 takes whole JSON Schema (2020-12). One schema object is rewritten at a time, and its parts when they are read
themselves. Where 3.0 has no word (`if`, `contains`, `propertyNames`, ...), the constraint is left out: XO checks it.
"""

from typing import Any

Json = dict[str, Any]

_OF_KIND: dict[str, frozenset[str]] = {
    "string": frozenset({"format", "pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType"}),
    "array": frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems"}),
    "object": frozenset(
        {"properties", "required", "additionalProperties", "patternProperties", "unevaluatedProperties"}
        | {"minProperties", "maxProperties"}
    ),
    **dict.fromkeys(
        ("number", "integer"),
        frozenset({"format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    ),
    "boolean": frozenset(),
}
"""Which keywords constrain values of which type."""
_ABOUT_TYPES = frozenset().union(*_OF_KIND.values())
_SAID_OF_USE = ("readOnly", "writeOnly", "deprecated")
"""What is said of a value where it is used."""
_COMBINING = ("allOf", "anyOf", "oneOf", "$ref")
_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "array": (list,), "object": (dict,), "boolean": (bool,), "integer": (int,), "number": (int, float)
}  # fmt: skip
_NULL_TYPES = ("null", ["null"])
NULL: Json = {"enum": [None], "nullable": True}
"""What takes null only, as 3.0 says it."""


def borrowed(schema: Any) -> Any:
    """One schema object of 3.0; where it borrows words of 3.1, as many documents do, they say the same there."""
    if isinstance(schema, dict):
        return lowered(schema) if "$ref" not in schema and _borrows(schema) else schema
    return lowered(schema)


def _borrows(schema: Json) -> bool:
    kinds = schema.get("type")
    choices = [choice for key in ("anyOf", "oneOf") if isinstance(schema.get(key), list) for choice in schema[key]]
    return (
        kinds == "null"
        or isinstance(kinds, list)
        or "const" in schema
        or any(isinstance(choice, dict) and choice.get("type") in _NULL_TYPES for choice in choices)
        or any(type(schema.get(key)) in (int, float) for key in ("exclusiveMinimum", "exclusiveMaximum"))
        or isinstance(schema.get("items"), list | bool)
    )


def lowered(schema: Any) -> Any:
    """One schema object of 3.1 in the words of 3.0; what is no schema is left for validation to name.

    Args:
        schema: An object, `true` or `false`.
    """
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        # 3.1 allows keywords beside a reference, 3.0 ignores them there.
        beside = {key: value for key, value in schema.items() if key != "$ref" and _constrains(key)}
        said = {key: schema[key] for key in _SAID_OF_USE if schema.get(key) is True}
        if not beside and not said:
            return {"$ref": schema["$ref"]}
        return {"allOf": [{"$ref": schema["$ref"]}, *([beside] if beside else [])], **said}
    result = dict(schema)
    if "const" in result:
        result["enum"] = [result.pop("const")]
    if isinstance(result.get("enum"), list) and None in result["enum"]:
        result["nullable"] = True
    result = _types(result)
    _null_choice(result)
    _bounds(result)
    _content(result)
    _items(result)
    _free_keys(result)
    return result


def _constrains(key: str) -> bool:
    return key in _ABOUT_TYPES or key in {"type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "default"}


def _types(schema: Json) -> Json:
    """A list of types becomes one type, or a choice; null among them becomes `nullable`."""
    kinds = schema.get("type")
    if kinds == "null":
        kinds = ["null"]
    if not isinstance(kinds, list):
        return schema
    rest = {key: value for key, value in schema.items() if key != "type"}
    if "null" in kinds:
        rest["nullable"] = True
    named = [kind for kind in kinds if kind != "null"]
    if not named:
        return {**rest, "enum": [None]} if kinds else rest
    if len(named) == 1:
        return {**rest, "type": named[0]}
    shared = {key: value for key, value in rest.items() if key not in _ABOUT_TYPES and key not in ("enum", "anyOf")}
    choices = [choice for kind in named if (choice := _of_kind(str(kind), rest)) is not None]
    if "anyOf" in rest:
        shared["allOf"] = [*shared.get("allOf", ()), {"anyOf": rest["anyOf"]}]
    return {**shared, "anyOf": choices}


def _of_kind(kind: str, schema: Json) -> Json | None:
    """The part of a schema that is about one type; nothing when no value of its enumeration has that type."""
    choice: Json = {"type": kind}
    choice |= {key: value for key, value in schema.items() if key in _OF_KIND.get(kind, ())}
    if isinstance(schema.get("enum"), list):
        values = [value for value in schema["enum"] if _is_a(value, kind)]
        if not values:
            return None
        choice["enum"] = values
    return choice


def _is_a(value: Any, kind: str) -> bool:
    return isinstance(value, _PYTHON_TYPES.get(kind, ())) and isinstance(value, bool) == (kind == "boolean")


def _null_choice(schema: Json) -> None:
    """Null as a choice of its own becomes `nullable`; a single other choice replaces all."""
    for keyword in ("anyOf", "oneOf"):
        choices = schema.get(keyword)
        if not isinstance(choices, list):
            continue
        others = [choice for choice in choices if not _is_null(choice)]
        if len(others) == len(choices):
            continue
        schema["nullable"] = True
        if others:
            schema[keyword] = others
        else:
            del schema[keyword]
            schema["enum"] = [None]
        if len(others) == 1 and "allOf" not in schema:
            schema["allOf"] = schema.pop(keyword)


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and (
        schema.get("type") in _NULL_TYPES or schema.get("enum") == [None] or schema.get("const", 0) is None
    )


def _bounds(schema: Json) -> None:
    """3.1 gives the number of an exclusive bound, 3.0 says that the bound beside it is one."""
    for bound, exclusive, tighter in (("minimum", "exclusiveMinimum", max), ("maximum", "exclusiveMaximum", min)):
        limit, other = schema.get(exclusive), schema.get(bound)
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            continue
        if isinstance(other, int | float) and other != limit and tighter(other, limit) == other:
            del schema[exclusive]
        else:
            schema |= {bound: limit, exclusive: True}


def _content(schema: Json) -> None:
    if "contentEncoding" in schema:
        schema.setdefault("format", "byte")
    elif schema.get("contentMediaType") == "application/octet-stream":
        schema.setdefault("format", "binary")


def _items(schema: Json) -> None:
    """A list with a schema for each place, as `items` was written before 2020 too: every item is like one of them."""
    places = [schema[key] for key in ("prefixItems", "items") if isinstance(schema.get(key), list)]
    if schema.get("items") is False and not places:
        schema |= {"items": {}, "maxItems": 0}
    if not places:
        return
    further = schema.get("additionalItems" if isinstance(schema.get("items"), list) else "items")
    more = [further] if isinstance(further, dict) else []
    if further is False:
        schema["maxItems"] = min(len(places[0]), schema.get("maxItems", len(places[0])))
    choices = [*places[0], *more]
    schema["items"] = {"anyOf": choices} if len(choices) > 1 else choices[0] if choices else {}


def _free_keys(schema: Json) -> None:
    """Keys by pattern are free keys; keys that nothing evaluates are not, where nothing else could be one."""
    patterns = schema.get("patternProperties")
    values = [entry for entry in patterns.values() if entry is not False] if isinstance(patterns, dict) else []
    if values and schema.get("additionalProperties", False) is False:
        schema["additionalProperties"] = {"anyOf": values} if len(values) > 1 else values[0]
    elif schema.get("unevaluatedProperties") is False and not any(key in schema for key in _COMBINING):
        schema.setdefault("additionalProperties", False)
