"""Parses untrusted JSON, with limits on values and depth as well as on bytes: 60 MB of tiny values take gigabytes."""

from typing import Any, Final

from xo_mcp.encoding import decode
from xo_mcp.types import Json

VALUES: Final = 2_000_000
"""Values of one document, about; ten thousand VMs with all their properties have fewer."""
DEPTH: Final = 60
"""Levels of nesting; no record of XO comes near."""
TOO_DEEP: Final = "(nested too deep)"
BEYOND: Final = 1 << 60
"""No number of XO's is as large: an exbibyte, or thirty million years in milliseconds."""
LARGE: Final = 256 * 1024
"""Bytes of a document that is read in a thread, so that everybody else's calls go on meanwhile."""
_ALL_BUT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


class TooMuchError(ValueError):
    """A document has more values than are read, or is nested without end."""


def object_in(data: object) -> dict[str, Any]:
    """The object that this is; of anything else, an empty one."""
    return data if isinstance(data, dict) else {}


def objects_in(data: Json) -> list[dict[str, Any]]:
    """The objects of a list; of anything else, none."""
    return [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []


def texts_in(data: Json) -> list[str]:
    """The texts of a list; of anything else, none."""
    return [each for each in data if isinstance(each, str)] if isinstance(data, list) else []


def is_number(value: object) -> bool:
    """Whether this is a number, which truth is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number_in(value: Json, otherwise: float = 0.0) -> float:
    """A number that can be a size or an instant; `otherwise` for anything else.

    JSON has numbers that no `float` holds, and some with which sums and quotients no longer are numbers.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < BEYOND:
        return otherwise
    return float(value)


def parse_json(content: bytes) -> Json:
    """Read a document in UTF-8; what is nested deeper than `DEPTH` becomes a remark.

    Raises:
        TooMuchError: It has too many values, or can't be read for its nesting.
        ValueError: It is not JSON.
    """
    require_few(content)
    try:
        data = decode(content)
    except RecursionError:
        raise TooMuchError("nested without end") from None
    return _pruned(data) if _may_be_deep(content) else data


def require_few(content: bytes) -> None:
    """Refuse JSON, or lines of JSON, with too many values.

    Raises:
        TooMuchError: It has.
    """
    # Each value but the first one of a container follows a comma. Commas inside texts make this a bound, no count.
    if content.count(b",") + content.count(b"[") + content.count(b"{") + content.count(b"\n") > VALUES:
        raise TooMuchError(f"more than {VALUES:,} values")


def _may_be_deep(content: bytes) -> bool:
    """Whether there may be more levels than `DEPTH`: brackets inside texts count as well. A few quick looks."""
    brackets = content.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(DEPTH):
        shorter = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if not shorter:
            return False
        if len(shorter) == len(brackets):
            return True
        brackets = shorter
    return True


def _pruned(data: Json) -> Json:
    """Replace what is nested too deep, in place and without recursion."""
    waiting: list[tuple[Json, int]] = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, part in list(parts):
            if not isinstance(part, (dict, list)):
                continue
            if depth < DEPTH:
                waiting.append((part, depth + 1))
            else:
                value[key] = TOO_DEEP  # type: ignore[call-overload, index]
    return data
