"""The log of slow calls (`--slow-ms`)."""

from xo_mcp.logs import get_logger
from xo_mcp.observing import Api, Observer, observers

log = get_logger("slow")


class SlowLog(Observer):
    """Logs calls and requests that took longer than a bound.

    Args:
        seconds: The bound.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def call_ended(self, tool: str, outcome: str, seconds: float, size: int) -> None:
        """Log a slow tool call."""
        if seconds >= self._seconds:
            log.warning("%s took %.2f s (%s, %d bytes)", tool, seconds, outcome, size)

    def request_ended(self, api: Api, name: str, status: str, seconds: float) -> None:
        """Log a slow answer of XO."""
        if seconds >= self._seconds:
            log.warning("XO took %.2f s for %s (%s, status %s)", seconds, name, api, status)


def start(milliseconds: int) -> None:
    """Begin to log."""
    observers.append(SlowLog(milliseconds / 1000))
