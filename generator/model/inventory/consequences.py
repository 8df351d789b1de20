"""Queries that find out before a call what else it touches: declared SQL, checked against the inventory's tables."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from generator.errors import OverrideError
from generator.model.confirmation import Finding, Moves
from generator.model.conventions import Conventions
from generator.model.inventory.checking import Checker
from generator.model.inventory.tables import Inventory
from generator.model.overrides import SHARED, nearest
from generator.model.tool import Tool

IMPLIED = ("ids", "own", "now")
"""Parameters that every statement may use."""
OWN = ("own_vm", "addresses", "macs")
"""Parameters of the statement that finds the VM that runs XO."""
_OWN_AMONG = (
    "SELECT v.name_label AS name FROM vms AS v WHERE v.id IN (SELECT value FROM json_each(:own)) AND v.id IN ({})"
)
MOVED = ("id", "name", "place")


def consequences_of(
    tools: Iterable[Tool], conventions: Conventions, inventory: Inventory, *, lenient: bool
) -> dict[str, Any]:
    """What the server finds out, by tool.

    Args:
        tools: All of them.
        conventions: Which VMs live on what.
        inventory: The tables of the release.
        lenient: Leave out what this release lacks tables or arguments for.

    Raises:
        OverrideError: A statement would be refused, or its text shows what it does not answer.
    """
    checker = inventory.checker
    found: dict[str, Any] = {}
    for tool in tools:
        asked = tool.asked
        asks_when = [*_about_own_vm(tool, conventions), *asked.asks_when]
        consequences = {
            "consequences": _fitting(checker, tool, asked.consequences, "consequences", lenient=lenient),
            "asks_when": _fitting(checker, tool, asks_when, "asks_when", lenient=lenient),
            "moves": _moves(checker, tool, asked.moves, lenient=lenient),
        }
        kept = {key: value for key, value in consequences.items() if value}
        if kept:
            found[str(tool.name)] = kept
    return dict(sorted(found.items()))


def own_vm_select(conventions: Conventions, inventory: Inventory, *, lenient: bool) -> str:
    """The SELECT of the VM that runs XO; empty where nobody decided on one, or this release lacks what it reads.

    Raises:
        OverrideError: The statement would be refused; unless `lenient`.
    """
    if conventions.own_vm is None:
        return ""
    try:
        inventory.checker.check(conventions.own_vm, OWN, f"{SHARED}, own_vm")
    except OverrideError:
        if lenient:
            return ""
        raise
    return conventions.own_vm


def _about_own_vm(tool: Tool, conventions: Conventions) -> Iterator[Finding]:
    """That the VM that runs XO is among what a call is about.

    Raises:
        OverrideError: Nobody says which VMs live on what it is about.
    """
    own = tool.asked.own_vm
    if own is None:
        return
    path = tool.reads or (tool.operation.path if tool.operation else "")
    collection = path.strip("/").partition("/")[0]
    vms = conventions.vms_of.get(collection)
    if vms is None:
        hint = nearest(collection, set(conventions.vms_of))
        raise OverrideError(f"`own_vm`: `vms_of` has no {collection!r}", place=tool.key, hint=hint)
    yield Finding(
        text=f"This {own.does} the VM that runs Xen Orchestra itself: {{names}}.",
        sql=_OWN_AMONG.format(vms),
        given=own.given,
    )


def _fitting(
    checker: Checker, tool: Tool, findings: Sequence[Finding], key: str, *, lenient: bool
) -> list[dict[str, Any]]:
    kept = []
    for number, finding in enumerate(findings, 1):
        try:
            _require_fit(checker, tool, finding, f"{tool.key}, {key} {number}")
        except OverrideError:
            if not lenient:
                raise
        else:
            kept.append(finding.model_dump(exclude_defaults=True))
    return kept


def _require_fit(checker: Checker, tool: Tool, finding: Finding, place: str) -> None:
    columns = _checked(checker, tool, finding, place)
    for name in finding.placeholders:
        known = {*columns, "count"} | ({"names"} if "name" in columns else set())
        if name not in known:
            raise OverrideError(f"the statement answers no {name!r}", place=place, hint=nearest(name, known))


def _moves(checker: Checker, tool: Tool, moves: Moves | None, *, lenient: bool) -> dict[str, Any] | None:
    if moves is None:
        return None
    place = f"{tool.key}, moves"
    try:
        columns = _checked(checker, tool, moves, place, "tracked")
    except OverrideError:
        if lenient:
            return None
        raise
    if columns != MOVED:
        raise OverrideError(f"the statement must answer {', '.join(MOVED)}", place=place)
    return moves.model_dump(exclude_defaults=True)


def _checked(checker: Checker, tool: Tool, finding: Finding | Moves, place: str, *more: str) -> tuple[str, ...]:
    arguments = {entry.name for entry in tool.arguments}
    for name in finding.given:
        if name not in arguments:
            raise OverrideError(f"there is no argument {name!r}", place=place, hint=nearest(name, arguments))
    return checker.check(finding.sql, [*arguments, *IMPLIED, *more], place).columns
