"""Remembers which confirmations were used, so that none is good twice: in this process, or for all that share a key."""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from xo_mcp.errors import ConfigError

KEPT: Final = 900
"""Seconds a used confirmation is remembered: longer than any can be good, clocks that differ included."""
SUFFIX: Final = ".used"
MODE: Final = 0o700
DIGITS: Final = 32
"""Length of a marker's name, which distinguishes it from other files in the folder."""


class Nonces(Protocol):
    """What was used."""

    def add(self, nonce: str) -> bool:
        """Note that a confirmation is used now.

        Returns:
            Whether this is the first time.

        Raises:
            OSError: It could not be noted.
        """

    def newest(self) -> float:
        """When something was noted last, at least, in seconds since 1970; 0 when that is not known."""


class LocalNonces:
    """Remembers for one process.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._used: dict[str, float] = {}

    def add(self, nonce: str) -> bool:
        """Note that a confirmation is used now, and say whether this is the first time."""
        now = self._clock()
        self._used = {known: since for known, since in self._used.items() if now - since <= KEPT}
        if nonce in self._used:
            return False
        self._used[nonce] = now
        return True

    def newest(self) -> float:
        """Nothing: this process knows by itself how time passes."""
        return 0


class SharedNonces:
    """Remembers for every process that shares a folder: an empty file for each, which only one can create.

    `O_CREAT | O_EXCL` is atomic on local file systems and on NFS 3 and newer.

    Args:
        folder: Made if it is not there; its parent must be.
        clock: Seconds since 1970, as the file system counts them.

    Raises:
        ConfigError: Nothing can be written there.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        try:
            folder.mkdir(MODE, exist_ok=True)
            # Who could remove a marker could use a confirmation again.
            folder.chmod(MODE)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise ConfigError(
                f"--confirm-key-file: used confirmations are noted in {folder}, which can't be written"
                f" ({error.strerror}): keep the key in a folder of this user"
            ) from error

    def add(self, nonce: str) -> bool:
        """Note that a confirmation is used now, and say whether this is the first time.

        Raises:
            OSError: It could not be noted.
        """
        self._sweep()
        marker = self._folder / hashlib.sha256(nonce.encode()).hexdigest()[:DIGITS]
        try:
            os.close(os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            return False
        return True

    def newest(self) -> float:
        """When something was noted or swept last, by any process."""
        try:
            return self._folder.stat().st_mtime
        except OSError:
            return 0  # then nothing can be noted, which `add` reports

    def _sweep(self) -> None:
        with os.scandir(self._folder) as entries:
            old = [entry.path for entry in entries if len(entry.name) == DIGITS and self._is_old(entry)]
        for path in old:
            Path(path).unlink(missing_ok=True)

    def _is_old(self, entry: "os.DirEntry[str]") -> bool:
        try:
            return self._clock() - entry.stat(follow_symlinks=False).st_mtime > KEPT
        except FileNotFoundError:
            return False  # another worker swept it


def open_nonces(key_file: Path | None) -> Nonces:
    """Where to remember: beside the shared key, else in this process.

    Raises:
        ConfigError: The folder beside the key can't be written.
    """
    return LocalNonces() if key_file is None else SharedNonces(key_file.with_name(key_file.name + SUFFIX))
