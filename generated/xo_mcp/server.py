"""The MCP server: tools from the definitions, resources and prompts from our own tables.

Nothing here depends on how many tools there are: schemas are data, functions are imported when they are called.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.request_state import RequestStateSecurity
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    Prompt,
    Resource,
    ResourceTemplate,
    Tool,
)

from xo_mcp.app import App, running
from xo_mcp.audit import AuditLog
from xo_mcp.calls import Caller, Request
from xo_mcp.config import Config, shared_key
from xo_mcp.confirm import Confirmer
from xo_mcp.definitions import Entry, by_operation
from xo_mcp.guides import instructions
from xo_mcp.nearest import suggestion
from xo_mcp.policy import Offer
from xo_mcp.prompts import Prompts
from xo_mcp.release import VERSION
from xo_mcp.resources import Resources
from xo_mcp.search import Search
from xo_mcp.surface import listed
from xo_mcp.tokens import LIFETIME

if TYPE_CHECKING:
    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.mcpserver.context import Context
    from pydantic import AnyUrl

NAME = "xen-orchestra"
TITLE = "Xen Orchestra"
TOOLS_TTL = 300_000
"""Milliseconds a client may keep the list of tools, which never changes while the server runs."""


class XoServer(MCPServer[App]):
    """An MCP server over a fixed table of tools.

    Args:
        entries: Every tool of this package, for looking up names in XO.
        offer: What is offered of them.
        config: The operator's decisions.
        guard: The SDK's arguments for authenticating clients.
    """

    def __init__(self, entries: Sequence[Entry], offer: Offer, config: Config, **guard: Any) -> None:
        key = shared_key(config)
        keys = [key] if key else None
        super().__init__(
            name=NAME,
            title=TITLE,
            version=VERSION,
            instructions=instructions(offer, config),
            lifespan=lambda _: _lifespan(config),
            cache_hints={"tools/list": CacheHint(ttl_ms=TOOLS_TTL, scope="private")},
            request_state_security=RequestStateSecurity(keys=keys, ttl=LIFETIME)
            if keys
            else RequestStateSecurity.ephemeral(ttl=LIFETIME),
            **guard,
        )
        self._offer = offer
        self._config = config
        self._table = {entry.name: entry for entry in offer.entries}
        self._table |= {alias: entry for entry in offer.entries for alias in entry.facts.aliases}
        self._listed: list[Tool] | None = None
        audit = AuditLog(config.audit_log, relaxed=config.audit_relaxed) if config.audit_log else None
        self._caller = Caller(config, by_operation(entries).keys(), Confirmer(key), audit)
        self._hidden = {entry.name: entry for entry in entries if entry.name in offer.hidden}
        self._search = Search(offer, config, self._caller) if config.surface == "search" else None
        self._resources = Resources(offer)
        self._prompts = Prompts()

    async def list_tools(self) -> list[Tool]:
        """Every offered tool; the list is the same for as long as the server runs."""
        if self._listed is None:
            self._listed = listed(self._offer, self._config)
        return self._listed

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: "Context[App, Any] | None" = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            MCPError: There is no such tool, or it is not offered.
        """
        if context is None:
            raise MCPError(INVALID_PARAMS, "Tools are called by clients")
        if self._search is not None and self._search.knows(name):
            return await self._search.call(name, arguments, context)
        entry = None if self._search else self._table.get(name)
        if entry is None:
            self._record_refusal(name, arguments, context)
            raise MCPError(INVALID_PARAMS, f"Unknown tool: {name}{self._why_unknown(name)}")
        return await self._caller.call(Request(entry, arguments, context))

    async def list_resources(self) -> list[Resource]:
        """The guides."""
        return self._resources.listed()

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """One template per collection whose objects may be read."""
        return self._resources.templates()

    async def read_resource(
        self, uri: "AnyUrl | str", context: "Context[App, Any] | None" = None
    ) -> "Iterable[ReadResourceContents] | InputRequiredResult":
        """Read a guide or an object of XO.

        Raises:
            ResourceNotFoundError: There is none at this address.
            ResourceError: XO did not give it.
        """
        app = context.request_context.lifespan_context if context else None
        return await self._resources.read(str(uri), app)

    async def list_prompts(self) -> list[Prompt]:
        """Tasks an administrator has again and again."""
        return self._prompts.listed()

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: "Context[App, Any] | None" = None
    ) -> GetPromptResult | InputRequiredResult:
        """Fill in a prompt.

        Raises:
            MCPError: There is no such prompt, or an argument is missing or unknown.
        """
        del context
        return self._prompts.get(name, arguments or {})

    def _record_refusal(self, name: str, arguments: dict[str, Any], context: "Context[App, Any]") -> None:
        hidden = self._hidden.get(name)
        if hidden is not None:
            self._caller.trail(hidden, arguments, context).end("refused", reason=self._offer.hidden[name])

    def _why_unknown(self, name: str) -> str:
        if self._search is not None and name in self._table:
            return " (call it through call_tool_read or call_tool_write)"
        if name in self._offer.hidden:
            return f" ({self._offer.hidden[name]})"
        return suggestion(name, self._table)


@asynccontextmanager
async def _lifespan(config: Config) -> AsyncIterator[App]:
    async with running(config) as app:
        yield app
