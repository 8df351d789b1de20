"""The content of an answer as blocking reads into buffers."""

import httpx2

from xo_mcp.api.blocking import LINE, Line


class Body:
    """What a thread reads, and another one may cut.

    Args:
        response: Of `Client.stream(..., blocking=True)`, its content unread.
    """

    def __init__(self, response: httpx2.Response) -> None:
        self._line: Line = response.extensions[LINE]
        self._pieces = self._line.answer.pieces(decoded=True)
        self._rest = memoryview(b"")

    def read_into(self, room: memoryview) -> int:
        """Wait for some bytes, and put them at the front of `room`.

        Returns:
            How many, 0 at the end.

        Raises:
            HTTPError: The connection broke or ended early, or was silent for too long.
        """
        self._rest = self._rest or memoryview(next(self._pieces, b""))
        piece = room[: len(self._rest)]
        piece[:] = self._rest[: len(piece)]
        self._rest = self._rest[len(piece) :]
        return len(piece)

    def cut(self) -> None:
        """Make a waiting read end at once."""
        self._line.cut()
