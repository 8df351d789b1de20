"""Suggests tools for a name that does not exist: by spelling, and by meaning."""

import re
from collections.abc import Collection, Mapping, Sequence
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
_SEPARATORS: Final = re.compile(r"[\s.-]+")
_LOOKING: Final = ("list", "get", "show", "read", "fetch", "find", "view", "describe")
_MAKING: Final = ("create", "make", "take", "do", "perform", "run")
_INVERTING: Final = ("maintenance",)
_ENDING: Final = ("disable", "end", "exit", "leave", "stop")
_LINKING: Final = ("attach", "detach", "eject", "insert", "mount", "plug", "unmount", "unplug")
_LINKS: Final = frozenset({"vbd", "vif", "pbd", "cd", "usb", "vgpu"})
_SWITCHING: Final = (
    (re.compile(r"^(?:power|turn|switch)_?on(?=_|$)", re.IGNORECASE), "start"),
    (re.compile(r"^(?:power|turn|switch)_?off(?=_|$)", re.IGNORECASE), "shutdown"),
)
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
    name = _in_our_order(name[:_LONGEST])
    verb = name.partition("_")[0].casefold()
    names = [entry.name for entry in entries]
    spelled = nearest(name, names)
    misspelt = get_close_matches(name.casefold(), names, n=1, cutoff=_MISSPELT)
    held = _held_back(name, entries, hidden) if hidden and "_" in name and not misspelt else None
    if held is not None and held in reasons and not are_opposite(verb, held.partition("_")[0]):
        return f": the nearest is {held}, which is not offered ({reasons[held]})."
    meant = [entry.name for entry in Ranking(entries).find(name.replace("_", " "), _MOST)] if "_" in name else []
    first, then = (meant, spelled) if meanings(stem(verb)) or not spelled else (spelled, meant)
    ordered = dict.fromkeys([*misspelt, *_said_otherwise(name, names), *first, *then])
    allowed = [
        each
        for each in ordered
        if not are_opposite(verb, each.partition("_")[0]) and not _inverts(name, each) and not _destroys(verb, each)
    ]
    # What says both what is done and to what leaves no room for what only looks alike.
    full = [] if verb in _LINKING else [each for each in allowed if _says_all(name, each)]
    fitting = (full or allowed)[:_MOST]
    if not fitting:
        return ""
    return f"; did you mean {' or '.join(filter(None, [', '.join(fitting[:-1]), fitting[-1]]))}?"


def _in_our_order(name: str) -> str:
    """A name as ours are: words with `_` between, the verb first, and one word for switching on and off."""
    found = _SEPARATORS.sub("_", name.strip())
    for said, verb in _SWITCHING:
        found = said.sub(verb, found)
    *before, last = found.split("_")
    return "_".join([last, *before]) if last in _LOOKING and before and before[0] not in _LOOKING else found


def _destroys(verb: str, candidate: str) -> bool:
    """Whether a tool deletes what is only to be taken off."""
    return verb in _LINKING and candidate.startswith("delete_") and not _LINKS & set(candidate.split("_"))


def _said_otherwise(name: str, names: Collection[str]) -> list[str]:
    """Tools of the object under another verb that looks, or whose verb is what is to be made (`take_snapshot`)."""
    verb, _, rest = name.casefold().partition("_")
    if verb in _LOOKING:
        return [each for each in (f"{other}_{rest}" for other in _LOOKING) if each in names]
    return [each for each in names if each.startswith(f"{rest}_")] if rest and verb in _MAKING else []


def _inverts(name: str, candidate: str) -> bool:
    """Whether a word of the name turns its verb round: enabling maintenance disables a host."""
    said, offered = name.casefold().split("_"), candidate.split("_")
    inverted = any(word in said and word not in offered for word in _INVERTING)
    return inverted and (said[0] == offered[0] or (offered[0] == "enable" and said[0] not in _ENDING))


def _says_all(name: str, candidate: str) -> bool:
    """Whether a tool's name has what the verb means and the object."""
    verb, *rest = (stem(word) for word in name.casefold().split("_") if word)
    offered = {stem(word) for word in candidate.split("_")}
    made = verb in map(stem, _MAKING) and stem(candidate.partition("_")[0]) in rest
    looks = verb in _LOOKING and candidate.startswith(_LOOKING)
    does = made or looks or bool({verb, *meanings(verb)} & offered)
    return does and (not rest or any({word, *meanings(word)} & offered for word in rest))


def _held_back(name: str, entries: Sequence[Entry], hidden: Sequence[Entry]) -> str | None:
    """The tool that is not offered and fits better than all that are, or all but one that only looks.

    Its name must resemble what was called, in meaning or spelling: the best of all that fit badly is no answer.
    """
    offered = {entry.name: entry for entry in entries}
    every = list({**{entry.name: entry for entry in hidden}, **offered}.values())
    for best in Ranking(every).find(name.replace("_", " "), 2):
        if best.name not in offered:
            return best.name if _says_all(name, best.name) or nearest(name, [best.name]) else None
        if best.facts.effect != "read":
            break
    return None
