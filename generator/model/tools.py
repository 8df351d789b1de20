"""The tools that operations, methods, our own decisions and reports become."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from generator.api.combining import Schema
from generator.api.flat import Flat
from generator.api.methods import is_call
from generator.api.operations import Operation, operations
from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.history.history import History
from generator.model.alternatives import alternatives_of
from generator.model.amounts import amounts_of
from generator.model.arguments import Argument, Context, build_arguments
from generator.model.decisions import OperationOverride, ToolOverride
from generator.model.fitting import fit_fields, require_fit, require_later, require_properties, require_unique
from generator.model.hints import decide
from generator.model.inventory.consequences import consequences_of
from generator.model.inventory.reports import Question, report_tools
from generator.model.inventory.tables import Inventory, build_inventory
from generator.model.kinds import Kind, choose_kind, lists_records, unsendable, without_unsent_body
from generator.model.knownkeys import known_keys
from generator.model.localtools import local_tool
from generator.model.methods import Decisions, MethodCount, MethodSource, decisions_of, document_of, subject_of
from generator.model.model import Drop, LeftOut, Split, uncalled_drops
from generator.model.objects import SubjectRules
from generator.model.outlived import KnownFields
from generator.model.overrides import SHARED, Overrides, nearest
from generator.model.plans import Plan, inherit, name_plans
from generator.model.quirkfit import QuirkFit
from generator.model.readbacks import creates_of, reads_of, reads_one_object, subject_by_decision
from generator.model.records import Details, Fields, Records
from generator.model.since import Since, since_of, since_of_method
from generator.model.tool import Tool
from generator.names.identifiers import ModuleName, PythonName
from generator.names.pytext import visible


class ToolBuilder:
    """Turns operations into tools, one document after the other."""

    def __init__(self, overrides: Overrides, history: History, release: str = "") -> None:
        self.overrides = overrides
        self.known = KnownFields(history, release)
        self.history = history
        self.conventions = overrides.shared.conventions
        self.operations: list[Operation] = []
        self.tools: list[Tool] = []
        self.drops: list[Drop] = []
        self.left_out: list[LeftOut] = []
        self.splits: list[Split] = []
        self.tables: dict[str, Fields] = {}
        self.details: dict[str, Details] = {}
        self._collections: set[str] = set()
        self._objects: set[str] = set()
        self._sources: dict[str, tuple[Schemas, Records]] = {}
        self._methods: MethodSource | None = None
        self._decided = Decisions({}, {}, {}, {})

    def add(self, document: Schema) -> int:
        """Take the operations of a document; answers how many."""
        schemas = Schemas(document)
        records = Records(schemas, self.conventions, self.tables, self.details)
        found = [without_unsent_body(each, schemas) for each in operations(document, schemas)]
        for operation in found:
            if operation.key in self._sources:
                raise OverrideError("the route is in two documents", place=operation.key)
            self._sources[operation.key] = (schemas, records)
        self.operations += found
        self.drops += uncalled_drops(document)
        return len(found)

    def add_methods(self, source: MethodSource) -> None:
        """Take the JSON-RPC methods that somebody decided to make tools."""
        routes = {operation.key for operation in self.operations} | self.history.operations.keys()
        self._methods, self._decided = source, decisions_of(self.overrides, source, routes)
        self.history = self.history.beside(source.history)
        document, schemas = document_of(source, self._decided)
        records = Records(schemas, self.conventions, self.tables, self.details)
        for operation in operations(document, schemas):
            self._sources[operation.key] = (schemas, records)
            self.operations.append(operation)

    def method_count(self) -> MethodCount | None:
        """Where every method is."""
        if self._methods is None:
            return None
        facts, decided = self._methods.facts, self._decided
        return MethodCount(
            release=self._methods.release,
            server=self._methods.server,
            total=len(facts),
            tools={tool.operation.path: str(tool.name) for tool in self.tools if tool.operation and tool.is_call},
            served=dict(sorted(decided.served.items())),
            never=dict(sorted(decided.never.items())),
            undecided=tuple(sorted(facts.keys() - decided.files.keys())),
        )

    def build(self, *, lenient: bool = False) -> None:
        """Make the tools of every operation, then the server's own; `lenient`: decisions may name what is not there."""
        self._collections = {entry.path for entry in self.operations if lists_records(entry, self.conventions)}
        self._objects = {entry.path for entry in self.operations if reads_one_object(entry)}
        plans = [plan for operation in self.operations for plan in self._plans(operation, lenient=lenient)]
        self.tools = [self._tool(plan, lenient=lenient) for plan in name_plans(plans)]
        self.tools += [local_tool(name, tag, local) for name, (tag, local) in self.overrides.local_tools.items()]
        require_unique(self.tools)
        if not lenient:
            require_properties(self.tools, self.tables, self.details, self.known)
            QuirkFit(self.tools, self.tables, self.details, self.known).require(self.overrides.operations)
        self.splits = [self._split(entry) for entry in self.operations if self._override(entry).split is not None]

    def inventory(self, *, lenient: bool) -> Inventory:
        """Make the inventory's tables of the tools that list something."""
        sources = {key: schemas for key, (schemas, _) in self._sources.items()}
        return build_inventory(self.overrides.inventory, self.tools, sources, self.history, lenient=lenient)

    def add_reports(self, inventory: Inventory, *, lenient: bool) -> tuple[Question, ...]:
        """Make tools of the questions over the inventory's tables."""
        found = report_tools(self.overrides.reports, inventory, self.tools, self.history, lenient=lenient)
        self.tools += [tool for _, tool in found]
        require_unique(self.tools)
        return tuple(question for question, _ in found)

    def consequences(self, inventory: Inventory, *, lenient: bool) -> dict[str, Any]:
        """Check the queries before a call against the inventory's tables."""
        return consequences_of(self.tools, self.conventions, inventory, lenient=lenient)

    def _override(self, operation: Operation) -> OperationOverride:
        return self.overrides.operations.get(operation.key, OperationOverride())

    def _plans(self, operation: Operation, *, lenient: bool) -> Iterable[Plan]:
        override = self._override(operation)
        drop = self._drop(operation, override)
        if drop is not None:
            self.drops.append(drop)
            return
        self.left_out += [LeftOut(operation.key, entry.name, entry.why) for entry in operation.unsent]
        kind = choose_kind(operation, override.kind, self.conventions, self._collections)
        is_list = operation.method == "GET" and _answers_array(operation, self._sources[operation.key][0])
        if override.split is None:
            yield Plan(operation, override, kind, is_list)
            return
        values, parameter = _split_values(operation, override), override.split.parameter
        for value in [*override.split.tools, *override.split.left_out]:
            is_known = value in values or self.history.knows_value(operation.key, f"path.{parameter}", value)
            if not is_known and not lenient:
                hint = nearest(value, set(values))
                raise OverrideError(f"{parameter} has no value {value!r}", place=operation.key, hint=hint)
        for value, decided in override.split.tools.items():
            if value in values:
                yield Plan(operation, inherit(override, decided), kind, is_list, (parameter, value))

    def _drop(self, operation: Operation, override: OperationOverride) -> Drop | None:
        if override.drop:
            return Drop(operation.key, override.drop, "decided in overrides/")
        if operation.deprecated and self.overrides.shared.drop_deprecated:
            return Drop(operation.key, self.overrides.shared.drop_deprecated, "deprecated")
        found = unsendable(operation)
        return None if found is None else Drop(operation.key, found[1], found[0])

    def _split(self, operation: Operation) -> Split:
        override = self._override(operation)
        decided = {**override.split.tools, **override.split.left_out} if override.split else {}
        return Split(
            operation.key,
            override.split.parameter if override.split else "",
            tuple(str(tool.name) for tool in self.tools if tool.operation is operation),
            tuple(value for value in _split_values(operation, override) if value not in decided),
        )

    def _newest(self, operation: Operation, kind: Kind, record: str) -> str:
        """By which property a list that only grows is read, the newest first."""
        if kind.facade not in {"list", "list_tasks"}:
            return ""
        newest = self.conventions.newest.get(operation.path.rpartition("/")[2], "")
        table = self.tables.get(record, {})
        if newest and table and newest not in table and "*" not in table:
            if self.known.knows(operation.key, newest, key="", decision="newest"):
                return ""
            raise OverrideError(f"{record} has no property {newest!r}", place=SHARED, hint=nearest(newest, set(table)))
        return newest

    def _tool(self, plan: Plan, *, lenient: bool) -> Tool:
        operation, override, kind = plan.operation, plan.override, plan.kind
        if plan.name in override.aliases:
            raise OverrideError(f"{plan.name} is its own alias", place=operation.key)
        schemas, records = self._sources[operation.key]
        record = records.of(operation) if kind.knows_records else ""
        override = fit_fields(override, self.tables.get(record, {}), operation.key, self.known, lenient=lenient)
        shared = self.overrides.shared.arguments
        arguments, flat = build_arguments(operation, kind, override, shared, self._context(plan, schemas))
        if not lenient:
            require_fit(operation, override, kind, arguments, self.history)
        rules = SubjectRules(self.conventions, self._objects)
        subjects = rules.of(operation, arguments, override, self._looked_up(operation))
        return Tool(
            name=PythonName(plan.name),
            title=override.title or plan.name.replace("_", " ").capitalize(),
            description=override.description or _from_facts(operation, flat),
            curated=override.description is not None and override.title is not None,
            module=ModuleName(operation.tags[0]),
            tags=operation.tags,
            operation=operation,
            kind=kind,
            hints=decide(operation, override, self.conventions),
            arguments=arguments,
            fixed=(plan.fixed,) if plan.fixed else (),
            query=tuple(override.query.items()),
            record=record,
            newest=self._newest(operation, kind, record),
            reads=self._reads(operation, override),
            creates=creates_of(operation, override.creates, self._objects, self.history),
            final_state=tuple(override.final_state.items()),
            extension=override.extension,
            default=override.default,
            synonyms=tuple(override.synonyms),
            aliases=tuple(override.aliases),
            warning=override.warning,
            amounts=amounts_of(arguments, self.conventions.amounts),
            alternatives=alternatives_of(operation, arguments, schemas),
            keys=known_keys(operation, arguments, schemas),
            since=self._since(operation, arguments, plan, override),
            builder=override.builder,
            admins_only=self._override(operation).admins_only,
            subjects=subjects.kinds,
            asked=override,
            undecided_subjects=subjects.undecided,
            any_pool=tuple(name for name, entry in override.arguments.items() if entry.any_pool),
        )

    def _context(self, plan: Plan, schemas: Schemas) -> Context:
        """What arguments depend on besides their operation."""
        key = plan.operation.key
        return Context(
            schemas,
            frozenset({plan.fixed[0]} if plan.fixed else ()),
            frozenset(self.conventions.absorbed),
            frozenset(self.overrides.shared.described_in_instructions),
            partial(self.history.knows_argument, key),
            {name: rule.schema_.written() for name, rule in self._override(plan.operation).afterwards.items()},
        )

    def _looked_up(self, operation: Operation) -> Mapping[str, Any]:
        """What XO looks the parameters of a JSON-RPC method up in."""
        if not is_call(operation.key) or self._methods is None:
            return {}
        found: Mapping[str, Any] = self._methods.facts[operation.path].get("objects", {})
        return found

    def _reads(self, operation: Operation, override: ToolOverride) -> str | None:
        """The GET of the object an operation is about."""
        if not is_call(operation.key) or self._methods is None:
            return reads_of(operation, self._objects)
        if override.effect == "read":
            return None
        if override.reads is not None:
            return subject_by_decision(override.reads, operation.key, self._objects, self.history)
        return subject_of(self._methods.facts[operation.path], self.conventions.object_collections)

    def _since(
        self, operation: Operation, arguments: tuple[Argument, ...], plan: Plan, override: ToolOverride
    ) -> Since:
        if not is_call(operation.key) or self._methods is None:
            decided = {name: entry.since for name, entry in override.arguments.items() if entry.since is not None}
            require_later(decided, self.history, operation.key)
            return since_of(self.history, operation.key, arguments, plan.fixed, decided)
        return since_of_method(self._methods.history, operation.key, arguments)


def _split_values(operation: Operation, override: OperationOverride) -> list[str]:
    """The values of the path parameter a route is split by."""
    wanted = override.split.parameter if override.split else ""
    parameter = operation.parameter(wanted, "path")
    if parameter is None:
        raise OverrideError(f"there is no path parameter {wanted!r} to split by", place=operation.key)
    return [str(value) for value in parameter.schema.get("enum", ())]


def _answers_array(operation: Operation, schemas: Schemas) -> bool:
    schema, _ = schemas.resolve(operation.answer_schema, operation.key)
    choices = [schemas.resolve(choice, operation.key)[0] for choice in schema.get("anyOf", (schema,))]
    return any(choice.get("type") == "array" for choice in choices)


def _from_facts(operation: Operation, flat: Flat | None) -> str:
    """A true sentence for an operation nobody described yet."""
    text = f"Sends {visible(operation.key)} to the API."
    if flat is not None and flat.alternatives:
        choices = " or ".join(f"({visible(', '.join(names))})" for names in flat.alternatives)
        text += f" Its body is one of {choices}."
    return text
