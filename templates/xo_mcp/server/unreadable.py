"""Answers requests that can't be read, where they say which they are: a client would wait for ever.

The SDK's reader gives such a line as an exception; what it was stands in it.
"""

import json
from types import TracebackType
from typing import Any, Final, Self

from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

from xo_mcp.logs import get_logger

LONGEST_ID: Final = 200
"""Characters of an id that is given back."""
log = get_logger("stdio")


class Readable:
    """A stream of messages without those that can't be read.

    Args:
        reader: Gives messages, and exceptions.
        writer: Takes answers.
    """

    def __init__(self, reader: Any, writer: Any) -> None:
        self._reader = reader
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    async def __aenter__(self) -> Self:
        await self._reader.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._reader.__aexit__(kind, error, trace)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while True:
            message = await self._reader.__anext__()
            if not isinstance(message, Exception):
                return message
            log.warning("A message of the client can't be read")
            number = id_of(message)
            if number is not None:
                told = ErrorData(code=PARSE_ERROR, message="Parse error: this is not a JSON-RPC message in valid JSON")
                await self._writer.send(SessionMessage(JSONRPCError(jsonrpc="2.0", id=number, error=told)))


def id_of(error: Exception) -> int | str | None:
    """The id of the request that an exception is about, as far as Python's lenient reader finds one."""
    line = _line_of(error)
    try:
        message = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    number = message.get("id") if isinstance(message, dict) and "method" in message else None
    if isinstance(number, str):
        # Half a surrogate pair can't be sent back.
        return number.encode(errors="replace").decode()[:LONGEST_ID]
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _line_of(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return ""
    given = next((each.get("input") for each in error.errors(include_url=False)), None)
    return given if isinstance(given, str) else json.dumps(given) if isinstance(given, dict) else ""
