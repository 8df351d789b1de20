"""Takes arguments and enum values out of an input schema."""

import copy
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

Schema = dict[str, Any]


def prune(schema: Schema, names: Collection[str], values: Mapping[str, Collection[str]]) -> Schema:
    """A copy of a schema without some of its places.

    Args:
        schema: Of a tool's arguments.
        names: Places to take out: `force`, `vdis[].size`, `other_config.*`.
        values: Place -> enum values to take out, as text.
    """
    result = copy.deepcopy(schema)
    for name in names:
        above, _, last = name.rpartition(".")
        for node in _at(result, above):
            _remove(node, last)
    for name, unwanted in values.items():
        for node in _at(result, name):
            if "enum" in node:
                node["enum"] = [value for value in node["enum"] if _text(value) not in unwanted]
    return result


def _at(schema: Schema, path: str) -> Iterator[Schema]:
    """Every node a path leads to, through alternatives."""
    if not path:
        yield from _alternatives(schema)
        return
    first, _, rest = path.partition(".")
    name = first.rstrip("[]")
    for node in _alternatives(schema):
        inner = node.get("additionalProperties") if name == "*" else node.get("properties", {}).get(name)
        found = [inner] if isinstance(inner, dict) else []
        for _ in range(first.count("[]")):
            items = [choice.get("items") for array in found for choice in _alternatives(array)]
            found = [each for each in items if isinstance(each, dict)]
        for each in found:
            yield from _at(each, rest)


def _alternatives(schema: Schema) -> Iterator[Schema]:
    yield schema
    for choice in schema.get("anyOf", ()):
        if isinstance(choice, dict):
            yield from _alternatives(choice)


def _remove(node: Schema, name: str) -> None:
    if name == "*":
        node.pop("additionalProperties", None)
    elif name.endswith("[]"):
        node.get("properties", {}).get(name.rstrip("[]"), {}).pop("items", None)
    else:
        node.get("properties", {}).pop(name, None)
        if name in node.get("required", ()):
            node["required"] = [other for other in node["required"] if other != name]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
