"""An operation's contract as a flat table of locations, so that two releases can be compared.

Everything a caller sends or gets becomes a location (`query.limit`, `body.vdis[].size`, `200[].name_label`) with a
description of its value. How a document is written does not show: names of component schemas, the order of anything,
references against inlined schemas.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.api.combining import Schema
from generator.api.operations import is_json
from generator.api.schema import Schemas
from generator.facts.paths import operations_of
from generator.library import ANY_KEY, EACH, Location

LIMITS = ("minimum", "maximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
          "maxProperties", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "pattern", "not")  # fmt: skip


@dataclass(frozen=True)
class Value:
    """The value that a location takes.

    Attributes:
        types: JSON types; empty when any.
        required: It must be there whenever what it belongs to is.
        formats: `date-time`, `double`, ...
        values: The allowed values as text; `None` when they are not enumerated.
        limits: Bounds, as sorted pairs.
        default: What holds when it is left out, as text; `None` when nobody says it.
        deprecated: It is to go.
    """

    types: frozenset[str] = frozenset()
    required: bool = False
    formats: frozenset[str] = frozenset()
    values: frozenset[str] | None = None
    limits: tuple[tuple[str, Any], ...] = ()
    default: str | None = None
    deprecated: bool = False


Shape = dict[Location, Value]
"""Location relative to a schema -> value; the schema itself is the empty location."""

ROOT = Location()
ANONYMOUS = "nothing"
"""The name of needing no credentials."""


@dataclass(frozen=True)
class Contract:
    """One operation, flat.

    Attributes:
        inputs: `path.id`, `query.limit`, `body.name`, `body` for a body that is not an object.
        outputs: `200.name`, `200[].name`, for 2xx answers in JSON.
        media: Media types sent (`body`) and answered (by 2xx status), as `where media-type`.
        statuses: Every declared 2xx status.
        values: Property of a JSON body -> its portable schema, with the alternatives that `inputs` merges.
        permission: What a JSON-RPC method asks of the caller.
        sign_ins: The ways to sign in, in words; empty when nobody need.
    """

    key: str
    operation_id: str | None
    tags: tuple[str, ...]
    deprecated: bool
    exposure: str | None
    privileges: frozenset[str]
    inputs: Shape
    outputs: Shape
    media: frozenset[str]
    statuses: frozenset[str]
    body_required: bool
    values: Mapping[str, Schema] = field(default_factory=dict)
    permission: str | None = None
    sign_ins: frozenset[str] = frozenset()

    @property
    def method(self) -> str:
        """HTTP method."""
        return self.key.partition(" ")[0]

    @property
    def path(self) -> str:
        """Path template."""
        return self.key.partition(" ")[2]


def contracts(document: Schema) -> dict[str, Contract]:
    """Lay out every operation of a facts document by `METHOD /path`.

    Raises:
        SpecError: A schema expands beyond any size, or a reference leads nowhere.
    """
    reader = _Reader(document)
    return {
        f"{method.upper()} {path}": reader.operation(method, path, item)
        for method, path, item in operations_of(document)
    }


class _Reader:
    """Lays out the operations of one document; what a component looks like is worked out once."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._schemas = Schemas(document, whole=True)
        self._known: dict[tuple[str, bool], Shape] = {}

    def operation(self, method: str, path: str, item: Schema) -> Contract:
        key = f"{method.upper()} {path}"
        raw = item[method]
        body, _ = self._schemas.resolve(raw.get("requestBody") or {}, key)
        responses = dict(self._successes(raw, key))
        return Contract(
            key=key,
            operation_id=raw.get("operationId"),
            tags=tuple(raw.get("tags") or ()),
            deprecated=raw.get("deprecated") is True,
            exposure=raw.get("x-mcp-exposure"),
            privileges=frozenset(privilege_text(entry) for entry in raw.get("x-privileges", ())),
            inputs=dict(self._inputs(item, raw, body, key)),
            outputs=dict(self._outputs(responses, key)),
            media=frozenset(
                f"{where} {media}"
                for where, content in (("body", body.get("content") or {}), *responses.items())
                for media in content
            ),
            statuses=frozenset(responses),
            body_required=body.get("required") is True,
            values=self._values(body, key),
            permission=raw.get("x-permission"),
            sign_ins=frozenset(self._sign_ins(raw.get("security", self._document.get("security", ())))),
        )

    def _sign_ins(self, security: Sequence[Schema]) -> Iterator[str]:
        """Each way to sign in, by what is sent: what a document calls its schemes does not matter."""
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        for requirement in security:
            words = [_scheme_text(schemes.get(name, {})) or name for name in sorted(requirement)]
            yield " and ".join(sorted(words)) or ANONYMOUS

    def _values(self, body: Schema, key: str) -> Mapping[str, Schema]:
        schema = _json_schema(body.get("content") or {})
        flat = None if schema is None else self._schemas.flat(schema, key)
        return {} if flat is None else flat.properties

    def _successes(self, raw: Schema, key: str) -> Iterator[tuple[str, Schema]]:
        for status, reference in raw.get("responses", {}).items():
            if status.startswith("2"):
                response, _ = self._schemas.resolve(reference, key)
                yield status, response.get("content") or {}

    def _inputs(self, item: Schema, raw: Schema, body: Schema, key: str) -> Iterator[tuple[Location, Value]]:
        for reference in [*item.get("parameters", ()), *raw.get("parameters", ())]:
            entry, _ = self._schemas.resolve(reference, key)
            location = f"{entry.get('in')}.{entry.get('name')}"
            schema = entry.get("schema", next((m.get("schema", {}) for m in entry.get("content", {}).values()), {}))
            for inner, value in self._shape(schema, key).items():
                needed = entry.get("required") is True if inner == "" else value.required
                is_old = value.deprecated or (inner == "" and entry.get("deprecated") is True)
                yield Location(location + inner), replace(value, required=needed, deprecated=is_old)
        schema = _json_schema(body.get("content") or {})
        if schema is not None:
            for inner, value in self._shape(schema, key).items():
                # Unless it is bounded, an object's own location says nothing that its properties don't.
                if inner or value.limits or value.types - {"null"} != {"object"}:
                    yield Location("body" + inner), value

    def _outputs(self, responses: Mapping[str, Schema], key: str) -> Iterator[tuple[Location, Value]]:
        for status, content in responses.items():
            schema = _json_schema(content)
            if schema is not None:
                for inner, value in self._shape(schema, key, answered=True).items():
                    yield Location(status + inner), value

    def _shape(self, schema: Any, location: str, *, answered: bool = False) -> Shape:
        resolved, name = self._schemas.resolve(schema, location)
        if name is None:
            return _layout(self._schemas.portable(resolved, location, answered=answered))
        if (name, answered) not in self._known:
            self._known[name, answered] = _layout(self._schemas.portable(schema, location, answered=answered))
        return self._known[name, answered]


