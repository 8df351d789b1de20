"""The server as each of its clients sees it: one view for who acts as the server's XO user, one for each other."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

import anyio
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_REQUEST

from xo_mcp.config.config import Config
from xo_mcp.config.identity import ONLY, Identity
from xo_mcp.definitions import Entry
from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.safety.policy import Offer, offer
from xo_mcp.server.view import View

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from xo_mcp.releases.releases import Lacking
    from xo_mcp.server.calls import Toolbox

FAREWELL: Final = 5
"""Seconds closing may take."""
IDLE: Final = 1_800
"""Seconds after which the session of a client that does nothing is closed; its next call opens another."""
MOST: Final = 500
"""Sessions of clients that are kept, if need be by closing those that are idle before their time."""
log = get_logger("views")


class Views:
    """Finds the view of whoever calls.

    Nothing is shared between two identities but this program: each has a session with XO, and so a connection, event
    streams and whatever is remembered of XO's answers.

    Args:
        entries: Every tool of this package, as the release of the XO has it.
        lacking: Says why that XO can't serve a tool.
        usual: What is offered to who has no identity of its own.
        config: The operator's decisions.
        tools: Gives what all callers share.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        lacking: "Lacking | None",
        usual: Offer,
        config: Config,
        *,
        tools: "Callable[[], Toolbox]",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries = entries
        self._lacking = lacking
        self._config = config
        self._tools = tools
        self._clock = clock
        self._usual = View(entries, usual, config, tools)
        self._own: OrderedDict[Identity, tuple[View, float]] = OrderedDict()
        self._background: TaskGroup | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Views"]:
        """Hold sessions open for as long as the server runs."""
        async with anyio.create_task_group() as background:
            self._background = background
            if not self._config.require_own_identity:
                background.start_soon(self._usual.app.run)
            try:
                yield self
            finally:
                for view in (self._usual, *(view for view, _ in self._own.values())):
                    view.app.stop()
                background.cancel_scope.deadline = anyio.current_time() + FAREWELL

    async def unready(self) -> str | None:
        """Say in a word why no call of who acts as the server's XO user would work now, or nothing.

        Where everybody needs an identity of their own there is no such user, and nothing that could be tried.
        """
        return None if self._config.require_own_identity else await self._usual.app.readiness.unready()

    def current(self) -> View:
        """The view of the client whose request this is.

        Raises:
            MCPError: It has no identity of its own and needs one, or its settings are wrong.
        """
        token = get_access_token()
        identity = getattr(token, "identity", None)
        if identity is not None:
            return self._of(identity)
        if self._config.require_own_identity:
            raise MCPError(
                INVALID_REQUEST, "This server does not know whom you are at Xen Orchestra: tell its operator"
            )
        return self._usual

    @contextmanager
    def used(self) -> Iterator[View]:
        """The view of the client whose request this is, which stays open until the block ends.

        Raises:
            MCPError: As `current`.
        """
        view = self.current()
        view.under_way += 1
        try:
            yield view
        finally:
            view.under_way -= 1

    def check(self, identity: Identity) -> None:
        """See that a client's settings can be followed.

        Raises:
            ConfigError: They name a tool or toolset that does not exist.
        """
        self._offered(self._config_of(identity))

    def _of(self, identity: Identity) -> View:
        known = self._own.pop(identity, None)
        if known is None:
            self._close_others(identity)
            view = self._opened(identity)
        else:
            view = known[0]
        self._own[identity] = view, self._clock()
        return view

    def _opened(self, identity: Identity) -> View:
        if self._background is None:
            raise MCPError(INVALID_REQUEST, "The server is not running")
        config = self._config_of(identity)
        try:
            view = View(self._entries, self._offered(config), config, self._tools)
        except ConfigError as error:
            log.error("%s can't be served: %s", identity.name, error)  # noqa: TRY400 - no trace
            raise MCPError(INVALID_REQUEST, "What this server's operator set for you is wrong: tell them") from error
        self._background.start_soon(view.app.run)
        return view

    def _config_of(self, identity: Identity) -> Config:
        config = identity.at(ONLY, self._config)
        if config is None:
            raise ConfigError(f"{identity.name} has no token for this XO")
        return config

    def _offered(self, config: Config) -> Offer:
        return offer(self._entries, config, self._lacking, self._usual.offer)

    def _close_others(self, identity: Identity) -> None:
        """Close sessions under settings that the operator has changed, and those that are idle."""
        now = self._clock()
        for known, (view, since) in list(self._own.items()):
            replaced = known.name == identity.name
            idle = not view.under_way and (now - since > IDLE or len(self._own) >= MOST)
            if replaced or idle:
                del self._own[known]
                view.app.stop()
