"""Makes what XO sent safe to read, in one walk over a value.

Secrets and stack traces go, names and texts are neutralised, and instants also appear as ISO 8601.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from xo_mcp.bounds import TEXT, look
from xo_mcp.encoding import Written, encode_printable, written
from xo_mcp.privacy.masking import masked_text
from xo_mcp.privacy.secret_names import HIDDEN, is_secret
from xo_mcp.text import neutral_text
from xo_mcp.types import Json
from xo_mcp.units import iso, unit_of

MAXIMUM_DEPTH: Final = 60
"""No record of XO is nested that deep."""
_TOO_DEEP: Final = "(nested too deep)"
_REMEMBERED: Final = 4096  # names
_SAFE: Final = frozenset({int, bool, type(None)})
_REMARKABLE: Final = frozenset({dict, list, float})


class _Name(NamedTuple):
    """What the name of a property says, where it says anything.

    Attributes:
        shown: The name, neutralised.
        hides: Whether it names a secret.
        is_stack: Whether it names a stack trace, if the object is an error.
        unit: Of an instant, as `iso` takes it; `None` when it names something else.
        says_more: Whether it says more than that.
    """

    shown: str
    hides: bool
    is_stack: bool
    unit: str | None
    says_more: bool


class _Names(dict[str, _Name | None]):
    """What names say, looked at once: a list of 2,000 VMs has 160,000 properties of 90 names."""

    def __missing__(self, name: str) -> _Name | None:
        if len(self) >= _REMEMBERED:
            self.clear()
        shown, hides, is_stack, unit = neutral_text(name), is_secret(name), name == "stack", unit_of(name)
        says_more = shown != name or hides or is_stack
        found = _Name(shown, hides, is_stack, unit, says_more) if says_more or unit else None
        self[name] = found
        return found


_NAMES: Final = _Names()


def sanitized(value: Json, names: Sequence[str] | None = None, *, secrets: bool = False, depth: int = 0) -> Json:
    """Return a JSON value fit to be read, which may share parts with the one given. Twice changes nothing.

    - Texts of properties named like a secret are hidden, and logins and `password=` settings inside other texts;
      numbers, booleans (`hasAuthorization`) and empty texts stay.
    - Errors (objects with a `message`) lose their `stack`.
    - `<name>_iso` comes beside each property that holds an instant.
    - Control, reordering and invisible characters become escapes; NaN and infinities, which are not JSON, null.
    - What is nested deeper than 60 levels becomes a marker.

    Args:
        value: From XO.
        names: Properties that an object has, for a copy of only these and in this order.
        secrets: Whether secrets stay, for the answer that gives one to the caller.
        depth: Levels around the value.
    """
    walk = _Walk(secrets=secrets)
    if names is not None and isinstance(value, dict):
        return walk.object(value, names, depth, hide=False)
    return walk.of(value, depth, hide=False)


def sanitize_and_encode(value: Json, names: Sequence[str] | None = None) -> Written:
    """Return what `sanitized` does, and its JSON.

    Most records need nothing but their times in words. Their JSON, which is needed anyway, shows it at once.

    Args:
        value: From XO.
        names: As `sanitized` takes them.
    """
    plain: Json = None
    if isinstance(value, dict):
        plain = _with_times(value, value if names is None else names)
    elif _is_unremarkable(value, 0):
        plain = value
    if plain is not None:
        encoded = encode_printable(plain)
        if encoded is not None and b"=" not in encoded and b"@" not in encoded:
            return Written(plain, encoded)
    return written(sanitized(value, names))


def _with_times(value: dict[str, Json], names: Iterable[str]) -> dict[str, Json] | None:
    """Copy these properties with their times, if nothing else has to be done to them, texts aside."""
    shown: dict[str, Json] = {}
    for key in names:
        item = value[key]
        name = _NAMES[key]
        if item and type(item) in _REMARKABLE and not _is_unremarkable(item, 1):
            return None
        shown[key] = item
        if name is None:
            continue
        if name.says_more or name.unit is None:
            return None
        if (text := iso(item, name.unit)) is not None and f"{key}_iso" not in value:
            shown[f"{key}_iso"] = text
    return shown


def _is_unremarkable(value: Json, depth: int) -> bool:
    """Whether names in a value say nothing and numbers are finite: only texts could need a change."""
    if depth >= MAXIMUM_DEPTH:
        return False
    if isinstance(value, dict):
        for name, item in value.items():
            if _NAMES[name] is not None or (
                item and type(item) in _REMARKABLE and not _is_unremarkable(item, depth + 1)
            ):
                return False
    elif isinstance(value, list):
        for item in value:
            if item and type(item) in _REMARKABLE and not _is_unremarkable(item, depth + 1):
                return False
    return not isinstance(value, float) or math.isfinite(value)


class _Walk:
    """Walks over one value. It is most of what a long list costs: the commonest values take the shortest way."""

    def __init__(self, *, secrets: bool) -> None:
        self._secrets = secrets

    def of(self, value: Json, depth: int, *, hide: bool) -> Json:
        if isinstance(value, str):
            return (HIDDEN if value else value) if hide else self._text(value)
        if isinstance(value, dict):
            is_same = not hide and depth < MAXIMUM_DEPTH and _is_harmless(value)
            return value if is_same else self.object(value, value, depth, hide=hide)
        if isinstance(value, list):
            return self._list(value, depth, hide=hide)
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def object(self, value: dict[str, Json], names: Iterable[str], depth: int, *, hide: bool) -> Json:
        """Copy these properties of an object."""
        if depth >= MAXIMUM_DEPTH:
            return HIDDEN if hide else _TOO_DEEP
        shown: dict[str, Json] = {}
        for key in names:
            item = value[key]
            name = _NAMES[key]
            if name is not None:
                self._put(shown, value, key, name, depth + 1, hide=hide)
            elif not item or type(item) in _SAFE or (type(item) is str and not hide and _is_plain(item)):
                shown[key] = item
            else:
                shown[key] = self.of(item, depth + 1, hide=hide)
        return shown

    def _list(self, value: list[Json], depth: int, *, hide: bool) -> Json:
        if depth >= MAXIMUM_DEPTH:
            return HIDDEN if hide else _TOO_DEEP
        return [self.of(item, depth + 1, hide=hide) for item in value] if value else []

    def _put(
        self, shown: dict[str, Json], value: dict[str, Json], key: str, name: _Name, depth: int, *, hide: bool
    ) -> None:
        """Show a property whose name says something."""
        if name.is_stack and "message" in value:
            return
        item = value[key]
        shown[name.shown] = self.of(item, depth, hide=hide or (name.hides and not self._secrets))
        if name.unit is not None and (text := iso(item, name.unit)) is not None and f"{key}_iso" not in value:
            shown[f"{name.shown}_iso"] = text

    def _text(self, text: str) -> str:
        if _is_plain(text):
            return text
        return look(text, neutral_text if self._secrets else _cleaned, TEXT)


def _cleaned(text: str) -> str:
    return neutral_text(masked_text(text))


def _is_harmless(value: dict[str, Json]) -> bool:
    """Whether an object with nothing nested in it can stay as it is."""
    for key, item in value.items():
        if _NAMES[key] is not None or (
            item and type(item) not in _SAFE and not (type(item) is str and _is_plain(item))
        ):
            return False
    return True


def _is_plain(text: str) -> bool:
    """Whether nothing in a text can be a secret or has to be neutralised; most are."""
    return text.isascii() and text.isprintable() and "=" not in text and "@" not in text
