"""A server process that listens on a free port, for as long as a test needs it."""

import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

SECONDS = 20
"""What a process may take to end."""


@dataclass
class Served:
    """A server that listens.

    Attributes:
        url: Of its MCP endpoint.
        lines: What it wrote to standard error so far.
        pid: Its process.
    """

    url: str
    lines: list[str]
    pid: int = 0

    @property
    def base(self) -> str:
        """Without `/mcp`."""
        return self.url.removesuffix("/mcp")


@contextmanager
def listening(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Served]:
    """Run a server that says on standard error where it listens, until the block ends.

    Raises:
        AssertionError: It ended without listening; with what it wrote.
    """
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        lines: list[str] = []
        url = _address(process.stderr, lines)
        drain = threading.Thread(target=lambda: lines.extend(process.stderr or []), daemon=True)
        drain.start()
        try:
            yield Served(url, lines, process.pid)
        finally:
            process.terminate()
            process.wait(SECONDS)
            drain.join(SECONDS)


def _address(errors: IO[str], lines: list[str]) -> str:
    for line in errors:
        lines.append(line)
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise AssertionError("".join(lines))
