"""The arguments of a tool: path, query and body flattened into one list under XO's own names."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from generator.api.acceptable import Renamed, acceptable
from generator.api.combining import Schema
from generator.api.flat import Flat
from generator.api.methods import CALL
from generator.api.operations import Operation, is_json
from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.library import Location, schemas_at
from generator.model.argumentdecisions import ArgumentOverride
from generator.model.decisions import ToolOverride
from generator.model.kinds import LIST_LIMIT, REQUIRED_EXTRAS, Kind
from generator.model.overrides import nearest
from generator.names.identifiers import ArgumentName, PythonName
from generator.names.pytext import literal

SentIn = Literal["path", "query", "body", "raw", "extra", "after"]
_ORDER = ("path", "query", "body", "raw")
MAX_LITERAL = 6
OURS = frozenset({"confirm_token", "instance"})
"""Arguments that the server adds to tools: the token of a confirmation, and which of several XOs is meant."""
PYTHON_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None",
                "object": "dict[str, Json]", "array": "list[Json]"}  # fmt: skip


@dataclass(frozen=True)
class Argument:
    """One argument of a tool.

    Attributes:
        name: As the model writes it: XO's own name, unless two arguments share it.
        sent_as: XO's name.
        python: The parameter of the generated function.
        sent_in: Where it goes; `raw` is a whole body that is not an object, `extra` is for the run-time library;
            `after` is sent once the object is made.
        schema: Portable JSON Schema, with our description when it has one.
        annotation: Its Python type.
        renamed: Properties inside it that clients write otherwise than the API.
        default: Python source of the default, or nothing when it must be given.
    """

    name: str
    sent_as: str
    python: PythonName
    sent_in: SentIn
    schema: Schema
    annotation: str
    default: str | None
    renamed: tuple[Renamed, ...] = ()

    @property
    def required(self) -> bool:
        """Whether the tool must be given this argument."""
        return self.default is None

    @property
    def description(self) -> str | None:
        """Our words about it."""
        return self.schema.get("description")


def build_arguments(
    operation: Operation, kind: Kind, override: ToolOverride, shared: dict[str, ArgumentOverride], context: "Context"
) -> tuple[tuple[Argument, ...], Flat | None]:
    """Flatten an operation's parameters and body, and add what the kind of call adds.

    Args:
        operation: The facts.
        kind: Brings its own arguments and replaces some of XO's.
        override: Our decisions about single arguments.
        shared: Descriptions by argument name for every tool.
        context: Schemas, parameters fixed by a split, absorbed parameters, silent names.

    Returns:
        The arguments, and the flattened body (for its alternatives).

    Raises:
        OverrideError: A decision is about an argument that does not exist.
    """
    flat = _flat_body(operation, context.schemas)
    found = [*_parameters(operation, kind, context), *_body_arguments(operation, flat, kind, context.schemas)]
    if operation.method == CALL:
        found += _declared(override, found, free=flat is None or flat.open or not flat.properties)
    found = [*_distinct(found, kind), *_extras(kind, override), *_afterwards(context)]
    _require_known_names(override.arguments, found, context, operation.key)
    own = override.builder is not None
    decided = [
        _decide(argument, override.arguments, shared, context, operation.key, own_request=own) for argument in found
    ]
    return tuple(_accepted(argument) for argument in decided if argument is not None), flat


def _accepted(entry: Argument) -> Argument:
    """An argument whose schema every client accepts."""
    schema, renamed = acceptable(entry.schema, (entry.name,))
    return replace(entry, schema=schema, renamed=tuple(renamed))


@dataclass(frozen=True)
class Context:
    """What an argument list needs to know of its build.

    Attributes:
        schemas: Of the operation's document.
        fixed: Parameters that a split decided.
        absorbed: Query parameters the run-time library sets.
        silent: Arguments that the server's instructions describe.
        afterwards: Arguments of ours that are sent once something is made: their schemas.
        elsewhere: Whether another release of the operation has an argument, or a value inside one.
    """

    schemas: Schemas
    fixed: frozenset[str] = frozenset()
    absorbed: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    elsewhere: Callable[[str], bool] = lambda _: False
    afterwards: Mapping[str, Schema] = field(default_factory=dict)


def argument(name: str, sent_in: SentIn, schema: Schema, *, required: bool, sent_as: str | None = None) -> Argument:
    """An argument with its Python name, type and default worked out."""
    base = annotation(schema)
    own = ArgumentName(name)
    return Argument(
        name=own,
        sent_as=sent_as or name,
        python=PythonName(own),
        sent_in=sent_in,
        schema=schema,
        annotation=base if required else or_omit(base),
        default=None if required else "OMIT",
    )


def or_omit(annotation: str) -> str:
    """The type of an argument that may be left out."""
    base = annotation.removesuffix(" | None")
    return f"{base} | Omit" if base == annotation else f"{base} | Omit | None"


def annotation(schema: Schema) -> str:
    """The Python type of a portable schema."""
    kind = schema.get("type")
    values = schema.get("enum")
    if values and kind == "string" and len(values) <= MAX_LITERAL and all(isinstance(value, str) for value in values):
        return f"Literal[{', '.join(literal(value) for value in values)}]"
    if kind == "array" and isinstance(schema.get("items", {}).get("type"), str):
        return f"list[{annotation({**schema['items'], 'enum': None})}]"
    if "anyOf" in schema:
        names = dict.fromkeys(annotation({**choice, "enum": None}) for choice in schema["anyOf"])
        return "Json" if "Json" in names else " | ".join(sorted(names, key=lambda name: name == "None"))
    return PYTHON_TYPES.get(kind or "", "Json")


def _parameters(operation: Operation, kind: Kind, context: Context) -> list[Argument]:
    return [
        argument(entry.name, entry.sent_in, entry.schema, required=entry.required)
        for entry in operation.parameters
        if entry.name not in context.fixed
        and not (entry.sent_in == "query" and (entry.name in kind.replaces or entry.name in context.absorbed))
    ]


def _flat_body(operation: Operation, schemas: Schemas) -> Flat | None:
    if operation.body is None or not is_json(operation.body.media_type):
        return None
    return schemas.flat(operation.body.schema, f"{operation.key} > body")


def _body_arguments(operation: Operation, flat: Flat | None, kind: Kind, schemas: Schemas) -> list[Argument]:
    body = operation.body
    if body is None or kind.name == "upload" or not is_json(body.media_type):
        return []
    if flat is None or (flat.open and operation.method != CALL):
        schema = schemas.portable(body.schema, f"{operation.key} > body")
        return [argument("body", "raw", schema, required=body.required)]
    return [
        argument(name, "body", schema, required=name in flat.required and body.required)
        for name, schema in flat.properties.items()
    ]


def _declared(override: ToolOverride, found: list[Argument], *, free: bool) -> list[Argument]:
    """Arguments of our own: a builder makes XO's parameters of them, or XO takes keys that it does not declare."""
    known = {entry.name for entry in found}
    return [
        argument(name, "body", decision.schema_.written(), required=decision.required is True)
        for name, decision in override.arguments.items()
        if (free or override.builder) and name not in known and decision.schema_ and name.isidentifier()
    ]


