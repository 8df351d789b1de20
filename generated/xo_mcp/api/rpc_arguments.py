"""Error messages for parameters that XO's JSON-RPC API refuses."""

from collections.abc import Mapping
from typing import Any, Final

from xo_mcp.api.rpc_error import MOST, RpcError
from xo_mcp.errors import Invalid
from xo_mcp.parsing import object_in

_CHOICES: Final = 50
"""Values named of which an argument must be one."""


def invalid_arguments(error: RpcError) -> Invalid:
    """Word an error that lists what is wrong with the parameters."""
    errors = error.facts.get("errors")
    entries = [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    if not entries:
        return Invalid(422, "invalid_arguments", error.summary)
    more = f"; and {len(entries) - MOST} more" if len(entries) > MOST else ""
    problems = "; ".join(_problem(error, entry) for entry in entries[:MOST]) + more
    return Invalid(422, "invalid_arguments", f"XO refused arguments of {error.method}: {problems}.", "Correct them.")


def _problem(error: RpcError, entry: Mapping[str, Any]) -> str:
    """One fault of the parameters, in the words of JSON Schema's keywords."""
    location = error.short(entry.get("instancePath") or "").strip("/").replace("/", ".")
    params = entry.get("params")
    details: Mapping[str, Any] = object_in(params)
    keyword = entry.get("keyword")
    if keyword == "required":
        return f"`{_joined(location, error.short(details.get('missingProperty')))}` is missing"
    if keyword == "additionalProperties":
        return f"`{_joined(location, error.short(details.get('additionalProperty')))}` is unknown to XO"
    where = f"`{location}` " if location else ""
    allowed = details.get("allowedValues")
    if keyword == "enum" and isinstance(allowed, list):
        named = [value for value in allowed if value != ""]
        more = f" or {len(named) - _CHOICES} more" if len(named) > _CHOICES else ""
        return f"{where}must be one of {', '.join(error.short(value, 40) for value in named[:_CHOICES])}{more}"
    return f"{where}{error.short(entry.get('message') or 'is wrong', 160)}"


def _joined(location: str, name: str) -> str:
    return f"{location}.{name}" if location else name
