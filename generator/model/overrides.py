"""Our decisions: one YAML file per tag under `overrides/`, and `_shared.yaml` for what many tools have in common.

Every key must match something: a key that matches nothing is an error naming the nearest route, so that an XO release
which moves a route can't silently undo a decision.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from generator.errors import OverrideError
from generator.model.argumentschema import ArgumentSchema

ModelT = TypeVar("ModelT", bound=BaseModel)
SHARED = "_shared.yaml"
Effect = Literal["read", "write", "destructive"]
Text = Annotated[str, Field(min_length=1, max_length=600)]
ToolName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Kind = Literal[
    "list", "get", "read", "write", "action", "download", "upload", "stats", "list_tasks", "get_task",
    "open_events", "subscribe", "unsubscribe", "read_events", "close_events",
]  # fmt: skip


class Strict(BaseModel):
    """Refuses keys it does not know: a misspelt decision must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ArgumentOverride(Strict):
    """What we say about one argument, or about one property inside it (`vdis[].size`)."""

    description: Text | None = Field(None, description="Unit, format, where an id comes from, an example.")
    schema_: ArgumentSchema | None = Field(None, alias="schema", description="Replaces the JSON Schema of XO.")
    default: Any = Field(None, description="Used when the argument is not given.")
    required: bool | None = Field(None, description="Ask for it although XO does not, or the other way round.")
    drop: Text | None = Field(None, description="Why the argument is not offered.")


def _text_is_a_description(value: object) -> object:
    return {"description": value} if isinstance(value, str) else value


def _inner_takes_less(arguments: dict[str, ArgumentOverride]) -> dict[str, ArgumentOverride]:
    for name, entry in arguments.items():
        ignored = entry.model_fields_set - {"description", "schema_"}
        if ignored and ("." in name or "[" in name):
            raise ValueError(f"{name} is inside an argument and takes description and schema only, no {min(ignored)}")
    return arguments


def _says_descriptions(arguments: dict[str, ArgumentOverride]) -> dict[str, ArgumentOverride]:
    for name, entry in arguments.items():
        if entry.model_fields_set != {"description"}:
            raise ValueError(f"{name}: what many tools share is a description; decide the rest by operation")
    return arguments


ArgumentOverrides = Annotated[
    dict[
        str,
        Annotated[
            ArgumentOverride,
            BeforeValidator(_text_is_a_description, json_schema_input_type=Text | ArgumentOverride),
        ],
    ],
    AfterValidator(_inner_takes_less),
]


class Denied(Strict):
    """Our answer to `x-mcp-exposure: deny`."""

    because: Literal["danger", "payload"] = Field(description="`payload` is offered, `danger` needs --allow-denied.")
    why: Text


class ToolOverride(Strict):
    """What we decided about one tool. Everything is optional: facts fill the rest."""

    name: ToolName | None = None
    title: Annotated[str, Field(min_length=3, max_length=60)] | None = None
    description: Text | None = None
    arguments: ArgumentOverrides = Field(default_factory=dict)
    kind: Kind | None = None
    effect: Effect | None = None
    idempotent: bool | None = None
    denied: Denied | None = None
    default: bool = Field(default=False, description="Member of the default toolset.")
    synonyms: list[str] = Field(default_factory=list, description="Users' and other hypervisors' words, for search.")
    aliases: list[ToolName] = Field(default_factory=list, description="Former names that still work, unlisted.")
    fields: list[str] = Field(default_factory=list, description="What a list asks for when nothing is said.")
    limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    settle: dict[str, str] = Field(default_factory=dict, description="What the object shows once the action worked.")
    creates: str | None = Field(
        None, description="Path of the GET of what it makes, where facts do not tell.", pattern=r"^/.+/\{id\}$"
    )
    extension: str | None = Field(None, description="File name ending of a download.", pattern=r"^[a-z0-9.]{1,8}$")
    query: dict[str, bool | str] = Field(default_factory=dict, description="Query parameters we always send.")


class Split(Strict):
    """One route, several tools: each value of `parameter` becomes a tool of its own."""

    parameter: str
    tools: dict[str, ToolOverride]


class OperationOverride(ToolOverride):
    """One operation: a tool, several tools (`split`) or none (`drop`)."""

    drop: Text | None = Field(None, description="Why this operation becomes no tool.")
    split: Split | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "OperationOverride":
        if self.drop and self.model_fields_set != {"drop"}:
            raise ValueError("an operation that is dropped takes no other key")
        return self


class LocalTool(Strict):
    """A tool of the server itself, without an XO operation."""

    kind: Kind
    title: Text
    description: Text
    effect: Effect
    idempotent: bool
    default: bool = False
    synonyms: list[str] = Field(default_factory=list)
    arguments: ArgumentOverrides = Field(default_factory=dict)


class TagFile(Strict):
    """`overrides/<tag>.yaml`."""

    description: Text | None = Field(None, description="What this toolset is for, in a line.")
    operations: dict[Annotated[str, Field(pattern=r"^(GET|PUT|POST|PATCH|DELETE) /")], OperationOverride] = Field(
        default_factory=dict
    )
    local_tools: dict[ToolName, LocalTool] = Field(default_factory=dict)


class Conventions(Strict):
    """How this API speaks, beyond OpenAPI. Empty for a stranger's API: nothing is assumed."""

    list_parameters: list[str] = Field(default_factory=list, description="A GET with all of these answers records.")
    task_status: str | None = Field(None, description="A response with this status starts a task.")
    absorbed: dict[str, Text] = Field(default_factory=dict, description="Query parameters the library sets: why.")
    record_wrappers: list[str] = Field(default_factory=list, description="Schema name parts that say nothing.")
    newest: dict[str, Text] = Field(
        default_factory=dict, description="Last path segment of lists that only grow: which property tells when."
    )
    verbs: dict[str, Effect] = Field(default_factory=dict, description="Effect of POST .../actions/<verb>.")


