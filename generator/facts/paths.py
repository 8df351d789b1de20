"""The operations of a document, raw or facts, by method and path."""

from collections.abc import Iterator
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
"""What XO's REST API answers to, in the order of the facts."""
UNCALLED = ("head", "options", "trace")
"""What HTTP has beside them, and no tool could use; facts keep only that a path has them."""
_CALLED = (*METHODS, "call")
"""Facts hold a JSON-RPC method as a path with the method `call`."""


def operations_of(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation: its method in lower case, its path, and its path item."""
    for path, item in document.get("paths", {}).items():
        for method in _CALLED:
            if method in item:
                yield method, path, item


def uncalled(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Method and path of what is no operation for us."""
    for path, item in document.get("paths", {}).items():
        yield from ((method.upper(), path) for method in UNCALLED if method in item)


def keys_of(document: dict[str, Any]) -> list[str]:
    """`METHOD /path` of every operation, in the document's order."""
    return [f"{method.upper()} {path}" for method, path, _ in operations_of(document)]
