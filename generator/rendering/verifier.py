"""Holds a rendered tree against reality: a process of its own imports every module of it."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from generator.errors import BuildError


class Verifier:
    """A waiting `generator.rendering.verify` process.

    Loading the libraries that the rendered package needs takes longer than drawing it, so `start` may be called before
    anything else is even imported.
    """

    _waiting: ClassVar["subprocess.Popen[str] | None"] = None

    @classmethod
    def start(cls) -> None:
        """Start a process that loads its libraries while ours load."""
        cls._waiting = cls._waiting or subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-I", "-B", str(Path(__file__).with_name("verify.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        self.start()
        process, Verifier._waiting = Verifier._waiting, None
        assert process is not None  # noqa: S101 - for the type checker
        self._process = process
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def begin(self, root: Path) -> None:
        """Let it import every module below `root`."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        with suppress(BrokenPipeError):  # it has died, and `finish` tells why
            self._process.stdin.write(f"{root}\n")
            self._process.stdin.flush()

    def finish(self) -> tuple[int, int]:
        """Wait for it; answers how many modules and tools hold.

        Raises:
            BuildError: One does not import, or a function and its definition disagree.
        """
        stdout, stderr = self._process.communicate()
        lines = stdout.strip().splitlines()
        if not lines:
            last = stderr.strip().splitlines()[-1:] or ["no answer"]
            raise BuildError(f"the rendered package could not be checked: {last[0]}")
        answer = json.loads(lines[-1])
        if answer["problem"]:
            raise BuildError(f"the rendered package does not hold: {answer['problem']}")
        return answer["modules"], answer["tools"]
