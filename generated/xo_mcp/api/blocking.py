"""Answers that a thread reads by blocking calls, so that an export of gigabytes leaves the event loop to others."""

import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import httpx2

from xo_mcp.threads import in_thread

LINE: Final = "xo_mcp.line"
"""The extension of a response that holds its `Line`."""

_CONNECTED: Final = frozenset({"connect_tcp.complete", "start_tls.complete"})


class Line:
    """The connection of one request, from outside of the thread that uses it.

    Attributes:
        response: What came, its body unread; set once there is an answer.
    """

    response: httpx2.Response

    def __init__(self) -> None:
        self._stream: Any = None
        self._is_cut = False

    @property
    def is_connecting(self) -> bool:
        """Whether there is nothing to cut yet: looking a name up and connecting can't be stopped from outside."""
        return self._stream is None

    def cut(self) -> None:
        """Break the connection, so that a read that waits ends at once; may be called at any time.

        One that is still being made is broken as soon as it is there.
        """
        self._is_cut = True
        if self._stream is not None:
            # The plain shutdown even of a TLS socket: its own one forgets in the reader's back that there was TLS.
            with suppress(OSError):
                socket.socket.shutdown(self._stream.get_extra_info("socket"), socket.SHUT_RDWR)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow the library's steps, by its documented extension `trace`.

        Args:
            event: Like `connection.connect_tcp.complete`.
            info: What belongs to it; the `return_value` of a new connection is its stream.
        """
        _, _, step = event.partition(".")
        if step in _CONNECTED:
            self._stream = info["return_value"]
            if self._is_cut:
                self.cut()


def size_read(response: httpx2.Response) -> int:
    """Bytes of a body that came so far."""
    line: Line | None = response.extensions.get(LINE)
    return (response if line is None else line.response).num_bytes_downloaded


class BlockingTransport(httpx2.AsyncBaseTransport):
    """Lets a blocking client send requests without a body, in threads; each answer has its `Line` as an extension.

    Args:
        open_client: Makes the client when it is needed; it must not keep connections for a second request.
    """

    def __init__(self, open_client: Callable[[], httpx2.Client]) -> None:
        self._open = open_client
        self._client: httpx2.Client | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; cancelling it breaks the connection, or leaves one that is still being made to its thread."""
        client = self._client = self._client or self._open()
        line = Line()
        extensions = {**request.extensions, "trace": line.trace}
        sent = httpx2.Request(request.method, request.url, headers=request.headers, extensions=extensions)
        line.response = await in_thread(
            lambda: client.send(sent, stream=True),
            stop=line.cut,
            undo=httpx2.Response.close,
            leave=lambda: line.is_connecting,
        )
        return httpx2.Response(
            line.response.status_code,
            headers=line.response.headers,
            stream=_Stream(line),
            extensions={**line.response.extensions, LINE: line},
        )

    async def aclose(self) -> None:
        """Close the client."""
        if self._client is not None:
            self._client.close()


class _Stream(httpx2.AsyncByteStream):
    """The body for those who read it as any other, such as an error's."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = self._line.response.iter_raw()
        while part := await in_thread(lambda: next(parts, b""), stop=self._line.cut):
            yield part

    async def aclose(self) -> None:
        self._line.response.close()
