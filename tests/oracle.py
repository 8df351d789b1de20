"""An independent judge of requests: openapi-core against the contract of a release, the one under test at first.

It works on a view of the contract that openapi-core can use: operationIds made unique, plugin routes merged in,
`nullable` beside alternatives moved into them, and the dot of `/vms/{id}.{format}` made a path part of its own, in
the contract and in requests alike, because XO splits at a raw dot while openapi-core would take it for part of `{id}`.
An encoded dot (`%2E`) belongs to the id. Texts in queries may be empty, which XO takes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from fake_xo.requests import Seen
from jsonschema_path import SchemaPath
from newest import METHODS, NEWEST
from openapi_core import Config, OpenAPI, V30RequestValidator
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.styles.exceptions import EmptyQueryParameterValue
from openapi_core.exceptions import OpenAPIError
from openapi_core.validation.request.exceptions import RequestBodyValidationError
from werkzeug.datastructures import Headers, ImmutableMultiDict

ROOT = Path(__file__).resolve().parents[1]
RELEASE = NEWEST.spec
"""The facts of the release under test."""
BASE = "/rest/v0"
HOST = "http://xo"
UNVALIDATED = Config(spec_validator_cls=None)
"""Validating a document takes seconds in each process; `tests/contract/test_oracle.py` does it once."""
UNDECLARED = {("GET /users/{id}/authentication_tokens", "fields"), ("GET /plugins/audit/records", "fields")}
"""Query parameters that are sent undeclared: XO 6.7.1 honours the first and ignores the second, which is projected
here."""


def contract(facts: Path = RELEASE) -> dict[str, Any]:
    """Everything a release answers, its plugins included, as one OpenAPI document."""
    document = json.loads(facts.read_text())
    for file in sorted((ROOT / "specs" / "plugins").glob("*.json")):
        plugin = json.loads(file.read_text())
        document["paths"] |= plugin["paths"]
        document["components"]["schemas"] |= plugin["components"].get("schemas", {})
    return dict(document)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """`METHOD /path` to the operation."""
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


class Oracle:
    """Judges requests.

    Args:
        facts: Of the release they are made to, from `specs/`.

    Attributes:
        operations: Every operation of the contract, by `METHOD /path`.
    """

    def __init__(self, facts: Path = RELEASE) -> None:
        document = contract(facts)
        self.operations = operations(document)
        self._names = {_dotted(path): path for path in document["paths"]}
        self._view = OpenAPI.from_dict(view(document), UNVALIDATED)
        self._known: dict[tuple[str, bytes, bytes, str], Verdict] = {}

    @cached_property
    def _validator(self) -> V30RequestValidator:
        validator = self._view.request_validator
        assert isinstance(validator, V30RequestValidator)
        return validator

    def judge(self, seen: Seen) -> "Verdict":
        """Which operation a request is for, and what is wrong with it."""
        body = seen.body if seen.header("content-type") == "application/json" else b""
        login = f"{seen.header('cookie')} {seen.header('authorization')}"
        sent = f"{seen.header('content-type')} {login} {bool(seen.size)} {seen.is_whole}"
        key = (seen.method, seen.target, body, sent)
        if key not in self._known:
            self._known[key] = self._judged(seen)
        return self._known[key]

    def complaints(self, log: Iterable[Seen]) -> list[str]:
        """What is wrong with requests, one line each."""
        return [f"{seen.method} {seen.target!r}: {text}" for seen in log for text in self.judge(seen).complaints]

    def asked(self, log: Iterable[Seen]) -> tuple[Counter[str], Counter[str]]:
        """How often each operation was requested, and how often with success."""
        requested: Counter[str] = Counter()
        succeeded: Counter[str] = Counter()
        for seen in log:
            operation = self.judge(seen).operation
            requested[operation] += 1
            succeeded[operation] += 200 <= seen.status < 300
        return requested, +succeeded

    def _judged(self, seen: Seen) -> "Verdict":
        path = seen.path.removeprefix(BASE)
        if not seen.path.startswith(f"{BASE}/") or "//" in path or path.endswith("/") or "#" in path:
            return Verdict("", ("no path of the REST API",))
        request = _Request(seen, path)
        try:
            _, operation, _, found, _ = self._validator._find_path(request)
        except OpenAPIError as error:
            return Verdict("", (str(error),))
        key = f"{seen.method} {self._names[found.pattern]}"
        texts = {each["name"] for each in _parameters(operation) if each.get("schema", {}).get("type") == "string"}
        errors = self._validator.iter_errors(request)
        problems = [_message(error) for error in errors if not _is_empty_text(error, texts) and _counts(error, seen)]
        problems += [f"undeclared query parameter {name!r}" for name in _excess(seen, key, operation)]
        if seen.size and "requestBody" not in operation:
            problems.append("a body where none is declared")
        needs_body = operation.get("requestBody", SchemaPath.from_dict({})).get("required", False)
        if not seen.size and seen.is_whole and needs_body:
            problems.append("no body where one is required")
        if seen.header("cookie") and seen.header("authorization"):
            problems.append("a token and a Basic login at once")
        problems += [f"{name} {value!r} is not what it was" for name, value in _raw(found.variables)]
        return Verdict(key, tuple(problems))


@dataclass(frozen=True)
class Verdict:
    """What the judge says.

    Attributes:
        operation: `METHOD /path`, or "" for none.
        complaints: What is wrong.
    """

    operation: str
    complaints: tuple[str, ...]


class _Parameters(RequestParameters):
    """Path parameters are decoded before they are looked at."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "path":
            value = {key: unquote(text, errors="strict") for key, text in value.items()}
        super().__setattr__(name, value)


