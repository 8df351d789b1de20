"""One session with XO, opened when it is needed and held while the server runs."""

from typing import TYPE_CHECKING, Any

import anyio

from xo_mcp.config.config import Config
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.server.readiness import Readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from xo_mcp.session import Session

QUIET = 0.5
"""Seconds a start may take before the session is opened without a call: clients wait for the list of tools first."""
FAREWELL = 5
"""Seconds closing may take."""
PATIENCE = 5
"""Seconds XO may take to say who is signed in."""
AGAIN = 60
"""Seconds until what failed in the background is begun anew."""
log = get_logger("app")


class App:
    """Opens a session with XO on the first call, or soon after the start.

    Args:
        config: The operator's decisions.
        beside: What is done with the session in the background.
    """

    def __init__(self, config: Config, *beside: "Callable[[Session], Coroutine[Any, Any, None]]") -> None:
        self._config = config
        self._beside = beside
        self._wanted = anyio.Event()
        self._ready = anyio.Event()
        self._stopped = anyio.Event()
        self._session: Session | None = None
        self._failure: ConfigError | None = None
        self.readiness = Readiness()

    async def session(self) -> "Session":
        """The session, as soon as it is open. XO need not answer for that: the first request says if it does not.

        Raises:
            ConfigError: It can't be opened, for example because a file was removed after the start.
        """
        self.wake()
        await self._ready.wait()
        if self._session is None:
            raise self._failure or ConfigError("the server is stopping")
        return self._session

    async def user(self) -> str | None:
        """The name of the user of XO that calls act as, or nothing when XO does not say in time."""
        with anyio.move_on_after(PATIENCE):
            return await (await self.session()).user()
        return None

    def wake(self) -> None:
        """Open the session now."""
        self._wanted.set()

    def stop(self) -> None:
        """Close the session."""
        self._stopped.set()
        self._wanted.set()

    async def run(self) -> None:
        """Hold the session open until `stop`; opening and closing happen in this one task."""
        with anyio.move_on_after(QUIET):
            await self._wanted.wait()
        if not self._stopped.is_set():
            try:
                await self._hold()
            except ConfigError as error:
                log.warning("%s", REDACTOR.redact(str(error)))
                self._failure = error
                self.readiness.give_up(error)
        self._session = None
        self._ready.set()

    async def _hold(self) -> None:
        # Everything that talks HTTP is imported here, not when the server starts.
        from xo_mcp.session import opened

        async with opened(self._config) as session, anyio.create_task_group() as background:
            self._session = session
            self._ready.set()
            background.start_soon(self.readiness.watch, session.client)
            for work in (_look, *self._beside):
                background.start_soon(_kept_up, work, session)
            await self._stopped.wait()
            background.cancel_scope.cancel()


async def _kept_up(work: "Callable[[Session], Coroutine[Any, Any, None]]", session: "Session") -> None:
    """Do what is done in the background; a fault in it must not take the calls, and other clients, along."""
    while True:
        try:
            await work(session)
        except Exception:
            log.exception("a fault in what is done beside calls, which is begun anew in %d s", AGAIN)
            await anyio.sleep(AGAIN)
        else:
            return


async def _look(session: "Session") -> None:
    """Log early what the first call would find out."""
    try:
        status = await session.client.probe_mcp_status()
    except CallError as error:
        log.warning("Xen Orchestra can't be used yet: %s", REDACTOR.redact(str(error)))
    else:
        known = "allows MCP" if status.known else "has no switch for MCP"
        log.info("Xen Orchestra answers and %s", known)
