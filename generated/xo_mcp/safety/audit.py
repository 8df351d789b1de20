"""A record of every attempt to change something: one JSON object a line, appended, readable by the owner alone.

A write that is carried out leaves two lines with the same `call`: `started` before it is sent, so that nothing can
happen without a record, and its outcome afterwards. One that is refused, declined or only asked about leaves one.
"""

import errno
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.privacy.masking import masked_argument

try:
    import fcntl
except ImportError:  # Windows, where only one worker can keep the log
    fcntl = None  # type: ignore[assignment]

MODE: Final = 0o600
MAX_SIZE: Final = 10 * 1024 * 1024
TRIES: Final = 100
"""How often another worker may begin a new file just before this one writes."""
KEPT: Final = 5
"""Older files, `audit.log.1` the newest of them."""
MAX_TEXT: Final = 500
"""Characters of a reason or argument that are kept."""
Outcome = Literal["started", "done", "pending", "failed", "cancelled", "refused", "declined", "asked"]
log = get_logger("audit")


class NotRecordedError(CallError):
    """A write was refused because it could not be recorded."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to change something.

    Attributes:
        tool: Name of the tool.
        arguments: As the client sent them; secrets are removed when they are written.
        client: Who asked: its token's name over HTTP, and what it calls itself.
        call: Ties the lines of one attempt together.
        began: When, in seconds since 1970.
    """

    tool: str
    arguments: Mapping[str, Any]
    client: Mapping[str, str]
    call: str
    began: float

    @classmethod
    def now(cls, tool: str, arguments: Mapping[str, Any], client: Mapping[str, str]) -> "Attempt":
        """An attempt that begins now."""
        return cls(tool, arguments, client, secrets.token_hex(6), time.time())


class AuditLog:
    """Appends to a file, which is kept within bounds by renaming it; several workers may share it.

    Args:
        file: Where; its folder must be there.
        relaxed: Let writes happen even when they can't be recorded.
        max_size: Bytes after which a new file is begun.
        clock: Seconds since 1970.

    Raises:
        ConfigError: The file can't be written.
    """

    def __init__(
        self,
        file: Path,
        *,
        relaxed: bool = False,
        max_size: int = MAX_SIZE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._relaxed = relaxed
        self._max_size = max_size
        self._clock = clock
        try:
            os.close(self._open())
        except OSError as error:
            raise ConfigError(f"--audit-log: {file} can't be written ({error.strerror})") from error

    def record(self, attempt: Attempt, outcome: Outcome, **more: Any) -> None:
        """Write one line.

        Args:
            attempt: What was tried.
            outcome: What became of it.
            more: `confirmation`, `task`, `reason`: left out when empty.

        Raises:
            NotRecordedError: It could not be written, and writes must be recorded.
        """
        line = {
            "time": _iso(self._clock()),
            "call": attempt.call,
            "outcome": outcome,
            "tool": attempt.tool,
            "arguments": _fit(masked_argument(dict(attempt.arguments))),
            "client": _fit(attempt.client),
            "seconds": round(self._clock() - attempt.began, 3),
            **{name: _fit(value) for name, value in more.items() if value},
        }
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":"))
        try:
            self._append(f"{text}\n".encode())
        except OSError as error:
            log.error("The audit log %s can't be written: %s", self._file, error.strerror)  # noqa: TRY400 - no trace
            # Once something was done, refusing would only hide that it was.
            if outcome == "started" and not self._relaxed:
                raise NotRecordedError(
                    f"Nothing was done: the audit log can't be written ({error.strerror}), and this server changes"
                    " nothing without a record. Tell the operator."
                ) from error

    def _append(self, line: bytes) -> None:
        for _ in range(TRIES):
            with self._locked() as descriptor:
                if self._is_current(descriptor) and self._fits(descriptor, line):
                    return
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open for this worker alone."""
        descriptor = self._open()
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _is_current(self, descriptor: int) -> bool:
        """Whether no other worker has begun a new file since this one was opened."""
        try:
            return os.path.samestat(os.fstat(descriptor), self._file.stat())
        except FileNotFoundError:
            return False

    def _fits(self, descriptor: int, line: bytes) -> bool:
        """Write a line where there is room for it, else make room."""
        size = os.fstat(descriptor).st_size
        if size and size + len(line) > self._max_size:
            self._rotate()
            return False
        if os.write(descriptor, line) < len(line):
            # Half a line would spoil the next one as well.
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return True

    def _open(self) -> int:
        return os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), MODE)

    def _rotate(self) -> None:
        for number in range(KEPT - 1, 0, -1):
            older = self._file.with_name(f"{self._file.name}.{number}")
            if older.exists():
                older.replace(self._file.with_name(f"{self._file.name}.{number + 1}"))
        self._file.replace(self._file.with_name(f"{self._file.name}.1"))


class Trail:
    """The lines of one attempt, in the right order; writes nothing without a log.

    Args:
        audit: The log, if there is one and the call is to be recorded.
        attempt: What is tried.
    """

    def __init__(self, audit: AuditLog | None, attempt: Attempt) -> None:
        self._audit = audit
        self._attempt = attempt
        self._confirmation: str | None = None
        self.started = False

    def start(self, confirmation: str | None) -> None:
        """Say that it is about to be done.

        Raises:
            NotRecordedError: That can't be recorded, so it must not be done.
        """
        self._confirmation = confirmation
        if self._audit is not None:
            self._audit.record(self._attempt, "started", confirmation=confirmation)
        self.started = True

    def end(self, outcome: Outcome, **more: Any) -> None:
        """Say what became of it."""
        if self._audit is not None:
            self._audit.record(self._attempt, outcome, confirmation=self._confirmation, **more)


def _iso(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def _fit(value: Any) -> Any:
    """A value without secrets and not too long; what is ours in a line, such as `done`, is never taken for a secret."""
    if isinstance(value, str):
        # First hidden, then cut: half a secret would not be found.
        shown = REDACTOR.redact(value)
        return shown if len(shown) <= MAX_TEXT else shown[:MAX_TEXT] + "..."
    if isinstance(value, Mapping):
        return {REDACTOR.redact(str(name)): _fit(part) for name, part in value.items()}
    return [_fit(part) for part in value] if isinstance(value, list) else value
