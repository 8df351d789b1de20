"""Counts the rounds that the event loop makes while something else goes on in it, and tells what runs in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import pytest


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


def in_loop() -> bool:
    """Whether this thread runs an event loop now."""
    return asyncio._get_running_loop() is not None


def calls_in_loop(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[tuple[bool, int]]:
    """Note of each call of a function whether it ran in an event loop, and the bytes it was given."""
    seen: list[tuple[bool, int]] = []
    work = getattr(owner, name)

    def noting(*given: Any) -> Any:
        seen.append((in_loop(), max((len(each) for each in given if isinstance(each, bytes)), default=0)))
        return work(*given)

    monkeypatch.setattr(owner, name, noting)
    return seen
