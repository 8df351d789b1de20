"""Recognises mistakes of the caller among what XO reports as failures of its own or of a task.

XO 6.7.1 answers 500 to a name that is taken, a repository that is disabled, a duration it can't read. Which words mean
what is decided in overrides/ (`mistakes`).
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.types import Json

_PATTERNS: Final = tuple((re.compile(entry["says"], re.IGNORECASE), entry["means"]) for entry in CONVENTIONS.mistakes)


def meaning_of(text: str) -> str | None:
    """What to do about a text of XO, `None` where it says nothing about the call."""
    return next((means for pattern, means in _PATTERNS if pattern.search(text)), None)


def state_of(data: Mapping[str, Json], clean: Callable[[str], str]) -> str:
    """Word the `data` of "incorrect state", which alone has the cause; empty when it says nothing.

    Args:
        data: `{property?, actual, expected, object?}`, of which the object may be a whole record.
        clean: Makes a text of XO fit to be shown.
    """
    if data.get("expected") is None:
        return ""
    name = data.get("property")
    shown = f"`{clean(name)}`" if isinstance(name, str) and name else "the state"
    actual, expected = (_value(data.get(key), clean) for key in ("actual", "expected"))
    about = data.get("object")
    of = f" of {clean(about)}" if isinstance(about, str) and about else ""
    return f"{shown}{of} is {actual}, it must be {expected}"


def _value(value: Json, clean: Callable[[str], str]) -> str:
    if value is None or value == "":
        return "not set"
    if isinstance(value, list):
        return " or ".join(clean(str(each)) for each in value) or "empty"
    return clean(str(value).lower() if isinstance(value, bool) else str(value))
