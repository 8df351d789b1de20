"""Polls XO until something is as expected."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio

PAUSE: Final = 0.3
"""Seconds between two looks."""
Seen = TypeVar("Seen")


async def eventually(look: Callable[[], Awaitable[Seen]], seconds: float) -> Seen | None:
    """Look until there is something to see.

    Args:
        look: Answers something that is true once it is there.
        seconds: How long to go on; a look that hangs is given up then.

    Returns:
        What was seen, or nothing when the time was up.
    """
    with anyio.move_on_after(seconds):
        while True:
            seen = await look()
            if seen:
                return seen
            await anyio.sleep(PAUSE)
    return None
