"""The model: specs and overrides merged into tools. All thinking happens here; templates only draw."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from generator import __version__
from generator.arguments import Context, argument, build_arguments
from generator.errors import NamingError, OverrideError
from generator.facts import facts_sha256
from generator.hints import Hints, decide
from generator.identifiers import ModuleName, PythonName
from generator.kinds import KINDS, Kind, choose_kind, lists_records, unsendable
from generator.naming import propose_name
from generator.operations import Operation, operations
from generator.overrides import LocalTool, OperationOverride, Overrides, ToolOverride, nearest, require_known
from generator.records import Fields, Records
from generator.schema import Flat, Schema, Schemas
from generator.tool import Tool

PACKAGE_VERSION = f"{__version__}"


@dataclass(frozen=True)
class Drop:
    """An operation that becomes no tool, and why."""

    key: str
    reason: str


@dataclass(frozen=True)
class Split:
    """A route that became several tools, and the values nobody decided about."""

    key: str
    parameter: str
    tools: tuple[str, ...]
    undecided: tuple[str, ...]


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
        return [name for name in ("OMIT", "Json", "Omit") if name in source.replace("(", " ").replace("[", " ")]

    @property
    def uses_literal(self) -> bool:
        """Whether a signature names allowed values."""
        return any("Literal[" in line for tool in self.tools for line in tool.signature)

    @property
    def definitions(self) -> str:
        """`definitions/<module>.json`."""
        tools = [{"tool": tool.definition, "facts": tool.facts} for tool in self.tools]
        return dump({"tag": self.tag, "description": self.description, "tools": tools})


@dataclass(frozen=True)
class Model:
    """Everything `generated/` shows."""

    release: str
    rest_api: str
    spec_sha256: str
    modules: tuple[Module, ...]
    drops: tuple[Drop, ...]
    splits: tuple[Split, ...]
    records: dict[str, Fields]
    operations: int
    plugin_operations: int
    operation_keys: frozenset[str] = field(repr=False)

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
        """The version of the generated distribution."""
        return PACKAGE_VERSION

    @property
    def generator(self) -> str:
        """The generator's version."""
        return __version__

    @property
    def records_json(self) -> str:
        """`records.json`."""
        return dump(self.records)

    @property
    def lock(self) -> str:
        """`lock.json`: what this tree was made from."""
        return dump(
            {
                "generator": __version__,
                "rest_api": self.rest_api,
                "spec_sha256": self.spec_sha256,
                "tools": len(self.tools),
                "xo_release": self.release,
            }
        )


def dump(data: Any) -> str:
    """JSON for reading and diffing, ASCII only so that nothing hides in it."""
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def build_model(documents: Sequence[Schema], overrides: Overrides) -> Model:
    """Merge facts and decisions.

    Args:
        documents: The facts of one XO release, then of plugins.
        overrides: Our decisions.

    Raises:
        SpecError: A document is wrong at a named place.
        OverrideError: A decision fits nothing.
        NamingError: Two tools would get the same name.
    """
    main = documents[0]
    builder = Builder(overrides)
    counts = [builder.add(document) for document in documents]
    keys = {operation.key for operation in builder.operations}
    require_known(overrides.places, keys)
    builder.build()
    digest = hashlib.sha256("".join(facts_sha256(document) for document in documents).encode()).hexdigest()
    return Model(
        release=str(main.get("x-xo-release") or "unknown"),
        rest_api=str(main.get("info", {}).get("version", "unknown")),
        spec_sha256=digest,
        modules=_modules(builder.tools, overrides),
        drops=tuple(builder.drops),
        splits=tuple(builder.splits),
        records=dict(sorted(builder.tables.items())),
        operations=counts[0],
        plugin_operations=sum(counts[1:]),
        operation_keys=frozenset(keys),
    )


