"""The operations of a contract, read from the facts in `specs/`."""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from newest import METHODS, PINNED_SPEC
from newest import operations as operations_of
from referencing import Registry, Resource

from fake_xo.options import ROOT

URN = "urn:xo"
PLACEHOLDER = re.compile(r"\{([^}]+)\}")
REDIRECTED = ("/users/me", "/users/me/*")
"""Routes of XO 5.111 that only redirect, as any `/users/me` does."""


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation: what may be sent, and who may send it."""

    method: str
    path: str
    known_as: str
    """`METHOD /path` that the fake knows it by: another than its own where this release moved it."""
    parameters: tuple[dict[str, Any], ...]
    media_type: str | None
    body: Any
    privileges: tuple[dict[str, Any], ...]
    validator: Draft202012Validator | None
    success: dict[str, Any]
    """Status, of those that say it went well, to the schema of its JSON; None where there is none."""

    @property
    def key(self) -> str:
        """`METHOD /path`."""
        return f"{self.method} {self.path}"

    @property
    def collection(self) -> str:
        """The collection that its path starts with, as the fake calls it."""
        return self.known_as.split("/")[1]

    def known_params(self, params: dict[str, str]) -> dict[str, str]:
        """Path parameters by the names that the fake knows them by.

        Args:
            params: The path parameters by their names in this release.
        """
        return dict(zip(map(group_name, PLACEHOLDER.findall(self.known_as)), params.values(), strict=True))

    @property
    def is_list(self) -> bool:
        """Whether it answers a list, which privileges make shorter, never 403."""
        return self.method == "GET" and any(parameter["name"] == "filter" for parameter in self.parameters)


@dataclass(frozen=True, eq=False)
class Contract:
    """Every operation, and the schemas they point to."""

    operations: tuple[Operation, ...]
    registry: Registry[Any]

    def validator(self, schema: Any) -> Draft202012Validator:
        """A validator of a converted schema whose references lead into this contract."""
        return Draft202012Validator(schema, registry=self.registry)


@lru_cache(maxsize=4)
def load_contract(path: Path, *, plugins: bool) -> Contract:
    """Read a contract.

    Args:
        path: OpenAPI 3.0 as JSON.
        plugins: Add the routes of XO's plugins, from `specs/plugins`.
    """
    files = [path, *(sorted((ROOT / "specs" / "plugins").glob("*.json")) if plugins else ())]
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for file in files:
        document = json.loads(file.read_text(encoding="utf-8"))
        paths |= document["paths"]
        schemas |= document.get("components", {}).get("schemas", {})
    converted = {"components": {"schemas": convert(schemas, named=True)}}
    registry = Registry().with_resource(URN, Resource.opaque(converted))
    described = [
        (method, path, item[method])
        for path, item in paths.items()
        for method in METHODS
        if method in item and not item[method].get("deprecated") and path not in REDIRECTED
    ]
    known = _known({f"{method.upper()} {path}" for method, path, _ in described})
    operations = [_operation(method, path, data, registry, known) for method, path, data in described]
    return Contract(tuple(operations), registry)


def group_name(placeholder: str) -> str:
    """A path parameter as the name of a group of a regular expression, by which handlers know it."""
    return placeholder.replace("-", "_")


def _known(keys: set[str]) -> dict[str, str]:
    """What the fake knows but this release has under another path: operationId to `METHOD /path`."""
    pinned = operations_of(PINNED_SPEC)
    return {operation["operationId"]: key for key, operation in pinned.items() if key not in keys}


def _operation(
    method: str, path: str, data: dict[str, Any], registry: Registry[Any], known: dict[str, str]
) -> Operation:
    content = data.get("requestBody", {}).get("content", {})
    media_type = next(iter(content), None)
    body: Any = convert(content[media_type].get("schema", {})) if media_type else None
    validator = None
    if media_type == "application/json":
        validator = Draft202012Validator(body, registry=registry)
    parameters = tuple(
        parameter | {"schema": convert(parameter.get("schema", {}))} for parameter in data.get("parameters", ())
    )
    privileges = tuple(data.get("x-privileges") or _usual_privilege(method, path))
    success = {
        status: convert(answer.get("content", {}).get("application/json", {}).get("schema"))
        for status, answer in data["responses"].items()
        if status.startswith("2")
    }
    key = f"{method.upper()} {path}"
    before = known.get(data.get("operationId", ""), key)
    known_as = before if len(PLACEHOLDER.findall(before)) == len(PLACEHOLDER.findall(path)) else key
    return Operation(method.upper(), path, known_as, parameters, media_type, body, privileges, validator, success)


def convert(schema: Any, *, named: bool = False) -> Any:
    """OpenAPI 3.0 to JSON Schema 2020-12: `nullable`, and references that lead into the registry.

    Args:
        schema: A schema, or with `named` a mapping of names to schemas.
        named: The keys are names, not keywords.
    """
    if isinstance(schema, list):
        return [convert(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if named:
        return {name: convert(item) for name, item in schema.items()}
    if "$ref" in schema:
        return {"$ref": URN + schema["$ref"]}
    result = {
        key: convert(value, named=key == "properties")
        for key, value in schema.items()
        if key not in {"nullable", "description", "example", "title", "required"}
    }
    if required := [name for name in schema.get("required") or [] if name is not None]:
        result["required"] = required
    if not schema.get("nullable"):
        return result
    return {"anyOf": [result, {"type": "null"}]}


def _usual_privilege(method: str, path: str) -> list[dict[str, Any]]:
    """A plain rule for releases whose contract names no privileges (before XO 6.4)."""
    match = re.fullmatch(r"/([a-z-]+)(?:/\{id\}(?:\.\{format\})?(?:/actions/([a-z_]+)|/tags/\{tag\})?)?", path)
    if match is None or match[1] in {"ping", "dashboard", "gui-routes", "events"}:
        return []
    resource = match[1].removesuffix("s").replace("repositorie", "repository").replace("proxie", "proxy")
    action = {"get": "read", "patch": "update", "delete": "delete", "post": "create", "put": "update"}[method]
    return [{"resource": resource, "action": (match[2] or action).replace("_", "-")}]
