"""SQL functions that replace SQLite's own where those take quadratic time.

Nothing ends those meanwhile: SQLite looks at the clock between instructions only.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

Value: TypeAlias = str | int | float | bytes | None

MOST_TEXT: Final = 1_000_000
"""Bytes of one text inside a statement."""
_MOST_TRIMMED: Final = 100
"""Characters that `trim` accepts as a set: it compares each with each."""


def _text(value: Value) -> str | None:
    return (
        value.decode("utf-8", errors="replace") if isinstance(value, bytes) else None if value is None else str(value)
    )


def _instr(text: Value, part: Value) -> Value:
    whole, wanted = _text(text), _text(part)
    return None if whole is None or wanted is None else whole.find(wanted) + 1


def _replace(text: Value, old: Value, new: Value) -> Value:
    whole, wanted, instead = _text(text), _text(old), _text(new)
    if whole is None or wanted is None or instead is None:
        return None
    if not wanted:
        return whole
    if len(whole) + whole.count(wanted) * (len(instead) - len(wanted)) > MOST_TEXT:
        raise ValueError("A value in the statement grows too large.")
    return whole.replace(wanted, instead)


def _trimmed(strip: Callable[[str, str], str]) -> Callable[..., Value]:
    def trim(text: Value, signs: Value = " ") -> Value:
        whole, wanted = _text(text), _text(signs)
        if whole is None or wanted is None:
            return None
        if len(wanted) > _MOST_TRIMMED:
            raise ValueError(f"trim takes at most {_MOST_TRIMMED} characters to take off.")
        return strip(whole, wanted) if wanted else whole

    return trim


OWN: Final[tuple[tuple[str, int, Callable[..., Value]], ...]] = (
    ("instr", 2, _instr),
    ("replace", 3, _replace),
    ("trim", 1, _trimmed(str.strip)),
    ("trim", 2, _trimmed(str.strip)),
    ("ltrim", 1, _trimmed(str.lstrip)),
    ("ltrim", 2, _trimmed(str.lstrip)),
    ("rtrim", 1, _trimmed(str.rstrip)),
    ("rtrim", 2, _trimmed(str.rstrip)),
)
"""Name, number of arguments, function; each raises ValueError, in words, for what it refuses."""
