"""What one client sees and may call: under its own rights, in a session with XO of its own."""

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError
from mcp.types import Tool

from xo_mcp.config.config import Config
from xo_mcp.config.instances import ONLY
from xo_mcp.definitions import Entry
from xo_mcp.server.app import App
from xo_mcp.server.rights import RightsWatch
from xo_mcp.server.surface import listed_tools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp.server.lowlevel.helper_types import ReadResourceContents
    from mcp.server.session import ServerSession

    from xo_mcp.releases.releases import Lacking
    from xo_mcp.safety.policy import Offer
    from xo_mcp.server.calls import Caller
    from xo_mcp.server.completions import Completer, CompletionRequest
    from xo_mcp.server.dispatch import Dispatcher
    from xo_mcp.server.requests import Toolbox
    from xo_mcp.server.resources import Resources
    from xo_mcp.server.watching import Watches
    from xo_mcp.session import Session

MOST_LISTENERS: Final = 100
PATIENCE: Final = 1.0
"""Seconds that a list of tools waits for XO to say what its user may do."""


class Listeners:
    """The MCP sessions of a client that hear of changes of its list of tools."""

    def __init__(self) -> None:
        self._listeners: OrderedDict[int, ServerSession] = OrderedDict()
        self.bus = InMemorySubscriptionBus()
        """Where changes of the list of tools are published for this client's streams."""
        self.streams: set[ListenHandler] = set()
        """Its streams of changes that are open."""

    def listens(self, session: "ServerSession") -> None:
        """Remember an MCP session of the client that has seen a list of tools, and lasts longer than a request."""
        # There is another object for each request, and one of these for each connection.
        self._listeners[id(session.client_params)] = session
        while len(self._listeners) > MOST_LISTENERS:
            self._listeners.popitem(last=False)

    async def notify_listeners(self) -> None:
        """Tell the sessions that the list of tools has changed; those that have ended are forgotten."""
        for name, session in list(self._listeners.items()):
            try:
                await session.send_tool_list_changed()
            except (MCPError, anyio.ClosedResourceError, anyio.BrokenResourceError):
                self._listeners.pop(name, None)

    def forget(self, *made: str) -> None:
        """Have these of its cached properties made anew when they are wanted next."""
        for name in made:
            with suppress(AttributeError):
                delattr(self, name)


class View(Listeners):
    """The server as one client sees it. What only calls need is imported with the first one.

    Args:
        entries: Every tool of this package, for looking up names in XO.
        config: What holds for this client.
        choose: What is offered, given what else keeps a tool back.
        tools: Gives what all callers share.
        changed: Called when the list of tools has changed.
        instance: What the XO is called, where there are several.
        beside: What is done with the session in the background.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        config: Config,
        *,
        choose: "Callable[[Lacking | None], Offer]",
        tools: "Callable[[], Toolbox]",
        changed: "Callable[[View], object]",
        instance: str = ONLY,
        beside: "Sequence[Callable[[Session], Coroutine[Any, Any, None]]]" = (),
    ) -> None:
        super().__init__()
        self.under_way = 0
        """Calls that are being carried out."""
        self.offer = choose(None)
        self._instance = instance
        self._entries = entries
        self._config = config
        self._choose = choose
        self._tools = tools
        self._changed = changed
        self._watch = RightsWatch(self.fit)
        self.app = App(config, *beside, *([self._watch.run] if config.hide_forbidden else []))

    @property
    def is_settled(self) -> bool:
        """Whether the list of tools is as XO wants it, as far as XO says."""
        return not self._config.hide_forbidden or self._watch.is_settled

    async def tools(self) -> list[Tool]:
        """What `tools/list` shows."""
        await self.wait_for_rights()
        return self._definitions

    async def wait_for_rights(self) -> None:
        """Wait briefly for XO to say what its user may do."""
        # Over stdio the client hears of changes, and waits for its first list before it shows anything.
        if self._config.hide_forbidden and self._config.transport == "http":
            self.app.wake()
            with anyio.move_on_after(PATIENCE):
                await self._watch.wait()

    @contextmanager
    def used(self) -> Iterator["View"]:
        """Keep the view open until the block ends."""
        self.under_way += 1
        try:
            yield self
        finally:
            self.under_way -= 1

    def doubt(self) -> None:
        """What the user of XO may do may have changed."""
        self._watch.refused()

    async def read(self, uri: str) -> "Iterable[ReadResourceContents]":
        """Read a guide or an object of XO.

        Raises:
            ResourceNotFoundError: There is none at this address.
            ResourceError: XO did not give it.
        """
        return await self.resources.read(uri, self.app)

    @cached_property
    def _definitions(self) -> list[Tool]:
        return listed_tools(self.offer, self._config)

    @cached_property
    def caller(self) -> "Caller":
        """Carries out calls of the tools that are offered."""
        from xo_mcp.server.calls import Caller  # a start need not wait for it

        offered = {name: entry for entry in self.offer.entries for name in (entry.name, *entry.facts.aliases)}
        return Caller(self._config, self.app, self._tools(), offered, instance=self._instance)

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Finds what is called."""
        from xo_mcp.server import dispatch  # a start need not wait for it

        return dispatch.Dispatcher(self._entries, self.offer, self._config, self.caller, self.doubt)

    def close(self) -> None:
        """End the session with XO, and the streams that hang on it; clients open others."""
        self.app.stop()
        for stream in self.streams:
            stream.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the XOs, where there are several."""
        return ()

    @property
    def parts(self) -> "Sequence[View]":
        """The views of single XOs that it is made of, where there are several."""
        return ()

    @cached_property
    def watches(self) -> "Watches":
        """What is watched in this session with XO."""
        from xo_mcp.server import watching  # a start need not wait for it

        return watching.Watches(self.app, lambda: self.resources, watching.kinds_of_events(self._entries))

    def watches_at(self, uri: str) -> "tuple[Watches, str]":
        """Whose watches an address belongs to, and the address there."""
        return self.watches, uri

    @cached_property
    def completer(self) -> "Completer":
        """Completes arguments."""
        from xo_mcp.server import completions  # a start need not wait for it

        return completions.Completer(self.offer, self.app, self.resources.collections)

    async def values(self, wanted: "CompletionRequest") -> list[str]:
        """What an argument may be.

        Raises:
            MCPError: There is no such prompt or template.
        """
        return await self.completer.values(wanted)

    @cached_property
    def resources(self) -> "Resources":
        """What can be read by address."""
        from xo_mcp.server import resources  # a start need not wait for it

        return resources.Resources(self.offer)

    def fit(self) -> None:
        """Offer what the XO has and its user may do, as far as that is known now."""
        rights = self._watch.rights
        offer = self._choose(rights.lacks if rights else None)
        if offer == self.offer:
            return
        self.offer = offer
        self.forget("_definitions", "caller", "dispatcher", "resources", "completer")
        self._changed(self)