def _distinct(found: list[Argument], kind: Kind) -> list[Argument]:
    """Name apart what shares a Python name: what comes later says where it is sent, `body_id`, `query_timeout`.

    What a kind brings has its name in every tool, so it comes first; then the path, the query and the body.
    """
    taken = {str(PythonName(extra.name)) for extra in kind.extras} | OURS
    result = []
    for entry in sorted(found, key=lambda entry: _ORDER.index(entry.sent_in)):
        own, number = entry, 1
        while own.python in taken:
            more = f"_{number}" if number > 1 else ""
            name = ArgumentName(f"{entry.sent_in}_{entry.name}{more}")
            own, number = replace(entry, name=name, python=PythonName(name)), number + 1
        taken.add(own.python)
        result.append(own)
    return result


def _extras(kind: Kind, override: ToolOverride) -> list[Argument]:
    result = []
    for extra in kind.extras:
        default = extra.default
        if extra.name == "fields" and default is None:
            default = literal(",".join(override.fields) or "*")
        elif extra.name == "limit" and default is None:
            default = str(override.limit or LIST_LIMIT)
        elif default is None and extra.name not in REQUIRED_EXTRAS:
            default = "OMIT"
        result.append(
            Argument(extra.name, extra.name, PythonName(extra.name), "extra", extra.schema, extra.annotation, default)
        )
    return result


def _afterwards(context: Context) -> list[Argument]:
    return [argument(name, "after", schema, required=False) for name, schema in context.afterwards.items()]


def _require_known_names(
    decisions: dict[str, ArgumentOverride], found: list[Argument], context: "Context", key: str
) -> None:
    known = {name for entry in found for name in (entry.name, entry.sent_as)}
    for name in decisions:
        root = Location(name).first
        if root not in known and not context.elsewhere(name):
            raise OverrideError(f"there is no argument {root!r}", place=key, hint=nearest(root, known))


def _decide(
    entry: Argument,
    decisions: dict[str, ArgumentOverride],
    shared: dict[str, ArgumentOverride],
    context: "Context",
    key: str,
    *,
    own_request: bool,
) -> Argument | None:
    decision = decisions.get(entry.name) or decisions.get(entry.sent_as) or ArgumentOverride()
    if decision.drop:
        if entry.required and not own_request:
            raise OverrideError(f"argument {entry.name!r} is required and can't be dropped", place=key)
        return None
    schema = copy.deepcopy(entry.schema) if decision.schema_ is None else decision.schema_.written()
    text = decision.description
    if text is None and entry.name in shared and entry.name not in context.silent:
        text = shared[entry.name].description
    if decision.default is not None:
        schema["default"] = decision.default
    if text is not None:
        schema["description"] = text
    for path, inner in decisions.items():
        if path != entry.name and Location(path).first == entry.name:
            _describe_inner(schema, path, inner, context, key)
    required = entry.required if decision.required is None else decision.required
    if decision.schema_ is None and decision.default is None and decision.required is None:
        return replace(entry, schema=schema)
    base = annotation(schema)
    if decision.default is not None:
        return replace(entry, schema=schema, annotation=base, default=literal(decision.default))
    return replace(
        entry,
        schema=schema,
        annotation=base if required else or_omit(base),
        default=None if required else (entry.default or "OMIT"),
    )


def _describe_inner(schema: Schema, path: str, inner: ArgumentOverride, context: "Context", key: str) -> None:
    """Put a description on a property inside an argument, e.g. `vdis[].size`."""
    targets = list(schemas_at(schema, Location(path).steps[1:]))
    if not targets and not context.elsewhere(path):
        raise OverrideError(f"there is no argument {path!r}", place=key)
    for target in targets:
        if inner.schema_ is not None:
            target.clear()
            target.update(inner.schema_.written())
        if inner.description is not None:
            target["description"] = inner.description
