"""Checks the properties of XO's records that the run-time library reads by name against what XO answers.

The library names a property where it asks for one: as an argument of `objects.finding` (`read(client, SRS, id,
"content_type")`), in the `fields` of a GET, or in the state that a change is expected to show (`state_of`). A property
that XO renames stops the build here.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.errors import OverrideError
from generator.model.librarynames import shape_of
from generator.model.librarysource import LibrarySource, SourceModule
from generator.model.overrides import nearest
from generator.model.records import Details, Fields, has_property, names_beside

FINDERS = {"objects_of": 2, "existing": 3, "read": 3}
"""Function of `objects.finding` -> position of the first property among its arguments; the kind is the second one."""
_READERS = frozenset({*FINDERS, "kind", "state_of", "Call"})
_FINDING = "xo_mcp.objects.finding"
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
    records: Mapping[str, Fields], details: Mapping[str, Details], library: LibrarySource
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


def readings(library: LibrarySource) -> Iterator[Reading]:
    """Every property that the modules of a library read by name, in order."""
    for module in library:
        if not _may_read(module.text):
            continue
        constants = _Constants(library, module)
        for node in module.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _READERS:
                yield from _readings(constants, node)


def _may_read(text: str) -> bool:
    """Whether a module may read a property; the others need not be parsed."""
    finds = f"from {_FINDING} import" in text and any(f"{name}(" in text for name in FINDERS)
    gets = '"GET"' in text and "query=" in text
    return finds or gets or 'kind("' in text or "state_of(" in text


@dataclass(frozen=True)
class _Constants:
    """What the constants of a module are, as far as that shows without running it."""

    library: LibrarySource
    module: SourceModule

    def place(self, node: ast.expr) -> str:
        return f"{self.module.path}:{node.lineno}"

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
            case ast.Name(id=name) if name in self.module.assigned:
                found = self.value(self.module.assigned[name])
            case ast.Name(id=name) if name in self.module.imports:
                other = self.library.imported(self.module.imports[name])
                found = _Constants(self.library, other).value(node) if other else None
        return found

    def texts(self, nodes: list[ast.expr]) -> Iterator[str]:
        for node in nodes:
            found = self.value(node.value if isinstance(node, ast.Starred) else node)
            yield from (found,) if isinstance(found, str) else found if isinstance(found, tuple) else ()


def _readings(constants: _Constants, call: ast.Call) -> Iterator[Reading]:
    assert isinstance(call.func, ast.Name)  # noqa: S101 - the caller looked
    name, place = call.func.id, constants.place(call)
    if name == "kind" and (kind := constants.value(call)) is not None:
        yield Reading(place, f"/{kind.collection}", "id")
    elif name in FINDERS and constants.module.imports.get(name) == _FINDING and len(call.args) > 1:
        kind = constants.value(call.args[1])
        if isinstance(kind, Kind):
            route = f"/{kind.collection}/{{id}}" if name == "read" else f"/{kind.collection}"
            yield from (Reading(place, route, each) for each in constants.texts(call.args[FINDERS[name] :]))
    elif name == "state_of" and len(call.args) == 3:  # noqa: PLR2004 - path, route, state
        route, state = constants.value(call.args[1]), constants.value(call.args[2])
        if isinstance(route, str) and isinstance(state, ast.Dict):
            keys = [key for key in state.keys if key is not None]
            yield from (Reading(place, route, each) for each in constants.texts(keys))
    elif name == "Call" and len(call.args) > 1 and constants.value(call.args[0]) == "GET":
        yield from _queried(constants, call, place)


def _queried(constants: _Constants, call: ast.Call, place: str) -> Iterator[Reading]:
    """What a GET of a route that is named asks for, and chooses by."""
    route = constants.value(call.args[1])
    query = next((constants.value(keyword.value) for keyword in call.keywords if keyword.arg == "query"), None)
    if not isinstance(route, str) or not isinstance(query, ast.Dict):
        return
    for key, value in zip(query.keys, query.values, strict=True):
        name = constants.value(key) if key is not None else None
        if name == "filter" and (condition := _FILTERED.match(_begin(value))):
            yield Reading(place, route, condition[1].replace(":", "."))
        if name != "fields":
            continue
        fields = constants.value(value)
        if not isinstance(fields, str):
            raise OverrideError("`fields` of a route that is named must be a text that is named too", place=place)
        yield from (Reading(place, route, each) for each in fields.split(",") if each != "*")


def _begin(node: ast.expr) -> str:
    """The text that a text begins with, whatever is put into it later."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
