"""XO's filter language, as far as a caller must be told about it.

The grammar is XO's "complex matcher", seen on XO 6.7.1: a property that no record has is no error there, it only
matches nothing, which reads like "there are none".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.text import one_line

SYNTAX: Final = (
    "A filter is like `name_label:web` (contains, any case), `power_state:Running`, `!power_state:Halted`, "
    "`tags:critical`, `power_state:|(Paused Suspended)`, `CPUs:number:>4`, `memory:size:>=4294967296`, "
    "`name_label:/^db-/` or `web*000`, `enabled?` and `!enabled?` of what is true or false; a space "
    "means AND, a bare word searches every property; a value with spaces or signs stands in double quotes: "
    '`name_label:"my vm"`.'
)
"""One paragraph about the language, for error messages and guides."""

# In order: a text, a regular expression (skipped, it may hold anything), a word; then what ties or groups them.
_TOKEN: Final = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*)"(?P<then>\s*[:?])?'
    r"|/(?:[^/\\]|\\.)+/[a-z]*"
    r"|(?P<word>[\w$.*-]+)(?P<thus>\s*[:?])?"
    r"|(?P<group>[()])|(?P<sign>[|!<>=])"
)

_TRUTH: Final = re.compile(r"""\s*["']?(true|false)["']?(?![\w$.*-])""", re.IGNORECASE)


def properties(expression: str) -> list[str]:
    """Return the top-level properties a filter asks about, in order, each once.

    `CPUs:number:>4` and `CPUs:(number:>4)` ask about `CPUs`; `number` is a property inside it and not checked.
    """
    return list(dict.fromkeys(name for name, _ in _asked(expression)))


def require_no_truth(expression: str, known: Mapping[str, str]) -> None:
    """Refuse `enabled:false`, which finds nothing: XO compares texts there, and asks for truth with `?`.

    Args:
        expression: The filter.
        known: The record's properties and their types.

    Raises:
        ArgumentError: It asks so about a property that is true or false.
    """
    for name, value in _asked(expression):
        word = _TRUTH.match(value)
        if word and known.get(name) == "boolean":
            meant = f"{name}?" if word[1].lower() == "true" else f"!{name}?"
            raise ArgumentError(
                f"`{name}` is true or false, and in XO's filters `{name}:{word[1]}` finds nothing: write `{meant}`."
            )


def _asked(expression: str) -> Iterator[tuple[str, str]]:
    """Each top-level property a filter asks about, and what follows its colon."""
    chained = False  # whether what comes next belongs to the property before the last colon
    groups: list[bool] = []
    for match in _TOKEN.finditer(expression):
        if match["group"] == "(":
            groups.append(chained or any(groups))
            chained = False
        elif match["group"] == ")":
            chained = False
            if groups:
                groups.pop()
        elif match["sign"] is None:
            tie = match["then"] or match["thus"] or ""
            name = match["word"] if match["quoted"] is None else match["quoted"]
            if tie and not chained and not any(groups):
                yield name, expression[match.end() :] if tie.endswith(":") else ""
            chained = tie.endswith(":")


def unknown_note(expression: str, known: Mapping[str, str], record: str) -> str | None:
    """Return a sentence about the properties of a filter that no such record has, `None` when all are known.

    Args:
        expression: The filter.
        known: The record's properties; nothing is said when it is empty.
        record: The record's name, for the sentence.
    """
    unknown = [name for name in properties(expression) if known and name not in known and name != "id"]
    if not unknown:
        return None
    told = " ".join(f"`{one_line(name, 60)}`{suggestion(name[:60], known) or '.'}" for name in unknown[:3])
    return f"The filter asks about a property that {record or 'this record'} has none of, so XO finds nothing: {told}"
