"""A server with several XOs as each of its clients sees it."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_REQUEST, Tool

from xo_mcp.safety.policy import Offer
from xo_mcp.server.merging import merged
from xo_mcp.server.surface import listed_tools
from xo_mcp.server.view import Listeners, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcp.server.lowlevel.helper_types import ReadResourceContents

    from xo_mcp.config.config import Config
    from xo_mcp.config.identity import Identity
    from xo_mcp.definitions import Entry
    from xo_mcp.server.completions import CompletionRequest
    from xo_mcp.server.dispatch import Dispatcher
    from xo_mcp.server.routing import ManyResources
    from xo_mcp.server.views import Views
    from xo_mcp.server.watching import Watches

MOST: Final = 500
"""Clients whose list of tools is kept."""


class ManyView(Listeners):
    """Several XOs as one client sees them.

    Args:
        views: Each of them, by the XO's name.
        entries: Every tool of this package.
        config: What holds for all of them.
    """

    def __init__(self, views: Mapping[str, View], entries: "Sequence[Entry]", config: "Config") -> None:
        super().__init__()
        self.views = views
        self._entries = entries
        self._config = config

    @property
    def is_settled(self) -> bool:
        """Whether the list of tools is as each XO wants it, as far as they say."""
        return all(view.is_settled for view in self.views.values())

    async def tools(self) -> list[Tool]:
        """What `tools/list` shows; all XOs are waited for at the same time."""
        async with anyio.create_task_group() as tasks:
            for view in self.views.values():
                tasks.start_soon(view.wait_for_rights)
        return self._tools

    @cached_property
    def offer(self) -> Offer:
        """What the XOs offer together."""
        return merged({name: view.offer for name, view in self.views.items()})

    @cached_property
    def _tools(self) -> list[Tool]:
        return listed_tools(self.offer, self._config)

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Carries calls out."""
        from xo_mcp.server.dispatch import Dispatcher  # a start need not wait for it
        from xo_mcp.server.routing import Router

        return Dispatcher(self._entries, self.offer, self._config, Router(self.views), self._doubt)

    @cached_property
    def resources(self) -> "ManyResources":
        """What can be read by address."""
        from xo_mcp.server.routing import ManyResources  # a start need not wait for it

        return ManyResources(self.views)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the XOs."""
        return tuple(self.views)

    @property
    def parts(self) -> "Sequence[View]":
        """What each XO shows."""
        return tuple(self.views.values())

    def watches_at(self, uri: str) -> "tuple[Watches, str]":
        """Whose watches an address belongs to, and the address there.

        Raises:
            ResourceNotFoundError: No XO has it.
        """
        name, inner = self.resources.split(uri)
        return self.views[name].watches, inner

    async def values(self, wanted: "CompletionRequest") -> list[str]:
        """What an argument may be: at the XO that is named, for a prompt else at any.

        Raises:
            MCPError: There is no such prompt or template.
        """
        from xo_mcp.server.routing import values_of  # a start need not wait for it

        return await values_of(self.views, wanted)

    async def read(self, uri: str) -> "Iterable[ReadResourceContents]":
        """Read a guide or an object of an XO.

        Raises:
            ResourceNotFoundError: There is none at this address.
            ResourceError: XO did not give it.
        """
        return await self.resources.read(uri)

    def fit(self) -> None:
        """Offer what the XOs offer now."""
        self.forget("offer", "_tools", "dispatcher", "resources")

    def _doubt(self) -> None:
        for view in self.views.values():
            view.doubt()


class ManyViews:
    """Finds what the caller sees of several XOs; one that is down, or closed to the client, does not affect the others.

    Args:
        entries: Every tool of this package.
        config: The operator's decisions.
        make: Makes the views of each XO, given what to call when they change.
        changed: Tells clients that the list of tools has changed.
    """

    def __init__(
        self,
        entries: "Sequence[Entry]",
        config: "Config",
        make: "Callable[[Callable[[View], Coroutine[Any, Any, None]]], Mapping[str, Views]]",
        changed: "Callable[[View | ManyView], Coroutine[Any, Any, None]]",
    ) -> None:
        self._entries = entries
        self._config = config
        self._changed = changed
        self._known: dict[tuple[int, ...], ManyView] = {}
        self._all = make(self._one_changed)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ManyViews"]:
        """Hold sessions open for as long as the server runs."""
        async with AsyncExitStack() as stack:
            for views in self._all.values():
                await stack.enter_async_context(views.running())
            yield self

    async def unready(self) -> str | None:
        """Say in a word why no call would work at any XO now, or nothing; all are asked at the same time."""
        reasons: list[str | None] = []

        async def ask(views: "Views") -> None:
            reasons.append(await views.unready())
            if reasons[-1] is None:
                tasks.cancel_scope.cancel()  # one that works is enough

        async with anyio.create_task_group() as tasks:
            for views in self._all.values():
                tasks.start_soon(ask, views)
        return None if None in reasons else reasons[0]

    def current(self) -> ManyView:
        """The view of the client whose request this is.

        Raises:
            MCPError: It has no identity of its own and needs one, or its settings are wrong.
        """
        identity = getattr(get_access_token(), "identity", None)
        own = None if identity is None else dict(identity.tokens)
        views = {name: views.current() for name, views in self._all.items() if own is None or name in own}
        if not views:
            raise MCPError(INVALID_REQUEST, "This server has no Xen Orchestra for you: tell its operator")
        # A view that was closed and made anew is another object.
        key = tuple(map(id, views.values()))
        if key not in self._known:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = ManyView(views, self._entries, self._config_of(identity))
        return self._known[key]

    @contextmanager
    def used(self) -> Iterator[ManyView]:
        """The view of the client whose request this is, which stays open until the block ends.

        Raises:
            MCPError: As `current`.
        """
        many = self.current()
        with ExitStack() as stack:
            for view in many.views.values():
                stack.enter_context(view.used())
            yield many

    def check(self, identity: "Identity") -> None:
        """See that a client's settings can be followed.

        Raises:
            ConfigError: They name an XO, a tool or a toolset that does not exist.
        """
        for name, views in self._all.items():
            if name in dict(identity.tokens):
                views.check(identity)

    def _config_of(self, identity: "Identity | None") -> "Config":
        return self._config if identity is None else identity.narrowed(self._config)

    async def _one_changed(self, view: View) -> None:
        for many in [many for many in self._known.values() if view in many.views.values()]:
            many.fit()
            await self._changed(many)
