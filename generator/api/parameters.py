"""The parameters of an operation: those that a call sends, and those that it leaves out, each with its reason."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from generator.api.combining import NULL, SCALARS, Schema
from generator.api.schema import Schemas
from generator.errors import SpecError

SentIn = Literal["path", "query"]
SENT = ("path", "query")
LOCATIONS = (*SENT, "header", "cookie")
NO_PARAMETERS = frozenset({"accept", "authorization", "content-type"})
"""Headers that OpenAPI says to ignore as parameters: media types and the security scheme describe them."""
DEFAULT_STYLES = {"path": "simple", "query": "form"}
TEXT: Schema = {"type": "string"}
_PLACEHOLDER = re.compile(r"\{[^{}]+\}")


@dataclass(frozen=True)
class Parameter:
    """A path or query parameter, its schema already portable."""

    name: str
    sent_in: SentIn
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Unsent:
    """A parameter that no call sends.

    Attributes:
        why: What is said of it, after "it": `goes into a header`.
    """

    name: str
    required: bool
    why: str

    @property
    def text(self) -> str:
        """In a sentence's part."""
        return f"{self.name!r} {self.why}"


def declared_parameters(raw: Iterable[Any], path: str, schemas: Schemas, key: str) -> list[Schema]:
    """Resolve parameters; one of the operation replaces the path item's of the same name and location.

    Raises:
        SpecError: One is in an unknown location, or the path's placeholders are not the path parameters.
    """
    found: dict[tuple[str, str], Schema] = {}
    for reference in raw:
        entry, _ = schemas.resolve(reference, key)
        sent_in, name = entry.get("in"), entry.get("name")
        if sent_in not in LOCATIONS or not isinstance(name, str):
            raise SpecError(f"parameter {name!r} is in {sent_in!r}; known: {', '.join(LOCATIONS)}", place=key)
        found[(name, sent_in)] = entry
    declared = list(found.values())
    _check_placeholders(path, {entry["name"] for entry in declared if entry["in"] == "path"}, key)
    return declared


def placeholders(path: str) -> list[str]:
    """The names in braces, in order."""
    return [part.split("}", 1)[0] for part in path.split("{")[1:]]


def sort_parameters(
    declared: Iterable[Schema], schemas: Schemas, key: str
) -> tuple[tuple[Parameter, ...], tuple[Unsent, ...]]:
    """Separate the parameters that are sent from those that are not.

    Args:
        declared: Resolved parameters.
        schemas: Of the document.
        key: `METHOD /path`, for messages.
    """
    sent: list[Parameter] = []
    unsent: list[Unsent] = []
    for entry in declared:
        name, sent_in = entry["name"], entry["in"]
        required = sent_in == "path" or entry.get("required") is True
        if sent_in == "header" and name.lower() in NO_PARAMETERS:
            continue
        if not name:
            unsent.append(Unsent("", required, "has no name"))
            continue
        if sent_in not in SENT:
            unsent.append(Unsent(name, required, f"goes into a {sent_in}"))
            continue
        whole = schemas.portable(_schema(entry), f"{key} > {name}")
        schema = _sendable(whole)
        if schema is not None and required:
            schema = _not_null(schema)
        schema, why = _styled(entry, whole, schema)
        if schema is not None and sent_in == "path":
            schema, why = _in_path(schema), why or "has no value that a path can hold"
        if schema is None:
            unsent.append(Unsent(name, required, why or "is an object, or a list of objects"))
        else:
            sent.append(Parameter(name, sent_in, required, schema))
    return tuple(sent), tuple(unsent)


