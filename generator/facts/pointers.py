"""JSON pointers within one document, as `$ref` writes them: `#/components/schemas/VM`."""

from collections.abc import Iterable
from typing import Any

_LONGEST_INDEX = 6


class NoTargetError(LookupError):
    """A pointer leads nowhere."""


def parts_of(reference: str) -> list[str]:
    """The keys that a local reference follows, unescaped."""
    return [part.replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/")]


def reference_to(parts: Iterable[str]) -> str:
    """The local reference that follows these keys, escaped."""
    return "#" + "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


def follow(document: Any, reference: str) -> Any:
    """What a local reference refers to.

    Raises:
        NoTargetError: There is nothing.
    """
    node = document
    for part in parts_of(reference):
        if isinstance(node, list) and part.isdecimal() and len(part) <= _LONGEST_INDEX and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            raise NoTargetError(reference)
    return node


def leads(document: Any, reference: str) -> bool:
    """Whether a local reference refers to something."""
    try:
        follow(document, reference)
    except NoTargetError:
        return False
    return True
