"""The routes that the run-time library asks by itself, held against the API like those that decisions name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from generator.errors import OverrideError
from generator.model.overrides import nearest
from generator.places import TEMPLATES

LIBRARY = TEMPLATES / "xo_mcp"
OTHERS = frozenset({"web", "config"})
"""Folders whose paths are those of our own HTTP server, and XO's address."""
_CALL = re.compile(r"\bCall\b")
_ROUTE = re.compile(r"/[a-z][a-z-]+(/(\{\w+\}|[a-z.-]+))*")
_QUOTED = re.compile(rf"[\"']{_ROUTE.pattern}[\"']")


def require_library_routes(keys: set[str], library: Path = LIBRARY) -> None:
    """Refuse a library that reads what no release has.

    Args:
        keys: Every `METHOD /path` of every release.
        library: Its source.

    Raises:
        OverrideError: Names the module, the line, and the nearest.
    """
    known = {key.partition(" ")[2] for key in keys if key.startswith("GET ")}
    patterns = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route))) for route in known]
    for path in sorted(library.rglob("*.py")):
        module = path.relative_to(library)
        if module.parts[0] in OTHERS:
            continue
        for line, route in routes_in(path.read_text(encoding="utf-8")):
            # The user that is signed in is one of all: `/users/me` of `/users/{id}`.
            if not any(pattern.fullmatch(route) for pattern in patterns):
                raise OverrideError(
                    f"the library reads {route}, which no release has",
                    place=f"{module.as_posix()}:{line}",
                    hint=nearest(route, known),
                )


def routes_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and route of every `Call("GET", "/route", ...)`, and of every constant of a module that is a route."""
    if not (_CALL.search(source) and _QUOTED.search(source)):
        return
    module = ast.parse(source)
    values: list[ast.expr] = [
        node.value for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
    ]
    calls = (node for node in ast.walk(module) if isinstance(node, ast.Call))
    values += [call.args[1] for call in calls if getattr(call.func, "id", "") == "Call" and _is_get(call)]
    for value in values:
        for part in value.elts if isinstance(value, ast.Tuple) else [value]:
            text = part.value if isinstance(part, ast.Constant) else None
            if isinstance(text, str) and _ROUTE.fullmatch(text):
                yield part.lineno, text


def _is_get(call: ast.Call) -> bool:
    return len(call.args) > 1 and isinstance(call.args[0], ast.Constant) and call.args[0].value == "GET"
