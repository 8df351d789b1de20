"""Which arguments go together: what no single location of a contract says, as alternatives are merged there."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from generator.api.combining import LOWER, UPPER, Schema
from generator.api.contract import Contract
from generator.compare.changes import Finding
from generator.compare.verdict import Level
from generator.library import Location
from generator.model.tool import Tool

Way = Mapping[str, Any]
"""`takes`: arguments; `needs`: those that must be given; `values`: argument -> values."""


def combined(
    old: tuple[Tool, Contract], new: tuple[Tool, Contract], reported: Collection[str]
) -> Iterator[tuple[str, Level, Finding]]:
    """What differs in how the arguments of a tool, or the parts of one, can be combined.

    Args:
        old: A tool, and what its operation takes.
        new: The same in the other release.
        reported: Arguments of which other findings tell already.

    Yields:
        The kind of change, its level, and the finding.
    """
    before, after = (_bodies(*side) for side in (old, new))
    shared = (before.keys() & after.keys()) - {Location(name).first for name in reported}
    for name in sorted(shared):
        if not takes(after[name], before[name]):
            yield "argument-narrowed", "breaking", Finding("", old=name, new=name)
        elif not takes(before[name], after[name]):
            yield "argument-widened", "additive", Finding("", old=name, new=name)
    one, other = (_ways(tool, shared) for tool, _ in (old, new))
    if not all(any(_fits(way, known) for way in other) for known in one):
        yield "body-narrowed", "breaking", Finding("", old=_texts(one), new=_texts(other))
    elif not all(any(_fits(known, way) for known in one) for way in other):
        yield "body-widened", "additive", Finding("", old=_texts(one), new=_texts(other))


def _bodies(tool: Tool, contract: Contract) -> dict[str, Schema]:
    """Argument -> what XO takes in its place, whatever we decided to say of it."""
    body = [entry for entry in tool.arguments if entry.sent_in == "body"]
    return {entry.name: contract.values[entry.sent_as] for entry in body if entry.sent_as in contract.values}


def takes(new: Any, old: Any) -> bool:
    """Whether a portable schema takes all that another one does; what only annotates does not count."""
    if new == old or not isinstance(new, dict) or not isinstance(old, dict) or not new:
        return new == old or not new
    choices, others = new.get("anyOf", [new]), old.get("anyOf", [old])
    if len(choices) > 1 or len(others) > 1:
        return all(any(takes(choice, other) for choice in choices) for other in others)
    one, other = choices[0], others[0]
    kinds = {one.get("type"), *(["integer"] if one.get("type") == "number" else [])} if "type" in one else set()
    if kinds and other.get("type") not in kinds:
        return False
    if "enum" in one and not ("enum" in other and all(value in one["enum"] for value in other["enum"])):
        return False
    return _bounds_fit(one, other) and takes(one.get("items", {}), other.get("items", {})) and _object_fits(one, other)


def _bounds_fit(new: Schema, old: Schema) -> bool:
    lower = all(key in old and old[key] >= new[key] for key in LOWER if key in new)
    return lower and all(key in old and old[key] <= new[key] for key in UPPER if key in new)


def _object_fits(new: Schema, old: Schema) -> bool:
    if not set(new.get("required", ())) <= set(old.get("required", ())):
        return False
    properties, known = new.get("properties", {}), old.get("properties", {})
    # Where nothing is said, a tool takes no other key than the properties.
    free, freed = (each.get("additionalProperties", not each.get("properties")) for each in (new, old))
    others = [part for name, part in known.items() if name not in properties]
    if free is False and (others or freed is not False):
        return False
    if isinstance(free, dict) and not all(takes(free, part) for part in others):
        return False
    return all(takes(part, known[name]) for name, part in properties.items() if name in known)


def _ways(tool: Tool, shared: Collection[str]) -> list[Way]:
    """The ways to give the body, or the one way where there are no alternatives, as far as arguments are shared."""
    every = tool.alternatives or ({"takes": [entry.name for entry in tool.arguments if entry.sent_in == "body"]},)
    return [
        {
            "takes": [name for name in way["takes"] if name in shared],
            "needs": [name for name in way.get("needs", ()) if name in shared],
            "values": {name: values for name, values in way.get("values", {}).items() if name in shared},
        }
        for way in every
    ]


def _fits(new: Way, old: Way) -> bool:
    """Whether what can be given in the old way can be given in the new one."""
    return (
        set(old["takes"]) <= set(new["takes"])
        and set(new["needs"]) <= set(old["needs"])
        and all(
            name not in old["takes"] or (name in old["values"] and _within(old["values"][name], values))
            for name, values in new["values"].items()
        )
    )


def _within(old: Iterable[Any], new: Collection[Any]) -> bool:
    return all(value in new for value in old)


def _texts(ways: Iterable[Way]) -> list[str]:
    return [", ".join(f"{name}!" if name in way["needs"] else name for name in way["takes"]) for way in ways]
