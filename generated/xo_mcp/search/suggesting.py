"""The tools somebody may have meant by a name that does not exist: by spelling, and by what the words mean."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from xo_mcp.definitions import Entry
from xo_mcp.nearest import nearest
from xo_mcp.search.opposites import are_opposite
from xo_mcp.search.ranking import Ranking
from xo_mcp.search.wording import meanings, stem

_MOST: Final = 3
_LONGEST: Final = 60
_MISSPELT: Final = 0.88
"""How alike a name and a misspelling of it are; below, another tool is as likely."""


def suggested_tools(name: str, entries: Sequence[Entry]) -> str:
    """`; did you mean clean_shutdown_vm or hard_shutdown_vm?`, or nothing.

    A name that is only misspelt is found by its spelling; one whose verb has another word in XO by what it means
    (`stop_vm`, `remove_vm`). No tool that does the opposite is named.

    Args:
        name: As it was called.
        entries: The tools that can be called.
    """
    name = name[:_LONGEST]
    verb = name.partition("_")[0].casefold()
    names = [entry.name for entry in entries]
    spelled = nearest(name, names)
    misspelt = get_close_matches(name.casefold(), names, n=1, cutoff=_MISSPELT)
    meant = [entry.name for entry in Ranking(entries).find(name.replace("_", " "), _MOST)] if "_" in name else []
    ordered = [*misspelt, *(meant if meanings(stem(verb)) or not spelled else ()), *spelled]
    fitting = [each for each in dict.fromkeys(ordered) if not are_opposite(verb, each.partition("_")[0])][:_MOST]
    if not fitting:
        return ""
    return f"; did you mean {' or '.join(filter(None, [', '.join(fitting[:-1]), fitting[-1]]))}?"
