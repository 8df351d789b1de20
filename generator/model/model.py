"""The model: everything `generated/` shows, as frozen data. Templates ask it and decide nothing."""

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_jsonable_python

from generator import __version__
from generator.api.combining import Schema
from generator.facts.paths import uncalled
from generator.history.history import History
from generator.model.comparison import Comparison
from generator.model.conventions import Conventions
from generator.model.inventory.reports import Question
from generator.model.inventory.tables import Inventory
from generator.model.methods import MethodCount
from generator.model.objects import ObjectKind
from generator.model.records import Details, Fields
from generator.model.tool import Tool
from generator.names.identifiers import ModuleName
from generator.specs.releases import Release


@dataclass(frozen=True)
class Drop:
    """An operation that becomes no tool, and why.

    Attributes:
        kind: What many operations can share, for counting: `deprecated`, `the request body is multipart/form-data`.
    """

    key: str
    reason: str
    kind: str = ""


def uncalled_drops(document: Schema) -> list[Drop]:
    """The operations of a document whose method no tool calls."""
    return [Drop(f"{method} {path}", why := f"the method is {method}", why) for method, path in uncalled(document)]


@dataclass(frozen=True)
class LeftOut:
    """A parameter that a tool does not offer, and why."""

    key: str
    name: str
    why: str


@dataclass(frozen=True)
class Split:
    """A route that became several tools, and the values nobody decided about."""

    key: str
    parameter: str
    tools: tuple[str, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True)
class Stale:
    """A decision about something this release no longer has.

    Attributes:
        key: `METHOD /path`, of an operation that may still be there.
        file: The file it is in.
        argument: Empty when the operation itself was removed.
        removed: The release that dropped it; empty when nobody knows.
        nearest: The likeliest operations instead of it.
        decision: What names a property that only older releases answer: `fields`, `made`, ...
        named: That property.
    """

    key: str
    file: str
    argument: str = ""
    removed: str = ""
    nearest: tuple[str, ...] = ()
    decision: str = ""
    named: str = ""

    @property
    def text(self) -> str:
        """In a line."""
        if self.named:
            where = f"{self.key}: `{self.decision}`" if self.key else f"`{self.decision}`"
            return f"{self.file}: {where} names {self.named}, which XO {self.removed} dropped"
        what = f"argument {self.argument} of {self.key}" if self.argument else self.key
        by = f"XO {self.removed}" if self.removed else "this XO"
        likely = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"{self.file}: {by} has no {what} any more{likely}"


@dataclass(frozen=True)
class Module:
    """One tag: a Python module of tools."""

    name: ModuleName
    tag: str
    description: str
    tools: tuple[Tool, ...]

    @property
    def imports(self) -> list[str]:
        """Names the module takes from the run-time library."""
        source = " ".join([line for tool in self.tools for line in (*tool.signature, tool.call)])
        return [name for name in ("OMIT", "Call", "Json", "Omit") if name in source.replace("(", " ").replace("[", " ")]

    @property
    def uses_literal(self) -> bool:
        """Whether a signature names allowed values."""
        return any("Literal[" in line for tool in self.tools for line in tool.signature)

    @property
    def definitions(self) -> str:
        """`definitions/<module>.json`."""
        # Tags of almost the same name share a module; a tool's own is shown where it differs.
        tools = [
            {
                "tool": tool.definition,
                "facts": ({} if tool.tags[0] == self.tag else {"tags": list(tool.tags)}) | tool.facts,
            }
            for tool in self.tools
        ]
        return dump({"tag": self.tag, "description": self.description, "tools": tools})


