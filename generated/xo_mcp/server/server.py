"""The MCP server: tools from the definitions, resources and prompts from our own tables.

Nothing here depends on how many tools there are: schemas are data, functions are imported when they are called.
"""

import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio.to_thread
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

from xo_mcp.config.config import Config, shared_key
from xo_mcp.definitions import Entry
from xo_mcp.logs import get_logger
from xo_mcp.release import VERSION
from xo_mcp.safety.nonces import open_nonces
from xo_mcp.safety.policy import Offer
from xo_mcp.safety.tokens import LIFETIME
from xo_mcp.server.app import App, running
from xo_mcp.server.guides import instructions
from xo_mcp.server.surface import CALL_WRITE, listed

if TYPE_CHECKING:
    from pathlib import Path

    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.mcpserver.context import Context
    from pydantic import AnyUrl

    from xo_mcp.safety.audit import AuditLog
    from xo_mcp.server.dispatch import Dispatcher
    from xo_mcp.server.prompts import Prompts
    from xo_mcp.server.resources import Resources

NAME = "xen-orchestra"
TITLE = "Xen Orchestra"
log = get_logger("server")
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
        super().__init__(
            name=NAME,
            title=TITLE,
            version=VERSION,
            instructions=instructions(offer, config),
            lifespan=lambda _: self._running(),
            cache_hints={"tools/list": CacheHint(ttl_ms=TOOLS_TTL, scope="private")},
            request_state_security=_sealing(key),
            **guard,
        )
        self.token_verifier = guard.get("token_verifier")
        self.closed = threading.Event()
        """Set when every call has ended and the connection to XO is closed."""
        self._entries = entries
        self._offer = offer
        self._config = config
        self._key = key
        self._nonces = open_nonces(config.confirm_key_file)
        self._audit = _audit_log(config)

    # What only calls need is imported with the first one: clients wait for the list of tools.

    @cached_property
    def _listed(self) -> list[Tool]:
        return listed(self._offer, self._config)

    @cached_property
    def _dispatcher(self) -> "Dispatcher":
        from xo_mcp.server import dispatch
        from xo_mcp.server.confirm import Confirmer

        through = CALL_WRITE if self._config.surface == "search" else None
        confirmer = Confirmer(self._key, self._nonces, through)
        return dispatch.Dispatcher(self._entries, self._offer, self._config, confirmer, self._audit)

    @cached_property
    def _resources(self) -> "Resources":
        from xo_mcp.server import resources

        return resources.Resources(self._offer)

    @cached_property
    def _prompts(self) -> "Prompts":
        from xo_mcp.server import prompts

        return prompts.Prompts()

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[App]:
        if self._config.download_dir is not None:
            await anyio.to_thread.run_sync(_sweep, self._config.download_dir)
        try:
            async with running(self._config) as app:
                yield app
        finally:
            if self._audit is not None:
                self._audit.close()
            self.closed.set()

    async def run_over(self, reader: Any, writer: Any) -> None:
        """Serve over two streams of messages until they end."""
        lowlevel = self._lowlevel_server
        await lowlevel.run(reader, writer, lowlevel.create_initialization_options())

    async def list_tools(self) -> list[Tool]:
        """Every offered tool; the list is the same for as long as the server runs."""
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
        return await self._dispatcher.call(name, arguments, context)

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


def _sweep(folder: "Path") -> None:
    """Remove what an earlier process left in the download folder when it was killed."""
    from xo_mcp.transfer.partfile import sweep_parts

    swept = sweep_parts(folder)
    if swept:
        log.warning("%d unfinished exports of an earlier run were removed from %s", swept, folder)


def _sealing(key: bytes | None) -> RequestStateSecurity:
    """How what a client carries between two rounds of a call is sealed."""
    if key is None:
        return RequestStateSecurity.ephemeral(ttl=LIFETIME)
    return RequestStateSecurity(keys=[key], ttl=LIFETIME)


def _audit_log(config: Config) -> "AuditLog | None":
    """Open the log at the start, so that a wrong one is found out then."""
    if config.audit_log is None:
        return None
    from xo_mcp.safety import audit

    return audit.AuditLog(
        config.audit_log,
        relaxed=config.audit_relaxed,
        max_size=config.audit_max_size,
        keep_days=config.audit_keep_days,
    )
