"""Chooses the warnings a person reads, by the object as XO shows it. Their text is in the tool's definition."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from xo_mcp.locations import Location
from xo_mcp.text import one_line
from xo_mcp.types import Json
from xo_mcp.units import SIZES, readable_size

NOTHING_SAID: Final = "This destroys data, cuts a running service or grants access to XO."
"""Of such a tool that nobody wrote a warning for, as in a draft."""
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_LONGEST: Final = 80


def warning_of(cases: Iterable[Mapping[str, Any]], seen: Mapping[str, Json] | None = None) -> str | None:
    """Choose a warning.

    Args:
        cases: `{"when": {property: texts or true}, "text": with {property}}`, in order.
        seen: The object that the call is about as its GET shows it, when it could be read.

    Returns:
        The first that fits the object, `None` when none does.
    """
    shown = seen or {}
    for case in cases:
        conditions = case.get("when", {}).items()
        if all(_fits(_inside(shown, name), wanted) for name, wanted in conditions):
            text = _filled(case["text"], shown)
            if text is not None:
                return text
    return None


def _inside(shown: Mapping[str, Json], name: str) -> Json:
    found: Json = dict(shown)
    for part in Location(name).steps:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _fits(found: Json, wanted: list[str] | bool) -> bool:
    return bool(found) if isinstance(wanted, bool) else found in wanted


def _filled(text: str, shown: Mapping[str, Json]) -> str | None:
    """Put properties into a text; `None` when the object lacks one."""
    names = _PLACEHOLDER.findall(text)
    values = {name: _value_text(name, _inside(shown, name)) for name in names}
    if None in values.values():
        return None
    return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)


def _value_text(name: str, value: Json) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return readable_size(value) if Location(name).name in SIZES else f"{value:g}"
    return one_line(value, _LONGEST) if isinstance(value, str) and value else None
