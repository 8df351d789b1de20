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
from generator.model.since import Since
from generator.model.tool import Tool
from generator.names.identifiers import ModuleName, PythonName
from generator.specs.releases import order

IMPLIED = ("now", "own")
"""Parameters every statement may use: the time in epoch seconds, and ids of the VM that runs XO, as a JSON array."""


@dataclass(frozen=True)
class Question:
    """A report that was checked against the tables of a release.

    Attributes:
        name: Of the tool.
        report: As it was decided.
        parts: By name.
    """

    name: str
    report: Report
    parts: Mapping[str, Part]

    @property
    def data(self) -> dict[str, Any]:
        """As it is rendered."""
        parts = [{"name": name} | part.model_dump(exclude_defaults=True) for name, part in self.parts.items()]
        return {"title": self.report.title, "limit": self.report.limit, "parts": parts}


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
        OverrideError: A statement would be refused; names the report, its part, and the nearest table or column.
    """
    checker = inventory.checker
    found = []
    for name, (tag, report) in reports.items():
        try:
            statements = [
                checker.check(part.sql, [*report.arguments, *IMPLIED], f"{tag}.yaml, {name}, {part_name}")
                for part_name, part in report.parts.items()
            ]
        except OverrideError:
            if lenient:
                continue
            raise
        question = Question(name, report, report.parts)
        found.append((question, _tool(question, tag, _Needs.of(statements, inventory, tools, history))))
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
