"""The tools somebody may have meant by a name that does not exist: by spelling, and by what the words mean."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from xo_mcp.definitions import Entry
from xo_mcp.nearest import nearest
from xo_mcp.search.opposites import are_opposite
from xo_mcp.search.ranking import Ranking
from xo_mcp.search.wording import meanings, stem
from xo_mcp.types import NOTHING

_MOST: Final = 3
_LONGEST: Final = 60
_MISSPELT: Final = 0.88
"""How alike a name and a misspelling of it are; below, another tool is as likely."""


def suggested_tools(
    name: str, entries: Sequence[Entry], hidden: Sequence[Entry] = (), reasons: Mapping[str, str] = NOTHING
) -> str:
    """`; did you mean clean_shutdown_vm or hard_shutdown_vm?`, or nothing.

    A name that is only misspelt is found by its spelling; one whose verb has another word in XO by what it means
    (`stop_vm`, `remove_vm`). No tool that does the opposite is named.

    Args:
        name: As it was called.
        entries: The tools that can be called.
        hidden: Those that are not offered; one that fits better than all that are is named with the reason.
        reasons: Why not, by name.
    """
    name = name[:_LONGEST]
    verb = name.partition("_")[0].casefold()
    names = [entry.name for entry in entries]
    spelled = nearest(name, names)
    misspelt = get_close_matches(name.casefold(), names, n=1, cutoff=_MISSPELT)
    held = _held_back(name, entries, hidden) if hidden and "_" in name and not misspelt else None
    if held is not None and held in reasons and not are_opposite(verb, held.partition("_")[0]):
        return f": {held} would do this, but is not offered ({reasons[held]})."
    meant = [entry.name for entry in Ranking(entries).find(name.replace("_", " "), _MOST)] if "_" in name else []
    ordered = [*misspelt, *(meant if meanings(stem(verb)) or not spelled else ()), *spelled]
    fitting = [each for each in dict.fromkeys(ordered) if not are_opposite(verb, each.partition("_")[0])][:_MOST]
    if not fitting:
        return ""
    return f"; did you mean {' or '.join(filter(None, [', '.join(fitting[:-1]), fitting[-1]]))}?"


def _held_back(name: str, entries: Sequence[Entry], hidden: Sequence[Entry]) -> str | None:
    """The tool that is not offered and fits better than all that are, or all but one that only looks."""
    offered = {entry.name: entry for entry in entries}
    every = list({**{entry.name: entry for entry in hidden}, **offered}.values())
    for best in Ranking(every).find(name.replace("_", " "), 2):
        if best.name not in offered:
            return best.name
        if best.facts.effect != "read":
            break
    return None
