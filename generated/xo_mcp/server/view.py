"""What one client is shown and may call: under its own rights, in a session with XO of its own."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from mcp.types import Tool

from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.safety.policy import Offer
from xo_mcp.server.app import App
from xo_mcp.server.surface import listed

if TYPE_CHECKING:
    from xo_mcp.server.calls import Toolbox
    from xo_mcp.server.dispatch import Dispatcher
    from xo_mcp.server.resources import Resources


class View:
    """The server as one client sees it. What only calls need is imported with the first one.

    Args:
        entries: Every tool of this package, for looking up names in XO.
        offer: What is offered of them.
        config: What holds for this client.
        tools: Gives what all callers share.
    """

    def __init__(self, entries: Sequence[Entry], offer: Offer, config: Config, tools: "Callable[[], Toolbox]") -> None:
        self.app = App(config)
        self.offer = offer
        self.under_way = 0
        """Calls that are being carried out."""
        self._entries = entries
        self._config = config
        self._tools = tools

    @cached_property
    def listed(self) -> list[Tool]:
        """What `tools/list` shows."""
        return listed(self.offer, self._config)

    @cached_property
    def dispatcher(self) -> "Dispatcher":
        """Carries calls out."""
        from xo_mcp.server import dispatch
        from xo_mcp.server.calls import Caller

        offered = [name for entry in self.offer.entries for name in (entry.name, *entry.facts.aliases)]
        caller = Caller(self._config, self.app, self._tools(), offered)
        return dispatch.Dispatcher(self._entries, self.offer, self._config, caller)

    @cached_property
    def resources(self) -> "Resources":
        """What can be read by address."""
        from xo_mcp.server import resources

        return resources.Resources(self.offer)
