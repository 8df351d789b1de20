"""Checks what the run-time library reads of XO's records against what XO answers; a variable `task` is a task.

`task.get("status")`, `server["status"] != "connected"`: a variable named after a kind of object, as XO's own lists are
(`/tasks`, `/servers`), holds a record of that list. So a property or a value that XO renames stops the build, and so
does a property inside another: `properties = task.get("properties")`, `properties["method"]`. What is not such a record
has another name; `vm_or_host` is one of two.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from generator.errors import OverrideError
from generator.model.librarysource import LibrarySource, SourceModule
from generator.model.overrides import nearest
from generator.model.records import Details, Fields, has_property, names_beside
from generator.names.english import singular

ELSEWHERE = frozenset({"web", "telemetry"})
"""Folders that speak to clients, where a message is one of ASGI's."""
_LIST = re.compile(r"/([a-z-]+)(?:/\{id\})?")
_OR = "_or_"
_READ = re.compile(
    r"(?P<kept>= )?\b(?P<kind>[a-z]\w*)(?:\.get\(|\[)\"(?P<name>[$\w]+)\""
    r"(?:[\])]{1,2} [!=]= \"(?P<value>\w+)\")?"
    r"(?=(?P<goes_on>(?:, [\[{(][\])}])?[\])](?: or [\[{(][\])}]\))?(?:\.get\(|\[)\")?)"
)
"""A property that is read, and whether it is kept in a variable or read from at once."""
_LOOKED_AT = (ast.Name, ast.arg, ast.NamedExpr, ast.Assign, ast.Call, ast.Subscript)


@dataclass(frozen=True)
class Reading:
    """A place where the library reads a record.

    Attributes:
        place: Module and line.
        kind: What the variable is called.
        name: Of the property; `properties.method` for one inside another.
        value: That it is compared with; empty where it is not.
    """

    place: str
    kind: str
    name: str
    value: str = ""


@dataclass(frozen=True)
class Known:
    """What XO answers on one route.

    Attributes:
        properties: Of its records.
        details: What else is known of them.
    """

    properties: Fields
    details: Details

    def has(self, name: str) -> bool:
        """Whether a record may have that property."""
        return has_property(name, self.properties, self.details)

    def beside(self, name: str) -> frozenset[str]:
        """The properties that are known where that one is."""
        return names_beside(name, self.properties, self.details)

    def values(self, name: str) -> frozenset[str]:
        """The values of a property that has only some."""
        return frozenset(self.details.get(name, {}).get("values", ()))

    def may_be(self, name: str, value: str) -> bool:
        """Whether the property may have that value."""
        return self.has(name) and value in (self.values(name) or (value,))


def require_library_records(
    records: Mapping[str, Fields], details: Mapping[str, Details], library: LibrarySource
) -> None:
    """Refuse a library that reads what the record it has in hand does not have.

    Args:
        records: Route of each GET of a list or an object -> the fields of its records.
        details: The same routes -> what else is known of them.
        library: The library's source.

    Raises:
        OverrideError: Names the module, the line, and the nearest property or value.
    """
    known = kinds_of(records, details)
    for reading in readings(library, frozenset(known)):
        for kind in reading.kind.split(_OR):
            if not any(each.has(reading.name) for each in known[kind]):
                raise _unknown_property(reading, kind, known[kind])
        either = [each for kind in reading.kind.split(_OR) for each in known[kind]]
        if reading.value and not any(each.may_be(reading.name, reading.value) for each in either):
            raise _unknown_value(reading, either)


def _unknown_property(reading: Reading, kind: str, known: Iterable[Known]) -> OverrideError:
    hint = nearest(reading.name, {name for each in known for name in each.beside(reading.name)})
    problem = f"the library reads {reading.name!r} of a {kind}, which this release does not answer"
    return OverrideError(problem, place=reading.place, hint=hint or f"what is not a {kind} of XO needs another name")


def _unknown_value(reading: Reading, known: Iterable[Known]) -> OverrideError:
    values = {value for each in known for value in each.values(reading.name)}
    problem = f"the library compares {reading.name!r} of a {reading.kind} with {reading.value!r}"
    return OverrideError(f"{problem}, which it never is in this release", place=reading.place,
                         hint=nearest(reading.value, values))  # fmt: skip


def kinds_of(records: Mapping[str, Fields], details: Mapping[str, Details]) -> dict[str, list[Known]]:
    """What variables are called that hold a record -> where XO answers one: `backup_job` and `job`, `/backup-jobs`."""
    found: dict[str, list[Known]] = {}
    for route, fields in records.items():
        match = _LIST.fullmatch(route)
        words = match[1].split("-") if match else []
        for start in range(len(words)):
            name = "_".join([*words[start:-1], singular(words[-1])])
            found.setdefault(name, []).append(Known(fields, details.get(route, {})))
    return found


def readings(library: LibrarySource, kinds: frozenset[str]) -> Iterator[Reading]:
    """Every place where the library reads a property of a variable that is named after a kind."""
    for module in library:
        if module.folder in ELSEWHERE:
            continue
        found = [(line, match) for line, match in _reads_in(module.code) if _is_kind(match["kind"], kinds)]
        for line, match in found:
            yield Reading(f"{module.path}:{line}", match["kind"], match["name"], match["value"] or "")
        if any(match["kept"] or match["goes_on"] for _, match in found):
            for line, kind, name in _inner_readings(module, kinds):
                yield Reading(f"{module.path}:{line}", kind, name)


def _reads_in(code: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Line and match of everything that is read by a name."""
    for number, line in enumerate(code.split("\n"), 1):
        if '["' in line or '.get("' in line:
            yield from ((number, match) for match in _READ.finditer(line))


def _inner_readings(module: SourceModule, kinds: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """Line, kind and path of every property inside another that a function reads."""
    for function in module.nodes:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        nodes = [node for node in ast.walk(function) if isinstance(node, _LOOKED_AT)]
        records = {node.id: (node.id, "") for node in nodes if isinstance(node, ast.Name) and _is_kind(node.id, kinds)}
        held = records | _held(nodes, records) if records else {}
        for node in nodes if held else ():
            path = _path(node, held)
            if path is not None and "." in path[1]:
                yield getattr(node, "lineno", 0), *path


def _held(nodes: Iterable[ast.AST], records: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The variables of a function that hold a property of a record, and never anything else -> kind and property."""
    names = [node for node in nodes if isinstance(node, ast.Name | ast.arg)]
    written = Counter(node.arg if isinstance(node, ast.arg) else node.id for node in names if not _is_load(node))
    found = {}
    for node in nodes:
        match node:
            case (
                ast.NamedExpr(target=ast.Name(id=name), value=value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ):
                path = _path(value, records)
                if path is not None and written[name] == 1:
                    found[name] = path
    return found


def _is_load(node: ast.Name | ast.arg) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _is_kind(name: str, kinds: frozenset[str]) -> bool:
    return all(part in kinds for part in name.split(_OR))


def _path(node: ast.AST, held: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    """Kind and path of a property that an expression reads, `task["properties"].get("method")`."""
    match node:
        case ast.Name(id=name):
            return held.get(name)
        case ast.BoolOp(values=[value, *_]):
            return _path(value, held)
        case (
            ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str(name)), *_])
            | ast.Subscript(value=value, slice=ast.Constant(value=str(name)))
        ):
            outer = _path(value, held)
            return None if outer is None else (outer[0], f"{outer[1]}.{name}".lstrip("."))
    return None