def _styled(entry: Schema, whole: Schema, sendable: Schema | None) -> tuple[Schema | None, str | None]:
    """The part of a parameter that is written as calls write it, or why none is."""
    media = next(iter(entry.get("content") or ()), "text/plain")
    if not media.startswith("text/") and whole.get("type") not in SCALARS - {"string"}:
        return None, "is a JSON document of its own"
    usual = DEFAULT_STYLES[entry["in"]]
    style = entry.get("style") or usual
    if style != usual:
        return None, f"is written in the style {style}"
    if entry["in"] == "query" and entry.get("explode") is False and sendable is not None:
        choices = [choice for choice in _choices(sendable) if choice.get("type") != "array"]
        if not [choice for choice in choices if choice != NULL]:
            return None, "is a list written with commas"
        return _chosen(sendable, choices), None
    return sendable, None


def _not_null(schema: Schema) -> Schema:
    """Without null, which what must be given can't be: a URL has no word for it."""
    return _chosen(schema, [choice for choice in _choices(schema) if choice != NULL])


def _choices(schema: Schema) -> list[Schema]:
    return list(schema.get("anyOf", (schema,)))


def _chosen(schema: Schema, choices: list[Schema]) -> Schema:
    """A schema with these of its choices; as it was where there is nothing to choose from."""
    if "anyOf" not in schema or not choices:
        return schema
    return {**schema, "anyOf": choices} if len(choices) > 1 else {**_without(schema, "anyOf"), **choices[0]}


def _schema(entry: Schema) -> Schema:
    """Of a parameter; a number or boolean reads alike as itself and as a JSON document."""
    schema = next((media.get("schema") for media in (entry.get("content") or {}).values()), entry.get("schema"))
    return schema if isinstance(schema, dict) else {}


def _sendable(schema: Schema) -> Schema | None:
    """The part of a schema whose values can be in a URL: text, numbers, booleans, and lists of these."""
    if "anyOf" in schema:
        choices = [part for choice in schema["anyOf"] if (part := _sendable(choice)) is not None]
        if not [choice for choice in choices if choice != NULL]:
            return None
        return _chosen(schema, choices)
    kind, values = schema.get("type"), schema.get("enum")
    if kind == "object" or "properties" in schema:
        return None
    if kind == "array":
        items = _sendable(schema.get("items") or TEXT)
        return None if items is None or not _scalars(items) else {**schema, "items": items}
    if kind or not values:
        return schema if kind else {**TEXT, **schema}
    kept = [value for value in values if not isinstance(value, dict | list)]
    return {**schema, "enum": kept} if kept and (kept == values or set(kept) != {None}) else None


def _in_path(schema: Schema) -> Schema | None:
    """The part of a schema whose values can be a segment of a path: those that name something."""
    if "anyOf" in schema:
        choices = [part for choice in schema["anyOf"] if (part := _in_path(choice)) is not None]
        return _chosen(schema, choices) if choices else None
    values = schema.get("enum")
    if not values:
        return None if schema.get("maxLength") == 0 else schema
    kept = [value for value in values if value is not None and any(sign.isalnum() for sign in str(value))]
    return {**schema, "enum": kept} if kept else None


def _scalars(schema: Schema) -> bool:
    return all(choice.get("type") in (*SCALARS, "null", None) for choice in schema.get("anyOf", [schema]))


def _without(schema: Schema, keyword: str) -> Schema:
    return {key: value for key, value in schema.items() if key != keyword}


def _check_placeholders(path: str, declared: set[str], key: str) -> None:
    named = placeholders(path)
    in_path = placeholders(re.split(r"[?#]", path, maxsplit=1)[0])
    if set("{}") & set(_PLACEHOLDER.sub("", path)):
        raise SpecError("the braces in its path don't match, or hold nothing", place=key)
    missing = [name for name in named if name not in declared]
    if missing:
        raise SpecError(f"path parameter {missing[0]!r} is not declared", place=key)
    if len(set(in_path)) < len(in_path):
        raise SpecError("a path parameter is in the path twice", place=key)
    unused = sorted(declared - set(named))
    if unused:
        raise SpecError(f"path parameter {unused[0]!r} is not in the path", place=key)
