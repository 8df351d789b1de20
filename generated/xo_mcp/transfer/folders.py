"""The operator's folders for files: exports are written to one, imports are read from the other."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from xo_mcp.errors import ArgumentError
from xo_mcp.nearest import nearest
from xo_mcp.text import as_sent, one_line

DOWNLOAD_FLAG: Final = "--download-dir (XO_MCP_DOWNLOAD_DIR)"
UPLOAD_FLAG: Final = "--upload-dir (XO_MCP_UPLOAD_DIR)"

_LISTED: Final = 10  # files named when one is not found
_SEEN: Final = 1000  # files looked at for that
_DEEP: Final = 4  # folders below each other looked at for that
# Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
_READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_FOLDER: Final = getattr(os, "O_DIRECTORY", 0)
_WALKS: Final = os.open in os.supports_dir_fd and _NO_LINK != 0
"""Whether this system can open a name inside an open folder; Windows can't."""


def download_folder(folder: Path | None) -> Path:
    """Find the folder for exports, and make it, for its owner only, if it is not there.

    Args:
        folder: What `--download-dir` says; `None` when it was not given.

    Raises:
        ArgumentError: There is none, or it can't be used; the message names the flag.
    """
    if folder is None:
        raise ArgumentError(
            "Exports are off: this server has no folder to write files to. Ask the operator to start it with "
            f"{DOWNLOAD_FLAG}."
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder.resolve(strict=True)
    except OSError as error:
        raise ArgumentError(
            f"The download folder {folder} can't be used ({error.strerror or error}): check {DOWNLOAD_FLAG}."
        ) from error


@dataclass
class UploadFile:
    """An open file below the upload folder; use it as a context manager.

    Attributes:
        name: Its path relative to the folder, with `/`.
        size: In bytes, when it was opened.
        changed: Its modification time then, in nanoseconds.
    """

    name: str
    size: int
    changed: int
    _descriptor: int = field(repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close it, once nobody reads it: the descriptor must not become another file's. May be called twice."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor >= 0:
                os.close(descriptor)

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes; fewer only at the end.

        Raises:
            OSError: The disk refuses.
        """
        pieces: list[bytes] = []
        missing = size
        with self._lock:
            while missing and (piece := os.read(self._descriptor, missing)):
                pieces.append(piece)
                missing -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def peek(self, offset: int, size: int) -> bytes:
        """Look at up to `size` bytes from `offset` on, without moving the reading position.

        Raises:
            OSError: The disk refuses.
        """
        with self._lock:
            here = os.lseek(self._descriptor, 0, os.SEEK_CUR)
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            pieces: list[bytes] = []
            while size > 0 and (piece := os.read(self._descriptor, size)):
                pieces.append(piece)
                size -= len(piece)
            os.lseek(self._descriptor, here, os.SEEK_SET)
        return b"".join(pieces)

    def is_unchanged(self) -> bool:
        """Whether nobody has written to it since it was opened."""
        status = os.fstat(self._descriptor)
        return (status.st_size, status.st_mtime_ns) == (self.size, self.changed)


def open_upload(folder: Path | None, file: str) -> UploadFile:
    """Open a file for an import.

    No symbolic link is followed below the folder and no `..` taken, one component after the other, so that nobody can
    swap a component in between.

    Args:
        folder: What `--upload-dir` says; `None` when it was not given.
        file: Its path below the folder, like `disks/web.vhd`; an absolute path is taken if it lies inside.

    Raises:
        ArgumentError: No such file, or not one that may be read; the message says what would do.
    """
    root = _upload_root(folder)
    parts = _parts(root, folder or root, file)
    name = "/".join(parts)
    try:
        descriptor = _open_below(root, parts) if _WALKS else _open_checked(root, parts)
    except OSError as error:
        raise _refused(error, root, parts) from error
    status = os.fstat(descriptor)
    opened = UploadFile(name, status.st_size, status.st_mtime_ns, descriptor)
    if not stat.S_ISREG(status.st_mode):
        opened.close()
        raise ArgumentError(f"`file` {as_sent(name)!r} is not a regular file. {_available(root, name)}")
    if not status.st_size:
        opened.close()
        raise ArgumentError(f"`file` {as_sent(name)!r} is empty: there is nothing to import.")
    return opened


def _upload_root(folder: Path | None) -> Path:
    if folder is None:
        raise ArgumentError(
            "Imports are off: this server has no folder to read files from. Ask the operator to start it with "
            f"{UPLOAD_FLAG}."
        )
    try:
        root = folder.resolve(strict=True)
    except OSError as error:
        raise ArgumentError(
            f"The upload folder {folder} can't be used ({error.strerror or error}): check {UPLOAD_FLAG}."
        ) from error
    if not root.is_dir():
        raise ArgumentError(f"The upload folder {folder} is not a folder: check {UPLOAD_FLAG}.")
    return root


def _parts(root: Path, named: Path, file: str) -> tuple[str, ...]:
    """Split a path into components below the folder, by its text alone."""
    shown = as_sent(file)
    if "\0" in file or not file.strip() or file.encode(errors="ignore").decode() != file:
        raise ArgumentError(f"`file` must be a path below the upload folder, not {shown!r}.")
    path = Path(file)
    if ".." in path.parts:
        raise ArgumentError(f"`file` must not hold `..`: {shown!r}. Give a path below the upload folder.")
    if path.is_absolute():
        inside = next((base for base in (root, named) if path.is_relative_to(base)), None)
        if inside is None:
            raise ArgumentError(
                f"`file` {shown!r} is outside of the upload folder {root}: copy it there, and give its path below. "
                f"The operator chooses the folder with {UPLOAD_FLAG}."
            )
        path = path.relative_to(inside)
    if not path.parts or path.anchor:
        raise ArgumentError(f"`file` must be a file below the upload folder, not {shown!r}. {_available(root, file)}")
    return path.parts


def _open_below(root: Path, parts: tuple[str, ...]) -> int:
    """Open component by component, each inside the folder that is already open."""
    current = os.open(root, _READ | _FOLDER)
    try:
        for part in parts[:-1]:
            following = os.open(part, _READ | _FOLDER | _NO_LINK, dir_fd=current)
            os.close(current)
            current = following
        return os.open(parts[-1], _READ | _NO_LINK, dir_fd=current)
    finally:
        os.close(current)


def _open_checked(root: Path, parts: tuple[str, ...]) -> int:
    """As `_open_below`, for systems that can't: anybody who may write into the folder could swap what was checked."""
    if _is_linked(root, parts):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    path = root.joinpath(*parts)
    if not path.resolve(strict=True).is_relative_to(root):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return os.open(path, _READ)


def _is_linked(root: Path, parts: tuple[str, ...]) -> bool:
    try:
        return any(root.joinpath(*parts[:depth]).is_symlink() for depth in range(1, len(parts) + 1))
    except OSError:  # too long a name: nothing is called that
        return False


def _refused(error: OSError, root: Path, parts: tuple[str, ...]) -> ArgumentError:
    name = "/".join(parts)
    shown = as_sent(name)
    if _is_linked(root, parts):
        return ArgumentError(
            f"`file` {shown!r} goes over a symbolic link, and these are not followed: copy the file itself into the "
            "upload folder."
        )
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}:
        return ArgumentError(f"There is no file {shown!r} in the upload folder. {_available(root, name)}")
    return ArgumentError(f"`file` {shown!r} can't be read ({error.strerror or error}).")


def _available(root: Path, wanted: str) -> str:
    """Say what can be imported, the likeliest first."""
    names = sorted(islice(_files(root, root, _DEEP), _SEEN))
    if not names:
        return "The folder holds no files."
    likely = nearest(wanted, names, count=_LISTED)
    shown = list(dict.fromkeys([*likely, *names]))[:_LISTED]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return f"Available: {', '.join(one_line(name, 100) for name in shown)}{more}."


def _files(root: Path, folder: Path, deep: int) -> Iterator[str]:
    """Regular files below the folder, without what is hidden or linked; what can't be read is left out."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_file(follow_symlinks=False):
            yield Path(entry.path).relative_to(root).as_posix()
        elif deep and entry.is_dir(follow_symlinks=False):
            yield from _files(root, Path(entry.path), deep - 1)
