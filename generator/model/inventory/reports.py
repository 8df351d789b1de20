"""Turns reports into tools: checks their SQL against the tables, and derives from these what they need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.errors import OverrideError
from generator.history.history import History
from generator.model.arguments import Argument, argument
from generator.model.hints import Hints
from generator.model.inventory.checking import Statement
from generator.model.inventory.reportdecisions import Part, Report
from generator.model.inventory.tables import Inventory
from generator.model.kinds import FORMAT, KINDS, LIMIT
from generator.model.localtools import local_argument
from generator.model.objects import NO_KIND
from generator.model.overrides import nearest
from generator.model.since import Since
from generator.model.tool import Tool
from generator.names.identifiers import ModuleName, PythonName
from generator.specs.releases import order

ANY = "objects"
"""The view of the inventory with the ids of all kinds."""
IMPLIED = ("now", "own")
"""Parameters every statement may use: the time in epoch seconds, and ids of the VM that runs XO, as a JSON array."""


@dataclass(frozen=True)
class Question:
    """A report that was checked against the tables of a release.

    Attributes:
        name: Of the tool.
        report: As it was decided.
        parts: By name.
        kinds: Argument -> collection of the object that it names by id or name.
        lookups: Argument -> a statement without rows where no object has its value, and the sentence about that.
    """

    name: str
    report: Report
    parts: Mapping[str, Part]
    kinds: Mapping[str, str]
    lookups: Mapping[str, Mapping[str, str]]

    @property
    def data(self) -> dict[str, Any]:
        """As it is rendered."""
        parts = [{"name": name} | part.model_dump(exclude_defaults=True) for name, part in self.parts.items()]
        named = {"kinds": dict(self.kinds), "lookups": {key: dict(value) for key, value in self.lookups.items()}}
        needed = {key: value for key, value in named.items() if value}
        return {"title": self.report.title, "limit": self.report.limit, **needed, "parts": parts}


def report_tools(
    reports: Mapping[str, tuple[str, Report]],
    inventory: Inventory,
    tools: Sequence[Tool],
    history: History,
    *,
    lenient: bool = False,
) -> list[tuple[Question, Tool]]:
    """Make the tools of the reports.

    Args:
        reports: Name -> the file it is decided in, and the decision.
        inventory: The tables of the release.
        tools: Those of the release, which know what their operations need.
        history: Of the API.
        lenient: Leave out the reports that this release lacks something for.

    Raises:
        OverrideError: A statement would be refused, or an argument is of no known kind; names the report, its part or
            argument, and the nearest table, column or collection.
    """
    checker = inventory.checker
    nouns = {tool.key: tool.title.removeprefix("Get ") for tool in tools if tool.operation}
    found = []
    for name, (tag, report) in reports.items():
        try:
            statements = [
                checker.check(part.sql, [*report.arguments, *IMPLIED], f"{tag}.yaml, {name}, {part_name}")
                for part_name, part in report.parts.items()
            ]
            named = _named(report, nouns, f"{tag}.yaml, {name}")
            lookups = _lookups(report, nouns)
            for key, lookup in lookups.items():
                checker.check(lookup["sql"], report.arguments, f"{tag}.yaml, {name}, {key}")
        except OverrideError:
            if lenient:
                continue
            raise
        question = Question(name, report, report.parts, named, lookups)
        found.append((question, _tool(question, tag, _Needs.of(statements, inventory, tools, history))))
    return found


def _named(report: Report, nouns: Mapping[str, str], place: str) -> dict[str, str]:
    """Argument -> collection of the object that it names; those that may name any object are left out.

    Raises:
        OverrideError: XO lists no such objects.
    """
    kinds = {key: entry.kind for key, entry in report.arguments.items()}
    found = {key: kind for key, kind in kinds.items() if kind and kind not in (NO_KIND, ANY)}
    known = {key.removeprefix("GET /") for key in nouns if key.startswith("GET /") and key.count("/") == 1}
    for key, kind in found.items():
        if kind not in known:
            raise OverrideError(
                f"there is no collection {kind!r}", place=f"{place}, {key}", hint=nearest(kind, {*known, ANY})
            )
    return found


def _lookups(report: Report, nouns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """How to find out whether there is what the other arguments name, and what to say where there is not."""
    found = {}
    for key, entry in report.arguments.items():
        if entry.tag_of:
            noun = nouns.get(f"GET /{entry.tag_of.replace('_', '-')}/{{id}}", "object")
            table = f"{entry.tag_of} AS o, json_each(o.tags) AS t"
            found[key] = {
                "sql": f"SELECT 1 FROM {table} WHERE t.value = :{key} LIMIT 1",  # noqa: S608 - names of our own
                "says": f"No {noun} has the tag",
            }
        elif entry.kind == ANY:
            found[key] = {
                "sql": f"SELECT 1 FROM {entry.kind} AS o WHERE o.id = :{key} LIMIT 1",  # noqa: S608 - as above
                "says": "No object that this user may see has the id",
            }
    return found


@dataclass(frozen=True)
class _Needs:
    """What the statements of a report need together."""

    privileges: tuple[str, ...]
    since: Since

    @classmethod
    def of(
        cls, statements: Sequence[Statement], inventory: Inventory, tools: Sequence[Tool], history: History
    ) -> "_Needs":
        keys = {key for statement in statements for key in statement.operations}
        named = {table for statement in statements for table in statement.named}
        releases = [table.since for table in inventory.tables if table.name in named and table.since]
        since = Since(max(releases, key=order, default=None), history.releases[0] if history.releases else None)
        return cls(tuple(sorted({need for tool in tools if tool.key in keys for need in tool.privileges})), since)


def _tool(question: Question, tag: str, needs: _Needs) -> Tool:
    name, report = question.name, question.report
    arguments = [local_argument(name, key, entry) for key, entry in report.arguments.items()]
    return Tool(
        name=PythonName(name),
        title=report.title,
        description=report.description,
        curated=True,
        module=ModuleName(tag),
        tags=(tag,),
        operation=None,
        kind=KINDS["report"],
        hints=Hints("read", idempotent=True, denied=False, decided=True),
        arguments=(*arguments, _limit(report.limit), _format()),
        default=report.default,
        synonyms=tuple(report.synonyms),
        since=needs.since,
        needs=needs.privileges,
    )


def _limit(rows: int) -> Argument:
    return replace(argument("limit", "extra", dict(LIMIT.schema), required=False), annotation="int", default=str(rows))


def _format() -> Argument:
    found = argument("format", "extra", dict(FORMAT.schema), required=False)
    return replace(found, annotation=FORMAT.annotation, default=FORMAT.default)
