"""Bearer tokens clients of the HTTP transport must send, from a file the operator keeps."""

import hmac
from pathlib import Path
from typing import Final

from mcp.server.auth.provider import AccessToken

from xo_mcp.errors import ConfigError
from xo_mcp.logs import REDACTOR, get_logger

MIN_TOKEN: Final = 16
"""Characters; shorter ones could be guessed."""
HOW: Final = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
log = get_logger("bearer")


class FileTokens:
    """Verifies tokens against a file, read again when it changes.

    One token a line, optionally after a name and a space (`alice 4Jx...`); blank lines and `#` lines count for nothing.
    The name is who the audit log says it was. These tokens are for this server alone and never reach Xen Orchestra.

    Args:
        file: The file.

    Raises:
        ConfigError: It can't be read, or holds no token, or a short one.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stamp = _stamp(file)
        self._clients = _load(file)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Say whose token this is, or nothing."""
        self._refresh()
        found = None
        for name, known in self._clients:
            # No early way out: how long it takes must not tell how much was right.
            if hmac.compare_digest(known.encode(), token.encode(errors="replace")):
                found = name
        return AccessToken(token="-", client_id=found, scopes=[]) if found else None  # noqa: S106 - keeps it out of repr

    def _refresh(self) -> None:
        try:
            stamp = _stamp(self._file)
            if stamp == self._stamp:
                return
            self._clients = _load(self._file)
            self._stamp = stamp
        except ConfigError as error:
            # Who was allowed before stays allowed: an editor may be half way through saving.
            log.warning("Still using the tokens read before: %s", error)


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        status = file.stat()
    except OSError as error:
        raise ConfigError(f"--auth-token-file: {file} can't be read ({error.strerror})") from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def _load(file: Path) -> tuple[tuple[str, str], ...]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"--auth-token-file: {file} can't be read as text") from error
    clients: list[tuple[str, str]] = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        token = words[-1]
        if len(words) > 2 or len(token) < MIN_TOKEN:  # noqa: PLR2004 - a name and a token
            raise ConfigError(
                f"--auth-token-file: line {number} of {file} is no token of at least {MIN_TOKEN} characters,"
                f" with or without a name before it; {HOW}"
            )
        clients.append((words[0] if len(words) > 1 else f"client-{number}", token))
    if not clients:
        raise ConfigError(f"--auth-token-file: {file} holds no token; {HOW}")
    REDACTOR.learn(token for _, token in clients)
    return tuple(clients)