class Builder:
    """Turns operations into tools, one document after the other."""

    def __init__(self, overrides: Overrides) -> None:
        self.overrides = overrides
        self.conventions = overrides.shared.conventions
        self.operations: list[Operation] = []
        self.tools: list[Tool] = []
        self.drops: list[Drop] = []
        self.splits: list[Split] = []
        self.tables: dict[str, Fields] = {}
        self._schemas: dict[str, tuple[Schemas, Records]] = {}

    def add(self, document: Schema) -> int:
        """Take the operations of a document; answers how many."""
        schemas = Schemas(document)
        records = Records(schemas, self.conventions)
        records.tables = self.tables
        found = list(operations(document, schemas))
        known = {operation.key for operation in self.operations}
        for operation in found:
            if operation.key in known:
                raise OverrideError("the route is in two documents", place=operation.key)
            self._schemas[operation.key] = (schemas, records)
        self.operations += found
        return len(found)

    def build(self) -> None:
        """Make the tools of every operation, then the server's own."""
        self._collections = {entry.path for entry in self.operations if lists_records(entry, self.conventions)}
        self._objects = {entry.path for entry in self.operations if entry.method == "GET"}
        for operation in self.operations:
            override = self.overrides.operations.get(operation.key, OperationOverride())
            reason = self._drop_reason(operation, override)
            if reason:
                self.drops.append(Drop(operation.key, reason))
            elif override.split is not None:
                self._split(operation, override)
            else:
                self.tools.append(self._tool(operation, override))
        for name, (tag, local) in self.overrides.local_tools.items():
            self.tools.append(_local_tool(name, tag, local))
        _require_unique(self.tools)

    def _drop_reason(self, operation: Operation, override: OperationOverride) -> str | None:
        if override.drop:
            return override.drop
        if operation.deprecated and self.overrides.shared.drop_deprecated:
            return self.overrides.shared.drop_deprecated
        return unsendable(operation)

    def _split(self, operation: Operation, override: OperationOverride) -> None:
        split = override.split
        assert split is not None  # noqa: S101 - for the type checker; the caller looked
        parameter = operation.parameter(split.parameter, "path")
        if parameter is None:
            raise OverrideError(f"there is no path parameter {split.parameter!r} to split by", place=operation.key)
        values = parameter.schema.get("enum", [])
        for value in split.tools:
            if value not in values:
                known = {str(entry) for entry in values}
                raise OverrideError(
                    f"{split.parameter} has no value {value!r}", place=operation.key, hint=nearest(value, known)
                )
        tools = [
            self._tool(operation, _inherit(override, decided), fixed=(split.parameter, value))
            for value, decided in split.tools.items()
        ]
        self.tools += tools
        undecided = tuple(str(value) for value in values if value not in split.tools)
        self.splits.append(Split(operation.key, split.parameter, tuple(str(tool.name) for tool in tools), undecided))

    def _tool(self, operation: Operation, override: ToolOverride, fixed: tuple[str, str] | None = None) -> Tool:
        schemas, records = self._schemas[operation.key]
        kind = choose_kind(operation, override.kind, self.conventions, self._collections)
        context = Context(
            schemas,
            frozenset({fixed[0]} if fixed else ()),
            frozenset(self.conventions.absorbed),
            frozenset(self.overrides.shared.described_in_instructions),
        )
        arguments, flat = build_arguments(operation, kind, override, self.overrides.shared.arguments, context)
        name = PythonName(override.name or self._propose(operation, fixed))
        if override.aliases and name in override.aliases:
            raise OverrideError(f"{name} is its own alias", place=operation.key)
        return Tool(
            name=name,
            title=override.title or str(name).replace("_", " ").capitalize(),
            description=override.description or _from_facts(operation, flat),
            curated=override.description is not None and override.title is not None,
            module=ModuleName(operation.tags[0]),
            tags=operation.tags,
            operation=operation,
            kind=kind,
            hints=decide(operation, override, self.conventions),
            arguments=arguments,
            fixed=(fixed,) if fixed else (),
            query=tuple(override.query.items()),
            record=records.of(operation) if kind.name in {"list", "get", "list_tasks", "get_task"} else "",
            reads=self._reads(operation),
            settle=tuple(override.settle.items()),
            extension=override.extension,
            default=override.default,
            synonyms=tuple(override.synonyms),
            aliases=tuple(override.aliases),
        )

    def _propose(self, operation: Operation, fixed: tuple[str, str] | None) -> str:
        return propose_name(
            operation.method,
            operation.path,
            response_is_list=operation.method == "GET" and _answers_array(operation, self._schemas[operation.key][0]),
            format=fixed[1] if fixed else None,
        )

    def _reads(self, operation: Operation) -> str | None:
        """The GET of the object that an operation changes: the longest object path its own path begins with."""
        if operation.method == "GET":
            return None
        if f"{operation.path}/{{id}}" in self._objects:
            return f"{operation.path}/{{id}}"
        candidates = [
            path for path in self._objects if path.endswith("}") and f"{operation.path}/".startswith(f"{path}/")
        ]
        return max(candidates, key=len, default=None)


