"""Settings that a client should have filled in and did not: `${XO_TOKEN}`, `${input:token}`, `<your token>`."""

import re
from typing import Final

from xo_mcp.errors import ConfigError

_UNFILLED: Final = re.compile(
    r"\$\{[^{}]{1,80}\}|\{\{[^{}]{1,80}\}\}|\$[A-Z_]{2,40}|%[A-Z_]{2,40}%|<[^<>]{1,80}>|\.{3}|…"
)
_SHOWN: Final = 60


_INSIDE: Final = re.compile(r"\$\{[^{}]{1,80}\}")


def require_filled_path(value: str, where: str) -> str:
    """Return a path, unless a part of it is a placeholder: a folder of that name would be made.

    Raises:
        ConfigError: Nobody put the value in.
    """
    found = _INSIDE.search(value)
    require_filled(found[0] if found else value, where)
    return value


def require_filled(value: str, where: str) -> str:
    """Return a setting, unless it is a placeholder.

    Args:
        value: As the process got it.
        where: The variable or file, for the message.

    Raises:
        ConfigError: Nobody put the value in.
    """
    if _UNFILLED.fullmatch(value.strip()):
        raise ConfigError(
            f"{where} is {value.strip()[:_SHOWN]}, a placeholder: your client did not fill in the value. Write it into"
            " the client's configuration, or set the variable where the client is started."
        )
    return value
