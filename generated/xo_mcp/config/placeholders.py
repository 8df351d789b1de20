"""Recognises settings left as placeholders: `${XO_TOKEN}`, `<your token>`, `your-token-here`."""

import re
from typing import Final

from xo_mcp.errors import ConfigError

_UNFILLED: Final = re.compile(
    r"\$\{[^{}]{1,80}\}|\{\{[^{}]{1,80}\}\}|\$[A-Z_]{2,40}|%[A-Z_]{2,40}%|<[^<>]{1,80}>|\.{3}|…"
)

_WORDS: Final = re.compile(
    r"(?:your|my|xo|api|auth|the|put|insert|paste)[-_ ](?:[a-z]+[-_ ])*token(?:[-_ ]here)?"
    r"|change[-_ ]?me|null|undefined|none",
    re.IGNORECASE,
)
"""Placeholders of tokens in examples; no token that XO makes looks like them."""
_INSIDE: Final = re.compile(r"\$\{[^{}]{1,80}\}")


def require_filled_path(value: str, where: str) -> str:
    """Return a path, unless a part of it is a placeholder: a folder of that name would be made.

    Raises:
        ConfigError: Nobody put the value in.
    """
    found = _INSIDE.search(value)
    require_filled(found[0] if found else value, where)
    return value


def require_filled(value: str, where: str, *, token: bool = False) -> str:
    """Return a setting, unless it is a placeholder.

    Args:
        value: As the process got it.
        where: The variable or file, for the message.
        token: Whether it is to be a token, which is no word.

    Raises:
        ConfigError: Nobody put the value in.
    """
    found = value.strip()
    if _UNFILLED.fullmatch(found) or (token and _WORDS.fullmatch(found)):
        raise ConfigError(
            f"{where} is still a placeholder: your client did not fill in the value. Write it into the client's"
            " configuration, or set the variable where the client is started."
        )
    return value
