"""A screen that never ends, is too large, or only keeps its viewer busy: given up in time, and nobody else waits."""

import asyncio
import random
import struct
import time
from io import BytesIO

import anyio
import anyio.lowlevel
import pytest
from loop_ticks import loop_ticks
from PIL import Image
from xo_mcp.rpc import rfb, screens
from xo_mcp.rpc.rfb import LARGEST, MESSAGES, Picture, RfbError, Viewer

pytestmark = pytest.mark.anyio
MIB = 1024 * 1024
MOST = 3.0
"""Seconds of the processor that the worst of them may take, with others in between."""
FORM = struct.pack(">BBBBHHHBBBxxx", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)


def greeting(width: int = 64, height: int = 48, name: bytes = b"screen", named: int | None = None) -> bytes:
    screen = struct.pack(">HH", width, height) + FORM + struct.pack(">I", len(name) if named is None else named) + name
    return b"RFB 003.008\n" + b"\x01\x01" + bytes(4) + screen


def update(*rectangles: tuple[int, int, int, int, int, bytes]) -> bytes:
    parts = [struct.pack(">BxH", 0, len(rectangles))]
    parts += [struct.pack(">HHHHi", *place, encoding) + pixels for *place, encoding, pixels in rectangles]
    return b"".join(parts)


async def looked_at(*parts: bytes, for_ever: bytes = b"", seconds: float = 10) -> Picture:
    """What a viewer makes of these bytes; what is sent for ever comes at once, as it does from a fast network."""
    waiting = iter(parts)

    async def receive() -> bytes:
        following = next(waiting, for_ever)
        if following:
            return following
        await asyncio.Event().wait()
        raise AssertionError

    async def send(_: bytes) -> None:
        return None

    viewer = Viewer(receive, send)
    with anyio.fail_after(seconds):
        width, height = await viewer.greet()
        return await viewer.picture(width, height)


ENDLESS: dict[str, bytes] = {
    "bells": b"\x02" * MIB,
    "empty rectangles": update(*[(0, 0, 0, 0, 0, b"")] * 60_000),
    "rectangles without width": update(*[(0, 0, 0, 48, 0, b"")] * 60_000),
    "rectangles without height": update(*[(0, 0, 64, 0, 0, b"")] * 60_000),
    "updates without rectangles": struct.pack(">BxH", 0, 0) * 100_000,
    "colour maps": struct.pack(">BxHH", 1, 0, 0) * 100_000,
    "empty texts": struct.pack(">B3xI", 3, 0) * 100_000,
    "texts": (struct.pack(">B3xI", 3, 900_000) + b"x" * 900_000),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_what_never_fills_the_screen_is_given_up(kind: str):
    began = time.process_time()
    async with loop_ticks() as ticks:
        with pytest.raises((RfbError, TimeoutError)):
            await looked_at(greeting(), for_ever=ENDLESS[kind], seconds=2)
    assert time.process_time() - began < MOST
    assert ticks.count > 0


@pytest.mark.parametrize("kind", ENDLESS)
async def test_messages_are_counted(monkeypatch: pytest.MonkeyPatch, kind: str):
    monkeypatch.setattr(rfb, "MESSAGES", 20)
    with pytest.raises(RfbError, match="without end"):
        await looked_at(greeting(), for_ever=ENDLESS[kind])


ODD: dict[str, tuple[bytes, str]] = {
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak"),
    "no security": (b"RFB 003.008\n\x00", "refused"),
    "a password": (b"RFB 003.008\n\x01\x02", "password"),
    "a refusal": (b"RFB 003.008\n\x01\x01\x00\x00\x00\x01", "refused"),
    "no width": (greeting(0, 48), "pixels can't be shown"),
    "no height": (greeting(64, 0), "pixels can't be shown"),
    "a row more than fits": (greeting(4096, 4097), "pixels can't be shown"),
    "all pixels there are": (greeting(65535, 65535), "pixels can't be shown"),
    "a name without end": (greeting(named=(1 << 32) - 1), "pixels can't be shown"),
    "a text without end": (greeting() + struct.pack(">B3xI", 3, (1 << 32) - 1), "text without end"),
    "an unknown message": (greeting() + b"\xff", "unknown kind"),
    "an encoding": (greeting() + update((0, 0, 8, 8, 16, b"")), "encoding"),
    "a negative encoding": (greeting() + update((0, 0, 8, 8, -239, b"")), "encoding"),
    "pixels to the right": (greeting() + update((60, 0, 8, 8, 0, b"")), "outside"),
    "pixels below": (greeting() + update((0, 48, 8, 1, 0, b"")), "outside"),
    "pixels far outside": (greeting() + update((65535, 65535, 65535, 65535, 0, b"")), "outside"),
}


@pytest.mark.parametrize("kind", ODD)
async def test_what_no_screen_sends_is_reported(kind: str):
    sent, reported = ODD[kind]
    with pytest.raises(RfbError, match=reported):
        await looked_at(sent)


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_messages_may_come_in_any_pieces(size: int):
    whole = greeting(8, 4) + b"\x02" + update((0, 0, 8, 2, 0, bytes(64)), (0, 2, 8, 2, 0, b"\x01" * 64))
    picture = await looked_at(*(whole[at : at + size] for at in range(0, len(whole), size)))
    assert bytes(picture.pixels) == bytes(64) + b"\x01" * 64


async def test_a_screen_in_small_squares_is_shown():
    """Those that guests really have come in far more messages than one."""
    side, width, height = 16, 1920, 1088
    squares = [(x, y, side, side) for y in range(0, height, side) for x in range(0, width, side)]
    assert len(squares) * 4 < MESSAGES
    await looked_at(greeting(width, height), update(*((*place, 0, bytes(4 * side * side)) for place in squares)))


def noise(width: int, height: int) -> Picture:
    return Picture(width, height, bytearray(random.Random(1).randbytes(4 * width * height)))  # noqa: S311 - no secret


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 3), (2000, 1500), (1, 100_000)])
def test_what_is_shown_is_no_larger_than_an_answer_may_be(width: int, height: int):
    assert width * height <= LARGEST
    png, halved = screens._png(noise(width, height), screens.MOST)
    assert len(png) <= screens.MOST
    shown = Image.open(BytesIO(png))
    assert (shown.width, shown.height) == (-(-width // 2**halved), -(-height // 2**halved))
    whole, none = screens._png(noise(width, height), None)
    assert (Image.open(BytesIO(whole)).size, none) == ((width, height), 0)
