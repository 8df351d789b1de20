"""Turns XO's JSON-RPC methods into tools, and only those that an override names.

REST serves most of what they do. A method is a tool only when `CALL method` is decided in the file of its tag; every
other one is served by another operation (`instead_of`), never offered (`drop`, for several at once `CALL test.*`), or
nobody decided yet.
"""

import fnmatch
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from generator.api.combining import Schema
from generator.api.methods import is_call, key_of, methods_document
from generator.api.schema import Schemas
from generator.errors import OverrideError
from generator.history.history import History
from generator.history.tracing import trace_methods
from generator.model.decisions import OperationOverride
from generator.model.overrides import Overrides, nearest
from generator.specs.methods import load_methods

ANY = "*"


@dataclass(frozen=True)
class MethodSource:
    """The methods a build knows.

    Attributes:
        release: Whose they are.
        server: The version of xo-server that reported them.
        facts: By name.
        history: Of the methods of every release whose methods we have.
    """

    release: str
    server: str
    facts: Mapping[str, Schema] = field(repr=False)
    history: History = field(default_factory=History, repr=False)


def known_methods(specs: Path, release: str) -> MethodSource | None:
    """The methods that a release is built with, from the committed facts.

    Raises:
        DocumentError: A file is no facts file of methods.
    """
    found = load_methods(specs, release)
    if found is None:
        return None
    return MethodSource(found.release, found.server, found.facts, trace_methods(specs))


@dataclass(frozen=True)
class MethodCount:
    """Where every method is: the parts add up to `total`.

    Attributes:
        release: The XO release whose methods they are.
        total: How many there are.
        tools: Methods that are tools -> the tool.
        served: Methods whose job something else does -> the operation or method.
        never: Methods that are never offered -> why.
        undecided: Methods nobody decided about.
    """

    release: str
    server: str
    total: int
    tools: Mapping[str, str]
    served: Mapping[str, str]
    never: Mapping[str, str]
    undecided: tuple[str, ...]


@dataclass(frozen=True)
class Decisions:
    """What is decided about methods, wildcards resolved.

    Attributes:
        tools: Method -> decision, for those that become tools.
        served: Method -> the key of what does the same.
        never: Method -> why.
        files: Method -> file.
    """

    tools: dict[str, OperationOverride]
    served: dict[str, str]
    never: dict[str, str]
    files: dict[str, str]

    @property
    def tags(self) -> dict[str, str]:
        """Method -> tag: the name of the file it is decided in."""
        return {method: PurePath(file).stem for method, file in self.files.items()}


def decisions_of(overrides: Overrides, source: MethodSource, operations: Collection[str]) -> Decisions:
    """Take the decisions about methods out of all decisions.

    Args:
        overrides: All.
        source: The methods there are.
        operations: `METHOD /path` of every operation of any release.

    Raises:
        OverrideError: A decision is about a method that no release has, names nothing that does the same, or a tool
            lacks its name.
    """
    found = Decisions({}, {}, {}, {})
    # What names one method goes before what names several.
    keys = sorted((key for key in overrides.files if is_call(key)), key=lambda key: (ANY in key, key))
    for key in keys:
        decision, file = overrides.operations[key], overrides.files[key]
        for method in _matching(key, source, file):
            if method in found.files:
                continue
            found.files[method] = file
            if decision.drop:
                found.never[method] = decision.drop
            elif decision.instead_of:
                _require_other(decision.instead_of, key, file, operations, source)
                found.served[method] = decision.instead_of
            elif decision.name is None:
                raise OverrideError("a method becomes a tool only under a `name`", place=key)
            else:
                found.tools[method] = decision
    return found


def _matching(key: str, source: MethodSource, file: str) -> Iterable[str]:
    pattern = key.partition(" ")[2]
    if ANY not in pattern:
        if pattern not in source.facts and key not in source.history.operations:
            hint = nearest(key, {key_of(name) for name in source.facts})
            raise OverrideError(f"{key} is not a method of XO", place=file, hint=hint)
        return [pattern] if pattern in source.facts else []
    found = fnmatch.filter(source.facts, pattern)
    if not found:
        raise OverrideError(f"{key} matches no method of XO", place=file)
    return found


def _require_other(other: str, key: str, file: str, operations: Collection[str], source: MethodSource) -> None:
    known = {*operations, *map(key_of, source.facts)}
    if other not in known or other == key:
        raise OverrideError(f"{key}: there is no {other!r}", place=file, hint=nearest(other, known - {key}))


def document_of(source: MethodSource, decisions: Decisions) -> tuple[Schema, Schemas]:
    """The methods that become tools, as a document of operations."""
    chosen = {method: source.facts[method] for method in sorted(decisions.tools)}
    document = methods_document(chosen, decisions.tags)
    return document, Schemas(document)


def subject_of(facts: Schema, collections: Mapping[str, str]) -> str | None:
    """The GET of the object a method is about: `id`, else the first required parameter looked up where REST reads too.

    Args:
        facts: Of the method; `objects` has the types a parameter is looked up in.
        collections: Type of XO's objects -> collection of the REST API.
    """
    required = facts["params"].get("required", ())
    objects = facts.get("objects", {})
    for name, looked_up in sorted(objects.items(), key=lambda entry: entry[0] != "id"):
        if name in required and looked_up["types"][0] in collections:
            return f"/{collections[looked_up['types'][0]]}/{{{name}}}"
    return None
