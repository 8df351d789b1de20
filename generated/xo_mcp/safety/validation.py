"""Arguments against a tool's schema, with messages a model can act on.

XO's own validation leaves out the allowed values and answers 422 with nested objects; here every message names the
argument and what it accepts. Only what can't be meant otherwise is put right:

- `null` for an optional argument that takes no null: not given;
- a list for `fields`, which XO takes as text: joined with commas;
- `5.0` for an integer: 5; an object or list written as JSON text: read.
"""

import json
import math
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from xo_mcp.bounds import LINE, require_bounded
from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import suggestion
from xo_mcp.privacy.masking import masked_argument
from xo_mcp.privacy.secret_names import is_secret

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

    from xo_mcp.types import Json

MAX_COMPLAINTS = 4
LOOKED_AT = 4 * MAX_COMPLAINTS
"""Mistakes that are looked at; several may be told in the same words."""
MAX_SHOWN = 60
"""Characters of a refused value that are repeated."""
MAX_INTEGER = 2**53 - 1
"""JavaScript's largest exact integer."""
MAX_DEPTH = 32
"""Levels of nesting no XO operation comes near."""
JOINED = "fields"
WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "const": "exactly",
    "pattern": "text that matches",
}
ALTERNATIVES = frozenset({"type", "anyOf", "oneOf"})


class Validator:
    """Checks the arguments of one tool; the JSON Schema machinery is built on first use."""

    def __init__(self, tool: str, schema: Mapping[str, Any], longest: int = LINE) -> None:
        self._tool = tool
        self._longest = longest
        self._schema = schema
        self._properties: Mapping[str, Any] = schema.get("properties", {})
        self._required: tuple[str, ...] = tuple(schema.get("required", ()))
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
        arguments = {name: value for name, value in given.items() if not self._means_absent(name, value)}
        arguments = {name: self._repaired(name, value) for name, value in arguments.items()}
        # What came as JSON text holds its values only now.
        require_bounded(self._tool, arguments, self._longest)
        self._require(arguments)
        for name, value in arguments.items():
            _refuse_odd(name, value)
        complaints = self._complaints(arguments)
        if complaints:
            shown = list(dict.fromkeys(complaints))
            more = f" {len(shown) - MAX_COMPLAINTS} more." if len(shown) > MAX_COMPLAINTS else ""
            more = " There are more." if len(complaints) == LOOKED_AT else more
            raise ArgumentError(f"{self._tool} was not called. {' '.join(shown[:MAX_COMPLAINTS])}{more}")
        return arguments

    def _complaints(self, arguments: Mapping[str, Any]) -> list[str]:
        """The first few things that are wrong: of a long list of wrong items, each would cost a millisecond."""
        return [_complain(error) for error in islice(self._validator.iter_errors(arguments), LOOKED_AT)]

    @property
    def _validator(self) -> "Draft202012Validator":
        if self._built is None:
            # Importing it takes 60 ms, which a start need not wait for.
            from jsonschema import Draft202012Validator

            self._built = Draft202012Validator(self._schema)
        return self._built

    def _refuse_unknown(self, given: Mapping[str, Any]) -> None:
        if self._schema.get("additionalProperties") is not False:
            return
        unknown = [name for name in given if name not in self._properties]
        if not unknown:
            return
        parts = [f"{_quoted(name)}{suggestion(name, self._properties, count=1)}" for name in unknown[:MAX_COMPLAINTS]]
        takes = ", ".join(self._properties) or "no arguments"
        raise ArgumentError(f"{self._tool} has no argument {', '.join(parts).rstrip('?')}. It takes {takes}.")

    def _means_absent(self, name: str, value: object) -> bool:
        return value is None and name not in self._required and not _accepts(self._properties.get(name), "null")

    def _repaired(self, name: str, value: Any) -> Any:
        schema = self._properties.get(name)
        if name == JOINED and _accepts(schema, "array"):
            return _read_json(value) if isinstance(value, str) else value
        if name == JOINED and isinstance(value, list) and all(isinstance(part, str) for part in value):
            return ",".join(value)
        if isinstance(value, float) and value.is_integer() and _only(schema, {"integer", "null"}):
            return int(value)
        if isinstance(value, str) and _only(schema, {"object", "array", "null"}):
            return _read_json(value)
        return value

    def _require(self, arguments: Mapping[str, Any]) -> None:
        missing = [name for name in self._required if name not in arguments]
        if missing:
            named = ", ".join(f"{name} ({_describe(self._properties.get(name, {}))})" for name in missing)
            raise ArgumentError(f"{self._tool} needs {named}.")


