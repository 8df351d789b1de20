"""What each method takes: the committed facts, and the errors that XO's validator makes of what does not fit."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from newest import PINNED

from fake_xo.jsonrpc.errors import RpcError


def facts_beside(spec: Path) -> Path:
    """The methods of the release whose REST facts these are, else of the newest release before it, else the oldest."""
    files = sorted((spec.parent / "jsonrpc").glob("xo-*.json"), key=lambda path: _numbers(path.stem))
    older = [path for path in files if _numbers(path.stem) <= _numbers(spec.stem)]
    return (older or files)[-1 if older else 0]


def _numbers(stem: str) -> list[int]:
    return [int(part) for part in stem.removeprefix("xo-").split(".") if part.isdigit()]


@cache
def load_methods(path: Path) -> Mapping[str, Any]:
    """The facts by method."""
    content = json.loads(path.read_text())
    methods: Mapping[str, Any] = content["methods"]
    return methods


def played(name: str, file: Path) -> bool:
    """Whether a method is as old as the fake: what a later release brings, it only checks and answers `true`."""
    known = file.with_name(f"xo-{PINNED}.json")
    return name in load_methods(known)


@cache
def server_version(path: Path) -> str:
    """The version of xo-server; that of the fake's own release where a file was made from methods alone."""
    known = path.with_name(f"xo-{PINNED}.json")
    return str(json.loads(path.read_text()).get("xo-server") or json.loads(known.read_text())["xo-server"])


def dialect(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as `system.getMethodsInfo` reports them, in XO's own dialect."""
    reported: dict[str, Any] = {
        "description": "XO's own words",
        "params": _facts_of(facts["params"]).get("properties", {}),
    }
    if facts["permission"] != "signed-in":
        reported["permission"] = None if facts["permission"] == "none" else facts["permission"]
    return reported


def _facts_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        parts = [_facts_of(part) for part in schema["anyOf"]]
        merged = {key: value for part in parts for key, value in part.items()}
        return {**merged, "type": [part["type"] for part in parts]} | (
            {"default": schema["default"]} if "default" in schema else {}
        )
    reported = {
        key: value for key, value in schema.items() if key not in ("properties", "required", "additionalProperties")
    }
    if reported.get("type") == "string" and "enum" not in reported and reported.get("minLength") == 1:
        del reported["minLength"]
    if "items" in reported:
        reported["items"] = _facts_of(reported["items"])
    properties = {
        name: _facts_of(part) | ({} if name in schema.get("required", ()) or "default" in part else {"optional": True})
        for name, part in schema.get("properties", {}).items()
    }
    more = schema.get("additionalProperties", True)
    if more is not False and (properties or isinstance(more, dict)):
        properties["*"] = _facts_of(more) if isinstance(more, dict) else {}
    return reported | ({"properties": properties} if properties else {})


def prepared(method: str, facts: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as a method gets them: `vm` for `id`, keys with a final `?`, what is filled in by default."""
    schema = facts["params"]
    known = schema.get("properties", {})
    result: dict[str, Any] = {}
    for key, value in params.items():
        name = key.removesuffix("?")
        if name != key and known and name not in known:
            continue
        result[name] = value
    namespace = method.partition(".")[0]
    if namespace in result and namespace not in known and "id" in known:
        result.setdefault("id", result.pop(namespace))
    defaults = {name: part["default"] for name, part in known.items() if "default" in part}
    return {**defaults, **result}


def check(facts: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Hold parameters against the facts; all faults come in one answer.

    Raises:
        RpcError: They do not fit.
    """
    found = list(Draft202012Validator(facts["params"]).iter_errors(params))
    errors = [problem for error in found for problem in _errors(error)]
    if errors:
        raise RpcError(10, "invalid parameters", {"errors": errors})


def _errors(error: ValidationError) -> Iterator[dict[str, Any]]:
    """One error of ours in the form of XO's validator."""
    path = "".join(f"/{part}" for part in error.absolute_path)
    keyword = str(error.validator)
    schema: Any = error.schema

    def problem(message: str, **params: Any) -> dict[str, Any]:
        return {
            "instancePath": path,
            "schemaPath": f"#/{'/'.join(map(str, error.absolute_schema_path))}",
            "keyword": keyword,
            "params": params,
            "message": message,
        }

    if keyword == "required":
        name = error.message.split("'")[1]
        yield problem(f"must have required property '{name}'", missingProperty=name)
    elif keyword == "additionalProperties":
        instance: Any = error.instance
        for name in sorted(set(instance) - set(schema.get("properties", {}))):
            yield problem("must NOT have additional properties", additionalProperty=name)
    elif keyword == "enum":
        yield problem("must be equal to one of the allowed values", allowedValues=schema["enum"])
    elif keyword in {"anyOf", "type"}:
        kinds = schema.get("type") or [part.get("type") for part in schema.get("anyOf", ())]
        kinds = kinds if isinstance(kinds, str) else ",".join(map(str, kinds))
        yield problem(f"must be {kinds}", type=kinds)
    else:
        yield problem(f"must fit {keyword} {schema.get(keyword)}", limit=schema.get(keyword))
