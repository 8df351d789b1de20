"""Reads answers in a thread by blocking calls, so that an export of gigabytes leaves the event loop free."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import httpx2

from xo_mcp.threads import in_thread

if TYPE_CHECKING:
    from xo_mcp.api.blocking_http import Connected, Incoming

GZIP: Final = frozenset({"gzip", "x-gzip"})
"""What a `Content-Encoding` may be that nobody asked for."""
LINE: Final = "xo_mcp.line"
"""The extension of a response that holds its `Line`."""


class Line:
    """The connection of one request, from outside of the thread that uses it.

    Attributes:
        answer: What came, its body unread; set once there is an answer.
    """

    answer: "Incoming"

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False

    @property
    def is_connecting(self) -> bool:
        """Whether there is nothing to cut yet: looking a name up and connecting can't be stopped from outside."""
        return self._socket is None

    def cut(self) -> None:
        """Break the connection, so that a read that waits ends at once; may be called at any time.

        One that is still being made is broken as soon as it is there.
        """
        self._is_cut = True
        if self._socket is not None:
            # The plain shutdown even of a TLS socket: its own one forgets in the reader's back that there was TLS.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def connected(self, connection: socket.socket) -> None:
        """Take the connection, which was just made."""
        self._socket = connection
        if self._is_cut:
            self.cut()


def size_read(response: httpx2.Response) -> int:
    """Bytes of a body that came so far."""
    line: Line | None = response.extensions.get(LINE)
    return response.num_bytes_downloaded if line is None else line.answer.size


class BlockingTransport(httpx2.AsyncBaseTransport):
    """Sends requests without a body in threads; each answer has its `Line` as an extension.

    Args:
        send: As `blocking_http.send` does, with the certificates in place.
    """

    def __init__(self, send: "Callable[[httpx2.Request, Connected], Incoming]") -> None:
        self._send = send

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; cancelling it breaks the connection, or leaves one that is still being made to its thread."""
        line = Line()
        line.answer = await in_thread(
            lambda: self._send(request, line.connected),
            stop=line.cut,
            undo=lambda answer: answer.close(),
            leave=lambda: line.is_connecting,
        )
        extensions = {LINE: line}
        return httpx2.Response(
            line.answer.status, headers=line.answer.headers, stream=_Stream(line), extensions=extensions
        )


class _Stream(httpx2.AsyncByteStream):
    """The body for those who read it as any other, such as an error's."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = self._line.answer.pieces(decoded=False)
        while piece := await in_thread(lambda: next(pieces, b""), stop=self._line.cut):
            yield piece

    async def aclose(self) -> None:
        self._line.answer.close()
