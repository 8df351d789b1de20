"""What a difference means for somebody who uses the tools: breaking, additive, or internal."""

import math
from collections.abc import Collection
from typing import Any, Literal

from generator.api.contract import ANONYMOUS
from generator.compare.changes import TASK_STATUS, Finding

Level = Literal["breaking", "additive", "internal"]
LEVELS: tuple[Level, ...] = ("internal", "additive", "breaking")

# A call that worked must go on working, and what an answer held must stay in it.
_INPUT: dict[str, Level] = {
    "optional": "additive",
    "required": "breaking",
    "removed": "breaking",
    "renamed": "breaking",
    "media-added": "additive",
    "media-removed": "breaking",
    "values-added": "additive",
    "values-opened": "additive",
    "values-removed": "breaking",
    "values-closed": "breaking",
}
_OUTPUT: dict[str, Level] = {
    "added": "additive",
    "removed": "breaking",
    "values-added": "additive",
    "values-opened": "additive",
}


def judge_input(what: str, finding: Finding) -> Level:
    """Judge a change of what is sent."""
    if what == "added":
        return "breaking" if finding.new.required else "additive"
    if what == "type":
        return _narrowed(finding.old, finding.new)
    if what == "format":
        return "internal" if set(finding.new) <= set(finding.old) | NUMBER_FORMATS else "breaking"
    if what == "limits":
        return "breaking" if _tighter(finding.old, finding.new) else "additive"
    if what == "default":
        # One that is reported for the first time may have existed all along.
        return "additive" if finding.old is None else "breaking"
    return _INPUT.get(what, "internal")


def judge_output(what: str, finding: Finding, old: Collection[str], new: Collection[str]) -> Level:
    """Judge a change of what comes back; `old` and `new` are the success statuses."""
    becomes_task = (TASK_STATUS in old) != (TASK_STATUS in new)
    if finding.location.first == TASK_STATUS or (becomes_task and finding.location.isalnum()):
        return "internal"  # its status tells that it is a task now, or no longer
    if what == "type":
        lost = set(finding.old) - set(finding.new)
        return "breaking" if lost and not set(finding.old) & set(finding.new) and finding.new else "internal"
    return _OUTPUT.get(what, "internal")


def judge_exposure(was_denied: bool, is_denied: bool) -> Level:
    """Judge a new `x-mcp-exposure`: only what it does to a tool counts."""
    if was_denied == is_denied:
        return "internal"
    return "breaking" if is_denied else "additive"


def judge_presence(*, was_there: bool, is_there: bool) -> Level:
    """Judge whether an operation has a tool: our rule drops what XO deprecates."""
    if was_there == is_there:
        return "internal"
    return "breaking" if was_there else "additive"


def judge_tags(finding: Finding) -> Level:
    """Judge other tags: they are toolsets, and who chose one that is lost loses the tool; their order is no matter."""
    if set(finding.old) == set(finding.new):
        return "internal"
    return "breaking" if set(finding.old) - set(finding.new) else "additive"


def judge_status_added(finding: Finding) -> Level:
    """Judge another success status: what starts being a task is called otherwise."""
    return "breaking" if finding.new == TASK_STATUS else "internal"


def judge_status_removed(finding: Finding) -> Level:
    """Judge a success status that was removed: what ends being a task is called otherwise."""
    return "breaking" if finding.old == TASK_STATUS else "internal"


def judge_privilege(finding: Finding) -> Level:
    """Judge a privilege: one more can shut a user out; the first one that XO reports (from 6.4) changes nothing."""
    if finding.kind == "privilege-removed":
        return "additive"
    return "breaking" if finding.old and not str(finding.new).endswith("?") else "internal"


PERMISSIONS = ("none", "signed-in", "admin")
"""What JSON-RPC methods ask of the caller, the least first."""


def judge_permission(finding: Finding) -> Level:
    """Judge what a method asks of the caller; a word that nobody knows asks more."""
    ranks = [
        PERMISSIONS.index(each) if each in PERMISSIONS else len(PERMISSIONS) for each in (finding.old, finding.new)
    ]
    return "breaking" if ranks[1] > ranks[0] else "additive"


def judge_sign_in(finding: Finding) -> Level:
    """Judge ways to sign in: one that is no longer taken may be the server's, unless nobody need sign in now."""
    return "breaking" if finding.old and finding.new and ANONYMOUS not in finding.new else "internal"


def worst(levels: Collection[Level]) -> Level | None:
    """The gravest of several levels; nothing of nothing."""
    return max(levels, key=LEVELS.index, default=None)


LOWER_BOUNDS, UPPER_BOUNDS = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
NUMBER_FORMATS = frozenset({"double", "float", "int32", "int64"})


def _narrowed(old: list[str], new: list[str]) -> Level:
    if not new:
        return "additive"
    accepted = {*new, *(["integer"] if "number" in new else [])}
    return "additive" if old and set(old) <= accepted else "breaking"


def _tighter(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if any(_end(new, *names) > _end(old, *names) for names in (LOWER_BOUNDS, UPPER_BOUNDS)):
        return True
    others = {keyword: value for keyword, value in new.items() if keyword not in LOWER_BOUNDS + UPPER_BOUNDS}
    return any(keyword not in old or _is_tighter(keyword, old[keyword], value) for keyword, value in others.items())


def _end(limits: dict[str, Any], bound: str, exclusive: str) -> tuple[float, bool]:
    """Where a range of numbers ends, so that more is tighter, and whether that number is outside it."""
    sign = -1 if bound == "maximum" else 1
    ends = [(sign * limits[name], name == exclusive) for name in (bound, exclusive) if name in limits]
    return max(ends, default=(-math.inf, False))


def _is_tighter(keyword: str, old: Any, new: Any) -> bool:
    if keyword.startswith(("min", "max")) and not isinstance(new, bool):
        return bool(new > old if keyword.startswith("min") else new < old)
    return bool(new != old)
