"""Requests that the SDK's `MCPServer` leaves to its low-level server: completions and subscriptions."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.request_state import authenticated_principal
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_REQUEST,
    CompleteRequestParams,
    CompleteResult,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from xo_mcp.config.config import Config

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server

    from xo_mcp.safety.quotas import Quotas
    from xo_mcp.server.instance_views import ManyViews
    from xo_mcp.server.views import Views


def sessions_last(config: Config) -> bool:
    """Whether a session is more than a request."""
    return config.transport == "stdio" or config.http_sessions


class LowLevelHandlers:
    """Answers them.

    Args:
        views: What clients see.
        quotas: Returns how much each client may have under way.
        config: The operator's decisions.
    """

    def __init__(self, views: "Views | ManyViews", quotas: Callable[[], "Quotas"], config: Config) -> None:
        self._views = views
        self._quotas = quotas
        self._config = config

    def register(self, server: "Server[Any]") -> None:
        """Have the low-level server pass them on."""
        add = server.add_request_handler
        add("completion/complete", CompleteRequestParams, self._complete)
        add("subscriptions/listen", SubscriptionsListenRequestParams, self._listen)
        # Sessions of older protocol versions that end with their request can't be sent anything later.
        if sessions_last(self._config):
            add("resources/subscribe", SubscribeRequestParams, self._subscribe)
            add("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    async def _complete(self, ctx: "ServerRequestContext[Any, Any]", params: CompleteRequestParams) -> CompleteResult:
        """Say what an argument of a prompt or a template may be.

        Raises:
            MCPError: There is no such prompt or template, or the client has too much under way.
        """
        from xo_mcp.safety.quotas import Busy  # a start need not wait for it
        from xo_mcp.server.completions import CompletionRequest, completion

        wanted = CompletionRequest.of(params.ref, params.argument, params.context)
        try:
            async with self._quotas().taken_everywhere("complete", authenticated_principal(ctx)):
                with self._views.used() as view:
                    return CompleteResult(completion=completion(await view.values(wanted)))
        except Busy as error:
            raise MCPError(INVALID_REQUEST, str(error)) from error

    async def _listen(
        self, ctx: "ServerRequestContext[Any, Any]", params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Notify a client of changes until it disconnects."""
        from xo_mcp.server import subscribing  # a start need not wait for it

        lifetime = subscribing.LIFETIME if self._config.transport == "http" else None
        with self._views.used() as view:
            return await subscribing.listen(view, ctx, params, lifetime)

    async def _subscribe(self, ctx: "ServerRequestContext[Any, Any]", params: SubscribeRequestParams) -> EmptyResult:
        from xo_mcp.server import subscribing  # a start need not wait for it

        await subscribing.subscribe(self._views.current(), ctx, str(params.uri))
        return EmptyResult()

    async def _unsubscribe(
        self, ctx: "ServerRequestContext[Any, Any]", params: UnsubscribeRequestParams
    ) -> EmptyResult:
        from xo_mcp.server import subscribing  # a start need not wait for it

        await subscribing.unsubscribe(self._views.current(), ctx, str(params.uri))
        return EmptyResult()
