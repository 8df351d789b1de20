"""OpenAPI 3.0 schemas become the portable JSON Schema 2020-12 that MCP clients accept.

Everything is inlined (no `$ref`), recursion is cut, `nullable` becomes a choice, and what only annotates is left out.
Annotations of values (`pattern`) are not checked here: a pattern from the network could make a validator hang, and XO
checks it anyway.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from typing import Any

from generator.api.combining import HIDDEN, Schema, both, either, or_null
from generator.api.flat import Flat, merge_all, merge_any
from generator.errors import SpecError
from generator.facts.pointers import NoTargetError, follow

MAX_DEPTH = 24
"""Deeper than any request body a model could fill in; a spec that nests further is cut there."""
MAX_NODES = 20_000
"""A schema that expands further (references doubling at each level) is an attack, not an argument."""
KEPT = ("enum", "default", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems",
        "uniqueItems", "minProperties", "maxProperties")  # fmt: skip
SHAPING = frozenset({"properties", "additionalProperties", "required", "allOf", "anyOf", "oneOf"})
SILENT_FORMATS = frozenset({"double", "float", "int32", "int64", "byte", "binary", "password"})


class Schemas:
    """The schemas of one document, resolved and converted on demand.

    Args:
        document: It.
        whole: Keep what only annotates, and every alternative: to compare, not for clients.
    """

    def __init__(self, document: Schema, *, whole: bool = False) -> None:
        self._document = document
        self._whole = whole
        self._left = MAX_NODES
        self._hidden = "readOnly"

    def portable(self, schema: Any, place: str, *, answered: bool = False) -> Schema:
        """Convert one schema, everything inlined; the arguments as for `flat`.

        Raises:
            SpecError: A reference leads nowhere, or the schema expands beyond any size a model could read.
        """
        self._left = MAX_NODES
        self._hidden = "writeOnly" if answered else "readOnly"
        return _without_hidden(self._convert(schema, place, ()))

    def flat(self, schema: Any, place: str, *, answered: bool = False) -> Flat | None:
        """Flatten an object schema, through allOf, anyOf and oneOf; nothing when it is not an object.

        Args:
            schema: An object schema.
            place: Where it is, for messages.
            answered: It is of what comes back, not of what is sent.

        Raises:
            SpecError: As for `portable`.
        """
        self._left = MAX_NODES
        self._hidden = "writeOnly" if answered else "readOnly"
        found = self._flatten(schema, place, ())
        if found is None:
            return None
        if not found.properties and self._is_free(schema, place):
            return replace(found, open=True)
        hidden = {name for name, entry in found.properties.items() if entry == HIDDEN}
        every = {**found.properties, **{name: {} for name in sorted(found.required - found.properties.keys())}}
        properties = {name: _without_hidden(entry) for name, entry in every.items() if name not in hidden}
        alternatives = tuple(tuple(name for name in names if name not in hidden) for names in found.alternatives)
        return replace(
            found,
            properties=properties,
            required=found.required - hidden,
            alternatives=tuple(dict.fromkeys(alternatives)),
        )

    def _is_free(self, schema: Any, place: str) -> bool:
        """Whether nothing is said of an object but that it is one: any keys are taken."""
        said = self.resolve(schema, place)[0]
        return said.get("type") == "object" and not said.keys() & SHAPING

    def _spend(self, place: str) -> None:
        self._left -= 1
        if self._left < 0:
            raise SpecError(f"the schema expands to more than {MAX_NODES} parts", place=place)

    def resolve(self, schema: Any, place: str) -> tuple[Schema, str | None]:
        """Follow `$ref` to a schema and the name of the last reference.

        Raises:
            SpecError: The reference leaves the document, leads nowhere or in a circle.
        """
        name = None
        seen = set()
        while isinstance(schema, dict) and "$ref" in schema:
            reference = schema["$ref"]
            if not isinstance(reference, str) or not reference.startswith("#/"):
                raise SpecError(
                    f"$ref {reference!r} leaves the document; only local references are followed", place=place
                )
            if reference in seen:
                raise SpecError(f"$ref {reference!r} refers to itself", place=place)
            seen.add(reference)
            schema = self._lookup(reference, place)
            name = reference.rsplit("/", 1)[1]
        if not isinstance(schema, dict):
            return {}, name
        return schema, name

    def _lookup(self, reference: str, place: str) -> Any:
        try:
            return follow(self._document, reference)
        except NoTargetError as error:
            raise SpecError(f"$ref {reference!r} leads nowhere", place=place) from error

    def _convert(self, schema: Any, place: str, stack: tuple[str, ...]) -> Schema:
        """Convert one schema; `stack` holds the references being expanded, to cut recursion."""
        self._spend(place)
        schema, name = self.resolve(schema, place)
        if name is not None:
            if name in stack:
                return {"type": "object"} if _is_object(schema) else {}
            stack = (*stack, name)
        if place.count("/") > MAX_DEPTH * 4 or len(stack) > MAX_DEPTH:
            return {}
        nullable = schema.get("nullable") is True
        result = self._plain(schema, place, stack)
        for part in _sequence(schema.get("allOf")):
            result = both(result, self._convert(part, f"{place}/allOf", stack))
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                result = both(result, self._any_of(schema[keyword], f"{place}/{keyword}", stack))
        return or_null(result) if nullable else result

    def _plain(self, schema: Schema, place: str, stack: tuple[str, ...]) -> Schema:
        result: Schema = {}
        kind = schema.get("type") or ("object" if _is_object(schema) else "array" if "items" in schema else None)
        if isinstance(kind, str):
            result["type"] = kind
        if isinstance(schema.get("format"), str) and (self._whole or schema["format"] not in SILENT_FORMATS):
            result["format"] = schema["format"]
        kept = (*KEPT, "pattern", "deprecated") if self._whole else KEPT
        result |= {key: schema[key] for key in kept if schema.get(key) is not None}
        if self._whole and schema.get("not"):
            result["not"] = json.dumps(self._convert(schema["not"], f"{place}/not", stack), sort_keys=True)
        _exclusive_bounds(schema, result)
        if kind == "array":
            items = self._convert(schema.get("items", {}), f"{place}/items", stack)
            if items:
                result["items"] = items
        if kind == "object":
            self._object(schema, place, stack, result)
        return result

    def _object(self, schema: Schema, place: str, stack: tuple[str, ...], result: Schema) -> None:
        properties = {
            name: dict(HIDDEN) if self._is_hidden(value, place) else self._convert(value, f"{place}/{name}", stack)
            for name, value in _mapping(schema.get("properties")).items()
        }
        if properties:
            result["properties"] = properties
        # A name that is not among the properties may be among those of another part of an `allOf`.
        required = _names(schema.get("required"))
        if required:
            result["required"] = required
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict) and extra:
            result["additionalProperties"] = self._convert(extra, f"{place}/*", stack)
        elif extra is False:
            result["additionalProperties"] = False
        elif properties and extra in (True, {}):
            result["additionalProperties"] = True  # said, because without it no other key is taken

    def _is_hidden(self, schema: Any, place: str, seen: tuple[str | None, ...] = ()) -> bool:
        """Whether a property is never sent, or never answered, or takes nothing at all (`not: {}`)."""
        resolved, name = self.resolve(schema, place)
        if resolved.get(self._hidden) is True or resolved.get("not") == {}:
            return True
        if name is not None and name in seen:
            return False
        return any(self._is_hidden(part, place, (*seen, name)) for part in _sequence(resolved.get("allOf")))

    def _any_of(self, parts: Any, place: str, stack: tuple[str, ...]) -> Schema:
        possible = [part for part in _sequence(parts) if not (isinstance(part, dict) and part.get("not") == {})]
        converted = [self._convert(part, place, stack) for part in possible]
        if self._whole and len(converted) > 1:
            return {"anyOf": converted}
        return reduce(either, converted) if converted else {}

    def _flatten(self, schema: Any, place: str, stack: tuple[str, ...]) -> Flat | None:
        self._spend(place)
        schema, name = self.resolve(schema, place)
        if name is not None:
            if name in stack:
                return Flat()
            stack = (*stack, name)
        own = self._own_properties(schema, place, stack)
        if own is None:
            return None
        for part in _sequence(schema.get("allOf")):
            flat = self._flatten(part, f"{place}/allOf", stack)
            if flat is None:
                return None
            own = merge_all(own, flat)
        for keyword in ("anyOf", "oneOf"):
            parts = [self._flatten(part, f"{place}/{keyword}", stack) for part in _sequence(schema.get(keyword))]
            if any(part is None for part in parts):
                return None
            if parts:
                own = merge_all(own, merge_any([part for part in parts if part is not None]))
        return own

    def _own_properties(self, schema: Schema, place: str, stack: tuple[str, ...]) -> Flat | None:
        if not schema:
            return Flat(open=True)
        combined = any(key in schema for key in ("allOf", "anyOf", "oneOf"))
        if schema.get("type", "object") != "object" or not (combined or _is_object(schema)):
            return None
        converted: Schema = {}
        self._object(schema, place, stack, converted)
        extra = schema.get("additionalProperties")
        return Flat(
            converted.get("properties", {}),
            frozenset(converted.get("required", ())),
            open=extra is True or isinstance(extra, dict),
        )


def _without_hidden(schema: Schema) -> Schema:
    """A schema without the properties that are not sent, at any depth."""
    result = dict(schema)
    if "properties" in schema:
        properties = schema["properties"]
        result["properties"] = {name: _without_hidden(part) for name, part in properties.items() if part != HIDDEN}
        if not result["properties"]:
            del result["properties"]
        required = [name for name in schema.get("required", ()) if properties.get(name) != HIDDEN]
        if required:
            result["required"] = required
        else:
            result.pop("required", None)
    if "anyOf" in schema:
        result["anyOf"] = [_without_hidden(choice) for choice in schema["anyOf"]]
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            result[keyword] = _without_hidden(schema[keyword])
    return result


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" or "properties" in schema or bool(_names(schema.get("required")))


def _mapping(value: Any) -> Schema:
    return {key: entry for key, entry in value.items() if isinstance(key, str)} if isinstance(value, dict) else {}


def _sequence(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else ()


def _names(value: Any) -> list[str]:
    return [name for name in _sequence(value) if isinstance(name, str)]


def _exclusive_bounds(schema: Schema, result: Schema) -> None:
    """OpenAPI 3.0 says `exclusiveMinimum: true`, JSON Schema 2020-12 gives the number."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in result:
            result[exclusive] = result.pop(bound)
