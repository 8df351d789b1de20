"""A file on its way into the download folder: hidden until it is whole, then named without overwriting."""

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from xo_mcp.errors import TransferError
from xo_mcp.transfer.filenames import FileName
from xo_mcp.units import readable_size

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

RESERVE: Final = 256 * 1024 * 1024
"""Bytes left free on the disk: an export must not stop whatever else writes there. A share of the disk would be too
much on a large one, so it is a fixed amount."""
WATCHED: Final = 16 * 1024 * 1024
"""Bytes written between two looks at the free space, and kept in the system's cache at most while the disk keeps up."""

_PART: Final = re.compile(r"\..*\.[0-9a-f]{8}\.part", re.DOTALL)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_FLAGS: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary user can still write on the disk of `folder`."""
    return shutil.disk_usage(folder).free


@dataclass(frozen=True)
class Space:
    """How much of a disk may be filled.

    Attributes:
        reserve: Bytes that stay free.
        free: Returns the free bytes on the disk of a folder.
    """

    reserve: int = RESERVE
    free: Callable[[Path], int] = free_bytes

    def require(self, folder: Path, wanted: int) -> None:
        """See that `wanted` more bytes fit.

        Raises:
            TransferError: They do not; the message has figures.
        """
        free = self.free(folder)
        if free - wanted < self.reserve:
            needed = f"{readable_size(wanted)} more and " if wanted else ""
            raise TransferError(
                f"Not enough room in the download folder: {readable_size(free)} are free, and {needed}a reserve of "
                f"{readable_size(self.reserve)} are needed. Free some space, or have the operator name a larger disk "
                "with --download-dir (XO_MCP_DOWNLOAD_DIR)."
            )


class PartFile:
    """Takes the bytes of one download; made for one thread at a time.

    The bytes go to `.<name>.<random>.part`, readable for the owner only, since exports hold whole disks.

    Args:
        folder: The download folder.
        name: What the file is to be called.
        space: How much of the disk may be filled.

    Raises:
        TransferError: The folder takes no files.
    """

    def __init__(self, folder: Path, name: FileName, space: Space) -> None:
        self._folder = folder
        self._name = name
        self._space = space
        self._path = folder / f".{name}.{secrets.token_hex(4)}.part"
        self._looked = 0
        self.size = 0
        try:
            self._descriptor: int | None = _open_locked(self._path)
        except OSError as error:
            raise _failed(error, folder) from error

    def write(self, data: memoryview) -> None:
        """Add bytes.

        Raises:
            TransferError: They can't be written, or too little space would be left.
        """
        if self._descriptor is None:
            raise ValueError("the file is closed")
        self.size += len(data)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise _failed(error, self._folder) from error
        if self.size - self._looked >= WATCHED:
            self._space.require(self._folder, 0)
            _let_go(self._descriptor)
            self._looked = self.size

    def sync(self) -> None:
        """Bring everything to the disk and close.

        Raises:
            TransferError: The disk refuses.
        """
        try:
            if self._descriptor is not None:
                os.fsync(self._descriptor)
            self._close()
        except OSError as error:
            raise _failed(error, self._folder) from error

    def publish(self) -> Path:
        """Give the file its name, or the next free one; another file is never replaced.

        Raises:
            TransferError: The folder refuses.
        """
        target: Path | None = None
        try:
            target = next(path for path in map(self._candidate, count(1)) if self._take(path))
            _sync_folder(self._folder)
        except OSError as error:
            if target is not None:
                target.unlink(missing_ok=True)
            raise _failed(error, self._folder) from error
        return target

    def discard(self) -> None:
        """Leave nothing behind; may be called at any time, also twice."""
        self._close()
        self._path.unlink(missing_ok=True)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _candidate(self, number: int) -> Path:
        return self._folder / self._name.numbered(number)

    def _take(self, target: Path) -> bool:
        """Take a name in one step; says whether it was free. Two exports that end together get two names."""
        try:
            os.link(self._path, target, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return self._take_without_link(target)
        except NotImplementedError:  # no `follow_symlinks` on this system
            return self._take_without_link(target)
        self._path.unlink()
        return True

    def _take_without_link(self, target: Path) -> bool:
        """As `_take`, for file systems without hard links: an empty file holds the name until ours replaces it."""
        try:
            os.close(os.open(target, _FLAGS, 0o600))
        except FileExistsError:
            return False
        self._path.replace(target)
        return True


def sweep_parts(folder: Path) -> int:
    """Remove part files that nobody writes any more: a process that was killed could not.

    Args:
        folder: The download folder; clients that are users of XO by themselves have folders below it.

    Returns:
        How many there were.
    """
    if fcntl is None or not folder.is_dir():
        return 0
    own = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    return sum(_swept(each) for each in (folder, *own))


def _swept(folder: Path) -> int:
    try:
        found = [path for path in folder.iterdir() if _PART.fullmatch(path.name)]
    except OSError:
        return 0  # somebody else's
    return sum(map(_removed_if_left, found))


def _removed_if_left(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except OSError:
        return False  # somebody writes it, or removed it just now
    finally:
        os.close(descriptor)
    return True


def _open_locked(path: Path) -> int:
    """Make a new file, locked for as long as it is written: what is not locked was left behind."""
    while True:
        descriptor = os.open(path, _FLAGS, 0o600)
        if fcntl is not None:
            with suppress(OSError):  # file systems without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # swept between the two


def _let_go(descriptor: int) -> None:
    """Have the system write what waits in memory, and take back the memory of what is written.

    On Linux the advice "not needed" does both and returns at once. Little is left to do when the last byte came, an
    export drives nothing else out of the cache, and pages are used again instead of fetched from the host of a virtual
    machine: 1 GiB takes 0.7 s of system time instead of 2.4 s. Where there is no such advice nothing is lost.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # the whole file


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk; Windows can't open folders and needs no such thing."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems can't do that to a folder; the file itself is safe.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


def _failed(error: OSError, folder: Path) -> TransferError:
    if error.errno in _FULL:
        return TransferError(
            f"The disk of the download folder {folder} is full, or a quota is used up. Nothing was kept; free some "
            "space and try again."
        )
    if error.errno == errno.EFBIG:
        return TransferError(f"The file system of the download folder {folder} takes no file this large.")
    return TransferError(
        f"The download folder {folder} can't be written to ({error.strerror or error}): check --download-dir "
        "(XO_MCP_DOWNLOAD_DIR) and its permissions."
    )
