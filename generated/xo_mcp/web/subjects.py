"""Which XO user a client with an access token acts as: a table from subject to XO token, kept by the operator."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import anyio.to_thread

from xo_mcp.config.config import Config
from xo_mcp.config.identity import Identity, parse_identity
from xo_mcp.errors import ConfigError
from xo_mcp.web.client_file import ClientFile, Line

SETTING: Final = "--oauth-identities"


class Subjects:
    """The table.

    One subject a line, or what another claim of access tokens holds (`alice@example.org /etc/xo/alice`), then as in
    `config.identity`.

    Args:
        file: The file.
        config: What clients may do at most.

    Raises:
        ConfigError: It can't be read, or holds no line, or one that is wrong.
    """

    def __init__(self, file: Path, config: Config) -> None:
        self._folder = file.parent
        self._config = config
        self._file = ClientFile(file, SETTING, self._line, "names nobody")

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every client as it is known now."""
        return self._file.lines

    def refresh(self) -> None:
        """Read the file again when it changed."""
        self._file.refresh()

    async def find(self, claims: Mapping[str, Any]) -> Identity | None:
        """Whom an access token is for, or nothing.

        Args:
            claims: Of the token, verified.
        """
        await anyio.to_thread.run_sync(self.refresh)
        wanted = claims.get(self._config.oauth_identity_claim)
        # Only text: a list of one name is not that name.
        if not isinstance(wanted, str):
            return None
        return next((line.identity for line in self._file.lines if line.key == wanted), None)

    def _line(self, words: list[str]) -> Line:
        name, *own = words
        identity = parse_identity(name, own, self._config, self._folder)
        if identity is None:
            raise ConfigError(f"{name[:60]} has no file with an XO token after it")
        return Line(name, name, identity)
