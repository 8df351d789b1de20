"""Request bodies that are one of several alternatives: what each takes, requires and allows."""

from collections.abc import Mapping, Sequence
from typing import Any

from generator.api.combining import Schema
from generator.api.flat import Flat
from generator.api.operations import Operation, is_json
from generator.api.schema import Schemas
from generator.model.arguments import Argument

Alternative = dict[str, Any]


def alternatives_of(operation: Operation, arguments: Sequence[Argument], schemas: Schemas) -> tuple[Alternative, ...]:
    """Distinguish the ways to give a body.

    Args:
        operation: The facts.
        arguments: Those of the tool, whose names are reported.
        schemas: Of the operation's document.

    Returns:
        Each with `takes` (arguments), `needs` (those beyond what every call needs) and `values` (argument -> values,
        where the alternatives differ); empty when there is one way, or one that takes everything.
    """
    if operation.body is None or not is_json(operation.body.media_type):
        return ()
    choices = _choices(operation.body.schema, schemas, f"{operation.key} > body", ())
    flats = [schemas.flat(choice, f"{operation.key} > body") for choice in choices]
    known = [flat for flat in flats if flat is not None and not flat.open]
    names = {entry.sent_as: entry.name for entry in arguments if entry.sent_in == "body"}
    required = {entry.name for entry in arguments if entry.required}
    if len(known) < 2 or len(known) < len(flats) or not names:  # noqa: PLR2004 - one is no choice
        return ()
    values = _differing(known)
    found = [_alternative(flat, names, required, values) for flat in known]
    kept = [one for one in found if not any(_covers(other, one) for other in found if other is not one)]
    return tuple(kept) if len(kept) > 1 else ()


def _choices(schema: Any, schemas: Schemas, place: str, seen: tuple[str | None, ...]) -> list[Any]:
    resolved, name = schemas.resolve(schema, place)
    if name is not None and name in seen:
        return []
    for keyword in ("anyOf", "oneOf"):
        if isinstance(resolved.get(keyword), list):
            return list(resolved[keyword])
    for part in resolved.get("allOf", ()):
        found = _choices(part, schemas, place, (*seen, name))
        if found:
            return found
    return []


def _values(schema: Schema) -> list[Any]:
    values = schema.get("enum", ())
    return list(values) if isinstance(values, list) else []


def _differing(flats: Sequence[Flat]) -> set[str]:
    """The properties whose values are not the same in every alternative that has them."""
    seen: dict[str, list[list[Any]]] = {}
    for flat in flats:
        for name, schema in flat.properties.items():
            seen.setdefault(name, []).append(_values(schema))
    return {name for name, all_values in seen.items() if any(values != all_values[0] for values in all_values)}


def _alternative(flat: Flat, names: Mapping[str, str], required: set[str], differing: set[str]) -> Alternative:
    alternative: Alternative = {"takes": [names[name] for name in flat.properties if name in names]}
    needs = sorted(names[name] for name in flat.required if name in names and names[name] not in required)
    values = {
        names[name]: _values(schema)
        for name, schema in flat.properties.items()
        if name in differing and name in names and _values(schema)
    }
    return alternative | ({"needs": needs} if needs else {}) | ({"values": values} if values else {})


def _covers(wide: Alternative, narrow: Alternative) -> bool:
    """Whether one takes all that another does, and asks for nothing more."""
    plain = not wide.get("values") and not wide.get("needs")
    return plain and set(narrow["takes"]) < set(wide["takes"])
