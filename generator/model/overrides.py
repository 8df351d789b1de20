"""Our decisions: one YAML file per tag under `overrides/`, and `_shared.yaml` for what many tools have in common.

Every key must match something: a key that matches nothing is an error naming the nearest route, so that an XO release
which moves a route can't silently undo a decision.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from generator.api.methods import is_call
from generator.errors import OverrideError
from generator.model.argumentschema import ArgumentSchema
from generator.model.conventions import Shared
from generator.model.decisions import LocalTool, OperationOverride, TagFile
from generator.model.inventory.decisions import INVENTORY, InventoryDecisions
from generator.model.inventory.reportdecisions import Report
from generator.model.strict import Strict

ModelT = TypeVar("ModelT", bound=BaseModel)
SHARED = "_shared.yaml"


@dataclass(frozen=True)
class Overrides:
    """All decisions, and the file of each (for messages)."""

    shared: Shared = field(default_factory=Shared)
    operations: dict[str, OperationOverride] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    local_tools: dict[str, tuple[str, LocalTool]] = field(default_factory=dict)
    toolsets: dict[str, str] = field(default_factory=dict)
    inventory: InventoryDecisions = field(default_factory=InventoryDecisions)
    reports: dict[str, tuple[str, Report]] = field(default_factory=dict)

    @property
    def routes(self) -> dict[str, str]:
        """The file of each decision about an operation of the REST API."""
        return {key: file for key, file in self.files.items() if not is_call(key)}


def load_overrides(folder: Path | None) -> Overrides:
    """Read every `*.yaml` of a folder; a missing or empty folder means no decisions.

    Raises:
        OverrideError: A file can't be read, is no YAML, is called `.yml`, has an unknown key or a wrong value, or
            decides on an operation or a local tool twice.
    """
    if folder is None or not folder.is_dir():
        return Overrides()
    shared = Shared()
    inventory = InventoryDecisions()
    overrides = Overrides()
    for path in _files(folder):
        if path.name == SHARED:
            shared = _load(path, Shared)
            continue
        tag = path.stem
        content = _load(path, TagFile)
        inventory = _inventory(content, path.name) or inventory
        if content.description:
            overrides.toolsets[tag] = content.description
        for key, operation in content.operations.items():
            if key in overrides.files:
                raise OverrideError(f"{key} is decided twice", place=f"{overrides.files[key]} and {path.name}")
            overrides.operations[key] = operation
            overrides.files[key] = path.name
        _gather(overrides.local_tools, content.local_tools, tag, "local tool")
        _gather(overrides.reports, content.reports, tag, "report")
    return replace(overrides, shared=shared, inventory=inventory)


def _gather(found: dict[str, tuple[str, ModelT]], decided: dict[str, ModelT], tag: str, what: str) -> None:
    for name, entry in decided.items():
        if name in found:
            raise OverrideError(f"{what} {name} is decided twice", place=f"{found[name][0]}.yaml and {tag}.yaml")
        found[name] = (tag, entry)


def _inventory(content: TagFile, file: str) -> InventoryDecisions | None:
    if content.inventory is not None and file != INVENTORY:
        raise OverrideError(f"the inventory is decided in {INVENTORY}", place=file)
    return content.inventory


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
    """Word what pydantic found first; a misspelt key explains what is missing beside it."""
    errors = error.errors()
    first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
    *above, last = map(str, first["loc"] or ("",))
    if first["type"] != "extra_forbidden":
        said = first["msg"].removeprefix("Value error, ")
        return OverrideError(f"{' > '.join((*above, last))}: {said}".removeprefix(": "), place=place)
    models: list[type[BaseModel]] = [ArgumentSchema, *_models_below(Strict)]
    known = {str(field.alias or name) for model in models for name, field in model.model_fields.items()}
    where = f"{' > '.join(above)}: " if above else ""
    return OverrideError(f"{where}there is no key {last!r}", place=place, hint=nearest(last, known))


def _models_below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All that has keys of its own, for naming the one that was meant."""
    for each in model.__subclasses__():
        yield each
        yield from _models_below(each)


def _first_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{problem} (line {mark.line + 1})" if mark else str(problem)


def require_known(keys: dict[str, str], known: set[str]) -> None:
    """Refuse override keys that match no operation.

    Args:
        keys: Override key -> its file.
        known: Every `METHOD /path` of the document.

    Raises:
        OverrideError: Names the key and the nearest routes.
    """
    for key, file in keys.items():
        if key not in known:
            raise OverrideError(f"{key} is not an operation of this document", place=file, hint=nearest(key, known))


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
