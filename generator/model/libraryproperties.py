"""Checks the properties of XO's records that the run-time library reads by name against what XO answers.

The library names a property where it asks for one: as an argument of `objects.finding` (`read(client, SRS, id,
"content_type")`), in the `fields` of a GET, or in the state that a change is expected to show (`state_of`). A property
that XO renames stops the build here.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from generator.errors import OverrideError
from generator.model.librarynames import LIBRARY, shape_of
from generator.model.overrides import nearest
from generator.model.records import Details, Fields, has_property, names_beside

FINDERS = {"objects_of": 2, "existing": 3, "read": 3}
"""Function of `objects.finding` -> position of the first property among its arguments; the kind is the second one."""
_READERS = frozenset({*FINDERS, "kind", "state_of", "Call"})
_FINDING = "xo_mcp.objects.finding"
_ASKS = re.compile(rf"\b(?:{'|'.join(FINDERS)}|kind|state_of)\(|\bCall\(\s*\"GET\"")
"""Found in every module that reads a property; the others need not be parsed."""
_FILTERED = re.compile(r"!?([$\w]+(?::[$\w]+)*):")
"""`properties:objectId:` before the value of a condition in XO's language of filters."""


@dataclass(frozen=True)
class Kind:
    """A kind of object that the library names, as `kind("srs")`."""

    collection: str


@dataclass(frozen=True)
class Reading:
    """A property that the library reads.

    Attributes:
        place: Module and line.
        route: Of the list or the object.
        name: Of the property; `memory.size` for one inside another.
    """

    place: str
    route: str
    name: str


def require_library_properties(
    records: Mapping[str, Fields], details: Mapping[str, Details], library: Path = LIBRARY
) -> None:
    """Refuse a library that reads what XO's records do not have.

    Args:
        records: Route of each GET of a list or an object -> the fields of its records.
        details: The same routes -> what else is known of them.
        library: The library's source.

    Raises:
        OverrideError: Names the module, the line, and the nearest property; or a `fields` that can't be followed.
    """
    shapes = [(shape_of(route), fields, details.get(route, {})) for route, fields in records.items()]
    for reading in readings(library):
        answered = [(fields, inner) for shape, fields, inner in shapes if shape.fullmatch(reading.route)]
        if not any(has_property(reading.name, *each) for each in answered):
            known = frozenset().union(*(names_beside(reading.name, *each) for each in answered))
            raise OverrideError(
                f"the library reads {reading.name!r} of {reading.route}, which this release does not answer",
                place=reading.place,
                hint=nearest(reading.name, set(known)),
            )


@cache
def readings(library: Path) -> tuple[Reading, ...]:
    """Every property that the modules of a library read by name, in order; looked for once in a process."""
    return tuple(_readings_of(library))


def _readings_of(library: Path) -> Iterator[Reading]:
    source = _Library(library)
    for path in sorted(library.rglob("*.py")):
        module = _Module(source, path)
        if not _ASKS.search(module.text):
            continue
        for node in module.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _READERS:
                yield from _readings(module, node)


@dataclass
class _Library:
    """The modules of a library, parsed once."""

    folder: Path
    modules: dict[str, "_Module"] = field(default_factory=dict)

    def module(self, name: str) -> "_Module | None":
        if name not in self.modules:
            path = self.folder.parent.joinpath(*name.split(".")).with_suffix(".py")
            if not path.is_file():
                return None
            self.modules[name] = _Module(self, path)
        return self.modules[name]


@dataclass
class _Module:
    """One module: what its constants are, as far as that shows without running it."""

    library: _Library
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of its syntax tree."""
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def imports(self) -> dict[str, str]:
        """Name -> the module it is imported from."""
        nodes = [node for node in self.nodes if isinstance(node, ast.ImportFrom)]
        return {alias.asname or alias.name: node.module or "" for node in nodes for alias in node.names}

    @cached_property
    def assigned(self) -> dict[str, ast.expr]:
        """Every name that is assigned to once, at any place."""
        found: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found.setdefault(node.target.id, []).append(node.value)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.setdefault(node.targets[0].id, []).append(node.value)
        return {name: values[0] for name, values in found.items() if len(values) == 1}

    def place(self, node: ast.expr) -> str:
        return f"{self.path.relative_to(self.library.folder).as_posix()}:{node.lineno}"

    def value(self, node: ast.expr) -> Any:
        """A text, a tuple of texts, a `Kind` or a dict node; `None` for what does not show."""
        found: Any = None
        match node:
            case ast.Constant(value=str(text)):
                found = text
            case ast.Tuple(elts=parts):
                found = tuple(self.texts(parts))
            case ast.Dict():
                found = node
            case ast.Call(func=ast.Name(id="kind"), args=[ast.Constant(value=str(collection))]):
                found = Kind(collection)
            case ast.Call(func=ast.Name(id="replace"), args=[original, *_]):
                found = self.value(original)
            case ast.Name(id=name) if name in self.assigned:
                found = self.value(self.assigned[name])
            case ast.Name(id=name) if name in self.imports:
                other = self.library.module(self.imports[name])
                found = other.value(ast.Name(id=name)) if other else None
        return found

    def texts(self, nodes: list[ast.expr]) -> Iterator[str]:
        for node in nodes:
            found = self.value(node.value if isinstance(node, ast.Starred) else node)
            yield from (found,) if isinstance(found, str) else found if isinstance(found, tuple) else ()


def _readings(module: _Module, call: ast.Call) -> Iterator[Reading]:
    assert isinstance(call.func, ast.Name)  # noqa: S101 - the caller looked
    name, place = call.func.id, module.place(call)
    if name == "kind" and (kind := module.value(call)) is not None:
        yield Reading(place, f"/{kind.collection}", "id")
    elif name in FINDERS and module.imports.get(name) == _FINDING and len(call.args) > 1:
        kind = module.value(call.args[1])
        if isinstance(kind, Kind):
            route = f"/{kind.collection}/{{id}}" if name == "read" else f"/{kind.collection}"
            yield from (Reading(place, route, each) for each in module.texts(call.args[FINDERS[name] :]))
    elif name == "state_of" and len(call.args) == 3:  # noqa: PLR2004 - path, route, state
        route, state = module.value(call.args[1]), module.value(call.args[2])
        if isinstance(route, str) and isinstance(state, ast.Dict):
            keys = [key for key in state.keys if key is not None]
            yield from (Reading(place, route, each) for each in module.texts(keys))
    elif name == "Call" and len(call.args) > 1 and module.value(call.args[0]) == "GET":
        yield from _queried(module, call, place)


def _queried(module: _Module, call: ast.Call, place: str) -> Iterator[Reading]:
    """What a GET of a route that is named asks for, and chooses by."""
    route = module.value(call.args[1])
    query = next((module.value(keyword.value) for keyword in call.keywords if keyword.arg == "query"), None)
    if not isinstance(route, str) or not isinstance(query, ast.Dict):
        return
    for key, value in zip(query.keys, query.values, strict=True):
        name = module.value(key) if key is not None else None
        if name == "filter" and (condition := _FILTERED.match(_begin(value))):
            yield Reading(place, route, condition[1].replace(":", "."))
        if name != "fields":
            continue
        fields = module.value(value)
        if not isinstance(fields, str):
            raise OverrideError("`fields` of a route that is named must be a text that is named too", place=place)
        yield from (Reading(place, route, each) for each in fields.split(",") if each != "*")


def _begin(node: ast.expr) -> str:
    """The text that a text begins with, whatever is put into it later."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
