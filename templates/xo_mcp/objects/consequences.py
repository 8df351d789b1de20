"""What a call will do to other objects, queried before it: lines for the question, and reasons to ask at all.

Declared in `overrides/` as SQL over the inventory, rendered into `consequences.json`.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import CallError
from xo_mcp.inventory.engine import Inventory
from xo_mcp.inventory.execution import WHOLE, Found
from xo_mcp.inventory.functions import Value
from xo_mcp.inventory.own_vm import own_vms
from xo_mcp.text import neutral_text, one_line

if TYPE_CHECKING:
    from xo_mcp.definitions import Entry
    from xo_mcp.session import Session

NAMED: Final = 20
"""Objects of a line that are named; of more, the first and how many there are."""
PATIENCE: Final = 30
"""Seconds that finding out may take altogether."""
_NAME: Final = 60  # characters
_LINE: Final = 1_500
_GIB: Final = 1 << 30
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Consequences:
    """What a call will do to other objects.

    Attributes:
        lines: For the question.
        reasons: Those of them for which a person must be asked, whatever the tool does otherwise.
    """

    lines: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@cache
def _loaded() -> Mapping[str, Any]:
    file = resources.files("xo_mcp.objects") / "consequences.json"
    loaded: Mapping[str, Any] = json.loads(file.read_bytes()) if file.is_file() else {}
    return loaded


def declared(tool: str) -> Mapping[str, Any]:
    """What is declared for a tool: `consequences`, `asks_when`, `moves`; empty for most."""
    found: Mapping[str, Any] = _loaded().get(tool, {})
    return found


class ConsequenceQuery:
    """Finds out what a call will do.

    Args:
        session: With XO.
        tool: What is called.
        arguments: Validated, ids only.
        ids: The objects it is about, where they are several.
    """

    def __init__(
        self, session: "Session", tool: "Entry", arguments: Mapping[str, Any], ids: Sequence[str] = ()
    ) -> None:
        self._session = session
        self._declared = declared(tool.name)
        self._arguments = arguments
        self._parameters = parameters(tool, arguments, ids)

    async def reasons(self) -> tuple[str, ...]:
        """Why a person must be asked, whatever the tool does otherwise; empty for most calls."""
        async with opened(self._session) as inventory:
            return await self._lines("asks_when", inventory)

    async def run(self) -> Consequences:
        """Find out everything."""
        async with opened(self._session) as inventory:  # one, so that what both need is fetched once
            reasons = await self._lines("asks_when", inventory)
            return Consequences((*reasons, *await self._lines("consequences", inventory)), reasons)

    async def _lines(self, key: str, inventory: Inventory) -> tuple[str, ...]:
        findings = [finding for finding in self._declared.get(key, ()) if applies(finding, self._arguments)]
        if not findings:
            return ()
        lines: list[str] = []
        with anyio.move_on_after(PATIENCE) as scope:
            own: list[str] = []
            if any(":own" in finding["sql"] for finding in findings):
                try:
                    own = await own_vms(inventory, self._session.config)
                except CallError as error:
                    lines.append(_unknown("which VM runs Xen Orchestra", error))
            parameters = {**self._parameters, "own": json.dumps(own)}
            for finding in findings:
                try:
                    found = await inventory.run(finding["sql"], parameters, limits=WHOLE)
                except CallError as error:
                    # Not known is no reason to go on as if there were nothing.
                    lines.append(_unknown("what else this does", error))
                else:
                    lines += _said(finding, found)
        if scope.cancelled_caught:
            lines.append("What else this does could not be found out in time: Xen Orchestra answers slowly.")
        return tuple(dict.fromkeys(lines))


def opened(session: "Session") -> Inventory:
    """The fleet as it is now."""
    return Inventory(session.client, release=session.config.known_release)


def applies(declaration: Mapping[str, Any], arguments: Mapping[str, Any]) -> bool:
    """Whether the arguments are given that a declaration is about."""
    return all(arguments.get(name) not in (None, False) for name in declaration.get("given", ()))


def parameters(tool: "Entry", arguments: Mapping[str, Any], ids: Sequence[str] = ()) -> dict[str, Value]:
    """What a declared statement may use: every argument of the tool, `ids` and `now`."""
    subject = arguments.get(tool.facts.subject)
    about = list(ids) or ([subject] if isinstance(subject, str) else [])
    given = {name: _bound(arguments.get(name)) for name in tool.schema.get("properties", {})}
    return {"ids": json.dumps(about), "now": int(time.time()), **given}


def _bound(value: Any) -> Value:
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value)


def _said(finding: Mapping[str, Any], found: Found) -> list[str]:
    """What rows mean, in a line."""
    if not found.rows:
        return [finding["none"]] if "none" in finding else []
    shown = {"count": f"{'more than ' if found.more else ''}{len(found.rows):,}"}
    columns = list(zip(found.columns, zip(*found.rows, strict=True), strict=True))
    details = next((values for name, values in columns if name == "detail"), ())
    for name, values in columns:
        if name == "name":
            shown["names"] = _names(values, details)
        elif name != "detail":
            shown[name] = _amount(name, sum(value for value in values if isinstance(value, int | float)))
    line = _PLACEHOLDER.sub(lambda match: shown.get(match[1], match[0]), finding["text"])
    return [line if len(line) <= _LINE else f"{line[:_LINE]} ..."]


def _names(names: Sequence[Value], details: Sequence[Value]) -> str:
    shown = []
    for position, name in enumerate(names[:NAMED]):
        detail = details[position] if position < len(details) else None
        about = f" ({neutral_text(one_line(str(detail), _NAME * 2))})" if detail not in (None, "") else ""
        shown.append(f"{quoted(str(name))}{about}")
    more = len(names) - NAMED
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def quoted(name: str) -> str:
    """Somebody else's words, on one line and in quotes."""
    return json.dumps(one_line(name, _NAME), ensure_ascii=False)


def _amount(name: str, value: float) -> str:
    if name in CONVENTIONS.units.bytes:
        return f"{value / _GIB:,.1f} GiB"
    return f"{value:,.0f}"


def _unknown(what: str, error: CallError) -> str:
    return f"It could not be found out {what}: {one_line(str(error), 300)}"
