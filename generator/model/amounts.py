"""Arguments that are amounts: their unit and bounds, so that values nobody can mean are refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.api.combining import Schema
from generator.library import Location
from generator.model.arguments import Argument
from generator.model.conventions import Amount


def amounts_of(arguments: Sequence[Argument], amounts: Mapping[str, Amount]) -> dict[str, dict[str, Any]]:
    """Find the numbers in a tool's arguments that a convention is about.

    Args:
        arguments: Of the tool.
        amounts: Name of a property, at any depth -> what is decided about it.

    Returns:
        Place (`memory`, `vdis[].size`) -> unit, bounds, wholeness.
    """
    found: dict[str, dict[str, Any]] = {}
    for entry in arguments:
        for location in _numbers(entry.schema, Location(entry.name)):
            decided = amounts.get(location.steps[-1])
            if decided is not None:
                found[location] = decided.model_dump(exclude_defaults=True)
    return found


def _numbers(schema: Schema, location: Location) -> Iterator[Location]:
    for choice in schema.get("anyOf", [schema]):
        if choice.get("type") in {"number", "integer"}:
            yield location
        for name, inner in choice.get("properties", {}).items():
            yield from _numbers(inner, location.property(name))
        if isinstance(choice.get("items"), dict):
            yield from _numbers(choice["items"], location.each)
