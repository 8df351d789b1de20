"""What XO says about its JSON-RPC methods, `system.getMethodsInfo`, becomes facts: parameters as JSON Schema.

XO describes parameters in a dialect of its own. Seen on xo-server 5.207.2, confirmed by what it answers:

1. A schema with `enum` is taken as it is, and one without `enum` and `type` is any value.
2. Every property is required unless it says `optional: true`; `required` is never written.
3. The property `*` is the schema of all other keys. Without it, and without `additionalProperties`, other keys are
   refused, unless no property is declared at all: then nothing is checked.
4. Text needs one character at least, unless it says `minLength`, `format` or `pattern`.
5. What has a `default` need not be sent.
6. `nullable`, and null among several types, let a value be null.
7. Nothing is coerced. A key written with a final `?` is the same key: XO drops it where it is too old to know it.
8. `{"vm": X}` may mean `{"id": X}`: not kept, as some methods want just one of them.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from generator.errors import SpecError

Json = dict[str, Any]
REST: Final = "*"
KEPT: Final = (
    "default", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "pattern",
)  # fmt: skip
TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
PERMISSIONS: Final = frozenset({"none", "signed-in", "admin"})
DEEPEST: Final = 24
METHOD: Final = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+", re.ASCII)


def extract_methods(raw: Mapping[str, Any]) -> dict[str, Json]:
    """Reduce what XO says about its methods to facts, by name; its descriptions are not kept.

    Args:
        raw: Method -> `{params, permission}`. A `permission` of null means that nobody need sign in, an absent one that
            any user may call it; the words `none` and `signed-in` say the same. `objects` are kept where given.

    Raises:
        SpecError: A method is not described as XO describes its methods.
    """
    return {name: _method(name, entry) for name, entry in sorted(raw.items())}


def _method(name: str, entry: Any) -> Json:
    if not METHOD.fullmatch(name):
        raise SpecError("not the name of a method", place=name[:80])
    if not isinstance(entry, dict) or not isinstance(entry.get("params", {}), dict):
        raise SpecError("its parameters are not an object", place=name)
    permission = (entry["permission"] or "none") if "permission" in entry else "signed-in"
    if permission not in PERMISSIONS:
        raise SpecError(f"the permission {permission!r} is unknown", place=name)
    facts = {"params": _object({"properties": entry.get("params", {})}, name, 0), "permission": permission}
    objects = _objects(entry.get("objects"), name)
    return {**facts, "objects": objects} if objects else facts


def _objects(raw: Any, place: str) -> Json:
    """Which parameters XO looks up, among which types of objects, and the right it asks for on what it finds."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise SpecError("its objects are not an object", place=place)
    found = {}
    for name, entry in sorted(raw.items()):
        types = entry.get("types") if isinstance(entry, dict) else None
        every = [types] if isinstance(types, str) else types
        if not isinstance(every, list) or not all(isinstance(kind, str) for kind in every):
            raise SpecError(f"the types of {name!r} are not a list", place=place)
        found[name] = {"types": every, "permission": str(entry.get("permission", "administrate"))}
    return found


def convert(schema: Any, place: str, depth: int = 0) -> Json:
    """Turn one schema of the dialect into JSON Schema 2020-12.

    Raises:
        SpecError: It is not a schema, or nested too deeply.
    """
    if not isinstance(schema, dict):
        raise SpecError("not a schema", place=place)
    if depth > DEEPEST:
        raise SpecError(f"nested more than {DEEPEST} levels deep", place=place)
    kinds = schema.get("type")
    several = kinds if isinstance(kinds, list) else [kinds] if kinds is not None else []
    if not all(isinstance(kind, str) and kind in TYPES for kind in several):
        raise SpecError(f"the type {kinds!r} is unknown", place=place)
    if schema.get("nullable") is True and "null" not in several:
        several = [*several, "null"]
    if not several or "enum" in schema:
        return _nullable(_kept(schema, several), several)
    choices = [_of_kind(kind, schema, place, depth) for kind in several]
    return choices[0] if len(choices) == 1 else {"anyOf": choices} | _default(schema)


def _nullable(result: Json, kinds: list[str]) -> Json:
    """An enumeration that may be null says so among its values."""
    if "null" in kinds and "enum" in result and None not in result["enum"]:
        return {**result, "enum": [*result["enum"], None]}
    return result


def _kept(schema: Json, kinds: list[str]) -> Json:
    values = schema.get("enum")
    kind = kinds[0] if len(kinds) == 1 else None
    if kind is None and values and all(isinstance(value, str) for value in values):
        kind = "string"
    return ({"type": kind} if kind else {}) | {key: schema[key] for key in KEPT if key in schema}


def _default(schema: Json) -> Json:
    return {"default": schema["default"]} if "default" in schema else {}


def _of_kind(kind: str, schema: Json, place: str, depth: int) -> Json:
    if kind == "null":
        return {"type": "null"}
    if kind == "object":
        return _object(schema, place, depth)
    result: Json = _kept(schema, [kind])
    if kind == "string" and not result.keys() & {"minLength", "pattern"} and "format" not in schema:
        result["minLength"] = 1
    if kind == "array" and schema.get("items"):
        result["items"] = convert(schema["items"], f"{place}[]", depth + 1)
    return result


def _object(schema: Json, place: str, depth: int) -> Json:
    properties, required = {}, []
    rest: Any = schema.get("additionalProperties")
    declared = schema.get("properties") or {}
    if not isinstance(declared, dict):
        raise SpecError("its properties are not an object", place=place)
    for key, inner in sorted(declared.items()):
        name = key.removesuffix("?")
        if key == REST:
            rest = inner
            continue
        properties[name] = convert(inner, f"{place}.{name}", depth + 1)
        if inner.get("optional") is not True and "default" not in inner:
            required.append(name)
    result: Json = {"type": "object"} | _default(schema)
    if properties:
        result["properties"] = properties
    if required:
        result["required"] = required
    if isinstance(rest, dict) and rest:
        result["additionalProperties"] = convert(rest, f"{place}.*", depth + 1)
    elif rest is False or (rest is None and declared):
        result["additionalProperties"] = False
    return result
