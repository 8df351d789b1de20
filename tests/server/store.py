"""A real Redis on loopback, from Debian's packages."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SERVERS = ("redis-server", "valkey-server")
SECONDS = 20


@dataclass
class RealStore:
    """A Redis that runs.

    Attributes:
        port: Where it listens.
        process: Itself.
    """

    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        """As `--shared-state` takes it."""
        return f"redis://:store-password@127.0.0.1:{self.port}/0"


def server_program() -> str:
    """Where the server is, installed first if need be."""
    for again in (True, False):
        found = next((path for name in SERVERS if (path := shutil.which(name))), None)
        if found:
            return found
        if again and os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "redis-server"]
            for command in (["apt-get", "update", "-qq"], install):
                subprocess.run(command, env=quiet, check=False, capture_output=True, timeout=300)
    pytest.skip("there is neither redis-server nor valkey-server, and apt-get can't install one here")


@contextmanager
def real_store(folder: Path) -> Iterator[RealStore]:
    """Run one until the block ends."""
    program = server_program()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    usual = {"bind": "127.0.0.1", "save": "", "appendonly": "no", "requirepass": "store-password"}
    settings = {"port": port, "dir": folder, **usual}
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    with subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield RealStore(port, process)
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            assert time.monotonic() < end, "the store does not listen"
            time.sleep(0.05)
