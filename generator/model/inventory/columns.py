"""Which columns the records of a list make.

A property is a column under its own name without `$`. An object whose properties are known makes a column of each,
`memory.size` is `memory_size`; it is a column of JSON text itself when it may hold more. Arrays and what lies deeper
are JSON text. SQL does not distinguish `CPUs` from `cpus`: of two properties that would make one column, the one
without `$` stays, then the one that is not nested, then the first by name; the other makes none.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.api.combining import Schema, describe_kinds
from generator.api.schema import Schemas

_PLAIN = re.compile(r"[$A-Za-z_][\w-]*", re.ASCII)
_LINK = "href"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: In SQL.
        property: In XO's record; a dot reaches inside an object.
        kind: JSON type; arrays and objects are JSON text.
    """

    name: str
    property: str
    kind: str


def columns_of(
    schemas: Schemas, schema: Any, place: str, extra: Mapping[str, str | None], hidden: Callable[[str], bool]
) -> dict[str, Column]:
    """The columns of a list's records, `id` first, then by name.

    Args:
        schemas: Of the document.
        schema: Of the list's answer.
        place: For messages.
        extra: Properties that the contract lacks and their kinds; `None` takes one out.
        hidden: Whether a property is never shown, by its last name.
    """
    found = dict(_properties(_record(schemas, schema, place)))
    for name, kind in extra.items():
        inside = [other for other in found if other == name or other.startswith(f"{name}.")]
        for other in inside:
            del found[other]
        if kind is not None:
            found[name] = kind
    found.setdefault("id", "string")
    chosen: dict[str, Column] = {}
    for name in sorted(found, key=lambda name: (name.startswith("$"), "." in name, name)):
        column = column_name(name)
        if not hidden(name.rpartition(".")[2]) and column.casefold() not in chosen:
            chosen[column.casefold()] = Column(column, name, found[name])
    ordered = sorted(chosen.values(), key=lambda column: (column.name != "id", column.name.casefold()))
    return {column.name: column for column in ordered}


def column_name(name: str) -> str:
    """The column of a property."""
    return re.sub(r"\W", "_", name.replace("$", ""), flags=re.ASCII)


def _record(schemas: Schemas, schema: Any, place: str) -> Schema:
    """The portable schema of a record: every property that any kind of record of the list has."""
    portable = schemas.portable(schema, place, answered=True)
    merged: dict[str, Any] = {}
    for choice in _objects(portable):
        for name, inner in choice.get("properties", {}).items():
            merged.setdefault(name, []).append(inner)
    return {name: choices[0] if len(choices) == 1 else {"anyOf": choices} for name, choices in merged.items()}


def _objects(schema: Schema) -> Iterator[Schema]:
    if schema.get("type") == "array":
        yield from _objects(schema.get("items", {}))
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            yield from _objects(choice)
    elif schema.get("properties"):
        yield schema


def _properties(record: Schema) -> Iterator[tuple[str, str]]:
    for name, schema in record.items():
        if name == _LINK or not _PLAIN.fullmatch(name):
            continue
        inner = _inner(schema)
        if inner is None or "additionalProperties" in inner:
            yield name, describe_kinds(schema)
        if inner is not None:
            for part, below in inner["properties"].items():
                if part != _LINK:
                    yield f"{name}.{part}", describe_kinds(below)


def _inner(schema: Schema) -> Schema | None:
    """The object that a property is, if all its properties can be named."""
    choices = [choice for choice in schema.get("anyOf", [schema]) if choice.get("type") != "null"]
    if len(choices) != 1 or not choices[0].get("properties"):
        return None
    only: Schema = choices[0]
    return only if all(_PLAIN.fullmatch(name) for name in only["properties"]) else None