def _inherit(whole: OperationOverride, part: ToolOverride) -> ToolOverride:
    """What the operation says holds for each of its tools, unless the tool says its own."""
    own = {name: getattr(part, name) for name in part.model_fields_set}
    base = {name: getattr(whole, name) for name in whole.model_fields_set if name in ToolOverride.model_fields}
    merged = {**base, **own}
    merged["arguments"] = {**whole.arguments, **part.arguments}
    return ToolOverride.model_construct(**merged)


def _answers_array(operation: Operation, schemas: Schemas) -> bool:
    schema, _ = schemas.resolve(operation.answer_schema, operation.key)
    choices = [schemas.resolve(choice, operation.key)[0] for choice in schema.get("anyOf", (schema,))]
    return any(choice.get("type") == "array" for choice in choices)


def _from_facts(operation: Operation, flat: Flat | None) -> str:
    """A true sentence for an operation nobody described yet."""
    text = f"Sends {operation.key} to the API."
    if flat is not None and flat.alternatives:
        choices = " or ".join(f"({', '.join(names)})" for names in flat.alternatives)
        text += f" Its body is one of {choices}."
    return text


def _local_tool(name: str, tag: str, local: LocalTool) -> Tool:
    kind: Kind = KINDS[local.kind]
    arguments = []
    for key, entry in local.arguments.items():
        if entry.schema_ is None:
            raise OverrideError(f"argument {key!r} of a local tool needs a schema", place=name)
        schema = dict(entry.schema_)
        if entry.description:
            schema["description"] = entry.description
        arguments.append(argument(key, "extra", schema, required=entry.required is True))
    return Tool(
        name=PythonName(name),
        title=local.title,
        description=local.description,
        curated=True,
        module=ModuleName(tag),
        tags=(tag,),
        operation=None,
        kind=kind,
        hints=Hints(local.effect, local.idempotent, denied=False, decided=True),
        arguments=tuple(arguments),
        default=local.default,
        synonyms=tuple(local.synonyms),
    )


def _require_unique(tools: Iterable[Tool]) -> None:
    taken: dict[str, Tool] = {}
    for tool in tools:
        for name in (str(tool.name), *tool.aliases):
            if name in taken:
                raise NamingError(
                    f"{taken[name].key} and {tool.key} would both be called {name}",
                    hint="Give one of them a `name` in overrides/.",
                )
            taken[name] = tool


def _modules(tools: list[Tool], overrides: Overrides) -> tuple[Module, ...]:
    by_name: dict[ModuleName, list[Tool]] = defaultdict(list)
    for tool in tools:
        by_name[tool.module].append(tool)
    result = []
    for name in sorted(by_name):
        tags = sorted({tool.tags[0] for tool in by_name[name]})
        if len(tags) > 1:
            raise NamingError(f"the tags {tags[0]!r} and {tags[1]!r} would both become the module {name}")
        result.append(Module(name, tags[0], overrides.toolsets.get(tags[0], ""), tuple(by_name[name])))
    return tuple(result)
