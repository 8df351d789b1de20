"""Looks a tool up by name and hands the call on: to the tool itself, to the search surface, or to an error."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.safety.policy import Offer
from xo_mcp.search.suggesting import suggested_tools
from xo_mcp.search.wishes import unserved
from xo_mcp.server.requests import Carrier, Request, Result
from xo_mcp.server.search import Search
from xo_mcp.server.surface import CALL_WRITE
from xo_mcp.text import as_sent

if TYPE_CHECKING:
    from mcp.server.mcpserver.context import Context

_LONGEST: Final = 100  # characters of a name


class Dispatcher:
    """Finds who carries a call out, under one configuration.

    Args:
        entries: Every tool of this package, for looking up names in XO.
        offer: What is offered of them.
        config: The operator's decisions.
        caller: Carries calls out, or has the right one do so.
        doubted: Called when somebody calls a tool that is not offered.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        offer: Offer,
        config: Config,
        caller: Carrier,
        doubted: Callable[[], None] = lambda: None,
    ) -> None:
        self._offer = offer
        self._table = {entry.name: entry for entry in offer.entries}
        self._table |= {alias: entry for entry in offer.entries for alias in entry.facts.aliases}
        self._hidden = {
            name: entry
            for entry in entries
            if entry.name in offer.hidden
            for name in (entry.name, *entry.facts.aliases)
        }
        self._caller = caller
        self._doubted = doubted
        self._search = Search(offer, self._hidden, config, self._caller) if config.surface == "search" else None

    async def call(self, name: str, arguments: dict[str, Any], context: "Context[Any, Any]") -> Result:
        """Call a tool.

        Raises:
            MCPError: There is no such tool, or it is not offered.
        """
        if self._search is not None:
            if self._search.knows(name):
                return await self._search.call(name, arguments, context)
        elif name in self._table:
            return await self._caller.call(Request(self._table[name], arguments, context, name))
        # A client that can't write at all has no call_tool_write either, but may have wanted to.
        wanted = self._hidden.get(str(arguments.get("name")) if self._search and name == CALL_WRITE else name)
        if wanted is not None:
            self._doubted()
            await self._caller.trail(wanted, arguments, context).end("refused", reason=self._offer.hidden[wanted.name])
        raise MCPError(INVALID_PARAMS, f"Unknown tool: {as_sent(name, _LONGEST)}{self._why_unknown(name)}")

    def _why_unknown(self, name: str) -> str:
        if self._search is not None and name in self._table:
            return " (call it through call_tool_read or call_tool_write)"
        if name in self._hidden:
            return f" ({self._offer.hidden[self._hidden[name].name]})"
        hidden = tuple(self._hidden.values())
        wish = unserved(name[:_LONGEST], (*self._offer.entries, *hidden))
        return f". {wish}" if wish else suggested_tools(name, self._offer.entries, hidden, self._offer.hidden)
