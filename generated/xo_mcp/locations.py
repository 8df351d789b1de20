"""Locations of values: among arguments, in a record or in an operation of XO's API. The generator uses it too."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

EACH: Final = "[]"
"""The step to each item of an array."""
ANY_KEY: Final = "*"
"""The step to the values of an object's free keys."""
KEYS: Final = "{key}"
"""The step to the free keys themselves, where they are what is meant."""


class Location(str):
    """`memory`, `vdis[].size` or `other_config.*` among arguments; `query.limit` or `200[].name_label` in an operation.

    `srIdByVdiId.{key}` are the keys of an object, which are ids here.

    It is text, so that it can be a key of JSON data.
    """

    __slots__ = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """`("vdis", "[]", "size")` of `vdis[].size`."""
        found: list[str] = []
        for part in self.split("."):
            name = part
            while name.endswith(EACH):
                name = name.removesuffix(EACH)
            found += [name] if name else []
            found += [EACH] * ((len(part) - len(name)) // len(EACH))
        return tuple(found)

    @property
    def first(self) -> str:
        """The first name: `vdis` of `vdis[].size`, `200` of `200[].name_label`."""
        return self.partition(".")[0].partition(EACH)[0]

    @property
    def below(self) -> "Location":
        """What follows the first dot, in an operation the location among its arguments; empty where nothing does."""
        return Location(self.partition(".")[2])

    @property
    def name(self) -> str:
        """The last name: `size` of `vdis[].size`, `tags` of `tags[]`, `other_config` of `other_config.*`."""
        return next((step for step in reversed(self.steps) if step not in (EACH, ANY_KEY, KEYS)), "")

    @property
    def each(self) -> "Location":
        """The items of the array here."""
        return Location(f"{self}{EACH}")

    def property(self, name: str) -> "Location":
        """A property of the object here."""
        return Location(f"{self}.{name}" if self else name)

    def is_within(self, outer: str) -> bool:
        """Whether this is `outer`, or inside it."""
        return self == outer or self.startswith((f"{outer}.", f"{outer}["))

    def moved(self, outer: str, to: str) -> "Location":
        """The same with another beginning: `body.vdis[].size` moved from `body.vdis` to `disks` is `disks[].size`."""
        return Location(to + self.removeprefix(outer))


def argument_locations(name: str) -> tuple[Location, ...]:
    """Where an operation may take an argument of that name."""
    return Location(f"path.{name}"), Location(f"query.{name}"), Location(f"body.{name}")


def schemas_at(schema: Any, steps: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every part of a JSON Schema that steps lead to, through its alternatives."""
    if not steps:
        yield schema
        return
    step, *rest = steps
    for node in alternatives(schema):
        properties = node.get("properties", {})
        inner = node.get("items") if step == EACH else properties.get(step)
        if inner is None and step == ANY_KEY:
            inner = node.get("additionalProperties")
        if isinstance(inner, dict):
            yield from schemas_at(inner, rest)


def alternatives(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema, and each choice of its `anyOf`, at any depth."""
    yield schema
    for choice in schema.get("anyOf", ()):
        if isinstance(choice, dict):
            yield from alternatives(choice)
