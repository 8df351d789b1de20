"""Bearer tokens clients of the HTTP transport must send, from a file the operator keeps."""

import hashlib
import hmac
import os
import stat
from collections import Counter
from pathlib import Path
from typing import Final

import anyio.to_thread
from mcp.server.auth.provider import AccessToken

from xo_mcp.errors import ConfigError
from xo_mcp.logs import REDACTOR, get_logger

MIN_TOKEN: Final = 16
"""Characters; shorter ones could be guessed."""
LARGEST: Final = 1024 * 1024
"""Bytes of the file."""
DIGITS: Final = 8
HOW: Final = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
SETTING: Final = "--auth-token-file"
log = get_logger("bearer")
Clients = tuple[tuple[str, str], ...]
"""Name and token of each client."""


class FileTokens:
    """Verifies tokens against a file, read again when it changes.

    One token a line, optionally after a name and a space (`alice 4Jx...`); blank lines and `#` lines count for nothing.
    The name is who the audit log says it was; a token without one is called after its digest, wherever it stands. What
    is no longer in the file is no longer let in: when it is emptied, removed or can't be read, nobody is. A line that
    is wrong takes only itself out. These tokens are for this server alone and never reach Xen Orchestra.

    Args:
        file: The file.

    Raises:
        ConfigError: It can't be read, or holds no token, or a line that is wrong.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp = _stamp(file)
        self._clients, complaints = _read(file)
        if complaints:
            raise ConfigError(f"{SETTING}: {complaints[0]}")
        if not self._clients:
            raise ConfigError(f"{SETTING}: {file} holds no token; {HOW}")

    async def verify_token(self, token: str) -> AccessToken | None:
        """Say whose token this is, or nothing."""
        await anyio.to_thread.run_sync(self.refresh)
        found = None
        for name, known in self._clients:
            # No early way out: how long it takes must not tell how much was right.
            if hmac.compare_digest(known.encode(), token.encode(errors="replace")):
                found = name
        return AccessToken(token="-", client_id=found, scopes=[]) if found else None  # noqa: S106 - keeps it out of repr

    def refresh(self) -> None:
        """Read the file again when it changed."""
        try:
            stamp = _stamp(self._file)
            if stamp == self._stamp:
                return
            clients, complaints = _read(self._file)
        except ConfigError as error:
            stamp, clients, complaints = None, (), [str(error).removeprefix(f"{SETTING}: ")]
            if self._stamp is None and not self._clients:
                return
        for complaint in complaints:
            log.error("%s: %s", SETTING, complaint)
        gone = {name for name, _ in self._clients} - {name for name, _ in clients}
        if gone:
            log.warning("%s: no longer let in: %s", SETTING, ", ".join(sorted(gone)))
        if not clients:
            log.error("%s: %s holds no token now, so nobody is let in", SETTING, self._file)
        self._clients, self._stamp = clients, stamp


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        status = file.stat()
    except OSError as error:
        raise ConfigError(f"{SETTING}: {file} can't be read ({error.strerror})") from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(file: Path) -> tuple[Clients, list[str]]:
    """Every client of the file, and what is wrong with its other lines.

    Raises:
        ConfigError: It can't be read.
    """
    clients: list[tuple[str, str]] = []
    complaints: list[str] = []
    for number, line in enumerate(_text_of(file).splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        token = words[-1]
        if len(words) > 2 or len(token) < MIN_TOKEN:  # noqa: PLR2004 - a name and a token
            complaints.append(
                f"line {number} of {file} is no token of at least {MIN_TOKEN} characters, with or without a name before"
                f" it; {HOW}"
            )
        else:
            clients.append((words[0] if len(words) > 1 else f"client-{_digest(token)}", token))
    REDACTOR.learn(token for _, token in clients)
    names = Counter(name for name, _ in clients)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        complaints.append(f"{file} gives {twice[0]} to {names[twice[0]]} tokens: who acts could not be told apart")
    return tuple((name, token) for name, token in clients if name not in twice), complaints


def _text_of(file: Path) -> str:
    """The content of a regular file; a pipe would wait for whoever writes to it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError(f"{SETTING}: {file} is not a regular file")
            return opened.read(LARGEST).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{SETTING}: {file} can't be read as text") from error


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:DIGITS]
