"""Every request the fake got, as it came over the wire."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOST_KEPT = 4 << 20
"""Longer bodies are not kept, only counted and digested."""


@dataclass
class Seen:
    """One request.

    Attributes:
        method: As sent.
        target: Path and query, the raw bytes.
        headers: Names in lower case, in the order they came.
        body: Its bytes, unless it was longer than `MOST_KEPT`.
        size: Bytes of the body.
        sha256: Of the body.
        route: The operation it meant, `GET /vms/{id}`, or "" for none.
        user: Name of the user, or "".
        status: Of the answer, 0 while there is none.
    """

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    size: int = 0
    route: str = ""
    user: str = ""
    status: int = 0
    _digest: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def path(self) -> str:
        """The raw path, without the query."""
        return self.target.partition(b"?")[0].decode("latin-1")

    @property
    def query(self) -> str:
        """The raw query."""
        return self.target.partition(b"?")[2].decode("latin-1")

    @property
    def sha256(self) -> str:
        """SHA-256 of the body, in hexadecimal."""
        return str(self._digest.hexdigest())

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    @property
    def is_whole(self) -> bool:
        """Whether all of the body was read: who answers early, or was cut off, did not."""
        length = self.header("content-length")
        if length is not None:
            return self.size == int(length)
        return self.header("transfer-encoding") is None or self.size > 0

    def received(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        self._digest.update(chunk)
        self.size += len(chunk)
        self.body = self.body + chunk if self.size <= MOST_KEPT else b""


Watcher = Callable[[Seen, Path], None]
watchers: list[Watcher] = []
"""Told each request to any fake of this process before it is answered, and the facts of the release that fake plays."""
