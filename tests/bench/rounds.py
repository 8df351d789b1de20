"""Interleaved rounds, so that a noisy machine disturbs both sides alike."""

import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent.parent
Timed: TypeAlias = Callable[[], Awaitable[object]]


def seconds(command: Sequence[str]) -> float:
    """Wall time of one run; the command must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def interleaved(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Run every command once per round, after a warm-up round that is not counted; answers median seconds."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            took = seconds(command)
            if number:
                found[name].append(took)
    return {name: statistics.median(values) for name, values in found.items()}


async def compare(calls: Mapping[str, Timed], rounds: int) -> dict[str, float]:
    """Await every call once per round, after a tenth of them for warming up; answers median milliseconds."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    warm = rounds // 10 + 1
    for number in range(rounds + warm):
        for name, call in calls.items():
            start = time.perf_counter()
            await call()
            if number >= warm:
                found[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in found.items()}


def taking_turns(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Make every call once per round, after a tenth of them for warming up; answers median milliseconds."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    warm = rounds // 10 + 1
    for number in range(rounds + warm):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number >= warm:
                found[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in found.items()}


def python(code: str) -> list[str]:
    """The command that runs `code` in this interpreter."""
    return [sys.executable, "-c", code]
