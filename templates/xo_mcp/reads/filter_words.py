"""Words of other query languages in a filter: XO searches for them as text, or can't read the filter at all."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xo_mcp.errors import ArgumentError
from xo_mcp.text import as_sent

# In order: a text, a regular expression (one that nobody closed reaches to the end), a word, any other sign.
_TOKEN: Final = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*+"?)|(?P<regex>(?<![\w"])/(?:[^/\\]|\\.)*+(?:/i?|\\?\Z))'
    r"|(?P<word>[\w$.*-]+)|(?P<sign>==|!=|<>|>=|<=|&&|\|\||[^\s\w])"
)
_EQUAL: Final = frozenset({"=", "=="})
_UNEQUAL: Final = frozenset({"!=", "<>"})
_OPERATORS: Final = {
    "eq": "{name}:{value}", "is": "{name}:{value}", "like": "{name}:{value}", "ilike": "{name}:{value}",
    "contains": "{name}:{value}", "ne": "!{name}:{value}", "gt": "{name}:>{value}", "ge": "{name}:>={value}",
    "gte": "{name}:>={value}", "lt": "{name}:<{value}", "le": "{name}:<={value}", "lte": "{name}:<={value}",
    "in": "{name}:|(a b)", "between": "{name}:>=a {name}:<=b",
}  # fmt: skip
"""Operators written as words, and what XO's language has for them."""
_JOINING: Final = {"and": "a space means AND: `a b`", "&&": "a space means AND: `a b`", "or": "either is `|(a b)`",
                   "||": "either is `|(a b)`", "not": "the opposite is `!a`"}  # fmt: skip
_NOTHING: Final = frozenset({"null", "none", "undefined", "nil"})
_CLAUSES: Final = (
    ("where", re.compile(r"[\w$.-]+|\(|!"), "write only the conditions, `power_state:Running`"),
    ("select", re.compile(r"[\w$.*-]+"), "a whole statement goes to query_inventory"),
    ("order", re.compile("by"), "XO sorts nothing; query_inventory does"),
    ("limit", re.compile(r"\d+"), "give `limit` as an argument of its own"),
)
"""Word, what follows it, and what to do."""
_FUNCTION: Final = re.compile(r"(?:^|[\s(!])(\w+)\([\w$.]+\)")
_COMPARISONS: Final = frozenset({">", ">=", "<", "<="})


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def is_operand(self) -> bool:
        """Whether an operator can have an operand here."""
        return self.kind != "sign" or self.text in "()"


def refuse_foreign_words(expression: str, known: Mapping[str, str]) -> None:
    """Refuse `AND`, `OR`, `NOT`, `=`, `eq`, `LIKE` and the like, which XO searches as words or can't read.

    Args:
        expression: The filter.
        known: The record's properties; empty when they are not known.

    Raises:
        ArgumentError: One is where it can only be meant as an operator.
    """
    tokens = [_Token(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(expression)]
    _refuse_clauses(expression, tokens)
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        advice = _joining(token, before, after) or _operator(token, before, tokens[index + 1 : index + 5], known)
        if advice:
            raise ArgumentError(f"The filter has `{as_sent(token.text, 100)}`, which XO's filters don't have: {advice}")


def _refuse_clauses(expression: str, tokens: Sequence[_Token]) -> None:
    """Refuse placeholders for "no filter", and clauses of SQL and functions, which XO searches as words.

    Raises:
        ArgumentError: There is one.
    """
    if expression.strip().casefold() in _NOTHING:
        raise ArgumentError(
            f"The filter `{expression.strip()}` would search for that word: leave it out to list all, or quote it."
        )
    words = [token.text.casefold() for token in tokens]
    for word, following, advice in _CLAUSES:
        for index, one in enumerate(words):
            rest = "".join(words[index + 1 : index + 2])
            if one == word and tokens[index].kind == "word" and following.fullmatch(rest) and len(words) > 2:  # noqa: PLR2004 - more than the words themselves
                raise ArgumentError(f"The filter has `{as_sent(tokens[index].text, 100)}`, which is SQL: {advice}.")
    match = _FUNCTION.search(expression)
    if match and '"' not in expression:
        raise ArgumentError(
            f"XO's filters have no functions such as `{match[1]}(...)`: a property that is set is `name?`, one that"
            " holds a text `name:text`."
        )


def _joining(token: _Token, before: _Token | None, after: _Token | None) -> str | None:
    word = token.text.casefold()
    if word not in _JOINING or (before is not None and before.text == ":"):
        return None
    if token.kind == "word":
        if after is not None and after.text in {":", "?"}:
            return None  # a property of that name
        between = after is not None and (before is not None or word == "not")
        if not between or not (token.text.isupper() or (before is None or before.is_operand)):
            return None
    advice = _JOINING[word]
    quoting = f' To search for the word itself, quote it: `"{token.text}"`.' if token.kind == "word" else ""
    return f"{advice}.{quoting}"


def _operator(token: _Token, before: _Token | None, following: list[_Token], known: Mapping[str, str]) -> str | None:
    if before is None or before.kind not in {"word", "quoted"} or not following:
        return None
    name, value = _name(before.text, known), _value(following)
    if token.text in _EQUAL:
        return f"write `{name}:{value}`."
    if token.text in _UNEQUAL:
        return f"write `!{name}:{value}`."
    if token.text in _COMPARISONS:
        return f"it belongs after a colon: `{name}:{token.text}{value}`."
    form = _OPERATORS.get(token.text.casefold()) if token.kind == "word" else None
    if form is None or not (token.text.isupper() or name.partition(":")[0] in known):
        return None
    return f"write `{form.format(name=name, value=value)}`."


def _name(text: str, known: Mapping[str, str]) -> str:
    """A property as XO's filters name it: dots of nested ones are colons there."""
    top = text.partition(".")[0]
    return text.replace(".", ":") if top != text and top in known else as_sent(text, 100)


def _value(following: list[_Token]) -> str:
    """What is compared with, without the quotes and wildcards of other languages."""
    shown = next((token for token in following if token.kind != "sign"), None)
    return as_sent(shown.text, 100) if shown else "value"
