"""Reads the operator's files: regular files only, because a pipe or a device could block for ever."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from xo_mcp.errors import ConfigError

LARGEST: Final = 16 * 1024 * 1024
"""Bytes; a bundle of all authorities in the world has less than one MiB."""


def open_regular(file: Path) -> BinaryIO:
    """Open a file for reading, without ever waiting for somebody who writes to it.

    Raises:
        OSError: It can't be opened, or is not a regular file.
    """
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return os.fdopen(descriptor, "rb")


def modes_of_others(file: Path) -> int:
    """The permissions of a file where users of this machine other than its owner have any, else 0."""
    mode = stat.S_IMODE(file.stat().st_mode)
    # Windows has other means, which the mode does not show.
    return mode if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO) else 0


def read_regular(file: Path, most: int = LARGEST) -> bytes:
    """Read a file.

    Args:
        file: A regular one, or a link to one.
        most: Bytes it may have: of a part, nothing says that the rest is missing.

    Raises:
        OSError: It can't be read, is larger, or is not a regular file.
    """
    with open_regular(file) as opened:
        content = opened.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return content


def expanded(text: str, where: str) -> Path:
    """A path as the operator wrote it, with the user's folder instead of `~`.

    Args:
        text: The path.
        where: The flag, variable or line that holds it, for the message.

    Raises:
        ConfigError: It names a user who has no folder, or can't be a path.
    """
    if "\0" in text:
        raise ConfigError(f"{where} holds a NUL character, which no path has")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ConfigError(f"{where}: {text.partition('/')[0]} is the folder of no user; write it in full") from error
