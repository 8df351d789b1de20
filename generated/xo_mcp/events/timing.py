"""Timeouts and pauses of event streams."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Seconds.

    Attributes:
        greeting: Until XO's first event, and until a broken stream is connected again, for who waits for it.
        silence: Without any event, pings included, after which a connection counts as dead.
        first: Pause before connecting again; each later one may be twice as long.
        longest: Longest such pause.
        idle: Without a reader, after which a stream is closed.
    """

    greeting: float = 30
    silence: float = 90
    first: float = 1
    longest: float = 30
    idle: float = 30 * 60
