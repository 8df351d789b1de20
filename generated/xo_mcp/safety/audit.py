"""A record of every attempt to change something: one JSON object a line, appended, readable by the owner alone.

A write that is carried out leaves two lines with the same `call`: `started` before it is sent, so that nothing can
happen without a record, and its outcome afterwards. One that is refused, declined or only asked about leaves one.
Where the process was killed in between, the next one that starts writes the outcome `unknown`.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import anyio
import anyio.to_thread

from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.safety.audit_files import AuditFiles
from xo_mcp.safety.audit_lines import compose
from xo_mcp.safety.audit_workers import Killed, Worker

MAX_FILE: Final = 10 * 1024 * 1024
MAX_SIZE: Final = 1024 * 1024 * 1024
KEEP_DAYS: Final = 30
WINDOW: Final = 3_600
"""Seconds for which attempts that did nothing are counted together."""
NOISE: Final = 60
"""Lines about attempts that did nothing which one client may leave in that time; the others are only counted."""
MAX_CLIENTS: Final = 1_000
Outcome = Literal["started", "done", "pending", "failed", "cancelled", "refused", "declined", "asked"]
UNKNOWN: Final = "unknown"
KILLED: Final = "its server was killed, so whether it was done is unknown: look at the object itself"
NOTHING_DONE: Final = frozenset({"refused", "declined", "asked"})
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
        xo: As which user of XO, as far as it is known, and of which XO, where there are several.
        many: `call` of the attempt that this one is part of.
    """

    tool: str
    arguments: Mapping[str, Any]
    client: Mapping[str, str]
    call: str
    began: float
    xo: Mapping[str, str] = field(default_factory=dict)
    many: str = ""

    @classmethod
    def now(cls, tool: str, arguments: Mapping[str, Any], client: Mapping[str, str]) -> "Attempt":
        """An attempt that begins now."""
        return cls(tool, arguments, client, secrets.token_hex(6), time.time())


@dataclass
class _Noise:
    """How many attempts of one client did nothing."""

    client: Mapping[str, str]
    since: float
    written: int = 0
    left_out: int = 0


class AuditLog:
    """Appends to a file; several workers may share it. What it does blocks: `Trail` calls it in a thread.

    Args:
        file: Where; its folder must be there.
        relaxed: Let writes happen even when they can't be recorded.
        max_size: Bytes of all its files together.
        keep_days: Days for which nothing is dropped: a log that is full before is one that can't be written.
        max_file: Bytes after which a new file is begun.
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
        keep_days: int = KEEP_DAYS,
        max_file: int = MAX_FILE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._relaxed = relaxed
        self._clock = clock
        self._noise: dict[str, _Noise] = {}
        self._limiter: anyio.CapacityLimiter | None = None
        self._worker: Worker | None = None
        self._under_way: set[str] = set()
        try:
            self._files = AuditFiles(file, max_file, max_size, keep_days, clock)
        except OSError as error:
            raise ConfigError(f"--audit-log: {file} can't be written ({error.strerror})") from error

    @property
    def limiter(self) -> anyio.CapacityLimiter:
        """Lets one thread write at a time, whatever else waits for threads."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(1)
        return self._limiter

    def join(self) -> None:
        """Begin to write as one of the processes that share the log; calls name it from now on."""
        try:
            self._worker = Worker(self._file)
        except OSError as error:
            log.warning(
                "No folder beside %s can be made (%s): calls that a killed server leaves will have no end there",
                self._file, error.strerror,
            )  # fmt: skip

    def end_killed(self) -> int:
        """Write the end of each call whose server was killed before it could.

        Returns:
            How many there were.
        """
        if self._worker is None:
            return 0
        try:
            with Killed(self._file, of_old=self._worker.is_first) as killed:
                calls = killed.calls()
                for begun in calls:
                    self._files.append(self._end_of(begun), even_if_full=True)
                killed.forget()
        except OSError as error:
            log.error("The audit log %s can't be written: %s", self._file, error.strerror)  # noqa: TRY400 - no trace
            return 0
        if calls:
            log.warning("%d calls of a server that was killed have the outcome unknown in the audit log", len(calls))
        return len(calls)

    def _end_of(self, begun: Mapping[str, Any]) -> str:
        named = {name: begun[name] for name in ("call", "many") if name in begun}
        fixed = {"time": _iso(self._clock()), **named, "outcome": UNKNOWN, "tool": begun.get("tool")}
        kept = {name: begun[name] for name in ("client", "xo") if name in begun}
        return compose(fixed, {}, {**kept, "reason": KILLED})

    def record(self, attempt: Attempt, outcome: Outcome, **more: Any) -> None:
        """Write one line.

        Args:
            attempt: What was tried.
            outcome: What became of it.
            more: `confirmation`, `task`, `reason`: left out when empty.

        Raises:
            NotRecordedError: It could not be written, and writes must be recorded.
        """
        if outcome in NOTHING_DONE and not self._is_worth_a_line(attempt.client):
            return
        fixed = {
            "time": _iso(self._clock()),
            "call": attempt.call,
            **({"many": attempt.many} if attempt.many else {}),
            "outcome": outcome,
            **({"worker": self._worker.name} if self._worker and outcome == "started" else {}),
            "tool": attempt.tool,
            "seconds": round(self._clock() - attempt.began, 3),
        }
        others = {
            "client": attempt.client,
            **({"xo": attempt.xo} if attempt.xo else {}),
            **{name: value for name, value in more.items() if value},
        }
        try:
            # An end is written even beyond the bounds: it is of something that was done.
            self._files.append(
                compose(fixed, attempt.arguments, others), even_if_full=outcome not in {"started", *NOTHING_DONE}
            )
            if outcome == "started":
                self._under_way.add(attempt.call)
            else:
                self._under_way.discard(attempt.call)
        except OSError as error:
            log.error("The audit log %s can't be written: %s", self._file, error.strerror)  # noqa: TRY400 - no trace
            # Once something was done, refusing would only hide that it was.
            if outcome == "started" and not self._relaxed:
                raise NotRecordedError(
                    f"Nothing was done: the audit log can't be written ({error.strerror}), and this server changes"
                    " nothing without a record. Tell the operator."
                ) from error

    def close(self) -> None:
        """Say how many attempts were only counted, and leave; who starts next ends what has no end."""
        for noise in self._noise.values():
            self._write_count(noise)
        self._noise.clear()
        if self._worker is not None and not self._under_way:
            self._worker.leave()
            self._worker = None

    def _is_worth_a_line(self, client: Mapping[str, str]) -> bool:
        """Whether an attempt that did nothing gets a line: a client that tries for ever must not fill the log."""
        now = self._clock()
        key = client.get("token", "")
        noise = self._noise.get(key)
        if noise is None or not 0 <= now - noise.since < WINDOW:
            if noise is not None:
                self._write_count(noise)
            elif len(self._noise) >= MAX_CLIENTS:
                self._write_count(self._noise.pop(next(iter(self._noise))))
            noise = self._noise[key] = _Noise(client, now)
        if noise.written >= NOISE:
            noise.left_out += 1
            return False
        noise.written += 1
        return True

    def _write_count(self, noise: _Noise) -> None:
        if not noise.left_out:
            return
        fixed = {"time": _iso(self._clock()), "outcome": "counted", "attempts": noise.left_out}
        noise.left_out = 0
        try:
            self._files.append(compose(fixed, {}, {"client": noise.client}))
        except OSError as error:
            log.error("The audit log %s can't be written: %s", self._file, error.strerror)  # noqa: TRY400 - no trace


def _iso(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
