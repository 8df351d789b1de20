"""Logs: to standard error only (standard output is the wire), and never with a secret in them."""

import logging
import re
import sys
from collections.abc import Iterable

LOGGER = "xo_mcp"
MIN_SECRET = 4
"""Shorter "secrets" would black out ordinary words."""
HIDDEN = "[secret]"
HEADERS = re.compile(r"(?i)(authenticationToken=|\b(?:basic|bearer)\s+)[\w.~+/=%-]+")
"""What carries credentials, whatever they are."""


class Redactor(logging.Formatter):
    """Formats records and blacks out every secret it was told of, tracebacks included."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets: set[str] = set()

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these from now on."""
        self._secrets.update(secret for secret in secrets if len(secret) >= MIN_SECRET)

    def redact(self, text: str) -> str:
        """Black out what is known to be secret, and what looks like credentials."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return HEADERS.sub(rf"\1{HIDDEN}", text)

    def format(self, record: logging.LogRecord) -> str:
        """Format as usual, then redact, on one line unless there is a traceback."""
        return self.redact(super().format(record))


REDACTOR = Redactor()
"""The one of this process."""


def get_logger(noun: str) -> logging.Logger:
    """The logger of one part of the server."""
    return logging.getLogger(f"{LOGGER}.{noun}")


def set_up(level: str, secrets: Iterable[str] = ()) -> None:
    """Send the logs of the whole process to standard error.

    Args:
        level: `debug`, `info`, `warning` or `error`; libraries stay one step quieter than this server.
        secrets: What must never appear.
    """
    REDACTOR.learn(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(REDACTOR)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    wanted = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(wanted if level == "debug" else max(wanted, logging.WARNING))
    logging.getLogger(LOGGER).setLevel(wanted)
