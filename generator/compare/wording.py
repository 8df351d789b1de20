"""Changes in words: of the API for a maintainer, of the tools for their users."""

from collections.abc import Sequence
from typing import Any

from generator.compare.changes import Finding, part_of
from generator.compare.verdict import Level
from generator.library import Location
from generator.model.tool import Tool
from generator.names.english import first_sentence
from generator.names.pytext import code

MOST_VALUES = 8

_WHAT = {
    "added": "{what} is new{required}",
    "removed": "{what} was removed",
    "renamed": "{what} was called {old}",
    "required": "{what} is required now",
    "optional": "{what} is optional now",
    "type": "{what} is {new} instead of {old}",
    "format": "{what} has the format {new} instead of {old}",
    "limits": "{what} has other bounds: {new} instead of {old}",
    "default": "{what} is {new} when it is left out, instead of {old}",
    "deprecated": "{what} is deprecated",
    "undeprecated": "{what} is no longer deprecated",
    "values-added": "{what} has more values: {new}",
    "values-removed": "{what} has fewer values: {old} were removed",
    "values-closed": "{what} is one of {new} now",
    "values-opened": "{what} is no longer one of a few values",
    "media-added": "{what} as {new} is new",
    "media-removed": "{what} as {old} was removed",
    "status-added": "status {new} is new",
    "status-removed": "status {old} was removed",
}
_WHOLE = {
    "operation-added": "new operation",
    "operation-removed": "the operation was removed",
    "operation-moved": "moved here from {old}",
    "operation-id": "the operationId is {new} instead of {old} (a deny list may name it)",
    "tool-renamed": "its tool {old} is called {new}",
    "tool-added": "it is the tool {new} too",
    "tool-lost": "it has no tool any more: {new}",
    "tool-kind": "its tool makes another kind of call: {new} instead of {old}",
    "argument-added": "its tool takes {new} too",
    "argument-removed": "its tool no longer takes {old}",
    "argument-kind": "{what} is the id of one of {new}, instead of {old}",
    "argument-narrowed": "{old} no longer takes every combination it took",
    "argument-widened": "{old} takes combinations that it refused",
    "body-narrowed": "it takes {new} together (`!`: needed), instead of {old}",
    "body-widened": "it takes {new} together (`!`: needed), instead of {old}",
    "deprecated": "deprecated",
    "undeprecated": "no longer deprecated",
    "exposure": "x-mcp-exposure is {new} instead of {old}",
    "privilege-added": "asks for the privilege {new}",
    "privilege-removed": "no longer asks for the privilege {old}",
    "tags": "its tags are {new} instead of {old}",
    "permission": "asks for the permission {new} instead of {old}",
    "sign-in": "takes {new} to sign in, instead of {old}",
    "argument-required": "its tool must be given {new}",
    "argument-optional": "its tool need not be given {new}",
    "servers": "routes are below {new} instead of {old}",
}
_ALWAYS = {
    "operation-added": "new tool: {sentence}",
    "tool-added": "new tool: {sentence}",
    "tool-renamed": "was called {old}; {after}",
    "tool-lost": "the tool was removed: {new}",
    "tool-kind": "is another kind of call: {new} instead of {old}",
    "argument-added": "argument {new} is new",
    "argument-removed": "argument {old} was removed",
    "argument-required": "argument {new} must be given now",
    "argument-optional": "argument {new} may be left out now",
    "argument-kind": "argument {what} is the id or name of one of {new}, instead of {old}",
    "argument-narrowed": "argument {old} no longer takes every combination it took",
    "argument-widened": "argument {old} takes combinations that it refused",
    "body-narrowed": "some arguments no longer go together, or need others: {new} (`!`: needed)",
    "body-widened": "arguments go together that did not: {new} (`!`: needed)",
}
_WORDS = {
    "permission": "asks for the permission {new} instead of {old}",
    "sign-in": "no longer takes each way to sign in: {new} instead of {old}",
    "body-limits": "the arguments together have other bounds: {new} instead of {old}",
    "tags": "belongs to the toolsets {new} instead of {old}",
    "response-status-added": "starts a task of XO now, and does not answer when it is done but when `timeout` is over",
    "response-status-removed": "is no longer a task of XO: it answers when it is done, and takes no `timeout`",
    "operation-removed": "the tool was removed: XO dropped its operation",
    "deprecated": "the tool was removed: XO deprecated its operation",
    "undeprecated": "the tool is back: XO no longer deprecates its operation",
    "privilege-added": "asks for the privilege {new} too",
    "privilege-removed": "no longer asks for the privilege {old}",
}
_ARGUMENT = {
    "added": "argument {what} is new{required}",
    "removed": "argument {what} was removed",
    "renamed": "argument {old} is called {what} now",
    "required": "argument {what} must be given now",
    "optional": "argument {what} may be left out now",
    "type": "argument {what} takes {new} instead of {old}",
    "format": "argument {what} takes the format {new} instead of {old}",
    "limits": "argument {what} has other bounds: {new} instead of {old}",
    "default": "argument {what}, when it is left out, means {new} instead of {old}",
    "values-added": "argument {what} takes more values: {new}",
    "values-removed": "argument {what} no longer takes {old}",
    "values-closed": "argument {what} takes only {new} now",
    "values-opened": "argument {what} takes more than a few values now",
}
_OF_SPLIT = {
    "values-added": "XO has the {what} {new} too: a tool more is possible, decide about it in overrides/",
    "values-removed": "XO no longer has the {what} {old}: its tool was removed",
}
_ANSWER = {
    "added": "answers have {what} too",
    "removed": "answers no longer have {what}",
    "type": "in answers, {what} is {new} instead of {old}",
    "values-added": "in answers, {what} can be {new} too",
    "values-opened": "in answers, {what} can be anything now",
}
_WHOLE_ANSWER = {
    "added": "answers with data now",
    "removed": "no longer answers with data",
    "type": "answers are {new} instead of {old}",
}


