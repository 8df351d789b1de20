"""A small VNC server: RFB 3.8 without password, raw encoding, a picture that can be worked out again."""

import asyncio
import struct

WIDTH, HEIGHT = 96, 64
NAME = b"fake console"


def pixel(x: int, y: int) -> tuple[int, int, int]:
    """Red, green and blue of a point of the screen."""
    return x * 2 % 256, y * 4 % 256, (x + y) % 256


async def serve_screen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one viewer."""
    try:
        writer.write(b"RFB 003.008\n")
        await reader.readexactly(12)
        writer.write(bytes([1, 1]))
        await reader.readexactly(1)
        writer.write(struct.pack(">I", 0))
        await reader.readexactly(1)
        form = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
        writer.write(struct.pack(">HH", WIDTH, HEIGHT) + form + struct.pack(">I", len(NAME)) + NAME)
        await _obey(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.transport.abort()  # nobody looks any more


async def _obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    shifts = (16, 8, 0)
    while True:
        (kind,) = await reader.readexactly(1)
        if kind == 0:
            shifts = struct.unpack(">3x4x6xBBB3x", await reader.readexactly(19))
        elif kind == 2:
            (count,) = struct.unpack(">xH", await reader.readexactly(3))
            await reader.readexactly(4 * count)
        elif kind == 3:
            await reader.readexactly(9)
            # A bell and some pasted text come in between, as they may.
            writer.write(bytes([2]) + struct.pack(">B3xI", 3, 4) + b"text" + _update(shifts))
        elif kind == 4:
            await reader.readexactly(7)
        elif kind == 5:
            await reader.readexactly(5)
        else:
            raise ConnectionError(f"no message of kind {kind}")
        await writer.drain()


def _update(shifts: tuple[int, ...]) -> bytes:
    """The screen in two halves."""
    parts = [struct.pack(">BxH", 0, 2)]
    half = HEIGHT // 2
    for top in (0, half):
        parts.append(struct.pack(">HHHHi", 0, top, WIDTH, half, 0))
        parts += [
            struct.pack("<I", sum(value << shift for value, shift in zip(pixel(x, y), shifts, strict=True)))
            for y in range(top, top + half)
            for x in range(WIDTH)
        ]
    return b"".join(parts)
