"""The stages of a long command, each shown with the time it took."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Stages:
    """Shows each stage when it ends: `with Stages(print) as stage: stage("import"); ...; stage("compare")`.

    Args:
        show: Called with a line for each stage.
        begin: Called with a stage's name when it begins.
    """

    def __init__(self, show: Callable[[str], object], begin: Callable[[str], object] = lambda _: None) -> None:
        self._show = show
        self._begin = begin
        self._name = ""
        self._since = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def __call__(self, name: str) -> None:
        """Begin a stage, which ends the one before."""
        self._end()
        self._name, self._since = name, time.monotonic()
        self._begin(name)

    def _end(self) -> None:
        if self._name:
            self._show(f"{self._name:<42} {time.monotonic() - self._since:6.1f} s")
            self._name = ""
