"""Reports progress while something else works: at most twice a second, and without delaying it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

import anyio

from xo_mcp.types import Progress
from xo_mcp.units import readable_size

INTERVAL: Final = 0.5
"""Seconds between two reports."""


class ProgressReporter:
    """Reports how many bytes were moved.

    Args:
        progress: Called with it.
        done: Returns the bytes so far.
        total: Bytes in all, `None` when nobody knows.
        verb: What happens to them, like `received`.
    """

    def __init__(self, progress: Progress, done: Callable[[], int], *, total: int | None, verb: str) -> None:
        self._progress = progress
        self._done = done
        self._total = total
        self._verb = verb
        self._reported = -1
        self._started = monotonic()

    @asynccontextmanager
    async def running(self, interval: float = INTERVAL) -> AsyncIterator[None]:
        """Report every `interval` seconds while the block runs; its exceptions come out as they are, in no group."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tick, interval)
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised again below
                failure = error
            tasks.cancel_scope.cancel()
        if failure is not None:
            raise failure

    async def report(self) -> None:
        """Report now, unless nothing moved since the last time: progress has to increase (MCP 2025-11-25)."""
        done = self._done()
        if done <= self._reported:
            return
        self._reported = done
        # A client that takes no progress must not stop what it waits for.
        with suppress(Exception):
            await self._progress(done, self._total, self._message(done))

    async def _tick(self, interval: float) -> None:
        while True:
            await anyio.sleep(interval)
            await self.report()

    def _message(self, done: int) -> str:
        of = f" of {readable_size(self._total)}" if self._total is not None else ""
        seconds = monotonic() - self._started
        speed = f", {readable_size(done / seconds)}/s" if done and seconds > 0 else ""
        return f"{readable_size(done)}{of} {self._verb}{speed}"
