"""Moves what the network brings to the disk, in a thread of its own, so that reading, hashing and writing overlap."""

from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

import anyio
import anyio.to_thread

from xo_mcp.errors import TransferError
from xo_mcp.transfer.partfile import PartFile, Stored

BUFFER: Final = 1024 * 1024
"""Bytes handed over at once: few enough hand-overs that threads don't wait for each other's turn."""
BUFFERS: Final = 4
"""One is filled, one written, and two take up what comes in bursts; nothing else is allocated."""

_LARGE: Final = 8 * 1024 * 1024


@dataclass(frozen=True)
class _Order:
    """What the thread is to do next: write `data`, or without any, finish."""

    data: memoryview | None = None
    buffer: bytearray | None = None


class PartWriter:
    """Feeds a `PartFile` from async code; use it as an async context manager.

    Leaving it without `commit` (a failure, a cancelled call) removes the file. The thread owns the file to the end, so
    that this also holds when nobody waits for it any more.

    Args:
        part: Where the bytes go; not to be touched by others from now on.

    Attributes:
        received: Bytes taken so far.
    """

    def __init__(self, part: PartFile) -> None:
        self.received = 0
        self._part = part
        _steady_allocator()
        self._orders: SimpleQueue[_Order] = SimpleQueue()
        self._spare: SimpleQueue[bytearray] = SimpleQueue()
        for _ in range(BUFFERS - 1):
            self._spare.put(bytearray(BUFFER))
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._given_up = Event()
        self._failure: BaseException | None = None
        self._stored: Stored | None = None
        self._thread = Thread(target=self._work, name="xo-mcp-download")

    async def __aenter__(self) -> Self:
        try:
            self._thread.start()
        except RuntimeError as error:
            self._part.discard()
            raise TransferError("The server has too many threads to write a file: try again later.") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._stored is not None:
            return
        self._given_up.set()
        self._orders.put(_Order())
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._thread.join)
        if self._stored is not None:
            # Cancelled in the very moment in which the file got its name: nobody will be told of it.
            self._stored.path.unlink(missing_ok=True)

    async def write(self, data: bytes) -> None:
        """Take some bytes; waits only while the disk is slower than the network.

        Raises:
            TransferError: The disk refuses, or too little space is left.
        """
        self.received += len(data)
        rest = memoryview(data)
        while rest:
            piece = rest[: BUFFER - self._filled]
            end = self._filled + len(piece)
            self._view[self._filled : end] = piece
            self._filled = end
            rest = rest[len(piece) :]
            if end == BUFFER:
                await self._hand_over()

    async def commit(self) -> Stored:
        """Finish the file: everything on the disk, hashed, under its name.

        Raises:
            TransferError: The disk refuses.
        """
        if self._filled:
            self._orders.put(_Order(self._view[: self._filled], self._buffer))
        self._orders.put(_Order())
        await anyio.to_thread.run_sync(self._thread.join, abandon_on_cancel=True)
        if self._stored is None:
            raise self._failure or RuntimeError("the file was given up")
        return self._stored

    async def _hand_over(self) -> None:
        self._orders.put(_Order(self._view, self._buffer))
        try:
            self._buffer = self._spare.get_nowait()
        except Empty:
            # The thread gives every buffer back, whatever happens to it, so this wait ends.
            self._buffer = await anyio.to_thread.run_sync(self._spare.get)
        self._view = memoryview(self._buffer)
        self._filled = 0
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        """Do what is ordered until the order to finish; runs in the thread."""
        while (order := self._orders.get()).data is not None:
            if self._failure is None and not self._given_up.is_set():
                self._attempt(order.data)
            if order.buffer is not None:
                self._spare.put(order.buffer)
        self._attempt(None)

    def _attempt(self, data: memoryview | None) -> None:
        try:
            if data is not None:
                self._part.write(data)
            else:
                self._finish()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits for the file
            self._failure = error

    def _finish(self) -> None:
        try:
            if self._failure is None and not self._given_up.is_set():
                self._part.sync()
            # Asked again: bringing gigabytes to the disk takes time in which the call may have been cancelled.
            if self._failure is None and not self._given_up.is_set():
                self._stored = self._part.publish()
        finally:
            self._part.discard()


def _steady_allocator() -> None:
    """Keep glibc from giving memory back to the system and fetching it again for every read.

    Once it has seen a block of some size freed, it keeps twice as much. For 1 GiB this saves 390,000 page faults, half
    a second of work; other allocators don't mind.
    """
    bytearray(_LARGE)