class Shared(Strict):
    """`overrides/_shared.yaml`: what many tools have in common."""

    conventions: Conventions = Conventions()
    drop_deprecated: Text | None = Field(None, description="Why deprecated operations are dropped; absent: kept.")
    arguments: Annotated[ArgumentOverrides, AfterValidator(_says_descriptions)] = Field(
        default_factory=dict, description="By argument name, said once."
    )
    described_in_instructions: list[str] = Field(default_factory=list)


KEYED: tuple[type[BaseModel], ...] = (
    ArgumentOverride, ArgumentSchema, Denied, OperationOverride, Split, LocalTool, TagFile, Conventions, Shared,
)  # fmt: skip
"""What has keys of its own, for naming the one that was meant."""


@dataclass(frozen=True)
class Overrides:
    """All decisions, and where each stands (for messages)."""

    shared: Shared = field(default_factory=Shared)
    operations: dict[str, OperationOverride] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    local_tools: dict[str, tuple[str, LocalTool]] = field(default_factory=dict)
    toolsets: dict[str, str] = field(default_factory=dict)


def load_overrides(folder: Path | None) -> Overrides:
    """Read every `*.yaml` of a folder; a missing or empty folder means no decisions.

    Raises:
        OverrideError: A file can't be read, is no YAML, is called `.yml`, has an unknown key or a wrong value, or
            decides on an operation or a local tool twice.
    """
    if folder is None or not folder.is_dir():
        return Overrides()
    shared = Shared()
    overrides = Overrides()
    for path in _files(folder):
        if path.name == SHARED:
            shared = _load(path, Shared)
            continue
        tag = path.stem
        content = _load(path, TagFile)
        if content.description:
            overrides.toolsets[tag] = content.description
        for key, operation in content.operations.items():
            if key in overrides.places:
                raise OverrideError(f"{key} is decided twice", place=f"{overrides.places[key]} and {path.name}")
            overrides.operations[key] = operation
            overrides.places[key] = path.name
        for name, tool in content.local_tools.items():
            if name in overrides.local_tools:
                other = f"{overrides.local_tools[name][0]}.yaml"
                raise OverrideError(f"local tool {name} is decided twice", place=f"{other} and {path.name}")
            overrides.local_tools[name] = (tag, tool)
    return Overrides(shared, overrides.operations, overrides.places, overrides.local_tools, overrides.toolsets)


def _files(folder: Path) -> list[Path]:
    for path in sorted(folder.glob("*.yml")):
        raise OverrideError("is not read", place=path.name, hint=f"Call it {path.stem}.yaml.")
    return sorted(folder.glob("*.yaml"))


def _load(path: Path, model: type[ModelT]) -> ModelT:
    try:
        data = YAML(typ="safe", pure=False).load(path.read_bytes())
    except OSError as error:
        raise OverrideError(f"cannot be read: {error.strerror or 'unknown reason'}", place=path.name) from error
    except (YAMLError, ValueError, RecursionError) as error:
        # ruamel lets a scalar it can't convert, such as the 99th of a month, escape as whatever Python said.
        raise OverrideError(f"not YAML: {_first_line(error)}", place=path.name) from error
    try:
        return model.model_validate(data or {})
    except ValidationError as error:
        raise _misfit(error, path.name) from error


def _misfit(error: ValidationError, place: str) -> OverrideError:
    """Word what pydantic found first."""
    first = error.errors()[0]
    *above, last = map(str, first["loc"] or ("",))
    if first["type"] != "extra_forbidden":
        said = first["msg"].removeprefix("Value error, ")
        return OverrideError(f"{' > '.join((*above, last))}: {said}".removeprefix(": "), place=place)
    known = {str(field.alias or name) for model in KEYED for name, field in model.model_fields.items()}
    where = f"{' > '.join(above)}: " if above else ""
    return OverrideError(f"{where}there is no key {last!r}", place=place, hint=nearest(last, known))


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{problem} (line {mark.line + 1})" if mark else str(problem)


def require_known(keys: dict[str, str], known: set[str]) -> None:
    """Refuse override keys that match no operation.

    Args:
        keys: Override key -> the file it stands in.
        known: Every `METHOD /path` of the document.

    Raises:
        OverrideError: Names the key and the nearest routes.
    """
    for key, place in keys.items():
        if key not in known:
            raise OverrideError(f"{key} is no operation of this document", place=place, hint=nearest(key, known))


def nearest(wanted: str, known: set[str]) -> str | None:
    """Name the closest of `known`, as a hint, or nothing."""
    close = closest(wanted, known)
    return f"nearest: {', '.join(close)}" if close else None


def closest(wanted: str, known: Iterable[str]) -> list[str]:
    """The likeliest of `known` that was meant, at most three."""
    return difflib.get_close_matches(wanted, sorted(known), n=3, cutoff=0.6)


class _ClosedSchema(GenerateJsonSchema):
    """Refuses, as pydantic does, the keys of a mapping that match no pattern."""

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found


def json_schema() -> dict[str, Any]:
    """The JSON Schema of both kinds of file, for editors (`overrides/schema.json`)."""
    # One set of `$defs`, at the root: references inside the two start there.
    references, definitions = models_json_schema(
        [(TagFile, "validation"), (Shared, "validation")], schema_generator=_ClosedSchema
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Overrides of the Xen Orchestra MCP generator",
        "anyOf": [references[TagFile, "validation"], references[Shared, "validation"]],
        **definitions,
    }
