"""Moves a body to the disk: a thread each receives, writes and hashes, and the event loop does nothing.

Receiving, writing and SHA-256 release Python's lock, so the threads work at the same time.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self, TypeAlias

import anyio
import anyio.to_thread

from xo_mcp.errors import TransferError
from xo_mcp.threads import in_thread, start_thread
from xo_mcp.transfer.body import Body
from xo_mcp.transfer.partfile import PartFile

BUFFER: Final = 1024 * 1024
"""Bytes handed over at once: few enough hand-overs that threads don't wait for each other's turn."""
BUFFERS: Final = 6
"""One is filled, one written, one hashed, and three take up what comes in bursts; nothing else is allocated."""

_Queue: TypeAlias = "SimpleQueue[memoryview | None]"
"""Buffers on their way to a thread; `None` ends it."""


@dataclass(frozen=True)
class Stored:
    """A file that is complete and on the disk.

    Attributes:
        path: Where it is.
        size: In bytes.
        sha256: Of its content, hexadecimal.
    """

    path: Path
    size: int
    sha256: str


class PartWriter:
    """Feeds a `PartFile`; use it as an async context manager.

    Leaving it without `commit` (a failure, a cancelled call) removes the file.

    Args:
        part: Where the bytes go; not to be touched by others from now on.

    Attributes:
        received: Bytes of content taken so far.
    """

    def __init__(self, part: PartFile) -> None:
        self.received = 0
        self._part = part
        self._hash = hashlib.sha256()
        self._given_up = Event()
        self._failure: Exception | None = None
        self._stored: Stored | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None or self._stored is None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._remove)

    async def receive(self, body: Body) -> None:
        """Take a body to its end.

        Raises:
            HTTPError: It broke off.
            TransferError: The disk refuses, or too little space is left.
        """
        await in_thread(lambda: self._receive(body), stop=body.cut)

    async def commit(self) -> Stored:
        """Finish the file: everything on the disk, under its name.

        Raises:
            TransferError: The disk refuses.
        """
        return await in_thread(self._commit, stop=self._given_up.set)

    def _receive(self, body: Body) -> None:
        filled: _Queue = SimpleQueue()
        written: _Queue = SimpleQueue()
        spare: _Queue = SimpleQueue()
        for _ in range(BUFFERS):
            spare.put(memoryview(bytearray(BUFFER)))
        threads: list[Thread] = []
        try:
            threads.append(start_thread(lambda: self._work(filled, self._part.write, written)))
            threads.append(start_thread(lambda: self._work(written, self._hash.update, spare)))
            while (buffer := spare.get()) and self._failure is None and (content := self._fill(buffer, body)):
                filled.put(content)
        finally:
            filled.put(None)
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure

    def _fill(self, buffer: memoryview, body: Body) -> memoryview:
        """Fill a buffer, or as much of it as there is to the end."""
        filled = 0
        while filled < len(buffer) and (size := body.read_into(buffer[filled:])):
            filled += size
            self.received += size
        return buffer[:filled]

    def _work(self, source: _Queue, action: Callable[[memoryview], object], target: _Queue) -> None:
        """Do something with every buffer, and pass it on whatever happens, so that nobody waits for one forever."""
        while (content := source.get()) is not None:
            try:
                if self._failure is None:
                    action(content)
            except Exception as error:  # noqa: BLE001 - raised by the thread that receives
                self._failure = error
            target.put(content)
        target.put(None)

    def _commit(self) -> Stored:
        self._part.sync()
        # Asked here: bringing gigabytes to the disk takes time in which the call may have been cancelled.
        if self._given_up.is_set():
            raise TransferError("The export was given up.")
        self._stored = Stored(self._part.publish(), self._part.size, self._hash.hexdigest())
        return self._stored

    def _remove(self) -> None:
        self._part.discard()
        if self._stored is not None:
            # Cancelled in the very moment in which the file got its name: nobody will learn of it.
            self._stored.path.unlink(missing_ok=True)
