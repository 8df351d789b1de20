"""Files of clients that the operator keeps, read again when they change."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mcp.server.auth.provider import AccessToken

from xo_mcp.config.identity import Identity
from xo_mcp.errors import ConfigError
from xo_mcp.files import read_regular
from xo_mcp.logs import get_logger

LARGEST: Final = 1024 * 1024
"""Bytes of a file."""
log = get_logger("clients")
Stamp = tuple[int, int, int]


class KnownClient(AccessToken):
    """A client's access token, verified, with the XO user it acts as.

    The identity comes with the token of each request, so that none is looked up later by a name that may have changed
    hands meanwhile.
    """

    identity: Any = None
    """An `Identity`, or nothing for who acts as the server's own XO user."""


@dataclass(frozen=True)
class Line:
    """What one line says of a client.

    Attributes:
        name: What the client is called, once in the file.
        key: What it is known by: its token, or its subject.
        identity: Whom it is at XO, when the line says so.
    """

    name: str
    key: str
    identity: Identity | None = None

    def __repr__(self) -> str:
        return f"Line({self.name!r})"


class ClientFile:
    """The lines of a file.

    What is no longer in the file counts no longer: when it is emptied, removed or can't be read, nothing does. A line
    that is wrong takes only itself out.

    Args:
        file: The file; blank lines and `#` lines count for nothing.
        setting: The flag that names it.
        parse: Makes a line of words, or raises ConfigError; its message does not show them.
        empty: What to say when there is no line.

    Raises:
        ConfigError: It can't be read, or holds no line, or one that is wrong.
    """

    def __init__(self, file: Path, setting: str, parse: Callable[[list[str]], Line], empty: str) -> None:
        self._file = file
        self._setting = setting
        self._parse = parse
        self._empty = empty
        self._stamp: Stamp | None = self._stamped()
        self.lines, complaints = self._read()
        if complaints:
            raise ConfigError(f"{setting}: {complaints[0]}")
        if not self.lines:
            raise ConfigError(f"{setting}: {file} {empty}")

    def refresh(self) -> None:
        """Read the file again when it changed."""
        stamp: Stamp | None
        try:
            stamp = self._stamped()
            if stamp == self._stamp:
                return
            lines, complaints = self._read()
        except ConfigError as error:
            stamp, lines, complaints = None, (), [str(error).removeprefix(f"{self._setting}: ")]
            if self._stamp is None and not self.lines:
                return
        for complaint in complaints:
            log.error("%s: %s", self._setting, complaint)
        removed = {line.name for line in self.lines} - {line.name for line in lines}
        if removed:
            log.warning("%s: no longer let in: %s", self._setting, ", ".join(sorted(removed)))
        if not lines:
            log.error("%s: %s %s now, so nobody is let in", self._setting, self._file, self._empty)
        self.lines, self._stamp = lines, stamp

    def _stamped(self) -> Stamp:
        try:
            status = self._file.stat()
        except OSError as error:
            raise ConfigError(f"{self._setting}: {self._file} can't be read ({error.strerror})") from error
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> tuple[tuple[Line, ...], list[str]]:
        """Every line that is right, and what is wrong with the others.

        Raises:
            ConfigError: The file can't be read.
        """
        found: list[Line] = []
        complaints: list[str] = []
        for number, text in enumerate(self._text().splitlines(), start=1):
            words = text.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                found.append(self._parse(words))
            except ConfigError as error:
                complaints.append(f"line {number} of {self._file}: {error}")
        twice = _repeated(line.name for line in found) | _repeated(line.key for line in found)
        repeated = [line.name for line in found if line.name in twice or line.key in twice]
        if repeated:
            complaints.append(
                f"{self._file} gives {repeated[0]} to {len(repeated)} tokens: their holders could not be distinguished"
            )
        return tuple(line for line in found if line.name not in repeated), complaints

    def _text(self) -> str:
        """The content of the file.

        Raises:
            ConfigError: It can't be read, or is not a regular file.
        """
        try:
            return read_regular(self._file, LARGEST).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            raise ConfigError(f"{self._setting}: {self._file} can't be read ({reason})") from error


def _repeated(values: Iterable[str]) -> set[str]:
    return {value for value, count in Counter(values).items() if count > 1}
