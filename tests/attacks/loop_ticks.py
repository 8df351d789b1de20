"""Counts the rounds that the event loop makes while something else goes on in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel


class Ticks:
    """How many rounds there were."""

    def __init__(self) -> None:
        self.count = 0


@asynccontextmanager
async def loop_ticks(pause: float | None = None) -> AsyncIterator[Ticks]:
    """Count until the block ends.

    Args:
        pause: Seconds between two ticks; absent: each round of the loop is one.
    """
    ticks = Ticks()

    async def tick() -> None:
        while True:
            await (anyio.lowlevel.checkpoint() if pause is None else anyio.sleep(pause))
            ticks.count += 1

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        yield ticks
        tasks.cancel_scope.cancel()
