"""Checks what is decided for many tools at once, in `_shared.yaml` and the files by tag, against the whole API.

A decision serves every release, so what any release has is known; only of tags does nobody keep a history.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from generator.api.combining import Schema
from generator.api.methods import is_call
from generator.api.operations import Operation
from generator.errors import OverrideError
from generator.history.history import History
from generator.model.conventions import Conventions
from generator.model.hints import ACTIONS
from generator.model.kinds import KINDS
from generator.model.model import Stale
from generator.model.objects import NO_KIND
from generator.model.overrides import SHARED, Overrides, nearest
from generator.model.tool import Tool

PARAMETER = re.compile(r"\{([^{}]+)\}")


def require_common(
    overrides: Overrides, operations: Sequence[Operation], tools: Iterable[Tool], history: History
) -> None:
    """Refuse a name that is nowhere.

    Args:
        overrides: All decisions.
        operations: Those of the release that is built, of plugins too.
        tools: All of them.
        history: Of the API.

    Raises:
        OverrideError: Names it, and the nearest.
    """
    shared = overrides.shared
    inputs = {location for life in history.operations.values() for location in life.inputs}
    arguments = {location.below.first for location in inputs} | {
        entry.name for tool in tools for entry in tool.arguments
    }
    arguments |= {extra.name for kind in KINDS.values() for extra in kind.extras}
    query = {location.below.first for location in inputs if location.startswith("query.")}
    query |= {entry.name for one in operations for entry in one.parameters if entry.sent_in == "query"}
    keys = {operation.key for operation in operations} | history.operations.keys()
    verbs = {key.rpartition(ACTIONS)[2] for key in keys if ACTIONS in key}
    lists = {key.rpartition("/")[2] for key in keys if key.startswith("GET ")}
    for names, known, what in (
        (shared.arguments, arguments, "argument"),
        (shared.described_in_instructions, arguments, "argument"),
        (shared.conventions.absorbed, query, "query parameter"),
        (shared.conventions.list_parameters, query, "query parameter"),
        (shared.conventions.newest, lists, "list"),
        (shared.conventions.verbs, verbs, "action"),
        (shared.conventions.amounts, {location.name for location in inputs} | arguments, "argument"),
    ):
        _require(names, known, what)
    wanted = [key for wish in shared.conventions.wishes for key in wish.unless if not is_call(key)]
    _require(wanted, keys, "operation")
    others = {tag for tag, _ in (*overrides.local_tools.values(), *overrides.reports.values())}
    others |= {PurePath(file).stem for key, file in overrides.files.items() if is_call(key)}
    _require_tags(overrides.toolsets, operations, others)


def require_conventions(
    conventions: Conventions, documents: Sequence[Schema], history: History, release: str
) -> list[Stale]:
    """Refuse collections, paths and properties that no release has; answers what names properties it just dropped.

    Args:
        conventions: How this API speaks.
        documents: The facts of one release and of plugins.
        history: Of the API.
        release: The one that the documents are of.

    Raises:
        OverrideError: Names it, and the nearest.
    """
    keys = {f"GET {path}" for document in documents for path in document.get("paths", ())} | history.operations.keys()
    paths = {key.partition(" ")[2] for key in keys}
    parts = {part for path in paths for part in PARAMETER.findall(path)}
    collections = {part for path in paths for part in path.split("/") if part and "{" not in part}
    properties = set(_properties(list(documents)))
    dropped = {name: last for name, last in history.dropped_fields().items() if name not in properties}
    units, stale = conventions.units, []
    for names, known, what in (
        (conventions.free_text, parts, "path parameter"),
        (conventions.slashed, paths, "path"),
        (conventions.own_collections, collections, "collection"),
        (conventions.task_collections, collections, "collection"),
        (conventions.fields_everywhere, properties, "property"),
        (conventions.internal, properties, "property"),
        (conventions.names_beside, collections, "collection"),
        (_collections_of(conventions), collections, "collection"),
        (_properties_of(conventions), properties, "property"),
        (conventions.names, properties, "property"),
        (conventions.labels, properties, "property"),
        (conventions.argument_kinds.values(), {*collections, NO_KIND}, "collection"),
        (conventions.states, properties, "property"),
        (units.seconds, properties, "property"),
        (units.milliseconds, properties, "property"),
        (units.either, properties, "property"),
        (units.bytes, properties, "property"),
        (units.bytes_beside_used, properties, "property"),
        (units.series, properties, "series"),
    ):
        is_property = what in ("property", "series")
        _require(names, known | dropped.keys() if is_property else known, what)
        named = [name for name in names if is_property and dropped.get(name) == release]
        stale += [Stale("", SHARED, removed=release, decision="conventions", named=name) for name in named]
    return list(dict.fromkeys(stale))


def _collections_of(conventions: Conventions) -> list[str]:
    rules = [rule for rules in conventions.names_beside.values() for rule in rules.values()]
    return [name for rule in rules for name in (*rule.through, *rule.in_)]


def _properties_of(conventions: Conventions) -> list[str]:
    """What `names_beside` names of records."""
    found: list[str] = []
    for rules in conventions.names_beside.values():
        for name, rule in rules.items():
            by = [kind["by"] for kind in rule.in_.values() if isinstance(kind, dict) and "by" in kind]
            found += [name, *filter(None, [rule.inside, rule.said_in]), *rule.through.values(), *by]
    return found


def _properties(value: Any) -> Iterator[str]:
    """Every property that any schema of some documents names."""
    if isinstance(value, dict):
        properties = value.get("properties")
        yield from properties if isinstance(properties, dict) else ()
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _properties(inner)


def _require(names: Iterable[str], known: set[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise OverrideError(f"there is no {what} {name!r}", place=SHARED, hint=nearest(name, known))


def _require_tags(toolsets: Iterable[str], operations: Sequence[Operation], local: set[str]) -> None:
    tags = {tag for operation in operations for tag in operation.tags} | local
    for tag in toolsets:
        if tag not in tags:
            raise OverrideError(f"no operation has the tag {tag!r}", place=f"{tag}.yaml", hint=nearest(tag, tags))
