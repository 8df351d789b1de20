"""Checks the decisions about one operation against its API: fields, states, query parameters, defaults."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from generator.api.operations import Operation
from generator.errors import NamingError, OverrideError
from generator.history.history import History
from generator.library import argument_locations
from generator.model.arguments import Argument
from generator.model.decisions import ToolOverride
from generator.model.kinds import READS, Kind
from generator.model.outlived import KnownFields
from generator.model.overrides import nearest
from generator.model.records import MORE, Details, Fields, has_property, names_beside
from generator.model.tool import Tool
from generator.model.validity import misfit
from generator.specs.releases import order

LISTS = ("list", "list_tasks")
USES: Mapping[str, tuple[str, ...]] = {
    "fields": LISTS,
    "limit": LISTS,
    "final_state": ("action",),
    "extension": ("download", "fetch"),
    "creates": ("write", "action", "upload", "call", "long_call"),
    "reads": ("call", "long_call"),
}
"""Decisions that only some kinds of call can use."""
SENDS: Mapping[str, frozenset[str]] = {
    "subscribe": frozenset({"path", "body"}),
    "unsubscribe": frozenset({"path"}),
    "open_events": frozenset(),
    **dict.fromkeys(READS, frozenset({"path", "query", "extra"})),
}
"""Where the arguments of a kind go; the others send whatever an operation of their method has."""


def fit_fields(override: ToolOverride, table: Fields, key: str, known: KnownFields, *, lenient: bool) -> ToolOverride:
    """Leave out the fields that records of this release lack, and others had.

    Args:
        override: Names the fields a list asks for.
        table: Those its records have; empty or open where nobody knows.
        key: The operation.
        known: The fields of other releases.
        lenient: The facts are not of the release that the decision is about.

    Raises:
        OverrideError: The records have no such field, and the decision is about this release.
    """
    missing = [] if MORE in table or not table else [name for name in override.fields if name not in table]
    unknown = [name for name in missing if name != MORE and not known.knows(key, name, key=key, decision="fields")]
    if unknown and not lenient:
        raise OverrideError(
            f"its records have no field {unknown[0]!r}", place=key, hint=nearest(unknown[0], set(table))
        )
    kept = [name for name in override.fields if name not in missing or name == MORE]
    return override.model_copy(update={"fields": kept}) if missing else override


def require_fit(
    operation: Operation, override: ToolOverride, kind: Kind, arguments: Iterable[Argument], history: History
) -> None:
    """Refuse what the operation, or its kind of call, can't use.

    Args:
        operation: The facts.
        override: The decisions.
        kind: Of call, decided or chosen.
        arguments: Those of the tool.
        history: Knows the query parameters of other releases.

    Raises:
        OverrideError: Names what does not fit, and the nearest where there may be one.
    """
    _require_uses(operation, override, kind)
    if override.warning and operation.method == "GET":
        raise OverrideError(
            "`warning` is for what changes something, and nobody is asked about a GET", place=operation.key
        )
    for entry in arguments:
        _require_sent(entry, override, operation.key)
        _require_default(entry, override, operation.key)
    known = {parameter.name for parameter in operation.parameters if parameter.sent_in == "query"}
    for name in override.query:
        if name not in known and not history.knows_argument(operation.key, name):
            raise OverrideError(f"there is no query parameter {name!r}", place=operation.key, hint=nearest(name, known))


def _require_uses(operation: Operation, override: ToolOverride, kind: Kind) -> None:
    for name, kinds in USES.items():
        if getattr(override, name) and kind.name not in kinds:
            raise OverrideError(f"`{name}` is for {' or '.join(kinds)}, and this is {kind.name}", place=operation.key)


def _require_sent(entry: Argument, override: ToolOverride, key: str) -> None:
    sent = SENDS.get(override.kind or "")
    if sent is not None and entry.sent_in not in sent:
        raise OverrideError(f"kind {override.kind} does not send {entry.name!r} ({entry.sent_in})", place=key)


def _require_default(entry: Argument, override: ToolOverride, key: str) -> None:
    decision = override.arguments.get(entry.name) or override.arguments.get(entry.sent_as)
    wrong = misfit(decision.default, entry.schema) if decision and decision.default is not None else None
    if wrong:
        raise OverrideError(f"the default of argument {entry.name!r} does not fit its schema: {wrong}", place=key)


def require_properties(
    tools: Iterable[Tool], tables: Mapping[str, Fields], details: Mapping[str, Details], known: KnownFields
) -> None:
    """Refuse to wait for, or to warn of, what an object never shows.

    Args:
        tools: All of them.
        tables: The fields of every record.
        details: What else is known of them.
        known: The fields of other releases.

    Raises:
        OverrideError: Names the property and the nearest.
    """
    every = list(tools)
    records = {tool.key: tool.record for tool in every if tool.record}
    for tool in every:
        for key, names in _properties_of(tool).items():
            if names and tool.reads is None:
                raise OverrideError(f"`{key}`: there is no GET of the object it changes", place=tool.key)
            read = f"GET {tool.reads}"
            record = records.get(read, "")
            table, inner = tables.get(record, {}), details.get(record, {})
            for name in names if table else ():
                is_there = has_property(name, table, inner)
                if not is_there and not known.knows(read, name, key=tool.key, decision=key):
                    hint = nearest(name, set(names_beside(name, table, inner)))
                    raise OverrideError(f"`{key}`: the object has no property {name!r}", place=tool.key, hint=hint)


def _properties_of(tool: Tool) -> dict[str, list[str]]:
    """The properties of the object it is about that decisions name, by the decision's key."""
    warned = [name for case in tool.warning for name in case.properties]
    return {
        "final_state": [name for name, _ in tool.final_state],
        "warning": warned,
    }


def require_later(decided: Mapping[str, str], history: History, key: str) -> None:
    """Refuse a release that documents know better.

    Args:
        decided: Argument -> the release since which it works, by our decision.
        history: Knows which release brought the operation and its arguments.
        key: The operation.

    Raises:
        OverrideError: The decision says nothing, or less than the documents.
    """
    life = history.operations.get(key)
    if life is None:
        return
    for name, release in decided.items():
        releases = [
            life.inputs[location].span.since for location in argument_locations(name) if location in life.inputs
        ]
        newest = max([life.span.since, *releases], key=order)
        if order(release) <= order(newest):
            raise OverrideError(
                f"argument {name!r} is decided to work since {release}, and XO's documents say {newest}",
                place=key,
                hint="Delete `since`.",
            )


def require_unique(tools: Iterable[Tool]) -> None:
    """Refuse two tools of one name.

    Raises:
        NamingError: Names them and what would be called so.
    """
    claims: dict[str, list[str]] = defaultdict(list)
    for tool in tools:
        for name in (str(tool.name), *tool.aliases):
            claims[name].append(tool.key)
    shared = [f"{' and '.join(keys)} would both be called {name}" for name, keys in claims.items() if len(keys) > 1]
    if shared:
        raise NamingError("; ".join(shared), hint="Give one of them a `name` in overrides/.")
