"""Keeps track of what the XO user may do: read when the session opens, every ten minutes, and when XO refuses."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.errors import CallError
from xo_mcp.logs import REDACTOR, get_logger

if TYPE_CHECKING:
    from xo_mcp.api.privileges import Rights
    from xo_mcp.session import Session

EVERY: Final = 600
"""Seconds after which XO is asked again."""
SOON: Final = 5
"""Seconds between two questions at least, however often XO refuses."""
LATER: Final = 30
"""Seconds until XO is asked again after it could not be reached."""
log = get_logger("rights")


class RightsWatch:
    """What is known of a user's rights.

    Args:
        changed: Called when they have changed.
        every: Seconds between two questions.
        soon: The same when XO refuses.
    """

    def __init__(self, changed: Callable[[], None], every: float = EVERY, soon: float = SOON) -> None:
        self.rights: Rights | None = None
        """`None` until XO has answered, and where it does not say."""
        self._changed = changed
        self._every = every
        self._soon = soon
        self._asked = anyio.Event()
        self._again = anyio.Event()

    def refused(self) -> None:
        """XO refused something, so that rights may have changed."""
        self._again.set()

    @property
    def is_settled(self) -> bool:
        """Whether XO has said, or has failed to once."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Wait until XO has said, or has failed to once."""
        await self._asked.wait()

    async def run(self, session: "Session") -> None:
        """Ask again and again, and whenever XO refuses something: to a call, to one of many, to who reads an object."""
        from xo_mcp.api.privileges import QUESTIONS  # a start need not wait for it

        def heard(asked: str) -> None:
            # Else what asks for rights, where that is refused, would ask again soon.
            if asked not in QUESTIONS:
                self.refused()

        session.client.on_forbidden(heard)
        while True:
            reached = await self._ask(session)
            self._asked.set()
            began = time.monotonic()
            with anyio.move_on_after(self._every if reached else min(LATER, self._every)):
                await self._again.wait()
                await anyio.sleep(max(0.0, began + self._soon - time.monotonic()))
            self._again = anyio.Event()

    async def _ask(self, session: "Session") -> bool:
        """Ask once, and say whether XO answered."""
        from xo_mcp.api.privileges import read_rights  # a start need not wait for it

        try:
            rights = await read_rights(session.client)
        except CallError as error:
            log.info("XO did not say what its user may do: %s", REDACTOR.redact(str(error)))
            return False
        if rights != self.rights:
            self.rights = rights
            self._changed()
        return True
