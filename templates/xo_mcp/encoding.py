"""Reads and writes JSON, as fast as the library below the MCP SDK can."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pydantic_core import PydanticSerializationError, from_json, to_json

from xo_mcp.types import Json

_LENIENT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PRINTABLE: Final = bytes(sign for sign in range(ord(" "), ord("~") + 1) if sign != ord("\\"))


class Written(NamedTuple):
    """A value, and the same as JSON."""

    value: Json
    encoded: bytes


def encode(data: Json) -> bytes:
    """Write JSON compactly in UTF-8, as the budget counts it; half a surrogate pair becomes a question mark."""
    try:
        return to_json(data)
    except PydanticSerializationError:
        return _LENIENT.encode(data).encode(errors="replace")


def written(data: Json) -> Written:
    """Return `data` with its JSON."""
    return Written(data, encode(data))


def encode_printable(data: Json) -> bytes | None:
    """Write JSON as `encode` does, if all its texts are printable ASCII without escapes.

    One look at the JSON tells this of all texts in it, and costs a twentieth of a look at each.
    """
    try:
        encoded = to_json(data)
    except PydanticSerializationError:
        return None
    return None if encoded.translate(None, _PRINTABLE) else encoded


def array_of(encoded: Iterable[bytes]) -> bytes:
    """Write an array of what is JSON already."""
    return b"[" + b",".join(encoded) + b"]"


def object_of(data: Mapping[str, Json], encoded: Mapping[str, bytes]) -> bytes:
    """Write an object, of which some values are JSON already."""
    if not encoded:
        return encode(dict(data))
    pairs = (
        encode(name) + b":" + (encoded[name] if name in encoded else encode(value)) for name, value in data.items()
    )
    return b"{" + b",".join(pairs) + b"}"


def decode(content: bytes) -> Json:
    """Read JSON; NaN, infinities, half surrogate pairs and bytes that are not UTF-8 pass, too.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deep.
    """
    try:
        # Names of properties repeat; most texts are ids, which don't.
        data: Json = from_json(content, cache_strings="keys")
    except ValueError:
        # It refuses half surrogate pairs and more than 200 levels, which Python's own reader takes.
        data = json.loads(content.decode("utf-8-sig", errors="replace"))
    return data


def size(data: Json) -> int:
    """Return the bytes of `data` as compact UTF-8 JSON."""
    return len(encode(data))
