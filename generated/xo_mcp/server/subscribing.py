"""Carries notices of changes to clients, in both eras: `subscriptions/listen`, and `resources/subscribe` before it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.server.request_state import authenticated_principal
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated, ServerEvent
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    SubscriptionFilter,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from xo_mcp.errors import XoMcpError
from xo_mcp.logs import explained
from xo_mcp.server.watching import Watcher

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    from xo_mcp.server.instance_views import ManyView
    from xo_mcp.server.view import View

STREAMS: Final = 64
"""Streams of changes over stdio; over HTTP, each is a request, of which a client may have as many open."""
STREAMS_TOGETHER: Final = 1_024
"""Streams of clients that share a session with XO."""
LIFETIME: Final = 600.0
"""Seconds after which a stream over HTTP is ended in order: a client that may still connect opens another."""
PATIENCE: Final = 5.0
"""Seconds a client may take to read a notice."""
WATCHER: Final = "xo_mcp.watcher"


class _OwnBus:
    """What one stream hears: changes of its client's list of tools, and of what it watches.

    Args:
        lists: Where changes of lists are published.
    """

    def __init__(self, lists: InMemorySubscriptionBus) -> None:
        self._lists = lists
        self._listener: Callable[[ServerEvent], None] | None = None

    async def publish(self, event: ServerEvent) -> None:
        """Deliver an event to the stream."""
        if self._listener is not None:
            self._listener(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Begin to deliver."""
        self._listener = listener
        return self._lists.subscribe(listener)

    async def updated(self, uri: str) -> None:
        """Notify the client that an address has changed."""
        await self.publish(ResourceUpdated(uri))


async def listen(
    view: "View | ManyView",
    context: "ServerRequestContext[Any, Any]",
    params: SubscriptionsListenRequestParams,
    lifetime: float | None = LIFETIME,
) -> SubscriptionsListenResult:
    """Serve one stream of changes; what can't be watched is left out of what is acknowledged.

    Args:
        view: Of who asks.
        context: Of the request.
        params: What the client wants to hear of.
        lifetime: Seconds, or nothing for as long as the client listens.

    Raises:
        MCPError: It has too many streams open.
    """
    most = STREAMS if lifetime is None else STREAMS_TOGETHER
    if len(view.streams) >= most:
        raise MCPError(INVALID_REQUEST, f"{most} streams of changes are open already: close some")
    bus = _OwnBus(view.bus)
    handler = ListenHandler(bus, max_subscriptions=1)
    watcher = Watcher(view.watches_at, authenticated_principal(context), bus.updated)
    homes = [view, *view.parts]
    for home in homes:
        home.streams.add(handler)
    try:
        granted = await watcher.add_some(params.notifications.resource_subscriptions or ())
        async with anyio.create_task_group() as tasks:
            if lifetime is not None:
                tasks.start_soon(_end, handler, lifetime)
            result = await handler(context, _limited(params, granted))
            tasks.cancel_scope.cancel()
        return result
    finally:
        for home in homes:
            home.streams.discard(handler)
        await watcher.close()


async def _end(handler: ListenHandler, lifetime: float) -> None:
    await anyio.sleep(lifetime)
    handler.close()


def _limited(params: SubscriptionsListenRequestParams, uris: list[str]) -> SubscriptionsListenRequestParams:
    wanted = params.notifications
    kept = SubscriptionFilter(
        tools_list_changed=wanted.tools_list_changed,
        prompts_list_changed=wanted.prompts_list_changed,
        resources_list_changed=wanted.resources_list_changed,
        resource_subscriptions=uris or None,
    )
    return params.model_copy(update={"notifications": kept})


async def subscribe(view: "View | ManyView", context: "ServerRequestContext[Any, Any]", uri: str) -> None:
    """Have a session of an older protocol version hear of changes of an address, until it ends.

    Raises:
        MCPError: There is no such address, it can't be watched, or there are too many.
    """
    try:
        await _watcher(view, context).add(uri)
    except (XoMcpError, ResourceError) as error:
        raise MCPError(INVALID_PARAMS, explained(error)) from error


async def unsubscribe(view: "View | ManyView", context: "ServerRequestContext[Any, Any]", uri: str) -> None:
    """Have it hear no more of an address."""
    await _watcher(view, context).remove(uri)


def _watcher(view: "View | ManyView", context: "ServerRequestContext[Any, Any]") -> Watcher:
    """What a session watches: kept with its connection, and closed with it."""
    session = context.session
    connection = session._connection  # noqa: SLF001 - the only way to what ends with a session
    known = connection.state.get(WATCHER)
    if isinstance(known, Watcher):
        return known

    async def notify(uri: str) -> None:
        try:
            with anyio.fail_after(PATIENCE):
                await session.send_resource_updated(uri)
        except (MCPError, anyio.ClosedResourceError, anyio.BrokenResourceError, TimeoutError):
            await watcher.close()

    watcher = Watcher(view.watches_at, authenticated_principal(context), notify)
    connection.state[WATCHER] = watcher
    connection.exit_stack.push_async_callback(watcher.close)
    return watcher
