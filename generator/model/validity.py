"""Whether a value that a decision holds fits the JSON Schema of its argument."""

from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from generator.api.combining import Schema


def misfit(value: Any, schema: Schema) -> str | None:
    """Say what a schema has against a value, or nothing.

    Args:
        value: JSON data.
        schema: A portable schema.
    """
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    if error is None:
        return None
    where = ".".join(map(str, error.absolute_path))
    return f"{where}: {error.message}" if where else error.message
