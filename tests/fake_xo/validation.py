"""Queries and bodies checked the way XO does: 422, one message per field."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import ValidationError

from fake_xo.errors import unprocessable
from fake_xo.spec import Contract, Operation

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TYPES = {"number": "float number", "integer": "integer number"}


def read_query(operation: Operation, contract: Contract, query: str) -> dict[str, Any]:
    """The declared parameters of a query, typed; undeclared ones are ignored.

    Raises:
        ApiError: 422 when one has the wrong type.
    """
    sent: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        sent.setdefault(name, []).append(value)
    result: dict[str, Any] = {}
    problems: dict[str, tuple[str, Any]] = {}
    for parameter in operation.parameters:
        name = parameter["name"]
        if parameter["in"] != "query" or name not in sent:
            continue
        value, problem = _convert(sent[name], parameter["schema"], contract)
        if problem:
            problems[f"query.{name}"] = (problem, sent[name] if len(sent[name]) > 1 else sent[name][0])
        result[name] = value
    if problems:
        raise unprocessable(problems)
    return result


def _convert(values: list[str], schema: dict[str, Any], contract: Contract) -> tuple[Any, str]:
    kind = schema.get("type")
    if kind == "array":
        return values, ""
    if len(values) > 1:
        return None, f"invalid {_TYPES.get(str(kind), kind)} value" if kind else ""
    text = values[0]
    if kind == "boolean":
        lowered = text.lower()
        return lowered == "true", "" if lowered in {"true", "false"} else "invalid boolean value"
    if kind in _TYPES:
        return (float(text), "") if _NUMBER.fullmatch(text) else (None, f"invalid {_TYPES[kind]}")
    if contract.validator(schema).is_valid(text):
        return text, ""
    return None, "Could not match the union against any of the items"


def check_path(operation: Operation, contract: Contract, params: dict[str, str]) -> None:
    """Refuse path parameters that are not among the declared values.

    Raises:
        ApiError: 422, as for `.qcow2`.
    """
    problems = {
        f"path.{parameter['name']}": ("Could not match the union against any of the items", params[parameter["name"]])
        for parameter in operation.parameters
        if parameter["in"] == "path"
        and parameter["name"] in params
        and not contract.validator(parameter["schema"]).is_valid(params[parameter["name"]])
    }
    if problems:
        raise unprocessable(problems)


def check_body(operation: Operation, contract: Contract, body: Any) -> None:
    """Refuse a body that does not fit.

    Raises:
        ApiError: 422: one entry per field, or one `body` entry with the issues as JSON text where alternatives are
            involved.
    """
    if operation.validator is None:
        return
    errors = list(operation.validator.iter_errors(body))
    if not errors:
        return
    combined = _combinator(operation.body, contract)
    if combined:
        issues: dict[str, Any] = {}
        for error in errors:
            for leaf in error.context or [error]:
                issues |= unprocessable(_fields(leaf)).error
        rule = "intersection against every type" if combined == "allOf" else "union against any of the items"
        message = f"Could not match the {rule}. Issues: {json.dumps([issues], separators=(',', ':'))}"
        raise unprocessable({"body": (message, body)})
    problems: dict[str, tuple[str, Any]] = {}
    for error in errors:
        problems |= _fields(error)
    raise unprocessable(problems)


def _combinator(schema: Any, contract: Contract) -> str:
    """The `allOf` or `anyOf` that a body's schema is, if any."""
    while "$ref" in schema:
        schema = contract.registry.resolver().lookup(schema["$ref"]).contents
    return next((name for name in ("allOf", "anyOf") if name in schema), "")


def _fields(error: ValidationError) -> dict[str, tuple[str, Any]]:
    location = ".".join(["body", *map(str, error.absolute_path)])
    rule: Any = error.validator_value
    schema: Any = error.schema
    sent: Any = error.instance
    match error.validator:
        case "required":
            missing = [name for name in rule if name not in sent]
            return {f"{location}.{name}": (f"'{name}' is required", ...) for name in missing}
        case "additionalProperties":
            known = schema.get("properties", {})
            excess = [name for name in sent if name not in known]
            text = "is an excess property and therefore is not allowed"
            return {f"{location}.{name}": (f'"{name}" {text}', sent[name]) for name in excess}
        case "type":
            kind = str(rule)
            return {location: (f"invalid {_TYPES.get(kind, kind + ' value')}", sent)}
        case "minimum" | "maximum":
            return {location: (f"{error.validator[:3]} {rule}", sent)}
    return {location: ("Could not match the union against any of the items", sent)}
