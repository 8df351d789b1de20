"""Edits JSON as people write it by hand: comments, commas and indentation stay as they are."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_STRING: Final = r'"(?:[^"\\\n]++|\\.)*+"?'  # to the end of its line where it has none: each text is read once
_COMMENT: Final = re.compile(rf"{_STRING}|(//[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL)
_COMMA: Final = re.compile(rf"{_STRING}|(,)(?=\s*[}}\]])", re.DOTALL)
_INDENTED: Final = re.compile(r'^([ \t]+)["{]', re.MULTILINE)
_DECODER: Final = json.JSONDecoder()


def parse(text: str) -> Any:
    """What a text says.

    Raises:
        ValueError: It is not JSON, even without comments.
    """
    return json.loads(_without(_COMMA, _without(_COMMENT, text)))


def with_value(text: str, path: Sequence[str], value: Any) -> str:
    """Put a value under a path of keys; objects on the way are made where they are missing.

    Args:
        text: An object.
        path: Keys, from the outermost.
        value: What `json` can write. It replaces a value that is there.

    Raises:
        ValueError: It is not JSON, or a value on the way is not an object.
    """
    document = _Document(text)
    at = document.start
    for depth, name in enumerate(path):
        container = document.container(at, "{")
        member = next((each for each in reversed(container.members) if each.name == name), None)
        if member is None:
            inner = value
            for key in reversed(path[depth + 1 :]):
                inner = {key: inner}
            return document.added(container, depth, f"{json.dumps(name)}: ", inner)
        if depth == len(path) - 1:
            return document.replaced(member, depth, value)
        at = member.start
    raise ValueError("the path is empty")


def with_item(text: str, key: str, value: Any) -> str:
    """Add an item to a list under a key of the outermost object; the list is made where it is missing.

    Raises:
        ValueError: It is not JSON, or there is something else under the key.
    """
    document = _Document(text)
    members = document.container(document.start, "{").members
    member = next((each for each in reversed(members) if each.name == key), None)
    if member is None:
        return with_value(text, [key], [value])
    return document.added(document.container(member.start, "["), 1, "", value)


@dataclass(frozen=True)
class _Member:
    """A value in an object or a list: its key, and its position."""

    name: str | None
    start: int
    end: int


@dataclass(frozen=True)
class _Container:
    """An object or a list: where it is closed, and what is in it."""

    close: int
    members: list[_Member]


class _Document:
    """A text, and the same text with blanks for what is not strict JSON, so that positions are the same in both.

    Args:
        text: JSON with comments.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._uncommented = _without(_COMMENT, text)
        self._strict = _without(_COMMA, self._uncommented)
        json.loads(self._strict)
        self.start = self._skip(0)
        found = _INDENTED.search(text)
        self._unit = found[1] if found else "  "
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def container(self, at: int, opening: str) -> _Container:
        """The content of the object or list that opens at a position."""
        if self._strict[at] != opening:
            raise ValueError("it has something else than an object there" if opening == "{" else "it has no list there")
        members = []
        at = self._skip(at + 1)
        while self._strict[at] not in "}]":
            name = None
            if opening == "{":
                name, at = _DECODER.raw_decode(self._strict, at)
                at = self._skip(self._skip(at) + 1)
            _, end = _DECODER.raw_decode(self._strict, at)
            members.append(_Member(name, at, end))
            at = self._skip(end)
            if self._strict[at] == ",":
                at = self._skip(at + 1)
        return _Container(at, members)

    def replaced(self, member: _Member, depth: int, value: Any) -> str:
        """The text with another value for a member."""
        return self._text[: member.start] + self._written(value, depth + 1) + self._text[member.end :]

    def added(self, container: _Container, depth: int, label: str, value: Any) -> str:
        """The text with one more value in a container, after the others."""
        head, tail = self._text[: container.close].rstrip(), self._text[container.close :]
        between = self._text[len(head) : container.close]
        if "\n" not in between:
            between = self._newline + self._unit * depth
        if container.members:
            end = container.members[-1].end
            has_comma = self._uncommented[end : container.close].lstrip().startswith(",")
            head = head[:end] + ("" if has_comma else ",") + head[end:]
        line = self._newline + self._unit * (depth + 1)
        return f"{head}{line}{label}{self._written(value, depth + 1)}{between}{tail}"

    def _written(self, value: Any, depth: int) -> str:
        lines = json.dumps(value, indent=self._unit, ensure_ascii=False).split("\n")
        return (self._newline + self._unit * depth).join(lines)

    def _skip(self, at: int) -> int:
        while at < len(self._strict) and self._strict[at].isspace():
            at += 1
        return at


def _without(pattern: re.Pattern[str], text: str) -> str:
    """The text with blanks for what a pattern's group holds."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]) if found[1] else found[0], text)
