"""What a call moved: where objects are before and after it, as declared in `overrides/` (`moves`)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import anyio

from xo_mcp.answer import Answer
from xo_mcp.errors import CallError
from xo_mcp.inventory.execution import WHOLE
from xo_mcp.objects.consequences import PATIENCE, applies, declared, opened, parameters

if TYPE_CHECKING:
    from xo_mcp.definitions import Entry
    from xo_mcp.inventory.functions import Value
    from xo_mcp.session import Session
    from xo_mcp.types import Json

MOST: Final = 20
"""Names that an answer shows of the objects moved the same way."""
Whereabouts = Mapping[str, tuple[str, str]]
"""Id -> name, and where the object is: its host, SR or network."""


@dataclass(frozen=True)
class Tracked:
    """Objects that a call may move.

    Attributes:
        session: With XO.
        sql: Where they are.
        given: Parameters of the statement.
        before: Where they were.
    """

    session: "Session"
    sql: str
    given: "Mapping[str, Value]"
    before: Whereabouts

    async def with_moves(self, answer: Answer) -> Answer:
        """The answer, with what moved and where it is now."""
        if not isinstance(answer.data, dict):
            return answer
        after = await _whereabouts(self.session, self.sql, {**self.given, "tracked": json.dumps(list(self.before))})
        ways: dict[tuple[str, str], list[str]] = {}
        for identity, (name, start) in self.before.items():
            if identity in after and after[identity][1] != start:
                ways.setdefault((start, after[identity][1]), []).append(name)
        rows: list[Json] = [
            {"from": start, "to": end, "count": len(names), "names": [*names[:MOST]]}
            for (start, end), names in ways.items()
        ]
        return replace(answer, data={**answer.data, "moved": rows})


async def track(
    session: "Session", tool: "Entry", arguments: Mapping[str, Any], ids: Sequence[str] = ()
) -> Tracked | None:
    """Look where the objects are that a call may move; nothing where the call moves none.

    Args:
        session: With XO.
        tool: What will be called.
        arguments: Validated, ids only.
        ids: The objects it is about, where they are several.
    """
    moves = declared(tool.name).get("moves")
    if moves is None or not applies(moves, arguments):
        return None
    given = parameters(tool, arguments, ids)
    before = await _whereabouts(session, moves["sql"], {**given, "tracked": None})
    return Tracked(session, moves["sql"], given, before)


async def _whereabouts(session: "Session", sql: str, given: "Mapping[str, Value]") -> dict[str, tuple[str, str]]:
    """Where objects are; nothing where that can't be found out, because the call itself matters more."""
    with anyio.move_on_after(PATIENCE):
        try:
            async with opened(session) as inventory:
                found = await inventory.run(sql, {"own": "[]", **given}, limits=WHOLE)
        except CallError:
            return {}
        return {str(row[0]): (str(row[1]), str(row[2])) for row in found.rows}
    return {}
