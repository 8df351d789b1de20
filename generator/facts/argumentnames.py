"""The names of what an operation takes, wherever its document puts them."""

from contextlib import suppress
from typing import Any

from generator.facts.pointers import NoTargetError, follow
from generator.facts.shapes import Json


def argument_names(operation: Json, document: Json) -> set[str]:
    """The names of an operation's parameters and of its body's properties, references followed.

    Args:
        operation: One operation whose shape was checked.
        document: What its references refer to; not checked, so every part is taken as it comes.
    """
    found: set[str] = set()
    seen: set[int] = set()
    pending: list[Any] = [*operation.get("parameters", ()), operation.get("requestBody")]
    while pending:
        node = pending.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node.get("$ref"), str):
            with suppress(NoTargetError):
                pending.append(follow(document, node["$ref"]))
        if isinstance(node.get("name"), str) and "in" in node:
            found.add(node["name"])
        if isinstance(node.get("properties"), dict):
            found.update(node["properties"])
        if isinstance(node.get("content"), dict):
            pending += [media.get("schema") for media in node["content"].values() if isinstance(media, dict)]
        for keyword in ("allOf", "anyOf", "oneOf"):
            pending += node[keyword] if isinstance(node.get(keyword), list) else ()
    return found
