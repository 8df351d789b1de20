"""The tools as they were generated: MCP definition and facts.

Definitions are data (`definitions/*.json`), loaded as they are: deriving schemas from 270 signatures would nearly
double the time to start.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal, cast

from mcp.types import Tool

from xo_mcp.renaming import restored

Effect = Literal["read", "write", "destructive", "grants_access"]
PACKAGE = "xo_mcp"
SCREENSHOT = "screenshot"
CALL = "CALL"
"""Used instead of an HTTP method, for JSON-RPC methods."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Facts:
    """What the server needs to know about a tool and clients don't.

    Attributes:
        operation: `METHOD /path` of the XO operation; `None` for a tool of this server itself.
        operation_id: XO's name of the operation, which a deny list may use.
        tags: XO's tags, which are the toolsets; the first is the tool's own.
        kind: Which kind of call serves it (`list`, `get`, `action`, ...).
        effect: What it does to the world.
        denied: XO marks it as too dangerous for AI.
        since: First XO release that has it.
        arguments_since: Argument, or location inside one (`vdis[].size`), that came later -> release.
        earlier: What earlier releases want of an argument instead: `{"argument", "since", "before"}` and one of `type`,
            `required`, `value`.
        amounts: Location of a number (`vdis[].size`) -> unit, least, most, whole.
        alternatives: What each way to give the arguments takes, needs, and which values it has.
        keys: Argument -> the only keys it takes, though its schema takes any.
        values_since: Argument -> release -> enum values it added.
        plugin: The XO plugin it needs.
        privileges: What XO asks of the caller; a trailing `?` marks what it asks only sometimes.
        synonyms: Words people say for it.
        default: In the default toolset.
        module: Module of `xo_mcp.tools` with its function.
        python: Argument name to parameter name, where they differ.
        renamed: Properties inside arguments that the API calls otherwise, as `renaming.py` takes them.
        record: Name of its field table.
        permission: What a JSON-RPC method asks of the caller: `none`, `signed-in` or `admin`.
        reads: Route of the GET that shows the object it is about.
        aliases: Former names, still answered.
        beside_search: Shown with the search surface too.
        warning: What a person must know before they agree; see `safety.warnings`.
        kinds: Location in the arguments that takes an id (`id`, `vdis[].sr`) -> its collections, with spaces between.
        any_pool: Those of them whose object may be in another pool than the others.
        asks_when: A person may have to agree, depending on what the call would do; see `objects.consequences`.
        moves: Objects may be on another host or storage afterwards, which its answer says.
    """

    operation: str | None = None
    operation_id: str | None = None
    tags: tuple[str, ...] = ()
    kind: str = "read"
    effect: Effect = "destructive"
    denied: bool = False
    since: str | None = None
    arguments_since: Mapping[str, str] = field(default_factory=dict)
    values_since: Mapping[str, Mapping[str, Collection[str]]] = field(default_factory=dict)
    earlier: tuple[Mapping[str, Any], ...] = ()
    amounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    alternatives: tuple[Mapping[str, Any], ...] = ()
    keys: Mapping[str, Collection[str]] = field(default_factory=dict)
    plugin: str | None = None
    privileges: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    default: bool = False
    module: str = ""
    python: Mapping[str, str] = field(default_factory=dict)
    renamed: tuple[Mapping[str, Any], ...] = ()
    record: str | None = None
    reads: str | None = None
    permission: str | None = None
    builder: str | None = None
    aliases: tuple[str, ...] = ()
    beside_search: bool = False
    warning: tuple[Mapping[str, Any], ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    any_pool: tuple[str, ...] = ()
    asks_when: bool = False
    moves: bool = False

    @classmethod
    def load(cls, facts: Mapping[str, Any], tag: str) -> "Facts":
        """Read them; what is missing holds the pessimistic default."""
        return cls(
            operation=facts.get("operation"),
            operation_id=facts.get("operationId"),
            tags=tuple(facts.get("tags") or (facts.get("tag") or tag,)),
            kind=facts.get("kind", "read"),
            effect=facts.get("effect", "destructive"),
            denied=facts.get("denied", False),
            since=facts.get("since"),
            arguments_since=facts.get("arguments_since", {}),
            values_since=facts.get("values_since", {}),
            earlier=tuple(facts.get("earlier", ())),
            amounts=facts.get("amounts", {}),
            alternatives=tuple(facts.get("alternatives", ())),
            keys=facts.get("keys", {}),
            plugin=facts.get("plugin"),
            privileges=tuple(facts.get("privileges", ())),
            synonyms=tuple(facts.get("synonyms", ())),
            default=facts.get("default", False),
            module=facts.get("module") or tag,
            python=facts.get("python", {}),
            renamed=tuple(facts.get("renamed", ())),
            record=facts.get("record"),
            reads=facts.get("reads"),
            permission=facts.get("permission"),
            builder=facts.get("builder"),
            aliases=tuple(facts.get("aliases", ())),
            beside_search=facts.get("beside_search", False),
            warning=tuple(facts.get("warning", ())),
            kinds=facts.get("kinds", {}),
            any_pool=tuple(facts.get("any_pool", ())),
            asks_when=facts.get("asks_when", False),
            moves=facts.get("moves", False),
        )

    @property
    def subject(self) -> str:
        """The argument that names the object it is about; empty where there is no such object."""
        route = self.reads or "" if self.is_call else self.route
        named = _PLACEHOLDER.search(route)
        return named[1] if named and named[1] in self.kinds else ""

    @property
    def is_call(self) -> bool:
        """Whether it goes over XO's JSON-RPC API: calls a method of it, or looks at a console."""
        return self.method == CALL or self.kind == SCREENSHOT

    @property
    def method(self) -> str:
        """HTTP method of the operation, `CALL` for a JSON-RPC method, empty without an operation."""
        return self.operation.partition(" ")[0] if self.operation else ""

    @property
    def route(self) -> str:
        """Route of the operation relative to /rest/v0, or the name of a JSON-RPC method; empty without one."""
        return self.operation.partition(" ")[2] if self.operation else ""


class Entry:
    """One tool: its definition as `tools/list` shows it, its facts, its function."""

    def __init__(self, definition: dict[str, Any], facts: Facts) -> None:
        self.definition = definition
        self.facts = facts
        self.name: str = definition["name"]

    def __repr__(self) -> str:
        return f"Entry({self.name!r})"

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.definition.get("title") or self.name)

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of its arguments."""
        return cast("dict[str, Any]", self.definition["inputSchema"])

    @cached_property
    def tool(self) -> Tool:
        """The definition as the SDK's model."""
        return Tool.model_validate(self.definition, by_name=False)

    def parameters(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Rename arguments to the function's parameters (`backup-repository` can't be one), and what is inside them."""
        names = self.facts.python
        given = restored(arguments, self.facts.renamed) if self.facts.renamed else arguments
        return {names.get(name, name): value for name, value in given.items()}


def load_entries() -> tuple[Entry, ...]:
    """Load every tool of this package, sorted by module and in the order they were rendered."""
    found: list[Entry] = []
    folder = resources.files(PACKAGE) / "definitions"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    for file in files:
        document = json.loads(file.read_bytes())
        usual = {"tags": [document["tag"]], "module": file.name.removesuffix(".json")}
        for item in document["tools"]:
            # What clients read in `_meta` is not said twice.
            facts = {**usual, **item["tool"].get("_meta", {}).get("xo", {}), **item["facts"]}
            found.append(Entry(item["tool"], Facts.load(facts, document["tag"])))
    return tuple(found)


def load_records() -> dict[str, dict[str, str]]:
    """Load the field tables: record name to field name to JSON type."""
    text = (resources.files(PACKAGE) / "records.json").read_bytes()
    return cast("dict[str, dict[str, str]]", json.loads(text))


def load_record_details() -> dict[str, dict[str, dict[str, Any]]]:
    """Load what else is known of records: record name to property (`memory:size`) to what it holds."""
    file = resources.files(PACKAGE) / "record_details.json"
    return cast("dict[str, dict[str, dict[str, Any]]]", json.loads(file.read_bytes())) if file.is_file() else {}


@cache
def _privileges() -> dict[str, tuple[str, ...]]:
    return {operation: entry.facts.privileges for operation, entry in by_operation(load_entries()).items()}


def privileges_of(operation: str) -> tuple[str, ...]:
    """What XO asks of the caller of an operation; a trailing `?` marks what it asks only sometimes."""
    return _privileges().get(operation, ())


def by_operation(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Index tools by `METHOD /path`; where an operation is split over tools, the first represents it."""
    index: dict[str, Entry] = {}
    for entry in entries:
        if entry.facts.operation:
            index.setdefault(entry.facts.operation, entry)
    return index
