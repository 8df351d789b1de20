"""Writes the end of calls whose server was killed: a process that no longer runs can't say how they ended.

Each process that writes the audit log keeps an empty file in a folder beside it, locked for as long as it runs; the
system lets go of the lock however the process ends. Lines about the begin of a call name their process.
"""

import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from xo_mcp.files import open_regular
from xo_mcp.safety.audit_files import predecessors
from xo_mcp.safety.audit_lines import content_of

try:
    import fcntl
except ImportError:  # Windows, where only one worker can keep the log
    fcntl = None  # type: ignore[assignment]

SUFFIX: Final = ".workers"
MODE: Final = 0o700
BYTES: Final = 4
"""Random bytes of a name."""
OF_OLD: Final = ""
"""Stands for the processes of versions that named none."""
LONGEST: Final = 65_536
"""Bytes of a line that are looked at together; none of ours is longer."""
_NAME: Final = re.compile(r"[0-9a-f]{8}")
_HEAD: Final = re.compile(
    rb'\{"time":"[^"]{1,40}","call":"([0-9a-f]{1,32})",(?:"many":"[0-9a-f]{1,32}",)?"outcome":"([a-z]{1,20})"'
    rb'(?:,"worker":"([0-9a-f]{8})")?'
)
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
_OLD: Final = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Worker:
    """This process, as others that share the log see it.

    Args:
        log: The audit log.

    Raises:
        OSError: The folder beside it can't be written.
    """

    def __init__(self, log: Path) -> None:
        self.folder = log.with_name(log.name + SUFFIX)
        self.is_first = not self.folder.is_dir()
        """Whether no process was seen here before."""
        self.folder.mkdir(MODE, exist_ok=True)
        while True:
            self.name = secrets.token_hex(BYTES)
            self._descriptor = os.open(self.folder / self.name, _NEW, 0o600)
            # Another one may take a file that is not locked yet for that of a dead process, and remove it.
            if _locked(self._descriptor) and os.fstat(self._descriptor).st_nlink:
                return
            os.close(self._descriptor)

    def leave(self) -> None:
        """Say that every call of this process has its end."""
        with suppress(OSError):
            (self.folder / self.name).unlink(missing_ok=True)
        os.close(self._descriptor)


def running(log: Path) -> frozenset[str]:
    """The names of the processes that write the log now, as far as this user may see."""
    folder = log.with_name(log.name + SUFFIX)
    if not folder.is_dir():
        return frozenset()
    return frozenset(name for name in _names(folder) if _is_running(folder / name))


class Killed:
    """The processes that ended without saying so; held until the block ends, so that only one looks after them.

    Args:
        log: The audit log.
        of_old: Whether calls of versions that named no process are among theirs.
    """

    def __init__(self, log: Path, *, of_old: bool) -> None:
        self._log = log
        self._of_old = of_old
        self._held: dict[Path, int] = {}

    def __enter__(self) -> Self:
        folder = self._log.with_name(self._log.name + SUFFIX)
        for name in _names(folder) if fcntl is not None else ():
            with suppress(OSError):
                descriptor = os.open(folder / name, _OLD)
                if stat.S_ISREG(os.fstat(descriptor).st_mode) and _locked(descriptor):
                    self._held[folder / name] = descriptor
                else:
                    os.close(descriptor)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)

    def calls(self) -> list[Mapping[str, Any]]:
        """The lines about the begin of calls of theirs that have no end.

        Raises:
            OSError: The log can't be read.
        """
        names = {path.name for path in self._held} | ({OF_OLD} if self._of_old else set())
        return without_end(self._log, names) if names else []

    def forget(self) -> None:
        """Remove their files: all is said."""
        for path in self._held:
            path.unlink(missing_ok=True)


def without_end(log: Path, workers: Collection[str] | None = None) -> list[Mapping[str, Any]]:
    """What the log says of the begin of calls that have no end.

    Args:
        log: The audit log.
        workers: Only of these processes; of all unless given.

    Raises:
        OSError: It can't be read.
    """
    began: dict[bytes, bytes] = {}
    with ExitStack() as stack:
        # The newest is opened first: another process may begin a new file meanwhile.
        newest = stack.enter_context(open_regular(log))
        older = [stack.enter_context(open_regular(path)) for path in reversed(predecessors(log))]
        for file in (*older, newest):
            for line in _lines(file):
                head = _HEAD.match(line)
                if head is None:
                    continue
                call, outcome, worker = head.groups()
                if outcome != b"started":
                    began.pop(call, None)
                elif workers is None or (worker or b"").decode() in workers:
                    began[call] = line
    found = (content_of(line) for line in began.values())
    return [content for content in found if content]


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines, and pieces of what is no line of ours."""
    while line := file.readline(LONGEST):
        yield line


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except OSError:
        return []


def _is_running(path: Path) -> bool:
    if fcntl is None:
        return True
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return False
    except OSError:
        return True  # somebody else's, which nobody can look at
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _locked(descriptor: int) -> bool:
    """Lock a file for this process alone, if nobody has; where there are no locks, it counts as locked."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
