"""Which arguments name an object, and of which kind: so that a name can be taken for the id.

A kind is a collection of the REST API that lists its objects and shows one. An argument's kind follows from its path
(`/vms/{id}`), from what a JSON-RPC method looks it up in, or from its name by the conventions of `_shared.yaml`
(`srId`, `suspendSr`, `vdis[].sr`: the last word, `sr`); where these say nothing, or the wrong thing, an override does.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from generator.api.combining import Schema
from generator.api.methods import CALL
from generator.api.operations import Operation
from generator.errors import OverrideError
from generator.library import ANY_KEY, KEYS, Location
from generator.model.arguments import Argument
from generator.model.conventions import Conventions
from generator.model.decisions import ToolOverride
from generator.model.overrides import nearest
from generator.model.records import Fields
from generator.model.tool import Tool

NO_KIND = "none"
"""Decided of an argument that looks like an id but is not the id of an object."""
_ID = re.compile(r"(?:^|_)(?:uu)?ids?$|(?<=[a-z])(?:Uu)?Ids?$")
_BY = re.compile(r"By[A-Z]\w*$")
_CONTENT = re.compile(r"(\[\]|\.\*)$")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PLACEHOLDER = re.compile(r"^\{(\w+)\}")
_COLLECTION = re.compile(r"[\w.~-]+")
_TRAITS = ("power_state", "$pool", "$container", "$snapshot_of", "jobId")
"""What may distinguish objects of one name, or follow from other arguments."""


@dataclass(frozen=True)
class Subjects:
    """What the arguments of a tool name.

    Attributes:
        kinds: Location (`id`, `vdis[].sr`, `srIdByVdiId.*`, `srIdByVdiId.{key}`) -> collections, the likeliest first.
        undecided: Places that look like the id of an object of nobody knows which kind.
    """

    kinds: Mapping[str, tuple[str, ...]]
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubjectRules:
    """Finds out what the arguments of tools name.

    Attributes:
        conventions: Which words in a name mean which collection.
        objects: Paths of the GETs of one object.
    """

    conventions: Conventions
    objects: Collection[str]

    def of(
        self,
        operation: Operation,
        arguments: Sequence[Argument],
        override: ToolOverride,
        looked_up: Mapping[str, Any],
    ) -> Subjects:
        """Find it out for one tool.

        Args:
            operation: The facts.
            arguments: Those of the tool.
            override: Our decisions, `kind` of an argument among them.
            looked_up: Parameter of a JSON-RPC method -> `{"types": [...]}`, what XO looks it up in.

        Raises:
            OverrideError: A decision names a collection that does not exist.
        """
        decided = self._decided(operation, override)
        in_path = dict(_in_path(operation.path, self._known))
        kinds: dict[str, tuple[str, ...]] = {}
        undecided = []
        for argument in arguments:
            for location, name in _locations(argument.schema, Location(argument.name)):
                decision = decided.get(location) or decided.get(_CONTENT.sub("", location))
                types = looked_up.get(location, {}).get("types", ())
                if decision is not None:
                    found: tuple[str, ...] = () if decision == NO_KIND else (decision,)
                elif argument.sent_in == "path":
                    found = in_path.get(argument.sent_as, ())
                else:
                    found = self._looked_up(types) or self._first(_hints_of(name, operation))
                    if not found and _ID.search(name) and not types:
                        undecided.append(location)
                if found and NO_KIND not in found:
                    kinds[location] = found
        return Subjects(kinds, tuple(undecided))

    @property
    def _known(self) -> set[str]:
        # Kinds are written in a row, so a collection with a space or a brace in its name can not be one.
        names = {path.split("/")[1] for path in self.objects if path.count("/") == _DEPTH}
        return {name for name in names if _COLLECTION.fullmatch(name)}

    def _decided(self, operation: Operation, override: ToolOverride) -> dict[str, str]:
        decided = {name: entry.kind for name, entry in override.arguments.items() if entry.kind}
        for name, kind in decided.items():
            if kind != NO_KIND and kind not in self._known:
                hint = nearest(kind, self._known)
                raise OverrideError(
                    f"argument {name!r}: there is no collection {kind!r}", place=operation.key, hint=hint
                )
        return decided

    def _looked_up(self, types: Sequence[str]) -> tuple[str, ...]:
        collections = self.conventions.object_collections
        return tuple(collections[kind] for kind in types if kind in collections)

    def _first(self, names: Iterable[str]) -> tuple[str, ...]:
        return next((found for name in names if (found := self._kinds_by_name(name))), ())

    def _kinds_by_name(self, name: str) -> tuple[str, ...]:
        """By the last word of a name."""
        name = _BY.sub("", name)
        words = _WORDS.findall(_ID.sub("", name))
        if not words:
            return ()
        word = words[-1].lower()
        table = self.conventions.argument_kinds
        collection = table.get(word) or table.get(word.removesuffix("s"))
        collection = collection or (table.get(f"{word}Id") if _ID.search(name) else None)
        return (collection,) if collection and collection in {*self._known, NO_KIND} else ()


_DEPTH = 2  # slashes of /vms/{id}


def _in_path(path: str, known: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    parts = path.strip("/").split("/")
    for before, part in pairwise(parts):
        placeholder = _PLACEHOLDER.match(part)
        if placeholder and before in known:
            yield placeholder[1], (before,)


def _hints_of(name: str, operation: Operation) -> tuple[str, ...]:
    """The name of an argument; `id` of `backupNg.deleteJob` is that of a job, of `schedule.delete` of a schedule."""
    if name not in ("id", "ids") or operation.method != CALL:
        return (name,)
    namespace, _, method = operation.path.rpartition(".")
    return method, namespace


def _locations(schema: Schema, at: Location, name: str = "") -> Iterator[tuple[Location, str]]:
    """Every location in an argument that takes free text, and the name it goes by."""
    name = name or at
    choices = schema.get("anyOf", [schema])
    for choice in choices:
        kinds = choice.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "string" in kinds and "enum" not in choice and "format" not in choice:
            yield at, name
        if "array" in kinds and isinstance(choice.get("items"), dict):
            yield from _locations(choice["items"], at.each, name)
        for inner, below in choice.get("properties", {}).items():
            # An id inside `schedules` is that of a schedule.
            yield from _locations(below, at.property(inner), f"{name}Id" if inner == "id" else inner)
        if isinstance(choice.get("additionalProperties"), dict) and (keys := _BY.search(name)):
            yield from _locations(choice["additionalProperties"], at.property(ANY_KEY), name)
            yield at.property(KEYS), keys[0].removeprefix("By")


@dataclass(frozen=True)
class ObjectKind:
    """A kind of object.

    Attributes:
        collection: Its collection, as in paths.
        noun: What one of them is called.
        label: The property that is its name; empty where it has none that can be asked for.
        traits: Properties that may distinguish two of one name.
        lister: The tool that lists them; empty where there is none.
    """

    collection: str
    noun: str
    label: str
    traits: tuple[str, ...]
    lister: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """As it is rendered."""
        data = {"noun": self.noun, "label": self.label, "traits": list(self.traits), "lister": self.lister}
        return {key: value for key, value in data.items() if value}


def object_kinds(
    tools: Sequence[Tool], tables: Mapping[str, Fields], conventions: Conventions, others: Collection[str] = ()
) -> list[ObjectKind]:
    """Every kind that an argument of some tool names.

    Args:
        tools: All of them.
        tables: The fields of every record.
        conventions: Under which properties objects have their names.
        others: Collections of what arguments name that are not looked up before a call.
    """
    used = {*others, *(kind for tool in tools for kinds in tool.subjects.values() for kind in kinds)}
    shows = {tool.key: tool for tool in tools}
    found = []
    for collection in sorted(used):
        one, many = shows.get(f"GET /{collection}/{{id}}"), shows.get(f"GET /{collection}")
        fields = tables.get(many.record, {}) if many else {}
        label = next((name for name in conventions.labels if fields.get(name) == "string"), "")
        # The text of an event is not its name.
        label = "" if collection in conventions.newest else label
        traits = tuple(name for name in _TRAITS if name in fields)
        noun = one.title.removeprefix("Get ") if one else collection
        found.append(ObjectKind(collection, noun, label, traits, str(many.name) if many else ""))
    return found
