"""The keys of `overrides/<tag>.yaml`: what can be decided about an operation, its tools and their arguments.

A new decision is a field here (of `Confirmation` when people see it there), which the published schema and the message
about an unknown key then know; what it names of the API is checked against the contract in `model/fitting`.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from generator.model.argumentdecisions import ArgumentOverrides
from generator.model.confirmation import Confirmation
from generator.model.inventory.decisions import InventoryDecisions
from generator.model.inventory.reportdecisions import Report
from generator.model.quirks import Quirks
from generator.model.strict import Strict, Text

Effect = Literal["read", "write", "destructive", "grants_access"]
ToolName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Kind = Literal[
    "list", "get", "read", "write", "action", "download", "upload", "stats", "list_tasks", "get_task",
    "open_events", "subscribe", "unsubscribe", "read_events", "close_events", "query_inventory", "describe_inventory",
    "call", "long_call", "fetch",
    "screenshot", "run_on_many",
]  # fmt: skip


class Denied(Strict):
    """Our answer to `x-mcp-exposure: deny`."""

    because: Literal["danger", "payload"] = Field(description="`payload` is offered, `danger` needs --allow-denied.")
    why: Text


class ToolOverride(Confirmation):
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
    final_state: dict[str, str] = Field(
        default_factory=dict, description="Properties of the object, and their values once the action is done."
    )
    creates: str | None = Field(
        None, description="Path of the GET of what it makes, where facts do not say.", pattern=r"^/.+/\{id\}$"
    )
    reads: str | None = Field(
        None,
        description="Of a JSON-RPC method whose facts do not say: path of the GET of the object it changes.",
        pattern=r"^/[a-z-]+/\{\w+\}$",
    )
    extension: str | None = Field(None, description="File name ending of a download.", pattern=r"^[a-z0-9.]{1,8}$")
    query: dict[str, bool | str] = Field(default_factory=dict, description="Query parameters we always send.")
    builder: str | None = Field(
        None,
        description="Of a JSON-RPC method: the module of `xo_mcp.builders` that makes its request of our arguments.",
        pattern=r"^[a-z][a-z_]*$",
    )


class Split(Strict):
    """One route, several tools: each value of `parameter` becomes a tool of its own."""

    parameter: str
    tools: dict[str, ToolOverride]
    left_out: dict[str, Text] = Field({}, description="Values that are no tool, and why.")


class OperationOverride(ToolOverride, Quirks):
    """One operation or JSON-RPC method: a tool, several tools (`split`) or none (`drop`, `instead_of`)."""

    drop: Text | None = Field(None, description="Why this operation becomes no tool.")
    instead_of: str | None = Field(
        None,
        description="Of a JSON-RPC method that becomes no tool: the operation that does the same.",
        pattern=r"^(GET|PUT|POST|PATCH|DELETE|CALL) ",
    )
    split: Split | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "OperationOverride":
        for word, decided in (("dropped", "drop"), ("served by another", "instead_of")):
            if getattr(self, decided) and self.model_fields_set != {decided}:
                raise ValueError(f"an operation that is {word} takes no other key")
        return self


class LocalTool(Confirmation):
    """A tool of the server itself, without an XO operation."""

    kind: Kind
    title: Text
    description: Text
    effect: Effect
    idempotent: bool
    default: bool = False
    beside_search: bool = Field(default=False, description="Listed with the search surface too.")
    synonyms: list[str] = Field(default_factory=list)
    arguments: ArgumentOverrides = Field(default_factory=dict)


class TagFile(Strict):
    """`overrides/<tag>.yaml`."""

    description: Text | None = Field(None, description="What this toolset is for, in a line.")
    operations: dict[
        Annotated[str, Field(pattern=r"^((GET|PUT|POST|PATCH|DELETE) /|CALL [A-Za-z])")], OperationOverride
    ] = Field(default_factory=dict)
    local_tools: dict[ToolName, LocalTool] = Field(default_factory=dict)
    inventory: InventoryDecisions | None = Field(None, description="The inventory's tables; in inventory.yaml only.")
    reports: dict[ToolName, Report] = Field(default_factory=dict, description="Questions over the inventory's tables.")
