"""The operations of a document, as facts: what can be called, with what, and what comes back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.api.combining import Schema
from generator.api.parameters import SENT, Parameter, SentIn, Unsent, declared_parameters, placeholders, sort_parameters
from generator.api.schema import Schemas
from generator.facts.paths import operations_of

__all__ = ["SENT", "Body", "Operation", "Parameter", "Privilege", "is_json", "operations", "placeholders"]

JSON = "application/json"
BINARY = "application/octet-stream"
WILDCARD = 2
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)


@dataclass(frozen=True)
class Body:
    """A request body: its first media type we can send, and the raw schema."""

    media_type: str
    required: bool
    schema: Any

    @property
    def content_type(self) -> str:
        """What the header says, where it is neither JSON nor bytes; nothing where a document names no media type."""
        is_usual = _essence(self.media_type) in (JSON, BINARY)
        return "" if is_usual or not _MEDIA_TYPE.fullmatch(self.media_type) else self.media_type


@dataclass(frozen=True)
class Privilege:
    """What XO asks of the caller, e.g. resource `vm`, action `start`."""

    resource: str
    action: str
    conditional: bool

    def __str__(self) -> str:
        return f"{self.resource}:{self.action}"


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    Attributes:
        key: `METHOD /path`, as overrides name it.
        responses: Status -> media type -> raw schema (an empty mapping: no content declared).
        plugin: The XO plugin that must be loaded, if any.
        unsent: Parameters that no call sends; where one of them is required, the operation can't be called.
        permission: What a JSON-RPC method asks of the caller: `none`, `signed-in` or `admin`.
    """

    key: str
    method: str
    path: str
    operation_id: str | None
    tags: tuple[str, ...]
    deprecated: bool
    exposure: str | None
    privileges: tuple[Privilege, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: dict[str, dict[str, Any]]
    plugin: str | None
    unsent: tuple[Unsent, ...] = ()
    permission: str | None = None

    def parameter(self, name: str, sent_in: SentIn) -> Parameter | None:
        """The parameter of that name and location."""
        return next((entry for entry in self.parameters if entry.name == name and entry.sent_in == sent_in), None)

    @property
    def success(self) -> dict[str, dict[str, Any]]:
        """The 2xx responses."""
        return {status: content for status, content in self.responses.items() if status.startswith("2")}

    @property
    def answer_schema(self) -> Any:
        """The raw schema of the JSON answer, or nothing."""
        for content in self.success.values():
            for media_type, schema in content.items():
                if is_json(media_type):
                    return schema
        return None


def is_json(media_type: str) -> bool:
    """Recognise JSON and its dialects."""
    essence = _essence(media_type)
    return essence in (JSON, "text/json") or essence.endswith("+json")


def _essence(media_type: str) -> str:
    """A media type without its parameters."""
    return media_type.split(";", maxsplit=1)[0].strip().lower()


def operations(document: Schema, schemas: Schemas) -> Iterator[Operation]:
    """Every operation of a facts document, in its order.

    Raises:
        SpecError: A path parameter is missing, declared twice or in a place we cannot send.
    """
    plugin = document.get("x-xo-plugin")
    for method, path, item in operations_of(document):
        yield _operation(method, path, item, schemas, plugin)


def _operation(method: str, path: str, item: Schema, schemas: Schemas, plugin: str | None) -> Operation:
    key = f"{method.upper()} {path}"
    raw = item[method]
    declared = declared_parameters([*item.get("parameters", ()), *raw.get("parameters", ())], path, schemas, key)
    parameters, unsent = sort_parameters(declared, schemas, key)
    return Operation(
        key=key,
        method=method.upper(),
        path=path,
        operation_id=raw.get("operationId"),
        tags=tuple(raw.get("tags") or ("default",)),
        deprecated=raw.get("deprecated") is True,
        exposure=raw.get("x-mcp-exposure"),
        privileges=tuple(
            Privilege(entry["resource"], entry["action"], "when" in entry) for entry in raw.get("x-privileges", ())
        ),
        parameters=parameters,
        body=_body(raw.get("requestBody"), schemas, key),
        responses={
            status: {media: entry.get("schema", {}) for media, entry in _content(response, schemas, key).items()}
            for status, response in raw.get("responses", {}).items()
        },
        plugin=plugin,
        unsent=unsent,
        permission=raw.get("x-permission"),
    )


def _body(reference: Any, schemas: Schemas, key: str) -> Body | None:
    if reference is None:
        return None
    raw, _ = schemas.resolve(reference, key)
    content = raw.get("content") or {}
    if not content:
        return None
    media_type = min(content, key=_preference)  # the first of those that are alike
    schema = content[media_type].get("schema", {})
    resolved, _ = schemas.resolve(schema, key)
    if _preference(media_type) == WILDCARD:
        media_type = BINARY if resolved.get("format") == "binary" else JSON
    return Body(media_type, raw.get("required") is True, schema)


def _preference(media_type: str) -> int:
    """What is sent where a body may be of several media types: the lowest."""
    essence = _essence(media_type)
    if essence == JSON:
        return 0
    if "*" in essence:
        return WILDCARD
    return 1 if is_json(essence) else 3


def _content(reference: Any, schemas: Schemas, key: str) -> Schema:
    response, _ = schemas.resolve(reference, key)
    content = response.get("content")
    return content if isinstance(content, dict) else {}
