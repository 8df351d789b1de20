"""What a server leaves behind, and what it holds: the signs of a leak, of a fault, of work that was not cleaned up."""

import json
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30
"""Seconds until a process says what it holds."""


@dataclass(frozen=True)
class Holding:
    """What a process holds when its garbage is collected.

    Attributes:
        mebibytes: Resident memory.
        descriptors: Open files and sockets.
        threads: Of the system.
        objects: Python's, by type, as far as its collector knows them.
    """

    mebibytes: float
    descriptors: int
    threads: int
    objects: Counter[str]

    @classmethod
    def of(cls, pid: int, reported: Path) -> "Holding":
        """As it says in a file (`soak.watched`), and Linux does."""
        reported.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR2)
        until = time.monotonic() + PATIENCE
        while not reported.exists() and time.monotonic() < until:
            time.sleep(0.05)
        objects = Counter(json.loads(reported.read_text(encoding="utf-8")))
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(int(status["VmRSS"].split()[0]) / 1024, descriptors, int(status["Threads"]), objects)

    def __str__(self) -> str:
        held = f"{self.mebibytes:.1f} MiB, {self.descriptors} descriptors, {self.threads} threads"
        return f"{held}, {self.objects.total():,} objects"

    def more(self, before: "Holding") -> str:
        """The types of which there are more than before, the most first."""
        grown = (self.objects - before.objects).most_common(8)
        return ", ".join(f"{count:+,} {name}" for name, count in grown)


def wait_until_ended(pid: int) -> float:
    """Wait until a process has ended; answers the seconds."""
    began = time.monotonic()
    while Path(f"/proc/{pid}/fd/0").exists():
        time.sleep(0.05)
    return time.monotonic() - began


def unfinished(folder: Path) -> list[str]:
    """Part files in a download folder."""
    return sorted(path.name for path in folder.glob(".*.part")) if folder.exists() else []


def wait_for_parts(folder: Path, number: int, most: float = 20) -> int:
    """Wait until so many exports are under way, some seconds at most; answers how many are."""
    until = time.monotonic() + most
    while len(unfinished(folder)) < number and time.monotonic() < until:
        time.sleep(0.05)
    return len(unfinished(folder))


def without_end(audit: Path) -> list[str]:
    """Lines about changes that began, of which no line says how they ended."""
    began: dict[str, str] = {}
    for path in _files(audit):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["outcome"] == "started":
                began[line["call"]] = text
    for path in _files(audit):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["outcome"] != "started":
                began.pop(line.get("call", ""), None)
    return list(began.values())


def _files(audit: Path) -> list[Path]:
    return [path for path in sorted(audit.parent.glob(f"{audit.name}*")) if path.is_file()]


def tracebacks(lines: list[str]) -> list[str]:
    """What a server logged after each traceback, a few lines of it."""
    return ["".join(lines[at : at + 30]) for at, line in enumerate(lines) if "Traceback" in line]
