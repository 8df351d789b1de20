"""An object schema as one list of named properties, and how two become one."""

from dataclasses import dataclass, field

from generator.api.combining import Schema, both, either


@dataclass(frozen=True)
class Flat:
    """An object schema flattened into named properties.

    Attributes:
        properties: Name -> portable schema, in document order.
        required: Names every alternative asks for; one that is described nowhere takes anything.
        alternatives: The names each alternative of an anyOf/oneOf takes; empty when there is one way only.
        open: Free keys are taken beside the named ones.
    """

    properties: dict[str, Schema] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    alternatives: tuple[tuple[str, ...], ...] = ()
    open: bool = False


def merge_all(one: Flat, other: Flat) -> Flat:
    """The properties of an object that is both."""
    properties = dict(one.properties)
    for name, schema in other.properties.items():
        properties[name] = both(properties[name], schema) if name in properties else schema
    return Flat(
        properties,
        one.required | other.required,
        one.alternatives or other.alternatives,
        open=one.open or other.open,
    )


def merge_any(parts: list[Flat]) -> Flat:
    """The properties of an object that is one of several."""
    properties: dict[str, Schema] = {}
    for part in parts:
        for name, schema in part.properties.items():
            properties[name] = either(properties[name], schema) if name in properties else schema
    alternatives = tuple(dict.fromkeys(tuple(part.properties) for part in parts))
    return Flat(
        properties,
        frozenset.intersection(*(part.required for part in parts)),
        alternatives if len(alternatives) > 1 else (),
        open=any(part.open for part in parts),
    )
