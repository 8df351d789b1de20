"""Ids in upper case in a statement: other programs write them, XO never does, so they match nothing."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from xo_mcp.inventory.execution import Found

_UUID: Final = re.compile(r"'[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}'")
_NOTE: Final = "XO's ids are in lower case, and so were those of the statement read."


async def in_any_case(sql: str, run: Callable[[str], Awaitable[Found]]) -> Found:
    """Run a statement, and once more with its ids in lower case where it found nothing.

    Texts that are no ids, such as serial numbers of hosts, may look alike, so that they are tried as they are.

    Args:
        sql: The statement.
        run: Runs one.

    Raises:
        CallError: As `run` does.
    """
    found = await run(sql)
    lowered = _UUID.sub(lambda match: match[0].lower(), sql)
    if lowered == sql or not _is_nothing(found):
        return found
    again = await run(lowered)
    return found if _is_nothing(again) else replace(again, notes=(_NOTE, *again.notes))


def _is_nothing(found: Found) -> bool:
    """Whether there is no row, or one that counts none."""
    return not found.rows or (len(found.rows) == 1 and all(value in (0, None) for value in found.rows[0]))
