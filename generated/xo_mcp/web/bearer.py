"""Bearer tokens clients of the HTTP transport must send, from a file the operator keeps."""

import hashlib
import hmac
from pathlib import Path
from typing import Final

import anyio.to_thread

from xo_mcp.config.config import Config
from xo_mcp.config.identity import parse_identity
from xo_mcp.errors import ConfigError
from xo_mcp.logs import REDACTOR
from xo_mcp.web.client_file import ClientFile, KnownClient, Line, log

MIN_TOKEN: Final = 16
"""Characters; shorter ones could be guessed."""
DIGITS: Final = 8
HOW: Final = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
SETTING: Final = "--auth-token-file"
USUAL: Final = Config()


class FileTokens:
    """Verifies tokens against a file, read again when it changes.

    One token a line, optionally after a name and a space (`alice 4Jx...`), then whom that client is at XO (see
    `config.identity`). The name is who the audit log says it was; a token without one is called after its digest,
    wherever it is. These tokens are for this server alone and never reach Xen Orchestra.

    Args:
        file: The file.
        config: What clients may do at most.

    Raises:
        ConfigError: It can't be read, or holds no token, or a line that is wrong.
    """

    def __init__(self, file: Path, config: Config = USUAL) -> None:
        self._folder = file.parent
        self._config = config
        self._file = ClientFile(file, SETTING, self._line, f"holds no token; {HOW}")

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every client as it is known now."""
        return self._file.lines

    async def verify_token(self, token: str) -> KnownClient | None:
        """Say whose token this is, or nothing."""
        await anyio.to_thread.run_sync(self.refresh)
        found = None
        for line in self._file.lines:
            # No early way out: how long it takes must not reveal how much was right.
            if hmac.compare_digest(line.key.encode(), token.encode(errors="replace")):
                found = line
        if found is None:
            log.info("A client's token was refused: unknown bearer token")
            return None
        return KnownClient(token="-", client_id=found.name, scopes=[], identity=found.identity)  # noqa: S106 - keeps it out of repr

    def refresh(self) -> None:
        """Read the file again when it changed."""
        self._file.refresh()

    def _line(self, words: list[str]) -> Line:
        name, token, *own = words if len(words) > 1 else ["", *words]
        if len(token) < MIN_TOKEN:
            raise ConfigError(f"no token of at least {MIN_TOKEN} characters, with or without a name before it; {HOW}")
        REDACTOR.learn([token])
        name = name or f"client-{_digest(token)}"
        identity = parse_identity(name, own, self._config, self._folder)
        if identity is None and self._config.require_own_identity:
            raise ConfigError(f"{name} has no file with an XO token of its own, which --require-own-identity asks for")
        return Line(name, token, identity)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:DIGITS]
