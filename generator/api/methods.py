"""JSON-RPC methods as operations: `CALL vm.insertCd`, whose parameters are a body of named values."""

from collections.abc import Mapping
from typing import Any, Final

from generator.api.combining import Schema

CALL: Final = "CALL"
"""Used instead of an HTTP method in the key of an operation."""


def key_of(method: str) -> str:
    """How overrides and everything else name a method."""
    return f"{CALL} {method}"


def method_of(key: str) -> str:
    """The method that `CALL method` names."""
    return key.removeprefix(f"{CALL} ")


def is_call(key: str) -> bool:
    """Whether a key names a JSON-RPC method."""
    return key.startswith(f"{CALL} ")


def methods_document(methods: Mapping[str, Schema], tags: Mapping[str, str] | None = None) -> Schema:
    """Lay methods out as an OpenAPI document, so that whatever reads, compares and draws operations does it for them.

    Args:
        methods: The facts, by name.
        tags: Method -> tag, which no method has by itself.
    """
    return {"paths": {name: {CALL.lower(): _operation(name, facts, tags or {})} for name, facts in methods.items()}}


def _operation(name: str, facts: Schema, tags: Mapping[str, str]) -> Schema:
    namespace = name.rpartition(".")[0]
    return {
        "operationId": name,
        "tags": [tags.get(name, namespace)],
        "x-permission": facts["permission"],
        "requestBody": {
            "required": bool(facts["params"].get("required")),
            "content": {"application/json": {"schema": without_empty_values(facts["params"])}},
        },
        "responses": {"200": {}},
    }


def without_empty_values(schema: Any) -> Any:
    """Leave `""` out of enumerations: some clients refuse them, and leaving the argument out says the same."""
    if isinstance(schema, list):
        return [without_empty_values(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: without_empty_values(value) for key, value in schema.items()}
    if isinstance(schema.get("enum"), list):
        result["enum"] = [value for value in schema["enum"] if value != ""] or schema["enum"]
    return result
