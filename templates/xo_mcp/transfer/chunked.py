"""The chunked transfer coding (RFC 9112, 7.1), decoded in place."""

import re
from typing import Final

import httpx2

LONGEST: Final = 64 * 1024
"""Bytes of a line, or of all trailers: an endless one is no HTTP."""

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\r\n]*+|[ \t]*+)\r\n")
_TRAILER: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\0\r\n]*\r\n")
_NEW_LINE: Final = b"\r\n"
_WINDOW: Final = 64  # bytes looked at for the end of a line, which is nearly always there


class Chunked:
    """A decoder that is fed what the network brings, cut anywhere.

    It is strict: whatever is not exactly the coding, breaks the transfer. Extensions and trailers are read over.

    Attributes:
        ended: Whether the end was seen; before that, the content is incomplete.
    """

    def __init__(self) -> None:
        self.ended = False
        self._left = 0  # bytes that this chunk still has
        self._line = bytearray()
        self._take = self._size
        self._trailers = 0

    def decode(self, data: memoryview) -> int:
        """Take the next bytes, and move the content in them to their front; what follows the end is not looked at.

        Returns:
            The length of the content.

        Raises:
            RemoteProtocolError: This is not the chunked coding.
        """
        content, rest = 0, data
        while rest and not self.ended:
            if self._left:
                piece = rest[: self._left]
                if content != len(data) - len(rest):
                    data[content : content + len(piece)] = piece
                content += len(piece)
                self._left -= len(piece)
                rest = rest[len(piece) :]
            else:
                rest = self._read_line(rest)
        return content

    def _read_line(self, data: memoryview) -> memoryview:
        """Take what belongs to the line, and the line once it is whole; returns what follows."""
        window = bytes(data[:_WINDOW])
        length = window.find(b"\n") + 1
        self._line += window[:length] if length else window
        if len(self._line) > LONGEST:
            raise httpx2.RemoteProtocolError("a line of a chunked body is too long")
        if length:
            line = bytes(self._line)
            self._line.clear()
            self._take(line)
        return data[length or len(window) :]

    def _size(self, line: bytes) -> None:
        match = _SIZE.fullmatch(line)
        if match is None:
            raise httpx2.RemoteProtocolError("a chunk has no size")
        self._left = int(match[1], 16)
        self._take = self._chunk_end if self._left else self._trailer

    def _chunk_end(self, line: bytes) -> None:
        if line != _NEW_LINE:
            raise httpx2.RemoteProtocolError("a chunk is longer than its size")
        self._take = self._size

    def _trailer(self, line: bytes) -> None:
        self._trailers += len(line)
        if line == _NEW_LINE:
            self.ended = True
        elif self._trailers > LONGEST or not _TRAILER.fullmatch(line):
            raise httpx2.RemoteProtocolError("a chunked body ends in something else than trailers")
