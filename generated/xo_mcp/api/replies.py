"""Parses XO's answers leniently: the content type may be wrong, a proxy may have answered instead."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2

from xo_mcp.api.settings import SettingNames
from xo_mcp.api.unreachable import what_next
from xo_mcp.errors import XoError
from xo_mcp.parsing import TooMuchError, parse_json, require_few
from xo_mcp.types import Json

_NDJSON: Final = "application/x-ndjson"
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True)
class Reply:
    """One answer with a status below 300.

    Attributes:
        status: The HTTP status.
        media_type: `application/json`, without parameters; empty when XO named none.
        data: Parsed JSON; the list of lines of NDJSON; the text of anything else; `None` when there was no body.
        headers: By name, in any case.
    """

    status: int
    media_type: str
    data: Json
    headers: Mapping[str, str] = field(repr=False)


def media_type_of(response: httpx2.Response) -> str:
    """The content type without parameters, in small letters."""
    kind: str = response.headers.get("Content-Type", "")
    return kind.partition(";")[0].strip().lower()


async def read(response: httpx2.Response, limit: int, *, partial: bool = False) -> tuple[bytes, bool]:
    """Read a body, decompressed, but not more than `limit` bytes.

    Args:
        response: Closed afterwards.
        limit: Bytes.
        partial: Be content with what came when the body breaks off: an error's status says most.

    Returns:
        The bytes, and whether there were more.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > limit:
                chunks.append(chunk[: limit - size])
                return b"".join(chunks), True
            chunks.append(chunk)
    except httpx2.RequestError:
        if not partial:
            raise
    finally:
        await response.aclose()
    return b"".join(chunks), False


def parse(response: httpx2.Response, content: bytes, operation: str, where: str = SettingNames.url) -> Reply:
    """Read a whole body.

    Args:
        response: Has status and headers.
        content: The body, decompressed.
        operation: Method and route, like `GET /vms/{id}`.
        where: What the operator calls the setting of the URL.

    Raises:
        XoError: The body is not what it says it is (code `unreadable`).
    """
    kind = media_type_of(response)
    data = _data(response.status_code, kind, content, operation, where)
    return Reply(response.status_code, kind, data, response.headers)


def _data(status: int, kind: str, content: bytes, operation: str, where: str) -> Json:
    if not content:
        return None
    if kind in _HTML:
        raise XoError(status, "unreadable", f"{operation} was answered with a web page instead of data.", _wrong(where))
    if kind == _NDJSON:
        return _lines(content, status, operation, where)
    if kind == "application/json" or kind.endswith("+json"):
        return _json(content, status, operation, where)
    if not kind and content.removeprefix(BOM_UTF8).lstrip()[:1] in {b"{", b"["}:
        return _json(content, status, operation, where)
    return content.decode("utf-8-sig", errors="replace")


def _lines(content: bytes, status: int, operation: str, where: str) -> Json:
    try:
        require_few(content)
    except TooMuchError as error:
        raise _too_many(status, operation, str(error)) from error
    lines = content.removeprefix(BOM_UTF8).split(b"\n")
    return [_json(line, status, f"{operation} (line {n})", where) for n, line in enumerate(lines, 1) if line.strip()]


def _json(content: bytes, status: int, operation: str, where: str) -> Json:
    try:
        return parse_json(content)
    except TooMuchError as error:
        raise _too_many(status, operation, str(error)) from error
    except ValueError as error:
        detail = (
            f"XO's answer to {operation} is not JSON though it says so ({status}), perhaps because it was cut short."
        )
        raise XoError(status, "unreadable", detail, f"{what_next(operation)} {_wrong(where)}") from error


def _wrong(where: str) -> str:
    return f"Check that {where} is the address of XO, and that no proxy answers instead."


def _too_many(status: int, operation: str, why: str) -> XoError:
    return XoError(status, "too_large", f"XO's answer to {operation} can't be taken in: {why}.", _less(operation))


def too_large(status: int, operation: str, limit: int) -> XoError:
    """Say that an answer has no end in reason."""
    return XoError(
        status,
        "too_large",
        f"The answer to {operation} is larger than {limit // (1024 * 1024)} MiB, so it was not read.",
        _less(operation),
    )


def _less(operation: str) -> str:
    if operation.startswith("GET "):
        return "Ask for less: a `limit`, fewer `fields`, or a `filter`."
    return what_next(operation)


def empty(status: int, operation: str, where: str) -> XoError:
    """Say that there is nothing where an object or a list must be."""
    return XoError(
        status, "unreadable", f"XO's answer to {operation} is empty.", f"{what_next(operation)} {_wrong(where)}"
    )


def damaged(status: int, operation: str, where: str) -> XoError:
    """Say that an answer can't be decompressed."""
    return XoError(
        status,
        "unreadable",
        f"The compressed answer to {operation} is damaged.",
        f"{what_next(operation)} {_wrong(where)}",
    )
