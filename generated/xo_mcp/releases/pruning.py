"""Fits an input schema to an earlier release: removes arguments and values, and requires what that release requires."""

import copy
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from xo_mcp.locations import ANY_KEY, EACH, Location, alternatives, schemas_at

Schema = dict[str, Any]
UNKNOWN = frozenset({"object", "array"})
"""Types whose content a bare type does not say."""


def prune(schema: Schema, names: Collection[str], values: Mapping[str, Collection[str]]) -> Schema:
    """A copy of a schema without some of its locations.

    Args:
        schema: Of a tool's arguments.
        names: Locations to take out: `force`, `vdis[].size`, `other_config.*`.
        values: Location -> enum values to take out, as text.
    """
    result = copy.deepcopy(schema)
    for name in names:
        *above, last = Location(name).steps
        for node in _at(result, above):
            _remove(node, last)
    for name, unwanted in values.items():
        for node in _at(result, Location(name).steps):
            if "enum" in node:
                node["enum"] = [value for value in node["enum"] if _text(value) not in unwanted]
    return result


def as_earlier(schema: Schema, demands: Iterable[Mapping[str, Any]]) -> Schema:
    """A copy of a schema as an earlier release wants its arguments.

    Args:
        schema: Of a tool's arguments.
        demands: `argument` (a location), and one of `type` (`boolean`, `integer|null`), `required`, `value` (of an
            enumeration), `values` (the only ones of a text). An argument that was an object or a list of unknown
            content is taken out.
    """
    result = copy.deepcopy(schema)
    for demand in demands:
        steps = Location(demand["argument"]).steps
        *above, last = steps
        if "type" in demand and UNKNOWN & set(demand["type"].split("|")):
            for node in _at(result, above):
                _remove(node, last)
        elif "type" in demand:
            for node in list(_at(result, steps)):
                _retype(node, demand["type"].split("|"))
        elif "value" in demand or "values" in demand:
            for node in _at(result, steps):
                _enumerate(node, demand)
        else:
            for node in _at(result, above):
                _require(node, last, wanted=demand["required"])
    return result


def _retype(node: Schema, kinds: list[str]) -> None:
    """Leave of a schema what is said about it, and its new type."""
    kept = {key: value for key, value in node.items() if key == "description"}
    node.clear()
    node.update(kept)
    node.update({"type": kinds[0]} if len(kinds) == 1 else {"anyOf": [{"type": kind} for kind in kinds]})


def _enumerate(node: Schema, demand: Mapping[str, Any]) -> None:
    """Take one more value of an enumeration, or no other text than some."""
    if "values" in demand:
        if node.get("type") == "string":
            node["enum"] = list(demand["values"])
    elif "enum" in node and demand["value"] not in node["enum"]:
        node["enum"] = [*node["enum"], demand["value"]]


def _require(node: Schema, name: str, *, wanted: bool) -> None:
    if name not in node.get("properties", {}):
        return
    others = [other for other in node.get("required", ()) if other != name]
    if wanted or others:
        node["required"] = [*others, name] if wanted else others
    else:
        node.pop("required", None)


def _at(schema: Schema, steps: Sequence[str]) -> Iterator[Schema]:
    """Every part that steps lead to, and its alternatives."""
    for node in schemas_at(schema, steps):
        yield from alternatives(node)


def _remove(node: Schema, name: str) -> None:
    if name == ANY_KEY:
        node.pop("additionalProperties", None)
    elif name == EACH:
        node.pop("items", None)
    else:
        node.get("properties", {}).pop(name, None)
        if name in node.get("required", ()):
            node["required"] = [other for other in node["required"] if other != name]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
