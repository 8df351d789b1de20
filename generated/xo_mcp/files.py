"""Reads the operator's files: regular ones only, because a pipe or a device may keep its reader waiting for ever."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

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


def read_regular(file: Path, most: int = LARGEST) -> bytes:
    """Read a file.

    Args:
        file: A regular one, or a link to one.
        most: Bytes that are read; what comes after is left.

    Raises:
        OSError: It can't be read, or is not a regular file.
    """
    with open_regular(file) as opened:
        return opened.read(most)
