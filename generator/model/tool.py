"""One tool, ready to be rendered: templates ask its properties and decide nothing."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from generator.api.combining import Schema
from generator.api.methods import is_call
from generator.api.operations import Operation
from generator.library import Location
from generator.model.alternatives import Alternative
from generator.model.arguments import Argument
from generator.model.confirmation import Confirmation, WarningCase
from generator.model.hints import Hints
from generator.model.kinds import Kind
from generator.model.since import Since
from generator.names.english import first_sentence
from generator.names.identifiers import ModuleName, PythonName
from generator.names.pytext import literal

DOCSTRING_WIDTH = 110
ADMINS_ONLY = " XO administrators only."


@dataclass(frozen=True)
class Tool:
    """One MCP tool and where everything about it comes from.

    Attributes:
        name: The MCP name, which is also the function's.
        description: Ours, or a sentence made from facts (then `curated` is false).
        operation: The XO operation, or nothing for a tool of the server itself.
        fixed: Path parameters a split decided.
        reads: Path of the object's GET, so that a write can wait until reads see it.
        creates: Path of the GET of what it makes, for the same reason.
        record: Name of its field table, or an empty string.
        newest: The property by which a list is read newest first, or an empty string.
        since: The XO releases that brought it and its arguments.
        warning: What a person reads before they agree: the first line that fits the object.
        amounts: Location of a number in the arguments -> what can't be meant.
        alternatives: What each way to give the body takes.
        keys: Argument -> the only keys it takes, though its schema takes any.
        needs: Privileges of a tool of the server itself.
        admins_only: XO lets administrators only.
        subjects: Location of an argument that takes an id -> the collections of the object.
        asked: What is found out for a question, and what makes a plain write ask.
        any_pool: Those of them whose object may be in another pool than the others.
        undecided_subjects: Places that look like one, of nobody knows which kind.
    """

    name: PythonName
    title: str
    description: str
    curated: bool
    module: ModuleName
    tags: tuple[str, ...]
    operation: Operation | None
    kind: Kind
    hints: Hints
    arguments: tuple[Argument, ...]
    fixed: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, Any], ...] = ()
    record: str = ""
    newest: str = ""
    reads: str | None = None
    creates: str | None = None
    final_state: tuple[tuple[str, str], ...] = ()
    extension: str | None = None
    builder: str | None = None
    default: bool = False
    beside_search: bool = False
    synonyms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    since: Since = field(default_factory=Since)
    warning: tuple[WarningCase, ...] = ()
    amounts: Mapping[str, Any] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    keys: Mapping[str, list[str]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    admins_only: bool = False
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    undecided_subjects: tuple[str, ...] = ()
    any_pool: tuple[str, ...] = ()
    asked: Confirmation = field(default_factory=Confirmation)

    @property
    def key(self) -> str:
        """`METHOD /path`, or where a local tool is decided."""
        return self.operation.key if self.operation else f"local tool {self.name}"

    @property
    def is_call(self) -> bool:
        """Whether it calls a JSON-RPC method."""
        return self.operation is not None and is_call(self.operation.key)

    @property
    def permission(self) -> str | None:
        """What XO asks of the caller beside privileges: `admin`; of a JSON-RPC method also `none` or `signed-in`."""
        if self.admins_only:
            return "admin"
        return self.operation.permission if self.operation else None

    @property
    def plugin(self) -> str | None:
        """The XO plugin it needs."""
        return self.operation.plugin if self.operation else None

    @property
    def privileges(self) -> list[str]:
        """What XO asks of the caller; a trailing `?` marks what it asks only sometimes."""
        if self.operation is None:
            return [*self.needs]
        return [f"{entry}?" if entry.conditional else str(entry) for entry in self.operation.privileges]

    @cached_property
    def input_schema(self) -> Schema:
        """The MCP input schema: an object at the root, no references, no combinators there."""
        schema: Schema = {"type": "object", "properties": {entry.name: self._dated(entry) for entry in self.arguments}}
        required = [entry.name for entry in self.arguments if entry.required]
        if required:
            schema["required"] = required
        return {**schema, "additionalProperties": False}

    def _dated(self, entry: Argument) -> Schema:
        """An argument's schema; its description says which XO it needs where that is newer than the tool's."""
        sentence = self.since.sentence(entry.name)
        if not sentence:
            return entry.schema
        said = f"{entry.description.rstrip('.')}. " if entry.description else ""
        return {**entry.schema, "description": f"{said}{sentence}"}

    @property
    def annotations(self) -> dict[str, bool]:
        """All four hints, explicitly: the protocol's defaults are pessimistic."""
        return {
            "readOnlyHint": self.hints.effect == "read",
            "destructiveHint": self.hints.effect in {"destructive", "grants_access"} or self.kind.carries,
            "idempotentHint": self.hints.idempotent,
            "openWorldHint": False,
        }

    @property
    def definition(self) -> dict[str, Any]:
        """The tool as `tools/list` shows it."""
        about = {
            "operation": self.operation.key if self.operation else None,
            "plugin": self.plugin,
            "privileges": self.privileges,
            "permission": self.permission,
            **self.since.facts,
        }
        whose = ADMINS_ONLY if self.permission == "admin" else ""
        return {
            "name": str(self.name),
            "title": self.title,
            "description": f"{self.description}{whose} {self.since.sentence()}".rstrip(),
            "inputSchema": self.input_schema,
            "annotations": self.annotations,
            "_meta": {"xo": {key: value for key, value in about.items() if value}},
        }

    @property
    def facts(self) -> dict[str, Any]:
        """What the server needs to know and clients don't; what is empty or in `_meta` is left out."""
        every = {
            "operationId": self.operation.operation_id if self.operation else None,
            "tags": list(self.tags) if len(self.tags) > 1 else None,
            "kind": self.kind.name,
            "effect": self.hints.effect,
            "denied": self.hints.denied,
            "earlier": [entry.as_dict() for entry in self.since.earlier],
            "amounts": self.amounts,
            "alternatives": list(self.alternatives),
            "keys": dict(self.keys),
            "synonyms": list(self.synonyms),
            "default": self.default,
            **({"beside_search": True} if self.beside_search else {}),
            "python": {entry.name: str(entry.python) for entry in self.arguments if entry.name != entry.python},
            "renamed": [entry.as_dict() for argument in self.arguments for entry in argument.renamed],
            "record": self.record,
            "reads": self.reads,
            "kinds": {path: " ".join(kinds) for path, kinds in self.subjects.items()},
            "any_pool": list(self.any_pool),
            "asks_when": self.asked.may_ask,
            "moves": self.asked.moves is not None,
            "aliases": list(self.aliases),
            "builder": self.builder,
            "warning": [case.model_dump(exclude_defaults=True) for case in self.warning],
        }
        return {name: value for name, value in every.items() if value}

    @property
    def docstring(self) -> str:
        """The function's docstring: the first sentence of what the model reads, then where it comes from."""
        text = first_sentence(self.description)
        return "\n\n".join(textwrap.fill(part, DOCSTRING_WIDTH, break_on_hyphens=False) for part in (text, self.origin))

    @property
    def origin(self) -> str:
        """Where the tool comes from, in a line."""
        parts = [self.operation.key if self.operation else "A tool of this server, without an XO operation"]
        parts += [f"needs {', '.join(self.privileges)}"] if self.privileges else []
        parts += ["needs an XO administrator"] if self.permission == "admin" else []
        parts += [f"plugin {self.plugin}"] if self.plugin else []
        parts += [f"since XO {self.since.text}"] if self.since.tool else []
        return "; ".join(parts) + "."

    @property
    def signature(self) -> list[str]:
        """The parameters of the function, required ones first."""
        ordered = sorted(self.arguments, key=lambda entry: not entry.required)
        return [
            f"{entry.python}: {entry.annotation}" + ("" if entry.required else f" = {entry.default}")
            for entry in ordered
        ]

    @property
    def call(self) -> str:
        """The body of the function: one call into the run-time library."""
        if self.is_call:
            return self._method_call()
        if self.kind.name == "report":
            return self._report_call()
        parts = self._request()
        if self.kind.knows_records:
            parts.append(f"record={literal(self.record)}")
        parts += [f"{entry.name}={entry.python}" for entry in self.arguments if entry.sent_in == "extra"]
        if self.newest:
            parts.append(f"newest={literal(self.newest)}")
        if self.extension:
            parts.append(f"extension={literal(self.extension)}")
        after = [f"{literal(name)}: {value}" for name, value in self._pairs("after")]
        parts += [f"after={{{', '.join(after)}}}"] if after else []
        parts += self._readbacks()
        return f"xo.{self.kind.facade}({', '.join(parts)})"

    def _method_call(self) -> str:
        """A call of a JSON-RPC method."""
        assert self.operation is not None  # noqa: S101 - for the type checker
        values = ", ".join(f"{literal(name)}: {value}" for name, value in self._pairs("body"))
        parts = [literal(self.operation.path)] + ([f"{{{values}}}"] if values else [])
        parts += [f"{entry.name}={entry.python}" for entry in self.arguments if entry.sent_in == "extra"]
        named = {
            "effect": self.hints.effect if self.hints.effect != "read" else None,
            "builder": self.builder,
            "extension": self.extension,
            "reads": self.reads if self.hints.effect != "read" else None,
            "creates": self.creates,
        }
        parts += [f"{name}={literal(value)}" for name, value in named.items() if value]
        return f"xo.{self.kind.facade}({', '.join(parts)})"

    def _report_call(self) -> str:
        """The answer to a question with a name."""
        shared = ("limit", "format")
        values = ", ".join(f"{literal(each.name)}: {each.python}" for each in self.arguments if each.name not in shared)
        return f"xo.report({literal(str(self.name))}, {{{values}}}, limit=limit, format=format)"

    def _request(self) -> list[str]:
        """What is sent to XO, as a `Call`; nothing for a tool of the server itself."""
        if self.operation is None:
            return []
        parts = [literal(self.operation.method), literal(self.operation.path), *self._mappings()]
        return [f"Call({', '.join(parts)})"]

    def _readbacks(self) -> list[str]:
        """The GETs that show a write's effect, for the kinds that wait for it."""
        changes = self.kind.name in {"write", "action"} and (self.reads != self.creates or self.final_state)
        reads, state = self.reads if changes else None, dict(self.final_state)
        given = {"reads": reads, "creates": self.creates, "final_state": state}
        return [f"{name}={literal(value)}" for name, value in given.items() if value]

    def _mappings(self) -> list[str]:
        result = []
        path = [*self._pairs("path"), *((name, literal(value)) for name, value in self.fixed)]
        query = [*self._pairs("query"), *((name, literal(value)) for name, value in self.query)]
        for keyword, pairs in (("path", path), ("query", query), ("body", self._pairs("body"))):
            if pairs:
                inside = ", ".join(f"{literal(name)}: {value}" for name, value in pairs)
                result.append(f"{keyword}={{{inside}}}")
        result += [f"body={entry.python}" for entry in self.arguments if entry.sent_in == "raw"]
        body = self.operation.body if self.operation else None
        result += [f"content_type={literal(body.content_type)}"] if body is not None and body.content_type else []
        if body is not None and body.required and self.kind.name in {"write", "action"}:
            result.append("body_required=True")
        return result

    def _pairs(self, sent_in: str) -> list[tuple[str, str]]:
        return [(entry.sent_as, str(entry.python)) for entry in self.arguments if entry.sent_in == sent_in]


def argument_of(tool: Tool, location: Location) -> str:
    """The argument, or the value inside one, that a location of the API is in a tool; empty when it shows nowhere."""
    for entry in tool.arguments:
        own = "body" if entry.sent_in == "raw" else f"{entry.sent_in}.{entry.sent_as}"
        if location.is_within(own):
            return location.moved(own, entry.name)
    return ""
