"""Named repairs of mistakes in XO's document, made before it is validated.

Each repair is one function that changes a document in place and counts the places; a release that no longer needs one
shows it, so that the repair can go.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from generator.facts.paths import METHODS

Json = dict[str, Any]

_ANY = "*"
_NONE = "none"
_SCHEMA_MAPS = ("properties",)
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf")
_SCHEMAS = ("items", "additionalProperties", "not")


@dataclass(frozen=True)
class Repair:
    """One thing that is put right.

    Attributes:
        name: How reports call it.
        why: What is wrong, and the XO release in which it was seen.
        apply: Changes a document in place and returns the number of places.
    """

    name: str
    why: str
    apply: Callable[[Json], int]


@dataclass(frozen=True)
class AppliedRepair:
    """A repair that was needed, and in how many places."""

    name: str
    why: str
    places: int


def repair(document: Json) -> tuple[Json, list[AppliedRepair]]:
    """Apply every repair to a copy of a document.

    What was applied is noted in the copy under `x-repairs` (name -> places), so that imported facts remember it.

    Returns:
        The repaired copy, and the repairs that were needed. Malformed parts are left for validation to name.
    """
    result = copy.deepcopy(document)
    applied = [AppliedRepair(entry.name, entry.why, entry.apply(result)) for entry in REPAIRS]
    needed = [entry for entry in applied if entry.places]
    if needed:
        noted = result.get("x-repairs")
        result["x-repairs"] = (noted if isinstance(noted, dict) else {}) | {
            entry.name: entry.places for entry in needed
        }
    return result, needed


def unneeded(document: Json) -> list[str]:
    """The repairs that a document which went through `repair` did not need, by name."""
    noted = document.get("x-repairs")
    return [entry.name for entry in REPAIRS if not (isinstance(noted, dict) and entry.name in noted)]


def _required_null(document: Json) -> int:
    places = 0
    for schema in _all_schemas(document):
        required = schema.get("required")
        if isinstance(required, list) and None in required:
            schema["required"] = [name for name in required if name is not None]
            if not schema["required"]:
                del schema["required"]
            places += 1
    return places


def _required_empty(document: Json) -> int:
    places = 0
    for schema in _all_schemas(document):
        if schema.get("required") == []:
            del schema["required"]
            places += 1
    return places


def _security_any(document: Json) -> int:
    """Replace `*` by every declared scheme, said once for the whole document."""
    schemes = _declared_schemes(document)
    if _ANY in schemes:
        return 0
    everyone: list[Json] = [{name: []} for name in sorted(schemes)]
    operations = list(_operations(document))
    asking = [operation for operation in operations if _names(operation, _ANY)]
    if not asking:
        return 0
    if "security" not in document:
        # What says nothing needs no login; it must not inherit what is now said for the whole document.
        for operation in operations:
            operation.setdefault("security", [])
        document["security"] = everyone
    for operation in asking:
        if document["security"] == everyone:
            del operation["security"]
        else:
            operation["security"] = everyone
    return len(asking)


def _security_none(document: Json) -> int:
    """Replace `none` by the empty list, which is how OpenAPI says that no login is needed."""
    if _NONE in _declared_schemes(document):
        return 0
    open_to_all = [operation for operation in _operations(document) if _names(operation, _NONE)]
    for operation in open_to_all:
        operation["security"] = []
    return len(open_to_all)


REPAIRS = (
    Repair("required-null", "`required` lists null (XO 5.110 to 6.7.1: four branded ids)", _required_null),
    Repair(
        "required-empty", "`required` is an empty list, which OpenAPI 3.0 forbids (not seen in XO)", _required_empty
    ),
    Repair("security-none", "the security scheme `none` is not declared (XO 5.112 to 6.7.1)", _security_none),
    Repair("security-any", "the security scheme `*` is not declared (XO 5.110 to 6.7.1)", _security_any),
)


def _declared_schemes(document: Json) -> Json:
    return _mapping(_mapping(document.get("components")).get("securitySchemes"))


def _names(operation: Json, scheme: str) -> bool:
    """Whether an operation asks for exactly this scheme."""
    security = operation.get("security")
    return isinstance(security, list) and len(security) == 1 and list(_mapping(security[0])) == [scheme]


def _operations(document: Json) -> Iterator[Json]:
    for item in _mapping(document.get("paths")).values():
        for method, operation in _mapping(item).items():
            if method in METHODS and isinstance(operation, dict):
                yield operation


def _all_schemas(document: Json) -> Iterator[Json]:
    """Every schema object, recognised by its position: a property called `required` is not one."""
    components = _mapping(document.get("components"))
    roots = list(_mapping(components.get("schemas")).values())
    holders: list[Any] = []
    for section in ("parameters", "requestBodies", "responses"):
        holders += _mapping(components.get(section)).values()
    for item in _mapping(document.get("paths")).values():
        holders += _sequence(_mapping(item).get("parameters"))
    for operation in _operations(document):
        holders += _sequence(operation.get("parameters"))
        holders.append(operation.get("requestBody"))
        holders += _mapping(operation.get("responses")).values()
    for holder in holders:
        roots.append(_mapping(holder).get("schema"))
        roots += [_mapping(media).get("schema") for media in _mapping(_mapping(holder).get("content")).values()]
    while roots:
        schema = roots.pop()
        if isinstance(schema, dict):
            yield schema
            roots += _inner(schema)


def _inner(schema: Json) -> Iterator[Any]:
    for key in _SCHEMA_MAPS:
        yield from _mapping(schema.get(key)).values()
    for key in _SCHEMA_LISTS:
        yield from _sequence(schema.get(key))
    for key in _SCHEMAS:
        yield schema.get(key)


def _mapping(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
