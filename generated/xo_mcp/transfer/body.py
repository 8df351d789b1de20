"""The content of an answer as blocking reads into buffers."""

import socket
from typing import Protocol

import httpx2

from xo_mcp.api.blocking import LINE, Line
from xo_mcp.transfer.chunked import Chunked


class Body(Protocol):
    """What a thread reads, and another one may cut."""

    def read_into(self, room: memoryview) -> int:
        """Wait for some bytes, and put them at the front of `room`.

        Returns:
            How many, 0 at the end.

        Raises:
            HTTPError: The connection broke or ended early, or was silent for too long.
        """

    def cut(self) -> None:
        """Make a waiting read end at once."""


def body_of(response: httpx2.Response) -> Body:
    """Choose how to read an answer of `Client.stream(..., blocking=True)`.

    XO sends its exports in chunks (6.7.1): these are undone here, in 0.2 s of processor time for 1 GiB where the
    library takes 0.6 s. All else is left to the library.
    """
    line: Line = response.extensions[LINE]
    found = line.bare_socket()
    is_plain = response.headers.get("Transfer-Encoding", "").lower() == "chunked" and (
        "Content-Encoding" not in response.headers
    )
    if found is None or not is_plain:
        return _LibraryBody(line)
    found.settimeout(response.request.extensions["timeout"]["read"])
    return _ChunkedBody(line, found)


class _ChunkedBody:
    def __init__(self, line: Line, connection: socket.socket) -> None:
        self.cut = line.cut
        self._connection = connection
        self._chunks = Chunked()

    def read_into(self, room: memoryview) -> int:
        content = 0
        while not content and not self._chunks.ended:
            content = self._chunks.decode(room[: self._receive(room)])
        return content

    def _receive(self, room: memoryview) -> int:
        try:
            size = self._connection.recv_into(room)
        except TimeoutError as error:
            raise httpx2.ReadTimeout("nothing came for too long") from error
        except OSError as error:
            raise httpx2.ReadError(str(error)) from error
        if not size:
            raise httpx2.RemoteProtocolError("the connection was closed inside of a chunked body")
        return size


class _LibraryBody:
    def __init__(self, line: Line) -> None:
        self.cut = line.cut
        self._parts = line.response.iter_bytes()
        self._rest = memoryview(b"")

    def read_into(self, room: memoryview) -> int:
        self._rest = self._rest or memoryview(next(self._parts, b""))
        piece = room[: len(self._rest)]
        piece[:] = self._rest[: len(piece)]
        self._rest = self._rest[len(piece) :]
        return len(piece)
