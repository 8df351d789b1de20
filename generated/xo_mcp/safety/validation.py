"""Validates arguments against a tool's schema, with messages a model can act on.

XO's own validation leaves out the allowed values and answers 422 with nested objects; here every message names the
argument and what it accepts. What has one meaning only is put right first (`safety/coercion`). Keys that a schema does
not name are refused at every depth: XO ignores many of them, and does something else than was asked for.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from xo_mcp.bounds import LINE, require_bounded
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.safety import alternatives, quantities
from xo_mcp.safety.coercion import Coercion
from xo_mcp.safety.complaints import MAX_SHOWN, complain, described, quoted
from xo_mcp.safety.schemas import closed
from xo_mcp.text import as_sent

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from xo_mcp.definitions import Facts

MAX_COMPLAINTS: Final = 4
LOOKED_AT: Final = 4 * MAX_COMPLAINTS
"""Mistakes that are looked at; several may be reported in the same words."""
MAX_INTEGER: Final = 2**53 - 1
"""JavaScript's largest exact integer."""
MAX_DEPTH: Final = 32
"""Levels of nesting no XO operation comes near."""
__all__ = ["MAX_COMPLAINTS", "MAX_DEPTH", "MAX_INTEGER", "MAX_SHOWN", "Validator"]


class Validator:
    """Checks the arguments of one tool; the JSON Schema machinery is built on first use.

    Args:
        tool: Its name.
        schema: JSON Schema of its arguments.
        longest: Characters one text may have.
        facts: What is known of its amounts and alternatives; absent for a tool of this server itself.
    """

    def __init__(self, tool: str, schema: Mapping[str, Any], longest: int = LINE, facts: "Facts | None" = None) -> None:
        self._tool = tool
        self._longest = longest
        self._schema = schema
        self._properties: Mapping[str, Any] = schema.get("properties", {})
        self._required: tuple[str, ...] = tuple(schema.get("required", ()))
        self._rules = quantities.rules_of(facts.amounts) if facts else {}
        self._alternatives = facts.alternatives if facts else ()
        self._keys: Mapping[str, Collection[str]] = facts.keys if facts else {}
        self._coercion = Coercion(self._rules, frozenset(facts.kinds) if facts else ())
        self._built: Draft202012Validator | None = None

    def check(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check arguments and put right what can't be meant otherwise.

        Returns:
            The arguments to call the tool with.

        Raises:
            ArgumentError: They can't be used; the message says which, and what would do.
        """
        require_bounded(self._tool, given, self._longest)
        self._refuse_unknown(given)
        for name, value in given.items():
            _refuse_odd(name, value)
        arguments = self._coercion.arguments(given, self._schema)
        # What came as JSON text holds its values only now.
        require_bounded(self._tool, arguments, self._longest)
        for name, value in arguments.items():
            _refuse_odd(name, value)
        self._require(arguments)
        self._refuse(quantities.complaints(arguments, self._rules))
        self._refuse(complain(error) for error in self._validator.iter_errors(arguments))
        self._refuse(alternatives.complaints(arguments, self._alternatives))
        self._refuse(self._unknown_keys(arguments))
        return arguments

    def _refuse(self, complaints: Iterable[str]) -> None:
        # Of a long list of wrong items, each would cost a millisecond.
        found = list(islice(complaints, LOOKED_AT))
        shown = list(dict.fromkeys(found))
        if shown:
            more = f" {len(shown) - MAX_COMPLAINTS} more." if len(shown) > MAX_COMPLAINTS else ""
            more = " There are more." if len(found) == LOOKED_AT else more
            raise ArgumentError(f"{self._tool} was not called. {' '.join(shown[:MAX_COMPLAINTS])}{more}")

    @property
    def _validator(self) -> "Draft202012Validator":
        if self._built is None:
            # Importing it takes 60 ms, which a start need not wait for.
            from jsonschema import Draft202012Validator

            # What the root takes besides is reported in words of its own.
            inside = {name: closed(schema) for name, schema in self._properties.items()}
            self._built = Draft202012Validator({**self._schema, "properties": inside} if inside else self._schema)
        return self._built

    def _refuse_unknown(self, given: Mapping[str, Any]) -> None:
        if self._schema.get("additionalProperties") is not False:
            return
        unknown = [name for name in given if name not in self._properties]
        if not unknown:
            return
        parts = [f"{quoted(name)}{suggestion(name, self._properties, count=1)}" for name in unknown[:MAX_COMPLAINTS]]
        takes = ", ".join(self._properties) or "no arguments"
        raise ArgumentError(f"{self._tool} has no argument {', '.join(parts).rstrip('?')}. It takes {takes}.")

    def _unknown_keys(self, arguments: Mapping[str, Any]) -> Iterable[str]:
        for name, keys in self._keys.items():
            value = arguments.get(name)
            for key in value if isinstance(value, Mapping) else ():
                if key not in keys:
                    near = suggestion(key[:MAX_SHOWN], keys, count=1)
                    yield f"{name} takes other keys than {quoted(key)}{near or '.'}"

    def _require(self, arguments: Mapping[str, Any]) -> None:
        missing = [name for name in self._required if name not in arguments]
        if missing:
            named = ", ".join(f"{name} ({described(self._properties.get(name, {}))})" for name in missing)
            raise ArgumentError(f"{self._tool} needs {named}.")


def _refuse_odd(name: str, value: object, inside: tuple[object, ...] = ()) -> None:
    """Refuse what JSON schemas let through and XO can't take: infinities, and nesting without end."""
    if len(inside) > MAX_DEPTH:
        raise ArgumentError(f"{name} is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ArgumentError(f"{_place(name, inside)} must be a finite number.")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ArgumentError(
            f"{_place(name, inside)} must not be beyond {MAX_INTEGER}, where XO's numbers become inexact."
        )
    parts: Iterable[tuple[object, object]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, part in parts:
        _refuse_odd(name, part, (*inside, key))


def _place(name: str, inside: tuple[object, ...]) -> str:
    steps = (f"[{key}]" if isinstance(key, int) else f".{as_sent(str(key), MAX_SHOWN)}" for key in inside)
    return as_sent(f"{name}{''.join(steps)}", 2 * MAX_SHOWN)
