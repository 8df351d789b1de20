"""XO's filter language: `name_label:web tags:critical !power_state:Halted`.

Terms side by side must all hold; `|(a b)` is any of them, `!a` the opposite, `(a b)` a group. `name:term` looks into a
field, nested as often as needed; `name?` asks whether it is truthy. A bare word, `"quoted text"`, `glob*` or `/regex/i`
looks into every field, ignoring case (a regex only with `i`). `>`, `>=`, `<`, `<=` compare numbers.
"""

import re
from collections.abc import Callable
from typing import Any

from fake_xo.errors import ApiError

Predicate = Callable[[Any], bool]
MISSING = object()
"""What a field holds that is not there; no value at all, unlike null."""

_SYMBOLS = frozenset("_-.$")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE]-?\d+)?")
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def compile_filter(text: str) -> Predicate:
    """Turn a filter into a predicate on records.

    Raises:
        ApiError: 400 with `stringToParse`, when it is no filter.
    """
    parser = _Parser(text)
    try:
        return parser.parse()
    except (ValueError, re.error, RecursionError) as error:
        message = str(error) or "parse error: too deep"
        raise ApiError(400, message, {"stringToParse": text}) from error


class _Parser:
    """Recursive descent over one filter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def parse(self) -> Predicate:
        self._blank()
        terms = []
        while self.at < len(self.text):
            terms.append(self._term())
        return _every(terms)

    def _fail(self, expected: str) -> ValueError:
        return ValueError(f"parse error: expected {expected} at position {self.at}")

    def _blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _eat(self, text: str) -> bool:
        found = self.text.startswith(text, self.at)
        self.at += len(text) if found else 0
        return found

    def _term(self) -> Predicate:
        term = self._bare_term()
        self._blank()
        return term

    def _bare_term(self) -> Predicate:
        if self._eat("("):
            return _every(self._group())
        if self._eat("|"):
            self._blank()
            if not self._eat("("):
                raise self._fail("'('")
            return _some(self._group())
        if self._eat("!"):
            self._blank()
            term = self._term()
            return lambda value: not term(value)
        for operator in (">=", "<=", ">", "<"):
            if self._eat(operator):
                return _comparison(operator, self._raw_string())
        return self._property() or self._value()

    def _group(self) -> list[Predicate]:
        self._blank()
        terms = [self._term()]
        while self._peek() != ")":
            terms.append(self._term())
        self.at += 1
        return terms

    def _property(self) -> Predicate | None:
        """A field and what it must hold, or nothing and the position unchanged."""
        start = self.at
        quoted = self._peek() == '"'
        name = self._quoted() if quoted else self._raw_string(optional=True)
        if quoted or name:
            if self._eat("?"):
                return lambda value: truthy(_field(value, name))
            self._blank()
            if self._eat(":"):
                self._blank()
                term = self._term()
                return lambda value: value is not None and value is not MISSING and term(_field(value, name))
        self.at = start
        return None

    def _value(self) -> Predicate:
        if self._peek() == '"':
            return _substring(self._quoted())
        if self._eat("/"):
            return self._regex()
        text = self._raw_string(also="*", optional=True)
        if not text:
            raise self._fail("a term")
        if (number := _number(text)) is not None:
            return _number_or_text(text, number)
        if "*" in text:
            pattern = re.compile(".*".join(map(re.escape, text.split("*"))), re.IGNORECASE)
            return _anywhere(lambda value: pattern.search(value) is not None)
        return _substring(text)

    def _regex(self) -> Predicate:
        end = self.at
        while end < len(self.text) and self.text[end] != "/":
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise self._fail("'/'")
        source, self.at = self.text[self.at : end], end + 1
        pattern = re.compile(source, re.IGNORECASE if self._eat("i") else 0)
        return _anywhere(lambda value: pattern.search(value) is not None)

    def _quoted(self) -> str:
        self.at += 1
        characters = []
        while self.at < len(self.text):
            character = self.text[self.at]
            self.at += 1
            if character == '"':
                break
            if character == "\\" and self.at < len(self.text):
                character = self.text[self.at]
                self.at += 1
            characters.append(character)
        return "".join(characters)

    def _raw_string(self, *, also: str = "", optional: bool = False) -> str:
        start = self.at
        while self.at < len(self.text) and (_is_raw(self.text[self.at]) or self.text[self.at] in also):
            self.at += 1
        if start == self.at and not optional:
            raise self._fail("a raw string")
        return self.text[start : self.at]


def _is_raw(character: str) -> bool:
    return character in "0123456789" or character in _SYMBOLS or character.upper() != character.lower()


def _every(terms: list[Predicate]) -> Predicate:
    return terms[0] if len(terms) == 1 else lambda value: all(term(value) for term in terms)


def _some(terms: list[Predicate]) -> Predicate:
    return lambda value: any(term(value) for term in terms)


def _field(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name, MISSING)
    if name == "length" and isinstance(value, (list, str)):
        return len(value)
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return MISSING


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def truthy(value: Any) -> bool:
    """Truth as JavaScript sees it: empty arrays and objects are true."""
    return value is not MISSING and (isinstance(value, (list, dict)) or bool(value))


def _comparison(operator: str, text: str) -> Predicate:
    limit = _number(text)
    if limit is None:
        raise ValueError("value must be a number")
    compare = _COMPARISONS[operator]

    def holds(value: Any) -> bool:
        if value is None or isinstance(value, bool):
            value = int(value or 0)
        if isinstance(value, str):
            value = _number(value)
        return isinstance(value, (int, float)) and compare(value, limit)

    return holds


def _anywhere(test: Callable[[str], bool]) -> Predicate:
    """Strings that pass, at any depth."""

    def holds(value: Any) -> bool:
        if isinstance(value, str):
            return test(value)
        if isinstance(value, dict):
            return any(map(holds, value.values()))
        return isinstance(value, list) and any(map(holds, value))

    return holds


def _substring(text: str) -> Predicate:
    lowered = text.lower()
    return _anywhere(lambda value: lowered in value.lower())


def _number_or_text(text: str, number: float) -> Predicate:
    in_text = _substring(text)

    def holds(value: Any) -> bool:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value == number
        if isinstance(value, dict):
            return any(map(holds, value.values()))
        if isinstance(value, list):
            return any(map(holds, value))
        return in_text(value)

    return holds
