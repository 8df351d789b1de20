"""XO's filter language, parsed: what a filter asks of which property.

The grammar is XO's "complex matcher", seen on XO 6.7.1. Terms side by side must all hold; `|(a b)` is any of them, `!a`
the opposite, `(a b)` a group; `name:term` looks into a property, as deep as wanted, `name?` asks whether it is truthy;
`>`, `>=`, `<`, `<=` compare numbers; a bare word, `"quoted text"`, `glob*` or `/regex/i` searches every property.

Parsing takes time linear in the length, which is bounded here, and so is the nesting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 15_000
"""Characters; Node answers 431 to a request line and headers beyond 16 KiB."""
MAX_DEPTH: Final = 40
_SIGNS: Final = (">=", "<=", ">", "<")


class FilterSyntaxError(ValueError):
    """XO could not read this.

    Attributes:
        at: Where, counted from 0.
        expected: What XO would have read there.
    """

    def __init__(self, at: int, expected: str) -> None:
        super().__init__(f"expected {expected} at character {at + 1}")
        self.at = at
        self.expected = expected


@dataclass(frozen=True)
class Node:
    """A part of a filter, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True)
class Terms(Node):
    """Several terms of which all must hold, or any one."""

    terms: tuple[Node, ...]
    any_of: bool


@dataclass(frozen=True)
class Not(Node):
    """The opposite of a term."""

    term: Node


@dataclass(frozen=True)
class Property(Node):
    """`name:term`."""

    name: str
    term: Node


@dataclass(frozen=True)
class Truthy(Node):
    """`name?`."""

    name: str


@dataclass(frozen=True)
class Compare(Node):
    """`>5`."""

    sign: str
    value: str


@dataclass(frozen=True)
class Text(Node):
    """A word, a number, a glob, or a text in quotes."""

    value: str
    quoted: bool


@dataclass(frozen=True)
class Regex(Node):
    """`/source/i`."""

    source: str
    any_case: bool


@dataclass(frozen=True)
class Condition:
    """What a filter asks of one property of a record.

    Attributes:
        path: Names of properties, outermost first; empty for a bare word. Of `name?` the name is the last.
        leaf: What is asked.
        negated: Whether it is under a `!`.
        start: Where the outermost name begins, or the leaf.
    """

    path: tuple[str, ...]
    leaf: Node
    negated: bool
    start: int


def parse(text: str) -> Terms:
    """Parse a filter.

    Raises:
        FilterSyntaxError: XO could not read it, or it is longer or deeper than any filter should be.
    """
    if len(text) > MAX_LENGTH:
        raise FilterSyntaxError(MAX_LENGTH, f"at most {MAX_LENGTH:,} characters")
    return _Parser(text).parse()


def conditions(
    node: Node, path: tuple[str, ...] = (), *, negated: bool = False, start: int = -1
) -> Iterator[Condition]:
    """Walk over everything a parsed filter asks."""
    begin = node.start if start < 0 else start
    if isinstance(node, Terms):
        for term in node.terms:
            yield from conditions(term, path, negated=negated, start=start)
    elif isinstance(node, Not):
        yield from conditions(node.term, path, negated=not negated, start=start)
    elif isinstance(node, Property):
        yield from conditions(node.term, (*path, node.name), negated=negated, start=begin)
    elif isinstance(node, Truthy):
        yield Condition((*path, node.name), node, negated, begin)
    else:
        yield Condition(path, node, negated, begin)


def is_raw(character: str) -> bool:
    """Whether XO takes a character for part of a word: letters that have a case, digits and `_-.$`."""
    return character in "0123456789_-.$" or character.upper() != character.lower()


class _Parser:
    """Recursive descent over one filter."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def parse(self) -> Terms:
        self._blank()
        terms = []
        while self._at < len(self._text):
            terms.append(self._term())
        return Terms(0, len(self._text), tuple(terms), any_of=False)

    def _blank(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _eat(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        self._at += len(text) if found else 0
        return found

    def _term(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterSyntaxError(self._at, f"at most {MAX_DEPTH} levels of nesting")
        term = self._bare_term()
        self._depth -= 1
        self._blank()
        return term

    def _bare_term(self) -> Node:
        start = self._at
        if self._eat("("):
            return self._group(start, any_of=False)
        if self._eat("|"):
            self._blank()
            if not self._eat("("):
                raise FilterSyntaxError(self._at, "`(` after `|`")
            return self._group(start, any_of=True)
        if self._eat("!"):
            self._blank()
            term = self._term()
            return Not(start, term.end, term)
        for sign in _SIGNS:
            if self._eat(sign):
                return self._compared(start, sign)
        return self._property(start) or self._value(start)

    def _group(self, start: int, *, any_of: bool) -> Terms:
        self._blank()
        terms = [self._term()]
        while self._text[self._at : self._at + 1] != ")":
            terms.append(self._term())
        self._at += 1
        return Terms(start, self._at, tuple(terms), any_of)

    def _compared(self, start: int, sign: str) -> Compare:
        value = self._word()
        if not value:
            raise FilterSyntaxError(self._at, f"a number right after `{sign}`")
        return Compare(start, self._at, sign, value)

    def _property(self, start: int) -> Node | None:
        """A property and what it must hold; nothing, and the position unchanged, where there is none."""
        quoted = self._text[start : start + 1] == '"'
        name = self._quoted() if quoted else self._word()
        if quoted or name:
            if self._eat("?"):
                return Truthy(start, self._at, name)
            self._blank()
            if self._eat(":"):
                self._blank()
                term = self._term()
                return Property(start, term.end, name, term)
        self._at = start
        return None

    def _value(self, start: int) -> Node:
        if self._text[start : start + 1] == '"':
            value = self._quoted()
            return Text(start, self._at, value, quoted=True)
        if self._eat("/"):
            return self._regex(start)
        word = self._word("*")
        if not word:
            raise FilterSyntaxError(self._at, "a term")
        return Text(start, self._at, word, quoted=False)

    def _regex(self, start: int) -> Regex:
        end = self._at
        while end < len(self._text) and self._text[end] != "/":
            end += 2 if self._text[end] == "\\" else 1
        if end >= len(self._text):
            raise FilterSyntaxError(len(self._text), "`/` at the end of a regular expression")
        source, self._at = self._text[self._at : end], end + 1
        any_case = self._eat("i")
        return Regex(start, self._at, source, any_case)

    def _quoted(self) -> str:
        self._at += 1
        characters = []
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character == '"':
                break
            if character == "\\" and self._at < len(self._text):
                character = self._text[self._at]
                self._at += 1
            characters.append(character)
        return "".join(characters)

    def _word(self, also: str = "") -> str:
        start = self._at
        while self._at < len(self._text) and (is_raw(self._text[self._at]) or self._text[self._at] in also):
            self._at += 1
        return self._text[start : self._at]
