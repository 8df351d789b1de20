"""The files of the audit log: lines in a hash chain, appended by one worker at a time, kept as long as promised.

Each line ends in `"prev"`, the SHA-256 of the line before it, across files: who changes or removes a line breaks the
chain there. Anyone who may write the file can make a whole new chain, so note the last digest elsewhere now and then.
"""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from xo_mcp.files import open_regular

try:
    import fcntl
except ImportError:  # Windows, where only one worker can keep the log
    fcntl = None  # type: ignore[assignment]

MODE: Final = 0o600
FLAGS: Final = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
PATIENCE: Final = 5
"""Seconds another program may hold the file's lock."""
PAUSE: Final = 0.02
TRIES: Final = 100
"""How often another worker may begin a new file just before this one writes."""
TAIL: Final = 8_192
"""Bytes in which the last line ends; none is longer."""
DAY: Final = 86_400
FIRST: Final = ""
"""The previous digest of the first line."""


class AuditFiles:
    """A file and its predecessors, `audit.log.1` the newest of them; several workers may share them.

    Args:
        file: Where; its folder must be there.
        max_file: Bytes after which a new file is begun.
        max_size: Bytes of all files together.
        keep_days: Days for which nothing is dropped, whatever `max_size` says.
        clock: Seconds since 1970.

    Raises:
        OSError: The file can't be written.
    """

    def __init__(
        self, file: Path, max_file: int, max_size: int, keep_days: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._file = file
        self._max_size = max_size
        self._max_file = max(1, min(max_file, max_size // 4))
        self._keep = keep_days * DAY
        self._clock = clock
        os.close(self._open())

    def append(self, text: str, *, even_if_full: bool = False) -> None:
        """Add a line.

        Args:
            text: A JSON object, on one line.
            even_if_full: Write it beyond the bounds where nothing may be dropped yet.

        Raises:
            OSError: It can't be written, or there is no room.
        """
        for _ in range(TRIES):
            with self._locked() as descriptor:
                if not self._is_current(descriptor):
                    continue
                size = os.fstat(descriptor).st_size
                line = self._chained(descriptor, size, text)
                if size and size + len(line) > self._max_file and self._made_room(even_if_full=even_if_full):
                    continue
                self._write(descriptor, size, line)
                return
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open for this worker alone."""
        descriptor = self._open()
        try:
            if fcntl is not None:
                until = time.monotonic() + PATIENCE
                while True:
                    try:
                        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if time.monotonic() > until:
                            raise OSError(errno.EBUSY, "another program has locked it") from None
                        time.sleep(PAUSE)
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        descriptor = os.open(self._file, FLAGS, MODE)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is not a regular file")
        return descriptor

    def _is_current(self, descriptor: int) -> bool:
        """Whether no other worker has begun a new file since this one was opened."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._file.stat())
        except FileNotFoundError:
            return False

    def _chained(self, descriptor: int, size: int, text: str) -> bytes:
        """The line with the digest of the one before it; one that was cut off by a crash is ended first."""
        os.lseek(descriptor, max(0, size - TAIL), os.SEEK_SET)
        tail = os.read(descriptor, TAIL) if size else _tail_of(_older(self._file, 1))
        broken = b"\n" if size and not tail.endswith(b"\n") else b""
        return broken + f'{text[:-1]},"prev":"{digest(last_line(tail))}"}}\n'.encode("ascii")

    def _write(self, descriptor: int, size: int, line: bytes) -> None:
        if os.write(descriptor, line) < len(line):
            # Half a line would spoil the next one as well.
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _made_room(self, *, even_if_full: bool) -> bool:
        """Begin a new file; answers whether it did."""
        older = predecessors(self._file)
        total = sum(path.stat().st_size for path in (self._file, *older))
        while older and total + self._max_file > self._max_size:
            oldest = older[-1]
            status = oldest.stat()
            if self._clock() - status.st_mtime < self._keep:
                if even_if_full:
                    return False
                raise OSError(errno.ENOSPC, "it is full, and nothing in it is old enough to be dropped")
            oldest.unlink()
            older.pop()
            total -= status.st_size
        for number in range(len(older), 0, -1):
            _older(self._file, number).replace(_older(self._file, number + 1))
        self._file.replace(_older(self._file, 1))
        return True


def predecessors(file: Path) -> list[Path]:
    """The older files of a log, the newest first."""
    found: list[Path] = []
    while (path := _older(file, len(found) + 1)).exists():
        found.append(path)
    return found


def digest(line: bytes) -> str:
    """What the next line says about this one, without its line end."""
    return hashlib.sha256(line).hexdigest() if line else FIRST


def last_line(tail: bytes) -> bytes:
    """The last line that the end of a file holds."""
    return tail.rstrip(b"\n").rpartition(b"\n")[2]


def _older(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")


def _tail_of(file: Path) -> bytes:
    try:
        with open_regular(file) as opened:
            opened.seek(max(0, file.stat().st_size - TAIL))
            return opened.read(TAIL)
    except FileNotFoundError:
        return b""
