"""A clock for tests of what expires."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds that pass only when a test moves them.

    Attributes:
        now: The time, in seconds.
    """

    now: float = 0.0

    def __call__(self) -> float:
        return self.now
