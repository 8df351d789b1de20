"""Verbs that undo each other: a search for one must not lead to the other."""

from typing import Final

from xo_mcp.search.wording import meanings, stem

_PAIRS: Final = (
    ("start unpause resume boot launch enable", "stop shutdown halt pause suspend hibernate kill disable abort"),
    ("create add make new", "delete remove destroy erase drop wipe"),
    ("connect attach plug", "disconnect detach unplug forget"),
    ("import upload restore revert", "export download snapshot"),
)


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, text.split()))


_OPPOSITES: Final = [(_stems(one), _stems(other)) for one, other in _PAIRS]


def are_opposite(wanted: str, offered: str) -> bool:
    """Whether two verbs, or what XO calls them, undo each other."""
    one, other = {stem(wanted), *meanings(stem(wanted))}, {stem(offered)}
    same = one & other
    return not same and any(
        (one & left and other & right) or (one & right and other & left) for left, right in _OPPOSITES
    )
