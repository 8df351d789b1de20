"""Requests that no tool can serve, and where XO does it instead; declared in overrides/ (`wishes`).

A tool that is nearly what somebody wants does something else; saying so is worth more.
"""

import re
from collections.abc import Iterable
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.definitions import Entry

_WISHES: Final = tuple((re.compile(rf"\b(?:{entry['says']})", re.IGNORECASE), entry) for entry in CONVENTIONS.wishes)


def unserved(text: str, entries: Iterable[Entry]) -> str | None:
    """Say that no tool does it and who does; `None` for any other wish.

    Args:
        text: A request, or a name that was called.
        entries: Every tool of this package, offered or not: a wish that one of them serves is left out.
    """
    said = text.replace("_", " ")
    found = next((entry for pattern, entry in _WISHES if pattern.search(said)), None)
    if found is None:
        return None
    served = {entry.facts.operation for entry in entries}
    if any(operation in served for operation in found["unless"]):
        return None
    return f"No tool here does this. {found['where']}"
