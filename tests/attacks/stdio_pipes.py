"""The server over stdio, spoken to line by line: no client library that would keep lines in shape."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tiny_package

HELLO = {
    "jsonrpc": "2.0", "id": "hello", "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip


@contextmanager
def started(package: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The server over stdio; it is ended by whatever happens."""
    with subprocess.Popen(
        [sys.executable, "-m", "xo_mcp"], env=tiny_package.environment(package, **settings),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def send(process: subprocess.Popen[bytes], lines: Sequence[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"".join(line + b"\n" for line in lines))
    process.stdin.flush()


def answers_until(process: subprocess.Popen[bytes], number: str) -> list[dict[str, Any]]:
    assert process.stdout is not None
    found: list[dict[str, Any]] = []
    while not found or found[-1].get("id") != number:
        found.append(json.loads(process.stdout.readline()))
    return found


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()
