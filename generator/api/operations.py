"""The operations of a document, as facts: what can be called, with what, and what comes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from generator.api.combining import SCALARS, Schema
from generator.api.schema import Schemas
from generator.errors import SpecError
from generator.facts.extraction import METHODS

Place = Literal["path", "query"]
SENT = ("path", "query")
PLACES = (*SENT, "header", "cookie")
NO_PARAMETERS = frozenset({"accept", "authorization", "content-type"})
"""Headers that OpenAPI says to ignore as parameters."""


@dataclass(frozen=True)
class Parameter:
    """A path or query parameter, its schema already portable."""

    name: str
    place: Place
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Body:
    """A request body: its first media type we can send, and the raw schema."""

    media_type: str
    required: bool
    schema: Any


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
        obstacle: Why it can't be called, as far as its parameters tell.
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
    obstacle: str | None = None

    def parameter(self, name: str, place: Place) -> Parameter | None:
        """The parameter of that name and place."""
        return next((entry for entry in self.parameters if entry.name == name and entry.place == place), None)

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
    """Tell JSON and its dialects from everything else."""
    essence = media_type.split(";", maxsplit=1)[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")


def operations(document: Schema, schemas: Schemas) -> Iterator[Operation]:
    """Every operation of a facts document, in its order.

    Raises:
        SpecError: A path parameter is missing, declared twice or in a place we cannot send.
    """
    plugin = document.get("x-xo-plugin")
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield _operation(method, path, item, schemas, plugin)


def _operation(method: str, path: str, item: Schema, schemas: Schemas, plugin: str | None) -> Operation:
    key = f"{method.upper()} {path}"
    raw = item[method]
    declared = _declared([*item.get("parameters", ()), *raw.get("parameters", ())], schemas, key)
    parameters = tuple(_parameters(declared, schemas, key))
    _check_placeholders(path, {entry["name"] for entry in declared if entry["in"] == "path"}, key)
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
        obstacle=next(filter(None, map(_obstacle, declared)), None),
    )


def _declared(raw: list[Any], schemas: Schemas, key: str) -> list[Schema]:
    """Resolve parameters; one of the operation replaces the path item's of the same name and place."""
    found: dict[tuple[str, str], Schema] = {}
    for reference in raw:
        entry, _ = schemas.resolve(reference, key)
        place, name = entry.get("in"), entry.get("name")
        if place not in PLACES or not isinstance(name, str) or not name:
            raise SpecError(f"parameter {name!r} is in {place!r}; known: {', '.join(PLACES)}", place=key)
        found[(name, place)] = entry
    return list(found.values())


def _obstacle(entry: Schema) -> str | None:
    """Say why an operation can't be called for one of its parameters, or nothing."""
    required = entry["in"] == "path" or entry.get("required") is True
    return f"its parameter {entry['name']!r} {why}" if required and (why := _unsent(entry)) else None


def _unsent(entry: Schema) -> str | None:
    """Why a parameter is not sent; one that is not required is left out then."""
    if entry["in"] not in SENT:
        # Those are no parameters, says OpenAPI: the media types and the security scheme tell them.
        return None if entry["name"].lower() in NO_PARAMETERS else f"goes into the {entry['in']}"
    if entry.get("content") and _schema(entry).get("type") not in SCALARS - {"string"}:
        return "is a document of its own"
    style = entry.get("style") or "form"
    if entry["in"] == "query" and (
        style != "form" or (entry.get("explode") is False and _schema(entry).get("type") == "array")
    ):
        return f"is written in the style {style!r}, explode {str(entry.get('explode', False)).lower()}"
    return None


def _schema(entry: Schema) -> Schema:
    """Of a parameter; a number or boolean reads alike as itself and as a JSON document."""
    schema = next((media.get("schema") for media in (entry.get("content") or {}).values()), entry.get("schema"))
    return schema if isinstance(schema, dict) else {}


def _parameters(declared: list[Schema], schemas: Schemas, key: str) -> Iterator[Parameter]:
    for entry in declared:
        name, place = entry["name"], entry["in"]
        if place in SENT and not _unsent(entry):
            required = place == "path" or entry.get("required") is True
            schema = schemas.portable(_schema(entry), f"{key} > {name}")
            yield Parameter(name, place, required, schema)


def placeholders(path: str) -> list[str]:
    """The names in braces, in order."""
    return [part.split("}", 1)[0] for part in path.split("{")[1:]]


def _check_placeholders(path: str, declared: set[str], key: str) -> None:
    named = placeholders(path)
    missing = [name for name in named if name not in declared]
    if missing:
        raise SpecError(f"path parameter {missing[0]!r} is not declared", place=key)
    if len(set(named)) < len(named):
        raise SpecError("a path parameter stands in the path twice", place=key)
    unused = sorted(declared - set(named))
    if unused:
        raise SpecError(f"path parameter {unused[0]!r} is not in the path", place=key)


def _body(reference: Any, schemas: Schemas, key: str) -> Body | None:
    if reference is None:
        return None
    raw, _ = schemas.resolve(reference, key)
    content = raw.get("content") or {}
    if not content:
        return None
    media_type = next((media for media in content if is_json(media)), next(iter(content)))
    return Body(media_type, raw.get("required") is True, content[media_type].get("schema", {}))


def _content(reference: Any, schemas: Schemas, key: str) -> Schema:
    response, _ = schemas.resolve(reference, key)
    content = response.get("content")
    return content if isinstance(content, dict) else {}