def api_text(kind: str, finding: Finding) -> str:
    """A change of one operation in the API's words; the operation itself is not named."""
    old, new = shown(finding.old), shown(finding.new)
    if kind == "operation-added" and finding.new:
        return f"new operation, of which no tool is made: {new}"
    if kind in _WHOLE:
        return _WHOLE[kind].format(old=old, new=new, what=_quoted(finding.location))
    part, _, what = kind.partition("-")
    location = finding.location if part == "response" else _field(finding.location) if "." in finding.location else ""
    name = f"{part} {_quoted(location)}" if location else part
    return _WHAT[what].format(what=name, old=old, new=new, required=_required(finding))


def tool_text(
    kind: str, level: Level, tools: Sequence[Tool], argument: str, finding: Finding, *, splits: bool = False
) -> str:
    """A change in the words of a tool's user; the tool itself is not named. Empty when nobody notices it.

    Args:
        kind: Of the change.
        level: What it means.
        tools: Those it is about.
        argument: The tools' name of what changed.
        finding: The change.
        splits: A route is a tool for each value of what changed.
    """
    if not tools:
        return ""
    if splits and (words := _OF_SPLIT.get(kind.partition("-")[2])):
        what = _quoted(finding.location.below)
        return words.format(what=what, old=shown(finding.old), new=shown(finding.new))
    if kind in _ALWAYS:
        after = "the old name was removed" if level == "breaking" else "the old name still works"
        sentence = first_sentence(tools[0].description)
        what = _quoted(finding.location)
        return _ALWAYS[kind].format(
            sentence=sentence, after=after, old=shown(finding.old), new=shown(finding.new), what=what
        )
    if level == "internal":
        return ""
    if kind == "exposure":
        return "needs --allow-denied now" if level == "breaking" else "no longer needs --allow-denied"
    return _of_part(kind, argument, finding)


def _of_part(kind: str, argument: str, finding: Finding) -> str:
    part, _, what = kind.partition("-")
    if part == "response" and finding.location.isalnum() and what in _WHOLE_ANSWER:
        return _WHOLE_ANSWER[what].format(old=shown(finding.old), new=shown(finding.new))
    name = _quoted(_field(finding.location)) if part == "response" else _quoted(argument)
    is_whole = kind in _WORDS and (part != "body" or not argument)
    table = _WORDS if is_whole else _ANSWER if part == "response" else _ARGUMENT
    words = table.get(kind if is_whole else what, "")
    if table is _ARGUMENT and not argument:
        missing = f"XO must be given {_quoted(finding.location.below)} now, which the tool does not offer"
        return missing if part == "parameter" and what in ("added", "required") else ""
    return words.format(what=name, old=shown(finding.old), new=shown(finding.new), required=_required(finding))


def shown(value: Any) -> str:
    """A value of a finding as people read it."""
    if value is None or value == []:
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{name} {entry}" for name, entry in value.items()) or "none"
    if isinstance(value, list):
        shown = ", ".join(_quoted(entry) for entry in value[:MOST_VALUES])
        return f"{shown} and {len(value) - MOST_VALUES} more" if len(value) > MOST_VALUES else shown
    return _quoted(value)


def _quoted(text: Any) -> str:
    return code(str(text)) if text != "" else '`""`'


def _required(finding: Finding) -> str:
    return (
        " and required" if getattr(finding.new, "required", False) and part_of(finding.location) != "response" else ""
    )


def _field(location: Location) -> str:
    """A location of an answer without its status."""
    return location.below or location
