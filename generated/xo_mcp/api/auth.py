"""Credentials for XO: a cookie or HTTP Basic, never both, and no secret in any text."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

import anyio.to_thread

from xo_mcp.api.settings import ClientSettings
from xo_mcp.config.placeholders import require_filled
from xo_mcp.errors import ConfigError
from xo_mcp.files import read_regular
from xo_mcp.logs import get_logger
from xo_mcp.privacy.redaction import Secrets

_LOG: Final = get_logger("auth")
_COOKIE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")
"""What a cookie's value may be made of (RFC 6265, 4.1.1)."""
_MAX_FILE: Final = 64 * 1024


class Credentials:
    """The headers that sign a request in.

    Args:
        settings: Says which credentials there are.
        secrets: Learns everything that must never be shown.

    Raises:
        ConfigError: The token is malformed, or its file can't be read.
    """

    def __init__(self, settings: ClientSettings, secrets: Secrets) -> None:
        self._secrets = secrets
        self._file = settings.token_file
        self.names = settings.names
        self._seen: tuple[int, int, int] | None = None
        self._token: str | None = None
        self._login: tuple[str, str] | None = None
        if settings.username and settings.password:
            self._login = (settings.username, settings.password)
            secrets.learn_login(*self._login)
        elif settings.token_file is not None:
            self._seen, self._token = self._stamp(settings.token_file), self._learned(self._read(settings.token_file))
        else:
            self._token = self._learned(_checked((settings.token or "").strip(), self.names.token))

    def __repr__(self) -> str:
        return f"<Credentials: {self.kind}>"

    @property
    def kind(self) -> str:
        """Where the credentials come from: `XO_TOKEN`, `XO_TOKEN_FILE` or `XO_USERNAME`."""
        if self._login is not None:
            return "XO_USERNAME"
        return "XO_TOKEN" if self._file is None else "XO_TOKEN_FILE"

    async def headers(self) -> dict[str, str]:
        """Return the one header that signs a request in, with the token file's newest content."""
        if self._login is not None:
            encoded = base64.b64encode(":".join(self._login).encode()).decode()
            return {"Authorization": f"Basic {encoded}"}
        await self._refreshed()
        return {"Cookie": f"authenticationToken={self._token}"}

    async def login(self) -> dict[str, str]:
        """Return what signs a JSON-RPC socket in, with the token file's newest content."""
        if self._login is not None:
            return {"username": self._login[0], "password": self._login[1]}
        await self._refreshed()
        return {"token": str(self._token)}

    async def digest(self) -> str:
        """A fingerprint of these credentials, with the token file's newest content."""
        return hashlib.sha256(repr(await self.headers()).encode()).hexdigest()

    def advice(self) -> str:
        """Say what to check when XO does not accept these.

        In words that nobody tries as a token (`wrong`, `token`), which would be blacked out.
        """
        if self._login is not None:
            text = f"Check {self.names.username} ({self._login[0]}) and {self.names.password}."
            if ":" in self._login[1]:
                text += " XO reads a password only up to its first colon: use XO_TOKEN instead."
            return text
        if self._file is not None:
            return (
                f"XO does not accept what is in {self._file} ({self.names.token_file}): it is mistyped, expired or"
                " revoked. Put another one there, it is read at the next call."
            )
        return (
            f"XO does not accept {self.names.token}: it is mistyped, expired or revoked."
            " Create another one in XO, and start the server with it."
        )

    async def _refreshed(self) -> None:
        """Look after the token file; its disk may be slow or far away, and everybody else's calls go on meanwhile."""
        if self._file is not None:
            await anyio.to_thread.run_sync(self._refresh)

    def _refresh(self) -> None:
        """Read the token file again when it changed; keep the last token while the file is missing or broken."""
        if self._file is None:
            return
        try:
            stamp = self._stamp(self._file)
            if stamp == self._seen:
                return
            token = self._read(self._file)
        except ConfigError as error:
            _LOG.warning("the last known token is used: %s", error)
            return
        self._seen, self._token = stamp, self._learned(token)
        _LOG.info("the token was read again from %s", self._file)

    def _learned(self, token: str) -> str:
        self._secrets.learn(token)
        return token

    def _stamp(self, file: Path) -> tuple[int, int, int]:
        try:
            status = file.stat()
        except OSError as error:
            raise self._unreadable(error) from error
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _read(self, file: Path) -> str:
        try:
            content = read_regular(file, _MAX_FILE)
        except OSError as error:
            raise self._unreadable(error) from error
        return _checked(content.decode("utf-8-sig", errors="replace").strip(), f"{self.names.token_file} ({file})")

    def _unreadable(self, error: OSError) -> ConfigError:
        return ConfigError(f"{self.names.token_file}: can't read {self._file}: {error.strerror}")


def _checked(given: str, where: str) -> str:
    # People who copy it from the browser copy the cookie's name as well.
    token = given.removeprefix("Cookie:").strip().removeprefix("authenticationToken=").strip().strip("\"'")
    require_filled(token, where, token=True)
    if not token:
        raise ConfigError(f"{where} is empty: it must hold an XO authentication token")
    if not _COOKIE.fullmatch(token):
        raise ConfigError(f"{where} holds characters that no token has, such as spaces, quotes or ;")
    return token
