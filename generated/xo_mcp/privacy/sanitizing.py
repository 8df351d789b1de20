"""Makes what XO sent fit to be read, in one walk over a value.

Secrets and stack traces go, names and texts are neutralised, and instants are also told as ISO 8601.
"""

import math
from functools import lru_cache
from typing import Final, NamedTuple

from xo_mcp.privacy.masking import masked_text
from xo_mcp.privacy.secret_names import HIDDEN, is_secret
from xo_mcp.text import neutral_text
from xo_mcp.types import Json
from xo_mcp.units import iso, unit_of

MAXIMUM_DEPTH: Final = 60
"""No record of XO is nested that deep."""
_TOO_DEEP: Final = "(nested too deep)"


class _Name(NamedTuple):
    """What the name of a property says about its value.

    Attributes:
        shown: The name, neutralised.
        hides: Whether it names a secret.
        is_stack: Whether it names a stack trace, if the object is an error.
        unit: Of an instant, as `iso` takes it; `None` when it names something else.
    """

    shown: str
    hides: bool
    is_stack: bool
    unit: str | None


def sanitized(value: Json, *, secrets: bool = False, depth: int = 0) -> Json:
    """Return a copy of a JSON value that is fit to be read. Applying it twice changes nothing.

    - Texts of properties named like a secret are hidden, and logins and `password=` settings inside other texts;
      numbers, booleans (`hasAuthorization`) and empty texts stay.
    - Errors (objects with a `message`) lose their `stack`.
    - `<name>_iso` comes beside each property that holds an instant.
    - Control, reordering and invisible characters become escapes; NaN and infinities, which are no JSON, null.
    - What is nested deeper than 60 levels becomes a marker.

    Args:
        value: From XO.
        secrets: Whether secrets stay, for the answer that gives one to the caller.
        depth: Levels around the value.
    """
    return _Walk(secrets=secrets).of(value, depth, hide=False)


class _Walk:
    def __init__(self, *, secrets: bool) -> None:
        self._secrets = secrets

    def of(self, value: Json, depth: int, *, hide: bool) -> Json:
        if isinstance(value, str):
            return (HIDDEN if value else value) if hide else self._text(value)
        if isinstance(value, (dict, list)):
            if depth >= MAXIMUM_DEPTH:
                return HIDDEN if hide else _TOO_DEEP
            if isinstance(value, list):
                return [self.of(item, depth + 1, hide=hide) for item in value]
            return self._object(value, depth + 1, hide=hide)
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def _object(self, value: dict[str, Json], depth: int, *, hide: bool) -> dict[str, Json]:
        shown: dict[str, Json] = {}
        is_error = "message" in value
        for key, item in value.items():
            name = _name(key)
            if name.is_stack and is_error:
                continue
            shown[name.shown] = self.of(item, depth, hide=hide or (name.hides and not self._secrets))
            if name.unit is not None and (text := iso(item, name.unit)) is not None and f"{key}_iso" not in value:
                shown[f"{name.shown}_iso"] = text
        return shown

    def _text(self, text: str) -> str:
        return neutral_text(text if self._secrets else masked_text(text))


@lru_cache(maxsize=4096)
def _name(name: str) -> _Name:
    return _Name(neutral_text(name), is_secret(name), name == "stack", unit_of(name))
