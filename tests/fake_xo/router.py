"""Which operation a raw request target means, by the rules of XO's web framework.

It matches the target as it came over the wire, before decoding: a raw dot splits `{id}.{format}`, `%2E` does not, a
trailing slash is ignored (so that an empty id reaches the collection), letters match in any case.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from fake_xo.spec import PLACEHOLDER, Operation, group_name


class MalformedPathError(Exception):
    """A path that can't be decoded."""


@dataclass(frozen=True)
class Match:
    """An operation and its decoded path parameters."""

    operation: Operation
    params: dict[str, str]


class Router:
    """All routes, tried from the most to the least specific."""

    def __init__(self, operations: tuple[Operation, ...]) -> None:
        self._routes: dict[tuple[str, str], list[tuple[re.Pattern[str], Operation]]] = {}
        for operation in sorted(operations, key=_specificity):
            first = operation.path.split("/", 2)[1]
            entry = (_pattern(operation.path), operation)
            self._routes.setdefault((operation.method, first), []).append(entry)

    def match(self, method: str, path: str) -> Match | None:
        """Find the operation.

        Args:
            method: HTTP method; HEAD counts as GET.
            path: Raw path below `/rest/v0`.

        Raises:
            MalformedPathError: A parameter is no UTF-8 percent-encoding.
        """
        first = path.split("/", 2)[1].lower() if path.startswith("/") else ""
        for pattern, operation in self._routes.get(("GET" if method == "HEAD" else method, first), ()):
            if found := pattern.fullmatch(path):
                return Match(operation, {name: _decode(value) for name, value in found.groupdict().items()})
        return None


def _specificity(operation: Operation) -> tuple[bool, int]:
    """A dotted parameter before a plain one, then what has the fewest parameters."""
    return ("}.{" not in operation.path, operation.path.count("{"))


def _pattern(path: str) -> re.Pattern[str]:
    pieces = []
    last = 0
    for found in PLACEHOLDER.finditer(path):
        pieces += [re.escape(path[last : found.start()]), f"(?P<{group_name(found[1])}>[^/]+?)"]
        last = found.end()
    pieces.append(re.escape(path[last:]))
    return re.compile("".join(pieces) + "/?", re.IGNORECASE)


def _decode(value: str) -> str:
    if re.search(r"%(?![0-9a-fA-F]{2})", value):
        raise MalformedPathError(value)
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedPathError(value) from error
