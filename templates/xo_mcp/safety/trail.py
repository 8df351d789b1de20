"""The lines about one attempt in the audit log, in the right order."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import anyio.to_thread

from xo_mcp.safety.audit import Attempt, AuditLog, Outcome


class Trail:
    """The lines of one attempt, in the right order; writes nothing without a log.

    Args:
        audit: The log, if there is one and the call is to be recorded.
        attempt: What is tried.
    """

    def __init__(self, audit: AuditLog | None, attempt: Attempt) -> None:
        self._audit = audit
        self.attempt = attempt
        self._confirmation: str | None = None
        self.started = False

    @property
    def is_kept(self) -> bool:
        """Whether lines are written at all."""
        return self._audit is not None

    def acts_as(self, user: str | None) -> None:
        """Say as which user of XO it is done, for the lines from now on."""
        if user:
            self.attempt = replace(self.attempt, xo={**self.attempt.xo, "user": user})

    def about(self, arguments: Mapping[str, Any]) -> None:
        """Say what exactly is tried, once that is known: ids instead of names."""
        self.attempt = replace(self.attempt, arguments=arguments)

    def within(self, outer: "Trail") -> "Trail":
        """This attempt as one of many that another one is made of."""
        self.attempt = replace(self.attempt, many=outer.attempt.call, xo=outer.attempt.xo)
        return self

    async def start(self, confirmation: str | None) -> None:
        """Say that it is about to be done.

        Raises:
            NotRecordedError: That can't be recorded, so it must not be done.
        """
        self._confirmation = confirmation
        await self._record("started", {})
        self.started = True

    async def end(self, outcome: Outcome, **more: Any) -> None:
        """Say what became of it; a call that was cancelled waits for that too."""
        with anyio.CancelScope(shield=True):
            await self._record(outcome, more)

    async def _record(self, outcome: Outcome, more: Mapping[str, Any]) -> None:
        audit = self._audit
        if audit is None:
            return
        write = partial(audit.record, self.attempt, outcome, confirmation=self._confirmation, **more)
        # A file may be slow, and its lock somebody else's: everybody else's calls go on meanwhile.
        await anyio.to_thread.run_sync(write, limiter=audit.limiter)
