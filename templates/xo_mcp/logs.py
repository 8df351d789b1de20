"""Logs: to standard error only (standard output is the wire), and never with a secret in them."""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable

from xo_mcp.bounds import LINE, look
from xo_mcp.text import neutral_text

LOGGER = "xo_mcp"
MIN_SECRET = 4
"""Shorter "secrets" would black out ordinary words."""
SHORT = 8
"""Characters below which a secret may be a part of ordinary words (`admin`): it is only hidden as a word of its own."""
HIDDEN = "[secret]"
MINUTE = 60
KIND = 20
"""Characters at the start of a message that identify its kind."""
MAX_KINDS = 1_000
_LABELLED = r"(?i:authenticationToken=|authorization\W{1,6}(?:b['\"])?(?:basic|bearer)\s+)"
_ENCODED = r"(?=[A-Za-z0-9_.~+/=%-]{16})"
_WORD = r"(?:[A-Z]?[a-z]+|[A-Z]+)?\d{0,4}"
_LIKE_WORDS = rf"{_WORD}(?:[._/-]{_WORD})*(?![\w~+/=%])"
# Basic and bearer are words as well: "Basic web-server-24.04" is a VM's name.
HEADERS = re.compile(rf"({_LABELLED}|\b(?i:basic|bearer)\s+{_ENCODED}(?!{_LIKE_WORDS}))[\w.~+/=%-]+")
"""What carries credentials, whatever they are."""
NOTHING = re.compile(r"(?!)")
"""Matches nowhere."""


def pattern_of(secrets: Iterable[str]) -> re.Pattern[str]:
    """What finds secrets in a text, the longest first; percent-encoding may be written in either case."""
    longest_first = sorted(filter(None, secrets), key=len, reverse=True)  # an empty one would be found everywhere
    return re.compile("|".join(map(_expression, longest_first))) if longest_first else NOTHING


def _expression(secret: str) -> str:
    either_case = re.sub(r"%[0-9A-F]{2}", lambda match: f"(?i:{match[0]})", re.escape(secret))
    # An echo may change its case; what is short and of another case is a word.
    return f"(?i:{either_case})" if len(secret) >= SHORT else rf"(?<!\w){either_case}(?!\w)"


class Redactor(logging.Formatter):
    """Formats records and blacks out every secret it knows, tracebacks included."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets: set[str] = set()
        self._pattern = NOTHING

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these from now on."""
        fresh = {secret for secret in secrets if len(secret) >= MIN_SECRET} - self._secrets
        if fresh:
            self._secrets |= fresh
            self._pattern = pattern_of(self._secrets)

    def redact(self, text: str) -> str:
        """Black out what is known to be secret, and what looks like credentials."""
        return HEADERS.sub(rf"\1{HIDDEN}", self._pattern.sub(HIDDEN, text))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Put a record into words on one line: nobody whose words it quotes must be able to add lines."""
        record.message = record.message.rstrip("\n").replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """Format as usual, then redact; control characters would reach the terminal of who reads it."""
        return neutral_text(self.redact(super().format(record)))


class Repeated(logging.Filter):
    """Lets few records of one kind through: anybody who can connect could fill the log with them.

    Args:
        most: Records of one kind in a minute.
        clock: Seconds, monotonic.
    """

    def __init__(self, most: int = 60, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = most
        self._clock = clock
        self._kinds: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is written; the last one says that others like it will not be."""
        if record.levelno < logging.WARNING:
            return True  # asked for with --log-level
        # Libraries put names of others right into their message.
        kind = (record.name, record.lineno, str(record.msg)[:KIND])
        now = self._clock()
        since, count = self._kinds.get(kind, (now, 0))
        if now - since >= MINUTE:
            since, count = now, 0
        if kind not in self._kinds and len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = since, count + 1
        if count == self._most:
            record.msg, record.args = "%s (and more like this, not written for a minute)", (record.getMessage(),)
        return count <= self._most


REDACTOR = Redactor()
"""The one of this process."""


def explained(error: object) -> str:
    """What an error says, fit for clients whatever it quotes: no secrets, no control characters, of bounded length."""
    return look(str(error), lambda text: neutral_text(REDACTOR.redact(text)), LINE)


def get_logger(noun: str) -> logging.Logger:
    """The logger of one part of the server."""
    return logging.getLogger(f"{LOGGER}.{noun}")


def set_up(level: str, secrets: Iterable[str] = ()) -> None:
    """Send the logs of the whole process to standard error.

    Args:
        level: `debug`, `info`, `warning` or `error`; libraries stay one step quieter than this server, for what they
            write at `debug` is all that goes over the wire: questions and answers with whatever secrets are in them.
        secrets: What must never appear.
    """
    REDACTOR.learn(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(REDACTOR)
    handler.addFilter(Repeated())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    wanted = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(logging.INFO if level == "debug" else max(wanted, logging.WARNING))
    logging.getLogger(LOGGER).setLevel(wanted)
