"""Checks the routes, JSON-RPC methods and tools that the run-time library names by itself against those that exist."""

import re
from collections.abc import Collection, Iterator

from generator.errors import OverrideError
from generator.model.librarysource import LibrarySource, SourceModule
from generator.model.model import Stale
from generator.model.overrides import closest, nearest

SERVER_FOLDERS = frozenset({"web", "config", "program"})
"""Folders whose paths are those of our own HTTP server, and XO's address."""
OPTION_FOLDERS = frozenset({"config"})
"""Folders whose sentences name options of ours: `download_dir` is not a tool."""
METHOD_FOLDERS = frozenset({"builders", "rpc", "api"})
"""Folders that call methods."""
# A whole text in quotes, which is neither part of a longer one nor a path on the disk.
_ROUTE = re.compile(r"""(["'])(?<!Path\(.)(?<!\w.)(/[a-z][a-z-]+(?:/(?:\{\w+\}|[a-z.-]+))*)\1""")
_METHOD = re.compile(r"""(["'])(?<!\w.)([a-z]\w*\.[a-zA-Z]\w*)\1""")
_TEXT = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_OWN_METHODS = frozenset({"xo_mcp.builders", "xo_mcp.line"})
"""Names of ours that look like methods."""


def require_library_names(operations: Collection[str], methods: Collection[str], library: LibrarySource) -> None:
    """Refuse a library that asks for what no release has.

    Args:
        operations: Every `METHOD /path` of every release.
        methods: Every JSON-RPC method of every release; none: they are not looked at.
        library: The library's source.

    Raises:
        OverrideError: Names the module, the line, and the nearest.
    """
    routes = {key.partition(" ")[2] for key in operations}
    # `/stats` is what routes end in.
    known = routes | {route[route.rindex("/") :] for route in routes}
    for module in library:
        if module.folder in SERVER_FOLDERS:
            continue
        for line, route in routes_in(module.text):
            if route not in known and not any(shape_of(each).fullmatch(route) for each in routes):
                raise _unknown("route", route, routes, f"{module.path}:{line}")
        if methods and module.folder in METHOD_FOLDERS:
            for line, method in methods_in(module.text):
                if method not in methods:
                    raise _unknown("method", method, set(methods), f"{module.path}:{line}")


def absent_tools(tools: Collection[str], verbs: Collection[str], library: LibrarySource) -> Iterator[Stale]:
    """Every tool that the library advises to call, and that no operation gives.

    That is a line of the work list: an upgrade must not end half-way because XO dropped an operation.

    Args:
        tools: The name of every tool.
        verbs: What names of tools begin with, those of operations that were removed too.
        library: The library's source.
    """
    for module in library:
        if module.folder in OPTION_FOLDERS:
            continue
        for line, name in tools_in(module, verbs):
            if name not in tools:
                nearest = tuple(closest(name, set(tools)))
                yield Stale(f"tool {name}", f"the library's {module.path}:{line}", nearest=nearest)


def tools_in(module: SourceModule, verbs: Collection[str]) -> Iterator[tuple[int, str]]:
    """Line and name of every tool in a sentence; what is in backticks there is an argument or a property."""
    name = re.compile(rf"(?<![\w.:/`-])(?:{'|'.join(sorted(verbs))})_[a-z0-9_]+(?![\w(=`-]|:\S| =)")
    for text in _TEXT.finditer(module.code):
        for found in name.finditer(text[0]) if " " in text[0] else ():
            yield module.code.count("\n", 0, text.start()) + 1, found[0]


def shape_of(route: str) -> re.Pattern[str]:
    """Matches a route and those that are one of it: `/users/me` is one of `/users/{id}`."""
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route)))


def routes_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and route of every text that is a route."""
    for match in _ROUTE.finditer(source):
        yield source.count("\n", 0, match.start()) + 1, match[2]


def methods_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of every text that is a method of the JSON-RPC API."""
    for match in _METHOD.finditer(source):
        if match[2] not in _OWN_METHODS:
            yield source.count("\n", 0, match.start()) + 1, match[2]


def _unknown(kind: str, name: str, known: set[str], place: str) -> OverrideError:
    return OverrideError(f"the library asks for the {kind} {name}, which no release has", place=place,
                         hint=nearest(name, known))  # fmt: skip