@dataclass(frozen=True)
class Model:
    """Everything `generated/` shows.

    Attributes:
        history: Of the API, empty for a stranger's.
        table: The releases of the history, oldest first.
        stale: Decisions about what this release no longer has.
        outlived: Decisions that name a property which this release dropped, and which older ones still need.
        conventions: How this API speaks.
        quirks: `METHOD /path` -> what the library does for it and no document says.
        ahead: Operations decided about that only a newer release has.
        inventory: The tables that SQL is asked over.
        reports: Questions with a name over these tables.
        methods: Where XO's JSON-RPC methods are, when they are known.
        object_kinds: The kinds of objects that arguments name.
        consequences: What is found out before a call, by tool.
        lost_subtypes: Where a discriminator names what is not a schema of the document -> how often.
        mistakes: Where a document has a part that can't be meant and was left out -> what it is.
        own_vm: The SELECT of the VM that runs XO itself.
    """

    release: str
    rest_api: str
    spec_sha256: str
    modules: tuple[Module, ...]
    drops: tuple[Drop, ...]
    left_out: tuple[LeftOut, ...]
    splits: tuple[Split, ...]
    records: dict[str, Fields]
    record_details: dict[str, Details]
    operations: int
    plugin_operations: int
    operation_keys: frozenset[str] = field(repr=False)
    history: History = field(default_factory=History, repr=False)
    table: tuple[Release, ...] = ()
    stale: tuple[Stale, ...] = ()
    outlived: tuple[Stale, ...] = ()
    conventions: Conventions = field(default_factory=Conventions, repr=False)
    quirks: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    ahead: tuple[str, ...] = ()
    inventory: Inventory = field(default_factory=Inventory, repr=False)
    methods: MethodCount | None = None
    reports: tuple[Question, ...] = ()
    object_kinds: tuple[ObjectKind, ...] = ()
    consequences: dict[str, Any] = field(default_factory=dict, repr=False)
    lost_subtypes: dict[str, int] = field(default_factory=dict)
    mistakes: dict[str, str] = field(default_factory=dict)
    own_vm: str = ""

    @property
    def tools(self) -> list[Tool]:
        """Every tool, by module."""
        return [tool for module in self.modules for tool in module.tools]

    @property
    def uncurated(self) -> list[Tool]:
        """Tools nobody described yet."""
        return [tool for tool in self.tools if not tool.curated]

    @property
    def undecided(self) -> list[Tool]:
        """Tools whose effect only the pessimistic default gives."""
        return [tool for tool in self.tools if not tool.hints.decided]

    @property
    def version(self) -> str:
        """Version of the server: semantic, and the generator's own, for one package serves every XO release we know."""
        return __version__

    @property
    def comparison(self) -> Comparison:
        """Every release compared with every other."""
        return Comparison(self.history, self.tools)

    @property
    def removed(self) -> dict[str, str]:
        """Operations that XO dropped since the oldest release we know, and the release that did."""
        lives = self.history.operations.items()
        return {key: life.span.removed for key, life in lives if life.span.removed is not None}

    @property
    def dropped_inputs(self) -> dict[tuple[str, str], str]:
        """Arguments and enum values that XO dropped from operations it kept -> the release that did."""
        found: dict[tuple[str, str], str] = {}
        for key, life in self.history.operations.items():
            for location, entry in life.inputs.items() if life.span.removed is None else ():
                if entry.span.removed is not None:
                    found[key, location] = entry.span.removed
                values = {value: span.removed for value, span in entry.values.items() if span.removed is not None}
                found.update({(key, f"{location}={value}"): release for value, release in values.items()})
        return found

    @property
    def releases_json(self) -> str:
        """`releases.json`: which release has which operation, for talking to older ones."""
        lives = self.history.operations.items()
        return dump(
            {
                "releases": [
                    {"release": entry.release, "rest_api": entry.rest_api, "date": entry.date} for entry in self.table
                ],
                "since": {key: life.span.since for key, life in lives},
                "removed": self.removed,
            }
        )

    @property
    def inventory_json(self) -> str:
        """`inventory/tables.json`."""
        return dump(self.inventory.data)

    @property
    def reports_json(self) -> str:
        """`inventory/reports.json`."""
        return dump({question.name: question.data for question in self.reports})

    @property
    def kinds_json(self) -> str:
        """`objects/kinds.json`: what objects are called, and which property is their name."""
        return dump({kind.collection: kind.data for kind in self.object_kinds})

    @property
    def consequences_json(self) -> str:
        """`objects/consequences.json`: what is found out before a call, and where objects are before and after it."""
        return dump(self.consequences)

    @property
    def decisions_json(self) -> str:
        """`decisions.json`: what the library does for some operations and properties, and no document says."""
        return dump({"conventions": self.conventions.rendered | {"own_vm": self.own_vm}, "operations": self.quirks})

    @property
    def records_json(self) -> str:
        """`records.json`."""
        return dump(self.records)

    @property
    def record_details_json(self) -> str:
        """`record_details.json`: values of enumerations and properties of objects in records."""
        return dump(self.record_details)

    @property
    def lock(self) -> str:
        """`lock.json`: what this tree was made from."""
        return dump(
            {
                "rest_api": self.rest_api,
                "spec_sha256": self.spec_sha256,
                "tools": len(self.tools),
                "version": self.version,
                "xo_release": self.release,
            }
        )


def dump(data: Any) -> str:
    """JSON for reading and diffing, ASCII only so that nothing hides in it.

    Raises:
        ValueError: It holds a number that is not finite, which JSON can't say.
    """
    return json.dumps(to_jsonable_python(data), indent=2, allow_nan=False).replace("\x7f", "\\u007f") + "\n"
