"""One picture of a screen over RFB (RFC 6143), the protocol of VNC: no password, raw encoding, one whole update.

A viewer library is not kept by anybody for this; what is needed of the protocol are six messages.
"""

import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import anyio.lowlevel

LARGEST: Final = 4096 * 4096
"""Pixels of a screen at most: 64 MiB as they come."""
MESSAGES: Final = 100_000
"""Messages and rectangles of one picture: in squares of 16 pixels, the largest has two thirds of that."""
SHIFT: Final = 0xFFE1
"""The key that wakes a screen and types nothing."""
_VERSION: Final = b"RFB 003.008\n"
_NO_PASSWORD: Final = 1
_RAW: Final = 0
_LONGEST: Final = 1 << 20  # bytes of a text that the other side sends
# 32 bits a pixel, 24 of them used, little-endian, true colour: blue, green, red, nothing.
_FORMAT: Final = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)

Receive = Callable[[], Awaitable[bytes]]
Send = Callable[[bytes], Awaitable[None]]


class RfbError(Exception):
    """What answers does not speak RFB as this needs it; the text says what is odd."""


@dataclass(frozen=True)
class Picture:
    """A screen.

    Attributes:
        width: In pixels.
        height: In pixels.
        pixels: Rows from the top, each pixel blue, green, red and an unused byte.
    """

    width: int
    height: int
    pixels: bytearray


class Viewer:
    """Looks at a screen.

    Args:
        receive: The next bytes of the other side; messages do not end where these do.
        send: Hands bytes over.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._buffer = bytearray()
        self._messages = 0

    async def greet(self) -> tuple[int, int]:
        """Agree on version, security and pixels; answers width and height.

        Raises:
            RfbError: The other side wants a password, or speaks something else.
        """
        version = await self._read(12)
        if not version.startswith(b"RFB 003."):
            raise RfbError("it does not speak RFB 3")
        await self._send(_VERSION)
        (count,) = await self._read(1)
        if count == 0:
            raise RfbError("it refused the connection")
        if _NO_PASSWORD not in await self._read(count):
            raise RfbError("it wants a password")
        await self._send(bytes([_NO_PASSWORD]))
        if struct.unpack(">I", await self._read(4)) != (0,):
            raise RfbError("it refused the connection")
        await self._send(b"\x01")  # others may look too
        width, height, named = struct.unpack(">HH16xI", await self._read(24))
        if not 0 < width * height <= LARGEST or named > _LONGEST:
            raise RfbError(f"its screen of {width} x {height} pixels can't be shown")
        await self._read(named)
        await self._send(struct.pack(">Bxxx", 0) + _FORMAT)
        await self._send(struct.pack(">BxHi", 2, 1, _RAW))
        return width, height

    async def press(self, key: int) -> None:
        """Press a key and let it go."""
        for down in (1, 0):
            await self._send(struct.pack(">BBxxI", 4, down, key))

    async def picture(self, width: int, height: int) -> Picture:
        """Ask for the whole screen, and read until every pixel has come.

        Raises:
            RfbError: What comes is no picture of that size.
        """
        await self._send(struct.pack(">BBHHHH", 3, 0, 0, 0, width, height))
        pixels = bytearray(4 * width * height)
        left = width * height
        while left > 0:
            left -= await self._message(pixels, width, height)
        return Picture(width, height, pixels)

    async def _message(self, pixels: bytearray, width: int, height: int) -> int:
        """Take one message; answers how many pixels came."""
        self._count()
        (kind,) = await self._read(1)
        if kind == 0:
            (rectangles,) = struct.unpack(">xH", await self._read(3))
            return sum([await self._rectangle(pixels, width, height) for _ in range(rectangles)])
        if kind == 1:
            (colours,) = struct.unpack(">xxxH", await self._read(5))
            await self._read(6 * colours)
        elif kind == 3:  # noqa: PLR2004 - text that was copied there
            (length,) = struct.unpack(">xxxI", await self._read(7))
            if length > _LONGEST:
                raise RfbError("it sends a text without end")
            await self._read(length)
        elif kind != 2:  # noqa: PLR2004 - a bell
            raise RfbError(f"it sends a message of the unknown kind {kind}")
        return 0

    async def _rectangle(self, pixels: bytearray, width: int, height: int) -> int:
        self._count()
        area: tuple[int, int, int, int, int] = struct.unpack(">HHHHi", await self._read(12))
        left, top, wide, high, encoding = area
        if encoding != _RAW:
            raise RfbError(f"it uses the encoding {encoding}, which it was not offered")
        if left + wide > width or top + high > height:
            raise RfbError("it sends pixels that are outside of the screen")
        if not wide:
            return 0
        for row in range(top, top + high):
            start = 4 * (row * width + left)
            pixels[start : start + 4 * wide] = await self._read(4 * wide)
        return wide * high

    def _count(self) -> None:
        """Bound what may come: a byte is a message already, and empty rectangles never fill a screen."""
        self._messages += 1
        if self._messages > MESSAGES:
            raise RfbError("it sends messages without end")

    async def _read(self, count: int) -> bytes:
        while len(self._buffer) < count:
            # What waits already is handed over at once: others get their turn, and a time limit is heeded.
            await anyio.lowlevel.checkpoint()
            self._buffer += await self._receive()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data
