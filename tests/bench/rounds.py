"""Interleaved rounds of whole processes, so that a noisy machine disturbs both sides alike."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def seconds(command: Sequence[str]) -> float:
    """Wall time of one run; the command must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def interleaved(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """Run every command once per round, after a warm-up round that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            took = seconds(command)
            if number:
                found[name].append(took)
    return found


def medians(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each command's rounds."""
    return {name: statistics.median(values) for name, values in found.items()}


def python(code: str) -> list[str]:
    """The command that runs `code` in this interpreter."""
    return [sys.executable, "-c", code]
