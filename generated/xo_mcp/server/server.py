"""The MCP server: tools from the definitions, resources and prompts from our own tables.

Nothing here depends on how many tools there are: schemas are data, functions are imported when they are called.
"""

import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.lowlevel.server import NotificationOptions
from mcp.server.subscriptions import ToolsListChanged
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
from xo_mcp.definitions import Entry, by_operation
from xo_mcp.release import VERSION
from xo_mcp.safety.nonces import open_nonces
from xo_mcp.server import assembly
from xo_mcp.server.assembly import Instance
from xo_mcp.server.lowlevel_handlers import LowLevelHandlers, sessions_last
from xo_mcp.server.messages import MessageSpans
from xo_mcp.server.structured import beside_checks
from xo_mcp.server.surface import CALL_WRITE
from xo_mcp.server.views import AUTO, Views

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.mcpserver.context import Context
    from pydantic import AnyUrl

    from xo_mcp.server.instance_views import ManyView, ManyViews
    from xo_mcp.server.prompts import Prompts
    from xo_mcp.server.requests import Toolbox
    from xo_mcp.server.view import View

TOOLS_TTL = 300_000
"""Milliseconds a client may keep the list of tools."""
TTL = "ttlMs"


class XoServer(MCPServer[Any]):
    """An MCP server over a fixed table of tools.

    Args:
        entries: Every tool of this package, for looking up names in XO.
        instances: The XOs it talks to.
        config: The operator's decisions.
        guard: The SDK's arguments for authenticating clients.

    Raises:
        ConfigError: What the operator set for one of the clients is wrong.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        instances: Sequence[Instance],
        config: Config,
        **guard: Any,
    ) -> None:
        key = shared_key(config)
        super().__init__(
            name=assembly.name_of(config),
            title=assembly.title_of(config),
            website_url=assembly.WEBSITE,
            version=VERSION,
            instructions=assembly.instructions_of(instances, config),
            lifespan=lambda _: self._running(),
            cache_hints={"tools/list": CacheHint(ttl_ms=TOOLS_TTL, scope="private")},
            request_state_security=assembly.sealing(key),
            subscriptions=False,
            middleware=[self._watch_lists, beside_checks],
            **guard,
        )
        self.middleware[0] = MessageSpans(self._knows)  # the SDK's own discloses what clients write
        self.token_verifier = guard.get("token_verifier")
        self.closed = threading.Event()
        """Set when every call has ended and the connection to XO is closed."""
        self._entries = entries
        self._config = config
        self._key = key
        self.store = assembly.shared_state(config, key)
        """What workers share, if there are several."""
        # Where there is a store, the folder beside the key need not be writable.
        self._nonces = open_nonces(None if self.store else config.confirm_key_file)
        self._audit = assembly.audit_log(config)
        self._tools: Toolbox | None = None
        self._changes = any(each.config.hide_forbidden or each.config.xo_release == AUTO for each in instances)
        self._views = self._views_of(instances)
        for identity in assembly.identities_of(self.token_verifier):
            self._views.check(identity)
        LowLevelHandlers(self._views, lambda: self._toolbox().quotas, config).register(self._lowlevel_server)

    def _knows(self, method: str) -> bool:
        lowlevel = self._lowlevel_server
        return bool(lowlevel.get_request_handler(method) or lowlevel.get_notification_handler(method))

    def _views_of(self, instances: Sequence[Instance]) -> "Views | ManyViews":
        """What clients see: of one XO, or of several."""

        def make(changed: "Callable[[View], Coroutine[Any, Any, None]]") -> dict[str, Views]:
            return {
                each.name: Views(
                    self._entries,
                    each.known,
                    each.offer,
                    each.config,
                    tools=self._toolbox,
                    changed=changed,
                    instance=each.name,
                )
                for each in instances
            }

        if len(instances) == 1:
            return make(self._notify_changed)[instances[0].name]
        from xo_mcp.server.instance_views import ManyViews  # one XO needs none of it

        return ManyViews(self._entries, self._config, make, self._notify_changed)

    def _toolbox(self) -> "Toolbox":
        """What all callers share; what only calls need is imported with the first one."""
        if self._tools is None:
            from xo_mcp.safety.quotas import Quotas  # a start need not wait for these
            from xo_mcp.server.confirm import Confirmer
            from xo_mcp.server.requests import Toolbox

            through = CALL_WRITE if self._config.surface == "search" else None
            confirmer = Confirmer(self._key, self._nonces, through, self.store)
            quotas = Quotas(self.store)
            self._tools = Toolbox(by_operation(self._entries).keys(), confirmer, self._audit, quotas)
        return self._tools

    @property
    def _prompts(self) -> "Prompts":
        from xo_mcp.server import prompts  # a start need not wait for it

        return prompts.Prompts(self._views.current().names)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator["Views | ManyViews"]:
        if self._config.download_dir is not None:
            await anyio.to_thread.run_sync(assembly.sweep, self._config.download_dir)
        try:
            async with (
                anyio.create_task_group() as background,
                self.store.running() if self.store else nullcontext(),
                self._views.running(),
            ):
                if self._audit is not None:
                    await anyio.to_thread.run_sync(self._audit.join)
                    # A log may be large; nobody waits for it to be read.
                    background.start_soon(assembly.end_killed, self._audit)
                yield self._views
                background.cancel_scope.cancel()
        finally:
            if self._audit is not None:
                self._audit.close()
            self.closed.set()

    async def unready(self) -> str | None:
        """Say in a word why no call would work now, or nothing."""
        return await self._views.unready()

    async def run_over(self, reader: Any, writer: Any) -> None:
        """Serve over two streams of messages until they end."""
        lowlevel = self._lowlevel_server
        changing = NotificationOptions(tools_changed=self._changes)
        await lowlevel.run(reader, writer, lowlevel.create_initialization_options(changing))

    async def _watch_lists(self, ctx: "ServerRequestContext[Any, Any]", call_next: "CallNext") -> "HandlerResult":
        """See that clients hear of changes: note whose session lasts, and let no list be kept that may soon change."""
        result = await call_next(ctx)
        if ctx.method != "tools/list":
            return result
        view = self._views.current()
        if sessions_last(self._config):
            view.listens(ctx.session)
        if isinstance(result, dict) and TTL in result and not view.is_settled:
            return {**result, TTL: 0}
        return result

    async def _notify_changed(self, view: "View | ManyView") -> None:
        """Tell clients that their list of tools has changed."""
        await view.bus.publish(ToolsListChanged())
        await view.notify_listeners()

    async def list_tools(self) -> list[Tool]:
        """Every tool that is offered to this client."""
        return await self._views.current().tools()

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: "Context[Any, Any] | None" = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool.

        Raises:
            MCPError: There is no such tool, or it is not offered.
        """
        if context is None:
            raise MCPError(INVALID_PARAMS, "Tools are called by clients")
        with self._views.used() as view:
            return await view.dispatcher.call(name, arguments, context)

    async def list_resources(self) -> list[Resource]:
        """The guides."""
        return self._views.current().resources.resources()

    async def list_resource_templates(self) -> list[ResourceTemplate]:
        """One template per collection whose objects may be read."""
        return self._views.current().resources.templates()

    async def read_resource(
        self, uri: "AnyUrl | str", context: "Context[Any, Any] | None" = None
    ) -> "Iterable[ReadResourceContents] | InputRequiredResult":
        """Read a guide or an object of XO.

        Raises:
            ResourceNotFoundError: There is none at this address.
            ResourceError: XO did not give it.
        """
        del context
        with self._views.used() as view:
            return await view.read(str(uri))

    async def list_prompts(self) -> list[Prompt]:
        """Tasks an administrator has again and again."""
        return self._prompts.prompts()

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: "Context[Any, Any] | None" = None
    ) -> GetPromptResult | InputRequiredResult:
        """Fill in a prompt.

        Raises:
            MCPError: There is no such prompt, or an argument is missing or unknown.
        """
        del context
        return self._prompts.get(name, arguments or {})
