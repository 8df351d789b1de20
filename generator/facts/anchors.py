"""References that do not start at the root of a document, rewritten as those that do.

JSON Schema also finds a schema by its `$anchor`, by its `$id`, and from the schema around the reference, as generators
of schemas write it (`#/$defs/Pet` beside a body's own `$defs`).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

from generator.facts.pointers import leads, parts_of, reference_to
from generator.facts.shapes import Json

_DEFINITIONS = frozenset({"$defs", "definitions"})
_ANCHORS = ("$anchor", "$dynamicAnchor")
Steps = tuple[str, ...]


def anchor_references(document: Json) -> None:
    """Rewrite every such reference of a document in place; what leads nowhere is left for extraction to name.

    Args:
        document: As read; its parts may have any shape.
    """
    nodes = list(_objects(document, ()))
    named = _Named()
    for steps, node in nodes:
        named.learn(steps, node)
    for steps, node in nodes:
        reference = node.get("$ref", node.get("$dynamicRef"))
        if isinstance(reference, str) and not _leads(document, reference):
            found = _around(document, steps, reference) or named.find(document, steps, reference)
            if found is not None:
                node.pop("$dynamicRef", None)
                node["$ref"] = found


class _Named:
    """Where the schemas with a name of their own are."""

    def __init__(self) -> None:
        self._anchors: dict[str, Steps] = {}
        self._ids: dict[str, Steps] = {}

    def learn(self, steps: Steps, node: Json) -> None:
        """Note the names of one object."""
        for key in _ANCHORS:
            if isinstance(node.get(key), str):
                self._anchors.setdefault(node[key], steps)
        if isinstance(node.get("$id"), str):
            self._ids.setdefault(node["$id"].removesuffix("#"), steps)

    def find(self, document: Json, steps: Steps, reference: str) -> str | None:
        """The pointer that a reference by name means."""
        address, fragment = urldefrag(reference)
        if not address:
            target = self._anchors.get(fragment)
        else:
            bases = (each["$id"] for _, each in _path(document, steps) if isinstance(each.get("$id"), str))
            names = [address, *(urljoin(base, address) for base in bases)]
            target = next((self._ids[name] for name in names if name in self._ids), None)
            if target is not None and fragment and not fragment.startswith("/"):
                target = self._anchors.get(fragment)
        if target is None:
            return None
        return reference_to(target) + (fragment if fragment.startswith("/") else "")


def _around(document: Json, steps: Steps, reference: str) -> str | None:
    """The pointer that a reference means from the nearest schema around it."""
    if not reference.startswith("#/"):
        return None
    is_local = parts_of(reference)[0] in _DEFINITIONS
    for at, node in reversed(list(_path(document, steps))):
        if (is_local or "$id" in node) and leads(node, reference):
            return reference_to(at) + reference[1:]
    return None


def _leads(document: Json, reference: str) -> bool:
    return reference.startswith("#/") and (leads(document, reference) or leads(document, unquote(reference)))


def _objects(node: Any, steps: Steps) -> Iterator[tuple[Steps, Json]]:
    """Every object, and the steps to it."""
    if isinstance(node, dict):
        yield steps, node
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, part in parts:
        yield from _objects(part, (*steps, str(key)))


def _path(document: Json, steps: Steps) -> Iterator[tuple[Steps, Json]]:
    """The objects on the way to one, the document first."""
    node: Any = document
    for depth, step in enumerate(steps):
        if isinstance(node, dict):
            yield steps[:depth], node
        node = node[int(step)] if isinstance(node, list) else node[step]
    yield steps, node