class _Request:
    """openapi-core's view of a request."""

    host_url = HOST

    def __init__(self, seen: Seen, path: str) -> None:
        self.path = f"{BASE}{_dotted(path)}"
        self.full_url_pattern = f"{HOST}{self.path}"
        self.method = seen.method.lower()
        self.body = seen.body or (b"\0" if seen.size else b"")
        self.content_type = (seen.header("content-type") or "application/octet-stream").lower()
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in seen.headers])
        cookies = ImmutableMultiDict(
            [part.strip().split("=", 1) for part in (seen.header("cookie") or "").split(";") if "=" in part]
        )
        query = ImmutableMultiDict(parse_qsl(seen.query, keep_blank_values=True, strict_parsing=bool(seen.query)))
        self.parameters = _Parameters(path={}, query=query, header=headers, cookie=cookies)


def _dotted(path: str) -> str:
    return re.sub(r"/([^/.]+)\.([^/.]+)$", r"/\1/.file/\2", path)


def view(document: dict[str, Any]) -> dict[str, Any]:
    view = {key: value for key, value in document.items() if not key.startswith("x-")}
    view["paths"] = {_dotted(path): item for path, item in json.loads(json.dumps(document["paths"])).items()}
    for key, operation in operations(view).items():
        operation["operationId"] = key
    return dict(_nullable_inside(view))


def _nullable_inside(part: Any) -> Any:
    """OpenAPI 3.0 counts `nullable` only beside `type`; XO writes it beside `anyOf`."""
    if isinstance(part, list):
        return [_nullable_inside(each) for each in part]
    if not isinstance(part, dict):
        return part
    result = {name: _nullable_inside(each) for name, each in part.items()}
    if result.get("nullable") is True and isinstance(result.get("anyOf"), list):
        result["anyOf"] = [{**each, "nullable": True} for each in result["anyOf"]]
    return result


def _parameters(operation: SchemaPath) -> list[dict[str, Any]]:
    return list((operation / "parameters").read_value()) if "parameters" in operation else []


def _is_empty_text(error: Exception, texts: set[str]) -> bool:
    cause = error.__cause__
    return isinstance(cause, EmptyQueryParameterValue) and cause.name in texts


def _counts(error: Exception, seen: Seen) -> bool:
    """A body of which only a part was read says nothing."""
    return seen.is_whole or not isinstance(error, RequestBodyValidationError)


def _excess(seen: Seen, key: str, operation: SchemaPath) -> Iterator[str]:
    """Query parameters nobody declares."""
    declared = {each["name"] for each in _parameters(operation) if each["in"] == "query"}
    for name, _ in parse_qsl(seen.query, keep_blank_values=True):
        if name not in declared and (key, name) not in UNDECLARED:
            yield name


def _raw(variables: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Path parts that are empty, dot segments, or hold what must be encoded."""
    for name, value in variables.items():
        if not re.fullmatch(r"(?:[A-Za-z0-9_~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+", value):
            yield name, value


def _message(error: Exception) -> str:
    causes = [str(error)]
    while error.__cause__ is not None:
        error = error.__cause__  # type: ignore[assignment]
        causes.append(str(error))
        causes += [each.message for each in getattr(error, "schema_errors", ())]
    return " <- ".join(causes)[:1500]
