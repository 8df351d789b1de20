"""Error messages about wrong arguments: which argument, and what it accepts."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from xo_mcp.nearest import suggestion
from xo_mcp.privacy.masking import masked_argument
from xo_mcp.privacy.secret_names import is_secret
from xo_mcp.safety.schemas import ALTERNATIVES, types_of

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from xo_mcp.types import Json

MAX_SHOWN: Final = 60
"""Characters of a refused value that are repeated."""
WORDS: Final = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
BOUNDS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "const": "exactly",
    "pattern": "text that matches",
}


def complain(error: "ValidationError") -> str:
    """One sentence about one thing that is wrong."""
    location = _path_of(error)
    word = str(error.validator)
    wanted: Any = error.validator_value
    if word in BOUNDS:
        return f"{location} must be {BOUNDS[word]} {wanted}."
    if word == "type" or word in ALTERNATIVES:
        inner = _closest(error)
        return complain(inner) if inner else f"{location} must be {_wanted(error.schema)}, not {_value_of(error)}."
    if word in {"minLength", "minItems"} and wanted == 1:
        return f"{location} must not be empty."
    if word == "enum":
        return f"{location} must be one of {_joined(wanted)}, not {_value_of(error)}."
    special = {"required": _complain_missing, "additionalProperties": _complain_unknown}.get(word)
    return (
        special(location, error) if special else f"{location} breaks the rule {word} {json.dumps(wanted)[:MAX_SHOWN]}."
    )


def _complain_missing(location: str, error: "ValidationError") -> str:
    wanted: Any = error.validator_value
    given: Any = error.instance
    return f"{location} needs {', '.join(quoted(name) for name in wanted if name not in given)}."


def _closest(error: "ValidationError") -> "ValidationError | None":
    """What is wrong with the alternative that was meant: the one whose type fits."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [
        found for found in branches.values() if not any(one.validator == "type" and not one.path for one in found)
    ]
    return min(fitting, key=len)[0] if fitting else None


def _complain_unknown(location: str, error: "ValidationError") -> str:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    given: Any = error.instance
    unknown = next((str(name) for name in given if name not in known), "that")
    near = suggestion(unknown[:MAX_SHOWN], known, count=1)
    return f"{location} takes {', '.join(known) or 'nothing'}; {quoted(unknown)} is not among them{near or '.'}"


def _path_of(error: "ValidationError") -> str:
    path = ""
    for part in error.absolute_path:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path or "The call"


def _value_of(error: "ValidationError") -> str:
    if any(is_secret(part) for part in error.absolute_path if isinstance(part, str)):
        return "what was given"
    text = json.dumps(masked_argument(cast("Json", error.instance)))
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def described(schema: object) -> str:
    """What a schema accepts, in a few words."""
    if not isinstance(schema, Mapping):
        return "a value"
    if "enum" in schema:
        return f"one of {_joined(schema['enum'])}"
    said = schema.get("description")
    return f"{_wanted(schema)}: {said}" if said else _wanted(schema)


def _wanted(schema: object) -> str:
    types = types_of(schema)
    return " or ".join(WORDS[kind] for kind in WORDS if kind in types) if types else "a value"


def _joined(values: Iterable[Any]) -> str:
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def quoted(name: str) -> str:
    """A name somebody wrote, in quotes, on one line and cut."""
    shown = json.dumps(name)[1:-1]
    return f"'{shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + '...'}'"
