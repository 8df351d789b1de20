"""Limits on untrusted input, applied before a regular expression, a search or a schema reads it.

Expressions here match in linear time (`tests/attacks/test_patterns.py`), but linear in a megabyte, a hundred times
over, still keeps everybody else waiting. So texts and values are bounded where they come in.
"""

from collections.abc import Callable, Mapping
from typing import Final

from xo_mcp.errors import ArgumentError

LINE: Final = 16_384
"""Characters of an argument that travels in a URL: a filter, names of fields. Node refuses more in its headers."""
TEXT: Final = 262_144
"""Characters of an argument that travels in a body: a cloud-init script."""
VALUES: Final = 10_000
"""Values, keys included, that all arguments of a call may have together."""
QUERY: Final = 1_000
"""Characters of a search for tools."""
LOOKED_AT: Final = 8_192
"""Characters of a text of XO's that explains something; a sentence or two of it are shown."""
_MARGIN: Final = 1_024
"""What is left out at a cut, where half a secret may remain, which no expression finds."""


def require_bounded(tool: str, arguments: Mapping[str, object], longest: int = LINE) -> None:
    """Refuse arguments that are larger than any operation of XO needs.

    Args:
        tool: For the message.
        arguments: As the client sent them, of any shape.
        longest: Characters one text may have.

    Raises:
        ArgumentError: A text is too long, or there are too many values; the message names the argument.
    """
    left = VALUES
    for name, argument in arguments.items():
        waiting: list[object] = [name, argument]
        while waiting:
            value = waiting.pop()
            left -= 1
            if isinstance(value, str) and len(value) > longest:
                raise ArgumentError(
                    f"{tool} was not called. {name[:60]} is {len(value):,} characters long, and no text may have more"
                    f" than {longest:,}."
                )
            inside = len(value) if isinstance(value, (dict, list)) else 0
            if inside > left or left < 0:
                raise ArgumentError(
                    f"{tool} was not called. {name[:60]} holds more than a call can: {VALUES:,} values in all. Split it"
                    " into several calls."
                )
            if isinstance(value, dict):
                waiting += value.keys()
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value


def look(text: str, clean: Callable[[str], str], most: int = LOOKED_AT) -> str:
    """Clean the beginning of a text.

    Args:
        text: Of any length.
        clean: Takes out what must not be shown.
        most: Characters that are looked at; those near the cut are dropped: they may be half a secret.
    """
    return clean(text) if len(text) <= most + _MARGIN else clean(text[: most + _MARGIN])[:-_MARGIN]
