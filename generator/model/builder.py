"""Merges specs and overrides into the model. All thinking happens here."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from generator.api.combining import Schema
from generator.api.methods import key_of, method_of
from generator.facts.facts import facts_sha256
from generator.facts.mistakes import LEFT_OUT
from generator.facts.subtypes import LOST_SUBTYPES
from generator.history.history import History
from generator.model.commons import require_common, require_conventions
from generator.model.inventory.consequences import own_vm_select
from generator.model.inventory.reports import Question
from generator.model.librarynames import absent_tools, require_library_names
from generator.model.libraryproperties import require_library_properties
from generator.model.libraryrecords import require_library_records
from generator.model.librarysource import LibrarySource, read_library
from generator.model.methods import MethodSource
from generator.model.model import Model, Module, Stale
from generator.model.objects import ObjectKind, object_kinds
from generator.model.overrides import Overrides, require_known
from generator.model.records import Details, Fields, with_undocumented, with_values
from generator.model.stale import stale_decisions, stale_methods
from generator.model.tool import Tool
from generator.model.tools import ToolBuilder
from generator.specs.releases import Release

if TYPE_CHECKING:
    from generator.names.identifiers import ModuleName


def build_model(
    documents: Sequence[Schema],
    overrides: Overrides,
    history: History | None = None,
    releases: Iterable[Release] = (),
    methods: MethodSource | None = None,
) -> Model:
    """Merge facts and decisions.

    Args:
        documents: The facts of one XO release, then of plugins.
        overrides: Our decisions.
        history: Of the API. What another release has may be decided on; a build of this one passes over it.
        releases: The table of the history's releases.
        methods: XO's JSON-RPC methods; without them, decisions about methods are passed over.

    Raises:
        SpecError: A document is wrong at a named place.
        OverrideError: A decision fits nothing.
        NamingError: Two tools would get the same name.
    """
    main = documents[0]
    history = history or History()
    release = str(main.get("x-xo-release") or "unknown")
    builder = ToolBuilder(overrides, history, release)
    counts = [builder.add(document) for document in documents]
    keys = {operation.key for operation in builder.operations}
    require_known(overrides.routes, keys | history.operations.keys())
    if methods is not None:
        builder.add_methods(methods)
    own = {operation.key for operation in builder.operations[: counts[0]]}
    lenient = _is_lenient(history, release, own, plugins=any(counts[1:]))
    builder.build(lenient=lenient)
    if not lenient:
        require_common(overrides, builder.operations, builder.tools, history)
    outlived = [] if lenient else require_conventions(overrides.shared.conventions, documents, history, release)
    records = with_undocumented(builder.tables, builder.tools, overrides.operations, lenient=lenient)
    details = with_values(builder.details, builder.tools, overrides.operations)
    inventory = builder.inventory(lenient=lenient)
    reports = builder.add_reports(inventory, lenient=lenient)
    stale = [*stale_decisions(overrides, history, keys, release), *stale_methods(overrides, methods)]
    stale += _check_library(builder, records, details, history, methods) if history.releases and not lenient else []
    return Model(
        release=release,
        rest_api=str(main.get("info", {}).get("version", "unknown")),
        spec_sha256=_digest(documents, methods),
        modules=_modules(builder.tools, overrides),
        drops=tuple(builder.drops),
        left_out=tuple(builder.left_out),
        splits=tuple(builder.splits),
        record_details=details,
        records=records,
        conventions=overrides.shared.conventions,
        quirks=_quirks(overrides, builder.tools),
        operations=counts[0],
        plugin_operations=sum(counts[1:]),
        operation_keys=frozenset(keys | {key_of(name) for name in (methods.facts if methods else ())}),
        methods=builder.method_count(),
        history=history,
        table=tuple(releases),
        stale=tuple(stale),
        outlived=() if lenient else (*builder.known.stale(overrides), *outlived),
        ahead=tuple(sorted(overrides.files.keys() & (history.newer_than(release) - keys))),
        inventory=inventory,
        reports=reports,
        consequences=builder.consequences(inventory, lenient=lenient),
        lost_subtypes=main.get(LOST_SUBTYPES, {}),
        mistakes={place: why for document in documents for place, why in document.get(LEFT_OUT, {}).items()},
        own_vm=own_vm_select(overrides.shared.conventions, inventory, lenient=lenient),
        object_kinds=_object_kinds(builder, reports),
    )


def _object_kinds(builder: ToolBuilder, reports: Iterable[Question]) -> tuple[ObjectKind, ...]:
    """The kinds of objects that arguments of tools and reports name."""
    named = {collection for report in reports for collection in report.kinds.values()}
    return tuple(object_kinds(builder.tools, builder.tables, builder.conventions, named))


def _is_lenient(history: History, release: str, own: set[str], *, plugins: bool) -> bool:
    """Whether decisions may name what is missing: they are about our newest release and its plugins."""
    if not history.releases:
        return False
    return bool(history.newer_than(release)) or not plugins or history.differs(release, own)


def _digest(documents: Sequence[Schema], methods: MethodSource | None) -> str:
    """The SHA-256 of all facts."""
    facts = [*documents, dict(methods.facts)] if methods else documents
    return hashlib.sha256("".join(facts_sha256(document) for document in facts).encode()).hexdigest()


def _check_library(
    builder: ToolBuilder,
    records: Mapping[str, Fields],
    details: Mapping[str, Details],
    history: History,
    methods: MethodSource | None,
) -> tuple[Stale, ...]:
    """Hold what the run-time library says of XO against the contract; answers the tools it names that are missing."""
    library = read_library()
    reads = [tool for tool in builder.tools if tool.key.startswith("GET ") and tool.record]
    answered = {tool.key.removeprefix("GET "): records[tool.record] for tool in reads}
    known_of = {tool.key.removeprefix("GET "): details.get(tool.record, {}) for tool in reads}
    require_library_properties(answered, known_of, library)
    require_library_records(answered, known_of, library)
    known = () if methods is None else {*methods.facts, *map(method_of, methods.history.operations)}
    require_library_names(history.operations, known, library)
    return () if methods is None else _absent_tools(library, builder.tools, builder.overrides)


def _absent_tools(library: LibrarySource, tools: Iterable[Tool], overrides: Overrides) -> tuple[Stale, ...]:
    names = {str(tool.name) for tool in tools}
    decided = {decision.name or "" for decision in overrides.operations.values()}
    return tuple(absent_tools(names, {name.partition("_")[0] for name in names | decided if "_" in name}, library))


def _quirks(overrides: Overrides, tools: Iterable[Tool]) -> dict[str, dict[str, Any]]:
    """What is known of operations that are there, as the library is given it; with who may call each method."""
    by_key = {tool.key: tool for tool in tools}
    found = {}
    for key in sorted(by_key):
        decided = overrides.operations[key].rendered if key in overrides.operations else {}
        found[key] = decided | ({"admins_only": True} if by_key[key].permission == "admin" else {})
    return {key: quirks for key, quirks in found.items() if quirks}


def _modules(tools: list[Tool], overrides: Overrides) -> tuple[Module, ...]:
    """A module per tag; tags that make the same name (`User Groups`, `user-groups`) share one."""
    by_name: dict[ModuleName, list[Tool]] = defaultdict(list)
    for tool in tools:
        by_name[tool.module].append(tool)
    result = []
    for name in sorted(by_name):
        tag = min(tool.tags[0] for tool in by_name[name])
        result.append(Module(name, tag, overrides.toolsets.get(tag, ""), tuple(by_name[name])))
    return tuple(result)
