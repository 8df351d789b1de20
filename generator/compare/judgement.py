"""What a difference means for those who use the tools of an operation: whether the tools show it, and how."""

from collections.abc import Collection, Sequence

from generator.compare import verdict
from generator.compare.changes import Finding
from generator.compare.verdict import Level
from generator.library import Location
from generator.model.arguments import Argument
from generator.model.tool import Tool, argument_of

Served = tuple[Sequence[Tool], Collection[str]]
"""The tools of an operation in one release, and its success statuses there."""


def judge(finding: Finding, old: Served, new: Served, *, as_api: bool) -> Level:
    """Judge a difference of one operation; `as_api`: no tools are made of a document, so every argument counts."""
    before, after = old[0], new[0]
    part, _, what = finding.kind.partition("-")
    if finding.kind in _OF_OPERATIONS:
        return _OF_OPERATIONS[finding.kind](finding) if before and after else "internal"
    if finding.kind == "exposure":
        return verdict.judge_exposure(*(any(tool.hints.denied for tool in tools) for tools in (before, after)))
    if part in ("parameter", "body"):
        is_noticed = _is_noticed(finding, what, before, after, as_api=as_api)
        return verdict.judge_input(what, finding) if is_noticed else "internal"
    if part == "privilege":
        return verdict.judge_privilege(finding)
    is_reported = finding.location.isalnum() and _kinds(before) != _kinds(after)  # by the kind of call
    is_answer = part == "response" and not is_reported
    return verdict.judge_output(what, finding, old[1], new[1]) if is_answer else "internal"


_OF_OPERATIONS = {
    "permission": verdict.judge_permission,
    "response-status-added": verdict.judge_status_added,
    "response-status-removed": verdict.judge_status_removed,
    "sign-in": verdict.judge_sign_in,
    "tags": verdict.judge_tags,
}


def _is_noticed(finding: Finding, what: str, old: Sequence[Tool], new: Sequence[Tool], *, as_api: bool) -> bool:
    """Whether a tool takes what changed; what the run-time library sets by itself is nobody's argument."""
    if not old and not new:
        return as_api
    if finding.kind.startswith("body-media") and old and new:
        return False  # the tool sends another; an added or removed argument is a change of its own
    is_duty = what in ("required", "optional")  # of a body: the tool sends an empty one, or asks for what is in it
    if (finding.location == "body" and not is_duty) or is_split_by(finding.location, [*old, *new]):
        return True
    if what == "removed" or not new:
        return any(argument_in(tool, finding.location) for tool in [*old, *new])
    owns = [own for tool in new if (own := _own(tool, finding.location)) is not None]
    takes = any(not _is_met(own, what, finding) for own in owns)
    return takes or _is_unmet(finding, new) or any(argument_of(tool, finding.location) for tool in new)


def _is_unmet(finding: Finding, new: Sequence[Tool]) -> bool:
    """Whether XO must be given a query parameter that no tool offers."""
    is_asked = finding.kind == "parameter-required" or (finding.kind == "parameter-added" and finding.new.required)
    name = finding.location.below
    offers = any(argument_in(tool, finding.location) or name in dict(tool.query) for tool in new)
    return is_asked and finding.location.first == "query" and not offers


def _own(tool: Tool, location: Location) -> Argument | None:
    """The argument of ours that is sent as a query parameter of XO's: `limit` of a list."""
    if location.first != "query" or location.below not in tool.kind.replaces:
        return None
    return next((entry for entry in tool.arguments if entry.sent_in == "extra" and entry.name == location.below), None)


def _is_met(own: Argument, what: str, finding: Finding) -> bool:
    """Whether an argument of ours is taken as before: it is often always sent, and mostly of one type."""
    if what in ("required", "default"):
        return own.default != "OMIT"
    kinds = {*finding.new, *(["integer"] if "number" in finding.new else [])} if what == "type" else set()
    return what == "type" and (not kinds or own.schema.get("type") in kinds)


def argument_in(tool: Tool, location: Location) -> str:
    """The argument that a location of the API is in a tool, be it one of ours; empty when it shows nowhere."""
    own = _own(tool, location)
    return argument_of(tool, location) if own is None else str(own.name)


def is_split_by(location: Location, tools: Sequence[Tool]) -> bool:
    """Whether a route is a tool for each value at a location."""
    return any(location == f"path.{name}" for tool in tools for name, _ in tool.fixed)


def _kinds(tools: Sequence[Tool]) -> set[str]:
    return {tool.kind.name for tool in tools}