def _types(schema: object) -> set[str] | None:
    """JSON types a schema accepts, `None` when they can't be told."""
    if not isinstance(schema, Mapping):
        return None
    if "type" in schema:
        found = schema["type"]
        return {found} if isinstance(found, str) else set(found)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            parts = [_types(part) for part in schema[word]]
            return None if None in parts else set[str]().union(*(part for part in parts if part))
    return None


def _accepts(schema: object, kind: str) -> bool:
    types = _types(schema)
    if types is not None:
        return kind in types
    return not (isinstance(schema, Mapping) and "enum" in schema and None not in schema["enum"])


def _only(schema: object, kinds: set[str]) -> bool:
    types = _types(schema)
    return bool(types) and types is not None and types <= kinds


def _read_json(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _refuse_odd(name: str, value: object, depth: int = 0) -> None:
    """Refuse what JSON schemas let through and XO can't take: infinities, and nesting without end."""
    if depth > MAX_DEPTH:
        raise ArgumentError(f"{name} is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ArgumentError(f"{name} must be a finite number.")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ArgumentError(f"{name} must not be beyond {MAX_INTEGER}, where XO's numbers become inexact.")
    inside: Iterable[object] = ()
    if isinstance(value, Mapping):
        inside = value.values()
    elif isinstance(value, list):
        inside = value
    for part in inside:
        _refuse_odd(name, part, depth + 1)


def _complain(error: "ValidationError") -> str:
    """One sentence about one thing that is wrong."""
    place = _place(error)
    word = str(error.validator)
    wanted: Any = error.validator_value
    if word in BOUNDS:
        return f"{place} must be {BOUNDS[word]} {wanted}."
    if word in ALTERNATIVES:
        inner = _closest(error)
        return _complain(inner) if inner else f"{place} must be {_describe(error.schema)}, not {_shown(error)}."
    if word in {"minLength", "minItems"} and wanted == 1:
        return f"{place} must not be empty."
    if word == "enum":
        return f"{place} must be one of {_listed(wanted)}, not {_shown(error)}."
    special = {"required": _complain_missing, "additionalProperties": _complain_unknown}.get(word)
    return special(place, error) if special else f"{place} breaks the rule {word} {json.dumps(wanted)[:MAX_SHOWN]}."


def _complain_missing(place: str, error: "ValidationError") -> str:
    wanted: Any = error.validator_value
    given: Any = error.instance
    return f"{place} needs {', '.join(_quoted(name) for name in wanted if name not in given)}."


def _closest(error: "ValidationError") -> "ValidationError | None":
    """What is wrong with the alternative that was meant: the one whose type fits."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [
        found for found in branches.values() if not any(one.validator == "type" and not one.path for one in found)
    ]
    return min(fitting, key=len)[0] if fitting else None


def _complain_unknown(place: str, error: "ValidationError") -> str:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    given: Any = error.instance
    unknown = next((str(name) for name in given if name not in known), "that")
    return f"{place} takes {', '.join(known) or 'nothing'}; {_quoted(unknown)} is none of them."


def _place(error: "ValidationError") -> str:
    path = ""
    for part in error.absolute_path:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "The call"


def _shown(error: "ValidationError") -> str:
    if any(is_secret(part) for part in error.absolute_path if isinstance(part, str)):
        return "what was given"
    text = json.dumps(masked_argument(cast("Json", error.instance)))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _describe(schema: object) -> str:
    """What a schema accepts, in a few words."""
    if not isinstance(schema, Mapping):
        return "a value"
    if "enum" in schema:
        return f"one of {_listed(schema['enum'])}"
    types = _types(schema)
    words = " or ".join(WORDS[kind] for kind in WORDS if kind in types) if types else "a value"
    described = schema.get("description")
    return f"{words}: {described}" if described else words


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def _quoted(name: str) -> str:
    shown = json.dumps(name)[1:-1]
    return f"'{shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + '...'}'"
