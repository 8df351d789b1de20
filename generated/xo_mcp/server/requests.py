"""The data of one tool call, and what all calls of a server share."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from mcp.types import CallToolResult, InputRequiredResult

from xo_mcp.answer import Answer
from xo_mcp.definitions import Entry
from xo_mcp.safety.audit import AuditLog
from xo_mcp.safety.quotas import Quotas
from xo_mcp.safety.trail import Trail
from xo_mcp.server.confirm import Confirmer

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context

Result = CallToolResult | InputRequiredResult


@dataclass(frozen=True)
class Request:
    """One call of one tool.

    Attributes:
        entry: The tool.
        arguments: As the client sent them.
        context: Who calls, and how to talk back.
        name: What the tool was called by: its name, or a former one.
        tasks: XO's tasks that it started, known as soon as XO names them.
    """

    entry: Entry
    arguments: Mapping[str, Any]
    context: "Context[Any, Any]"
    name: str = ""
    tasks: list[str] = field(default_factory=list, init=False)

    @property
    def task(self) -> str | None:
        """XO's task that it started last."""
        return self.tasks[-1] if self.tasks else None

    def with_rename(self, answer: Answer) -> Answer:
        """The answer; who called by a former name hears the new one."""
        if self.name not in self.entry.facts.aliases:
            return answer
        return replace(answer, notes=(*answer.notes, f"{self.name} is called {self.entry.name} now; call that."))


@dataclass(frozen=True)
class Toolbox:
    """What all callers of a server share.

    Attributes:
        operations: Every `METHOD /path` this package knows, for looking up names.
        confirmer: Asks.
        audit: Records writes, if the operator wants that.
        quotas: Counts calls that are under way.
    """

    operations: Collection[str]
    confirmer: Confirmer
    audit: AuditLog | None = None
    quotas: Quotas = field(default_factory=Quotas)


class Carrier(Protocol):
    """Carries calls out."""

    async def call(self, request: Request) -> Result:
        """Call a tool; failures come back as results, because a model must read them."""

    def trail(self, entry: Entry, arguments: Mapping[str, Any], context: "Context[Any, Any] | None") -> Trail:
        """Begin the record of a call."""
