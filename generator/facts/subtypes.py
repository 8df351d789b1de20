"""Subtypes that only a `discriminator` leads to, made alternatives, so that facts say in schemas what may be sent.

A base schema with a discriminator stands for any schema that its mapping names; without a mapping, for itself and any
that builds on it by `allOf` and adds something. The base is kept under a name of its own, on which its subtypes build,
and the old name means one of the subtypes.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from generator.facts.pointers import parts_of, reference_to
from generator.facts.shapes import Json

LOST_SUBTYPES = "x-lost-subtypes"
"""Where facts note what is lost: place -> how many subtypes."""
_CHOICES = ("oneOf", "anyOf")
_SCHEMAS = ["components", "schemas"]


def spread_subtypes(document: Json) -> dict[str, int]:
    """Make alternatives of the subtypes of a document, in place.

    Args:
        document: As read; its parts may have any shape.

    Returns:
        Where a mapping names what is not a schema of the document -> how often; these subtypes are lost.
    """
    components = document.get("components")
    known = components.get("schemas") if isinstance(components, dict) else None
    schemas: Json = known if isinstance(known, dict) else {}
    bases = {name: schema for name, schema in schemas.items() if _divides(schema)}
    lost = Counter(_mapped_elsewhere(document, {id(schema) for schema in bases.values()}))
    for base, schema in bases.items():
        lost[base] += sum(_component(target, schemas) is None for target in _mapping(schema).values())
    subtypes = {base: _subtypes(base, schema, schemas) for base, schema in bases.items()}
    subtypes = {base: found for base, found in subtypes.items() if found.keys() - {base}}
    builders = {base: {name: _between(name, base, schemas) for name in found} for base, found in subtypes.items()}
    for base, found in subtypes.items():
        core = _core_name(base, schemas)
        schemas[core] = bases[base]
        for name in {each for between in builders[base].values() for each in between}:
            _build_on(bases[name] if name in bases else schemas[name], base, core)
        schemas[base] = {
            "anyOf": [
                _alternative(bases[base], [] if builders[base][name] else [core], name, values, subtypes)
                if name != base
                else _alternative(bases[base], [], core, values, {})
                for name, values in found.items()
            ]
        }
    return {place: count for place, count in sorted(lost.items()) if count}


def _divides(schema: Any) -> bool:
    return _discriminator(schema) is not None and not any(key in schema for key in _CHOICES)


def _discriminator(schema: Any) -> Json | None:
    found = schema.get("discriminator") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) and isinstance(found.get("propertyName"), str) else None


def _mapping(schema: Any) -> Json:
    found = (_discriminator(schema) or {}).get("mapping")
    return found if isinstance(found, dict) else {}


def _subtypes(base: str, schema: Json, schemas: Json) -> dict[str, list[str]]:
    """The subtypes of a base, each with the values of the discriminator that mean it."""
    if not _mapping(schema):
        others = [name for name, other in schemas.items() if base in _parents(other) and _adds(other)]
        return {name: [name] for name in (base, *others)}
    found: dict[str, list[str]] = {}
    for value, target in _mapping(schema).items():
        name = _component(target, schemas)
        if name is not None:
            found.setdefault(name, []).append(str(value))
    return found


def _component(target: Any, schemas: Json) -> str | None:
    """The component that a mapping means: by reference, or by its name alone."""
    if not isinstance(target, str):
        return None
    parts = parts_of(target) if target.startswith("#/") else [*_SCHEMAS, target]
    return parts[-1] if parts[:-1] == _SCHEMAS and parts[-1] in schemas else None


def _adds(schema: Json) -> bool:
    """Whether a schema says more than the one that it refers to; else it is a use of that one, such as `nullable`."""
    return "properties" in schema or len(schema["allOf"]) > 1


def _parents(schema: Any) -> list[str]:
    """The components that a schema builds on by `allOf`."""
    return [parts[-1] for entry in _all_of(schema) if (parts := parts_of(entry["$ref"]))[:-1] == _SCHEMAS]


def _all_of(schema: Any) -> Iterator[Json]:
    """The references in the `allOf` of a schema."""
    entries = schema.get("allOf") if isinstance(schema, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("$ref"), str):
            yield entry


def _between(name: str, base: str, schemas: Json) -> set[str]:
    """A subtype and what else stands between it and its base; nothing when it does not build on it."""
    found: set[str] = set()
    left, seen = [[name]], {name}
    while left:
        chain = left.pop()
        for parent in _parents(schemas.get(chain[-1])):
            if parent == base:
                found.update(chain)
            elif parent not in seen:
                seen.add(parent)
                left.append([*chain, parent])
    return found


def _build_on(schema: Json, base: str, core: str) -> None:
    """Let a subtype build on the base alone, and not on one of its subtypes."""
    reference = reference_to([*_SCHEMAS, core])
    for entry in _all_of(schema):
        if parts_of(entry["$ref"]) == [*_SCHEMAS, base]:
            entry["$ref"] = reference


def _core_name(base: str, schemas: Json) -> str:
    name = f"{base}.base"
    while name in schemas:
        name += "-"
    return name


def _alternative(base: Json, cores: list[str], name: str, values: list[str], divided: Json) -> Json:
    """One subtype, with the values that the discriminator has there; one that is divided itself says its own."""
    references = [{"$ref": reference_to([*_SCHEMAS, each])} for each in (*cores, name)]
    said = {"type": "string", "enum": values}
    property_name = (_discriminator(base) or {})["propertyName"]
    own = [] if name in divided else [{"type": "object", "properties": {property_name: said}}]
    return {"allOf": [*references, *own]}


def _mapped_elsewhere(node: Any, known: set[int], place: str = "") -> Iterator[str]:
    """The places of mappings inside other schemas, which stand for no component, once for each name."""
    if isinstance(node, list):
        for entry in node:
            yield from _mapped_elsewhere(entry, known, place)
    elif isinstance(node, dict):
        if id(node) not in known and _divides(node):
            yield from (place for _ in _mapping(node))
        for key, entry in node.items():
            yield from _mapped_elsewhere(entry, known, str(key))
