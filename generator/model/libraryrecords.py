"""Checks what the run-time library reads of XO's records against what XO answers; a variable `task` is a task.

`task.get("status")`, `server["status"] != "connected"`: a variable named after a kind of object, as XO's own lists are
(`/tasks`, `/servers`), holds a record of that list. So a property or a value that XO renames stops the build. What is
not such a record has another name; `vm_or_host` is one of two.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import OverrideError
from generator.model.librarynames import LIBRARY, without_docstrings
from generator.model.overrides import nearest
from generator.model.records import MORE, Details, Fields
from generator.names.english import singular

ELSEWHERE = frozenset({"web", "telemetry"})
"""Folders that speak to clients, where a message is one of ASGI's."""
_LIST = re.compile(r"/([a-z-]+)(?:/\{id\})?")
_OR = "_or_"


@dataclass(frozen=True)
class Reading:
    """A place where the library reads a record.

    Attributes:
        place: Module and line.
        kind: What the variable is called.
        name: Of the property.
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
        values: Property -> its values, where it has only some.
    """

    properties: frozenset[str]
    values: Mapping[str, frozenset[str]]

    def has(self, name: str) -> bool:
        """Whether a record may have that property."""
        return name in self.properties or MORE in self.properties

    def may_be(self, name: str, value: str) -> bool:
        """Whether the property may have that value."""
        return self.has(name) and value in self.values.get(name, (value,))


def require_library_records(
    records: Mapping[str, Fields], details: Mapping[str, Details], library: Path = LIBRARY
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
    hint = nearest(reading.name, {name for each in known for name in each.properties})
    problem = f"the library reads {reading.name!r} of a {kind}, which this release does not answer"
    return OverrideError(problem, place=reading.place, hint=hint or f"what is not a {kind} of XO needs another name")


def _unknown_value(reading: Reading, known: Iterable[Known]) -> OverrideError:
    values = {value for each in known for value in each.values.get(reading.name, ())}
    problem = f"the library compares {reading.name!r} of a {reading.kind} with {reading.value!r}"
    return OverrideError(f"{problem}, which it never is in this release", place=reading.place,
                         hint=nearest(reading.value, values))  # fmt: skip


def kinds_of(records: Mapping[str, Fields], details: Mapping[str, Details]) -> dict[str, list[Known]]:
    """What variables are called that hold a record -> where XO answers one: `backup_job` and `job`, `/backup-jobs`."""
    found: dict[str, list[Known]] = {}
    for route, fields in records.items():
        match = _LIST.fullmatch(route)
        words = match[1].split("-") if match else []
        entries = details.get(route, {}).items()
        values = {name: frozenset(entry["values"]) for name, entry in entries if entry.get("values")}
        for start in range(len(words)):
            name = "_".join([*words[start:-1], singular(words[-1])])
            found.setdefault(name, []).append(Known(frozenset(fields), values))
    return found


def readings(library: Path, kinds: frozenset[str]) -> Iterator[Reading]:
    """Every place where the library reads a property of a variable that is named after a kind."""
    kind = "|".join(sorted(kinds, key=len, reverse=True))
    pattern = re.compile(
        rf"(?<!\w)(?P<kind>(?:{kind})(?:{_OR}(?:{kind}))*)(?:\.get\(|\[)\"(?P<name>[$\w]+)\""
        r"(?:[\])]{1,2} [!=]= \"(?P<value>\w+)\")?"
    )
    for path in sorted(library.rglob("*.py")):
        module = path.relative_to(library)
        if module.parts[0] in ELSEWHERE:
            continue
        source = without_docstrings(path.read_text(encoding="utf-8"))
        for match in pattern.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            yield Reading(f"{module.as_posix()}:{line}", match["kind"], match["name"], match["value"] or "")
