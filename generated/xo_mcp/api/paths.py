"""Builds the URL path of a request from a route and arguments; it can reach no other route.

XO 6.7.1 is dangerous here, as trying it showed: an empty id reaches the collection, so `DELETE /tasks/` empties the
whole log, and a raw dot falls into `/{id}.{format}`, so `GET /vms/<uuid>.xva` streams a machine. Therefore an argument
is one path segment, always: everything but letters, digits, `-`, `_` and `~` is percent-encoded, dots too, and what
can be no id is refused before anything is sent.
"""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from xo_mcp.decisions import CONVENTIONS
from xo_mcp.errors import ArgumentError
from xo_mcp.text import as_sent
from xo_mcp.types import NOTHING, OMIT, Arguments, Json, Omit

MAX_BYTES: Final = 1024
"""Longest argument in a path, as UTF-8; XO's own ids end at about 200."""

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_ROUTE: Final = "/:@!$&'()*+,;=~%-._"
"""What a URL's path takes as it is; of other characters, the bytes are written in hexadecimal."""


def fill(route: str, path: Arguments = NOTHING) -> str:
    """Put arguments into a route.

    Args:
        route: Relative to `/rest/v0`, like `/vms/{id}.{format}`; everything outside braces is sent as it is.
        path: A value for each placeholder; others are ignored. Numbers and booleans are written as XO writes them, the
            items of a list with commas between.

    Returns:
        The encoded path, ASCII, with exactly the segments of the route.

    Raises:
        ArgumentError: A value is missing or can be none; nothing was sent.
    """
    slashes = route.startswith(CONVENTIONS.slashed)

    def part(name: str) -> str:
        value = path.get(name)
        parts = value if isinstance(value, list) and value else [value]
        return ",".join(_encode(_checked(name, _as_text(entry), slashes=slashes)) for entry in parts)

    # A route may have letters that a URL writes as bytes; what is encoded in it already stays as it is.
    literal, *rest = _PLACEHOLDER.split(route)
    filled = [quote(literal, safe=_ROUTE)]
    for name, following in zip(rest[::2], rest[1::2], strict=True):
        filled += [part(name), quote(following, safe=_ROUTE)]
    return "".join(filled)


def _as_text(value: Json | Omit) -> Json | Omit:
    """Numbers and booleans as XO writes them; anything else as it is."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _encode(value: str) -> str:
    return quote(value, safe="").replace(".", "%2E")


def _checked(name: str, value: Json | Omit, *, slashes: bool) -> str:
    if value is None or isinstance(value, Omit):
        raise ArgumentError(f"`{name}` is required.")
    if not isinstance(value, str):
        raise ArgumentError(f"`{name}` must be text, a number, a boolean, or a list of these.")
    if not value:
        raise ArgumentError(f"`{name}` must not be empty.")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in value):
        raise ArgumentError(f"`{name}` must not hold control characters: {as_sent(value)!r}.")
    if len(value.encode()) > MAX_BYTES:
        raise ArgumentError(f"`{name}` must not be longer than {MAX_BYTES} bytes.")
    if name not in CONVENTIONS.free_text:
        _check_id(name, value, slashes=slashes)
    return value


def _check_id(name: str, value: str, *, slashes: bool) -> None:
    """Refuse what no object of XO is called: it would name a collection, a format or another route."""
    shown = as_sent(value)
    if not any(sign.isalnum() for sign in value):
        raise ArgumentError(f"`{name}` can't be {shown!r}: take one that XO gave, a list tool's `id`.")
    if "\\" in value:
        raise ArgumentError(f"`{name}` must not hold backslashes: {shown!r}.")
    if "/" in value and not slashes:
        raise ArgumentError(
            f"`{name}` must not hold slashes: {shown!r}. Give the bare id, without the path or `href` around it."
        )
    if any(segment in {".", ".."} for segment in value.split("/")):
        raise ArgumentError(f"`{name}` must not hold `.` or `..` segments: {shown!r}.")


def encode_query(values: Arguments = NOTHING) -> str:
    """Write query parameters the way XO reads them.

    Booleans become `true` and `false` (`1` is a 422), lists repeat their key, whole floats lose `.0`; what is `OMIT`
    or `None` is left out.

    Returns:
        The text after `?`, percent-encoded ASCII, empty when there is nothing.

    Raises:
        ArgumentError: A value is an object, a list of lists, or no finite number.
    """
    pairs = [
        f"{_escape(name, name)}={_escape(name, text)}" for name, value in values.items() for text in _texts(name, value)
    ]
    return "&".join(pairs)


def _texts(name: str, value: Json | Omit) -> list[str]:
    if value is None or isinstance(value, Omit):
        return []
    if isinstance(value, list):
        return [_text(name, item) for item in value if item is not None]
    return [_text(name, value)]


def _text(name: str, value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ArgumentError(f"`{name}` must be a finite number.")
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (str, int)):
        return str(value)
    raise ArgumentError(f"`{name}` must be a string, a number, a boolean, or a list of these.")


def _escape(name: str, text: str) -> str:
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:  # a lone surrogate
        raise ArgumentError(f"`{name}` holds an invalid character: {as_sent(text)!r}.") from None


def encode_body(body: Mapping[str, Json | Omit] | Json) -> bytes:
    """Write a body as JSON, in ASCII; of an object, what is `OMIT` is left out.

    Raises:
        ArgumentError: It is not JSON.
    """
    given = {name: value for name, value in body.items() if value is not OMIT} if isinstance(body, Mapping) else body
    try:
        return json.dumps(given, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(
            "The arguments can't be written as JSON: use finite numbers and no deep nesting."
        ) from error
