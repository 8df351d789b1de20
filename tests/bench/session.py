"""A fake XO in a process of its own, and the server's library talking to it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.rounds import ROOT


@dataclass(frozen=True)
class Served:
    """Where the fake XO listens, and a token of its administrator."""

    url: str
    token: str


@contextmanager
def fake_xo(**options: float) -> Iterator[Served]:
    """Run `python -m fake_xo` for the time of a `with` block."""
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "fake_xo", *flags]
    with subprocess.Popen(command, cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found: dict[str, str] = {}
        while "password" not in found:
            name, _, value = process.stdout.readline().strip().partition("=")
            found[name] = value
        try:
            yield Served(found["url"], found["admin_token"])
        finally:
            process.terminate()
