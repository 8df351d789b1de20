"""What a server leaves behind, and what it holds: the signs of a leak, of a fault, of work that was not cleaned up."""

import json
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Holding:
    """What a process holds.

    Attributes:
        mebibytes: Resident memory.
        descriptors: Open files and sockets.
        threads: Of the system.
    """

    mebibytes: float
    descriptors: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> "Holding":
        """As Linux tells it."""
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        status = dict(line.split(":", 1) for line in lines)
        descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(int(status["VmRSS"].split()[0]) / 1024, descriptors, int(status["Threads"]))

    def __str__(self) -> str:
        return f"{self.mebibytes:.1f} MiB, {self.descriptors} descriptors, {self.threads} threads"


def wait_until_gone(pid: int) -> float:
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
    for path in sorted(audit.parent.glob(f"{audit.name}*")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["outcome"] == "started":
                began[line["call"]] = text
    for path in sorted(audit.parent.glob(f"{audit.name}*")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["outcome"] != "started":
                began.pop(line.get("call", ""), None)
    return list(began.values())


def tracebacks(lines: list[str]) -> list[str]:
    """What a server logged after each traceback, a few lines of it."""
    return ["".join(lines[at : at + 30]) for at, line in enumerate(lines) if "Traceback" in line]