def _layout(schema: Schema) -> Shape:
    """Lay out a schema that was put together: its alternatives are all that is left to merge."""
    result = {ROOT: _value(schema)}
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    for name, part in properties.items():
        _put(result, f".{name}", _layout(part), required=name in required)
    for name in required - properties.keys():
        _put(result, f".{name}", {ROOT: Value()}, required=True)
    if schema.get("items"):
        _put(result, EACH, _layout(schema["items"]))
    free = schema.get("additionalProperties")
    if isinstance(free, dict) and free:
        _put(result, f".{ANY_KEY}", _layout(free))
    if "anyOf" in schema:
        result = either(map(_layout, schema["anyOf"]))
        if "default" in schema:
            result[ROOT] = replace(result[ROOT], default=value_text(schema["default"]))
    return result


def _scheme_text(scheme: Schema) -> str:
    """What is sent to sign in: `cookie authenticationToken`, `http basic`, `oauth2`."""
    if scheme.get("type") == "apiKey":
        return f"{scheme.get('in')} {scheme.get('name')}"
    return " ".join(str(scheme[key]) for key in ("type", "scheme") if key in scheme)


def privilege_text(entry: Mapping[str, Any]) -> str:
    """A privilege in one word; `?` marks one that is asked for only sometimes."""
    return f"{entry['resource']}:{entry['action']}{'?' if 'when' in entry else ''}"


def value_text(value: Any) -> str:
    """An enum value as text: strings as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def either(shapes: Iterable[Shape]) -> Shape:
    """The locations of something that is one of several; required is only what every object among them requires."""
    every = list(shapes)
    result: Shape = {}
    for shape in every:
        for location, value in shape.items():
            result[location] = _wider(result[location], value) if location in result else value
    for location, value in result.items():
        if value.required and not all(location in shape for shape in every if _could_hold(shape, location)):
            result[location] = replace(value, required=False)
    return result


def _could_hold(shape: Shape, location: Location) -> bool:
    """Whether the parent of a location is an object."""
    parent = shape.get(Location(location.rpartition(".")[0]))
    return parent is not None and (not parent.types or "object" in parent.types)


def _json_schema(content: Schema) -> Any:
    return next((entry.get("schema") for media, entry in content.items() if is_json(media)), None)


def _value(schema: Schema) -> Value:
    kind = schema.get("type")
    values = schema.get("enum")
    texts = None if values is None else frozenset(value_text(value) for value in values if value is not None)
    return Value(
        types=frozenset({kind} if isinstance(kind, str) else ()),
        formats=frozenset({schema["format"]} if isinstance(schema.get("format"), str) else ()),
        values=texts,
        limits=tuple((keyword, schema[keyword]) for keyword in LIMITS if schema.get(keyword) is not None),
        default=value_text(schema["default"]) if "default" in schema else None,
        deprecated=schema.get("deprecated") is True,
    )


def _put(result: Shape, prefix: str, inner: Shape, *, required: bool = False) -> None:
    for location, value in inner.items():
        result[Location(prefix + location)] = value if location else replace(value, required=required)


def _wider(one: Value, other: Value) -> Value:
    if one.types == {"null"} or other.types == {"null"}:
        # `null` beside an enumeration leaves it an enumeration.
        kept = other if one.types == {"null"} else one
        return replace(kept, types=kept.types and kept.types | {"null"}, required=one.required and other.required)
    open_ended = one.values is None or other.values is None
    return Value(
        types=one.types | other.types if one.types and other.types else frozenset(),
        required=one.required and other.required,
        formats=one.formats | other.formats,
        values=None if open_ended else (one.values or frozenset()) | (other.values or frozenset()),
        limits=tuple(entry for entry in one.limits if entry in other.limits),
        default=one.default if one.default == other.default else None,
        deprecated=one.deprecated and other.deprecated,
    )
