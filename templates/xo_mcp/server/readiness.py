"""Whether a call would work now: XO answers, lets MCP clients in and accepts the credentials. For load balancers."""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.api.access import client_settings
from xo_mcp.config.config import Config
from xo_mcp.errors import CallError, ConfigError, Forbidden, McpDisabled, Unauthorized, Unreachable
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.types import Call

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

FRESH: Final = 5.0
"""Seconds for which XO is not asked again, however often somebody wants to know."""
STALE: Final = 15.0
"""Seconds after which an older answer counts for nothing."""
PATIENCE: Final = 2.0
"""Seconds somebody who wants to know waits for a new answer."""
LONGEST: Final = 10.0
"""Seconds XO may take to be called reachable."""
log = get_logger("readiness")
REASONS: Final[dict[type[Exception], str]] = {
    ConfigError: "configuration",
    McpDisabled: "xo_disabled_mcp",
    Unauthorized: "xo_refuses_credentials",
    Forbidden: "xo_refuses_user",
    Unreachable: "xo_unreachable",
    TimeoutError: "xo_unreachable",
    CallError: "xo_error",
}
"""In this order: the first that fits is reported. Nothing more is, because who asks has not signed in."""


class Readiness:
    """Asks XO in the background, seldom, and only while somebody wants to know.

    Args:
        clock: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wanted = anyio.Event()
        self._found_out = anyio.Event()
        self._at = float("-inf")
        self._reason: str | None = None

    async def unready(self) -> str | None:
        """Say why no call would work, or nothing. Never waits longer than `PATIENCE`, and never asks XO itself."""
        self._wanted.set()
        if self._clock() - self._at > STALE:
            with anyio.move_on_after(PATIENCE):
                await self._found_out.wait()
        return self._reason if self._clock() - self._at <= STALE else "no_answer_yet"

    def give_up(self, error: Exception) -> None:
        """There will never be a session with XO; the reason holds for as long as the server runs."""
        self._at, self._reason = float("inf"), reason_of(error)

    def record(self, reason: str | None) -> None:
        """Keep what was found out."""
        self._at, self._reason = self._clock(), reason
        self._found_out.set()
        self._found_out = anyio.Event()

    async def watch(self, client: "Client", *, signed_in: bool = True) -> None:
        """Find out, whenever somebody wants to know, until cancelled.

        Args:
            client: Of the XO.
            signed_in: Whether it has credentials to be tried.
        """
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            self.record(await _tried(client, signed_in=signed_in))
            await anyio.sleep(FRESH)


def reason_of(error: Exception) -> str:
    """One word for a failure."""
    return next(reason for kind, reason in REASONS.items() if isinstance(error, kind))


async def watch_without_user(ready: Readiness, config: Config) -> None:
    """Find out whether XO answers and lets MCP clients in, where each client has credentials of its own.

    Args:
        ready: Where the result is kept.
        config: Of the XO.
    """
    from xo_mcp.api.client import Client  # a start need not wait for it

    try:
        # Never sent, for only what XO answers to anybody is asked; but no client is without.
        settings = client_settings(replace(config, token=secrets.token_hex(16)))
        async with Client(settings) as client:
            await ready.watch(client, signed_in=False)
    except ConfigError as error:
        log.warning("%s", REDACTOR.redact(str(error)))
        ready.give_up(error)


async def _tried(client: "Client", *, signed_in: bool) -> str | None:
    try:
        with anyio.fail_after(LONGEST):
            await client.probe_mcp_status()
            # Every release has this list, and gives it only to those who signed in.
            if signed_in:
                await client.request(Call("GET", "/pools", query={"fields": "id", "limit": 1}))
    except (CallError, ConfigError, TimeoutError) as error:
        return reason_of(error)
    return None
