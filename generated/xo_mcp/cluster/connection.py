"""How workers reach the store that they share."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from xo_mcp.errors import ConfigError
from xo_mcp.logs import REDACTOR

if TYPE_CHECKING:
    from redis.asyncio import Redis

SETTING: Final = "--shared-state"
SCHEMES: Final = frozenset({"redis", "rediss", "unix"})
PATIENCE: Final = 2.0
"""Seconds the store may take to answer."""


def check_url(url: str, source: str) -> None:
    """See that a URL is one of a store, and learn its password.

    Raises:
        ConfigError: It is malformed, or shows its password to other users of this machine.
    """
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        raise ConfigError(f"{source} is not a URL such as redis://store.example.org:6379/0") from None
    if parts.scheme not in SCHEMES:
        raise ConfigError(f"{source} must start with redis://, rediss:// or unix://")
    if password:
        REDACTOR.learn([password])
        if source == SETTING:
            raise ConfigError(f"{SETTING} shows the store's password to other users: give it in XO_MCP_SHARED_STATE")


def client(url: str) -> "Redis":
    """A client of the store, which connects when it is used.

    Raises:
        ConfigError: The library for it is not installed.
    """
    try:
        from redis.asyncio import Redis  # an extra
    except ImportError:
        raise ConfigError(f"{SETTING} needs the extra cluster: pip install 'xen-orchestra-mcp[cluster]'") from None
    made: Redis = Redis.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, health_check_interval=30, decode_responses=True
    )
    return made


def failures() -> tuple[type[Exception], ...]:
    """What asking the store may raise."""
    # Whatever answers in the store's place may answer anything, which its client then fails over in any way: lists
    # nested without end are a RecursionError, numbers without end an OverflowError.
    return (Exception,)


def reason_of(error: BaseException) -> str:
    """Why asking the store failed, without its password."""
    return REDACTOR.redact(str(error) or type(error).__name__)
