"""The server as each of its clients sees it: one view for all who act as its own XO user, one for each other."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_REQUEST

from xo_mcp.config.config import Config
from xo_mcp.config.identity import Identity
from xo_mcp.config.instances import ONLY
from xo_mcp.definitions import Entry
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.safety.policy import Offer, offer
from xo_mcp.server.readiness import watch_without_user
from xo_mcp.server.view import View

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from xo_mcp.releases.capabilities import Capabilities
    from xo_mcp.releases.releases import Lacking
    from xo_mcp.server.requests import Toolbox
    from xo_mcp.session import Session

FAREWELL: Final = 5
"""Seconds closing may take."""
IDLE: Final = 1_800
"""Seconds after which the session of a client that does nothing is closed; its next call opens another."""
MOST: Final = 500
"""Sessions of clients that are kept, if need be by closing those that are idle before their time."""
LATER: Final = 15
"""Seconds until an XO that did not answer is asked again."""
EVERY: Final = 600
"""Seconds after which an XO is asked again whether it is another release by now: an unchanged one says so in a word."""
AUTO: Final = "auto"
log = get_logger("views")


class Views:
    """Finds the view of the caller.

    Nothing is shared between two identities but this program: each has a session with XO, and so a connection, event
    streams and whatever is remembered of XO's answers.

    Args:
        entries: Every tool of this package.
        known: What is known of the XO.
        usual: What is offered to clients without an identity of their own.
        config: The operator's decisions.
        tools: Gives what all callers share.
        changed: Tells clients that the list of tools has changed.
        instance: What the XO is called, where there are several.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        known: "Capabilities | None",
        usual: Offer,
        config: Config,
        *,
        tools: "Callable[[], Toolbox]",
        changed: Callable[[View], Coroutine[Any, Any, None]],
        instance: str = ONLY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._every = entries
        self._known = known
        self._fitted: tuple[Entry, ...] = tuple(entries if known is None else map(known.fitted, entries))
        self._config = config
        self._tools = tools
        self._clock = clock
        self._changed = changed
        self._instance = instance
        self._most = usual
        self._usual = self._view(config)
        self._own: OrderedDict[Identity, tuple[View, float]] = OrderedDict()
        self._background: TaskGroup | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Views"]:
        """Hold sessions open for as long as the server runs."""
        async with anyio.create_task_group() as background:
            self._background = background
            alone = anyio.CancelScope()
            if self._config.require_own_identity:
                background.start_soon(self._look_for_xo, alone)
            else:
                background.start_soon(self._usual.app.run)
            try:
                yield self
            finally:
                for view in (self._usual, *(view for view, _ in self._own.values())):
                    view.close()
                alone.cancel()
                background.cancel_scope.deadline = anyio.current_time() + FAREWELL

    async def unready(self) -> str | None:
        """Say in a word why no call would work now, or nothing.

        Where everybody needs an identity of their own, only what XO answers to anybody is asked: that it answers, and
        lets MCP clients in.
        """
        return await self._usual.app.readiness.unready()

    async def _look_for_xo(self, scope: anyio.CancelScope) -> None:
        with scope:
            await watch_without_user(self._usual.app.readiness, self._config)

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
            raise MCPError(INVALID_REQUEST, "This server has no Xen Orchestra user for you: tell its operator")
        return self._usual

    @contextmanager
    def used(self) -> Iterator[View]:
        """The view of the client whose request this is, which stays open until the block ends.

        Raises:
            MCPError: As `current`.
        """
        with self.current().used() as view:
            yield view

    def check(self, identity: Identity) -> None:
        """See that a client's settings can be followed.

        Raises:
            ConfigError: They name a tool or toolset that does not exist.
        """
        self._choose(self._config_of(identity))

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
            view = self._view(config)
        except ConfigError as error:
            log.error("%s can't be served: %s", identity.name, error)  # noqa: TRY400 - no trace
            raise MCPError(INVALID_REQUEST, "This server's settings for you are wrong: tell its operator") from error
        self._background.start_soon(view.app.run)
        return view

    def _config_of(self, identity: Identity) -> Config:
        config = identity.at(self._instance, self._config)
        if config is None:
            raise ConfigError(f"{identity.name} has no token for this XO")
        return config

    def _view(self, config: Config) -> View:
        return View(
            self._every,
            config,
            choose=partial(self._choose, config),
            tools=self._tools,
            changed=self._notify,
            instance=self._instance,
            beside=[self._learn] if config.xo_release == AUTO else [],
        )

    async def _learn(self, session: "Session") -> None:
        """Ask the XO what it has, and again now and then: it may be upgraded while this server runs."""
        from xo_mcp.releases.probing import ask  # a start need not wait for it

        if self._known is not None and self._known.is_sure:
            await anyio.sleep(EVERY)  # asked when the server started
        while True:
            try:
                self._learned(await ask(session.client, self._config, self._every))
            except (CallError, ValueError) as error:
                log.info("XO does not say what it has: %s", REDACTOR.redact(str(error)))
                await anyio.sleep(min(LATER, EVERY))
            else:
                await anyio.sleep(EVERY)

    def _learned(self, known: "Capabilities") -> None:
        """Correct every list of tools."""
        if known.methods is None and self._known is not None:
            known = replace(known, methods=self._known.methods)  # that API did not answer this time
        if known == self._known:
            return
        self._known = known
        self._fitted = tuple(map(known.fitted, self._every))
        self._most = offer(self._fitted, self._config, known.lacks)
        for view in (self._usual, *(view for view, _ in self._own.values())):
            view.fit()

    def _choose(self, config: Config, forbidden: "Lacking | None" = None) -> Offer:
        """What is offered under a configuration, less what the user of XO may not do."""
        if config is self._config and forbidden is None:
            return self._most

        def keeps(entry: Entry) -> str | None:
            return (self._known.lacks(entry) if self._known else None) or (forbidden(entry) if forbidden else None)

        return offer(self._fitted, config, keeps, self._most)

    def _notify(self, view: View) -> None:
        if self._background is not None:
            self._background.start_soon(self._notified, view)

    async def _notified(self, view: View) -> None:
        try:
            await self._changed(view)
        except Exception:
            # A client that can't be reached, whatever its connection makes of that, must not take the others along.
            log.exception("clients did not hear of another list of tools")

    def _close_others(self, identity: Identity) -> None:
        """Close sessions under settings that the operator has changed, and those that are idle."""
        now = self._clock()
        for known, (view, since) in list(self._own.items()):
            replaced = known.name == identity.name
            idle = not view.under_way and (now - since > IDLE or len(self._own) >= MOST)
            if replaced or idle:
                del self._own[known]
                view.close()
