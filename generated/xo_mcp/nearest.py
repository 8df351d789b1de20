"""The nearest names to one that does not exist, for error messages."""

from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 100
"""Characters of a name that are compared; none that is known is longer."""


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """Find the names closest to a mistaken one.

    Args:
        name: As it was written.
        known: What it could have been.
        count: At most so many.

    Returns:
        The likeliest first, spelled as they are known; empty when nothing resembles it.
    """
    name = name[:_LONGEST]
    spelled = {candidate.casefold(): candidate for candidate in known}
    # Imported when somebody made a mistake, not when the server starts.
    from difflib import get_close_matches

    wanted = name.casefold()
    found = [candidate for candidate in spelled if wanted and (wanted in candidate or candidate in wanted)]
    found.sort(key=lambda candidate: abs(len(candidate) - len(wanted)))
    close = get_close_matches(wanted, spelled, n=count, cutoff=0.6)
    return [spelled[candidate] for candidate in dict.fromkeys([*close, *found])][:count]


def suggestion(name: str, known: Iterable[str], *, count: int = 3) -> str:
    """`; did you mean a, b or c?`, or nothing."""
    names = nearest(name, known, count=count)
    if not names:
        return ""
    return f"; did you mean {' or '.join(filter(None, [', '.join(names[:-1]), names[-1]]))}?"
