"""Answers unreadable requests that carry an id: their clients would wait for ever.

The SDK's reader gives such a line as an exception; its original text is in it. Text that is not JSON is searched for
its id all the same: it may be cut off, or have a comma too many.
"""

import json
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

from xo_mcp.logs import get_logger

LONGEST_ID: Final = 200
"""Characters of an id that is given back."""
MOST: Final = 100
"""Requests of one line, an array of them, that are answered."""
NOT_JSON: Final = ErrorData(code=PARSE_ERROR, message="Parse error: this is not valid JSON in UTF-8")
NOT_A_REQUEST: Final = ErrorData(
    code=INVALID_REQUEST,
    message='Invalid request: send one JSON object a line, with "jsonrpc": "2.0", "id", "method" and object "params"',
)
TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}:,]|[^\s"\[\]{}:,]++', re.DOTALL)
"""A text, which may have no end, a sign or a word of JSON; anything between them is skipped."""
log = get_logger("stdio")
Id = int | str


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
            for number, complaint in complaints(message):
                await self._writer.send(SessionMessage(JSONRPCError(jsonrpc="2.0", id=number, error=complaint)))


def complaints(error: Exception) -> Iterator[tuple[Id, ErrorData]]:
    """What to answer to the requests that an exception is about: their ids, and what is wrong."""
    given = _given(error)
    if isinstance(given, str):
        number = _id_in(given)
        if number is not None:
            yield number, NOT_JSON
        return
    for message in (given if isinstance(given, list) else [given])[:MOST]:
        number = _id_of(message.get("id")) if isinstance(message, dict) and "method" in message else None
        if number is not None:
            yield number, NOT_A_REQUEST


def _given(error: Exception) -> Any:
    """The line as text where it is not JSON, else what it holds."""
    if not isinstance(error, ValidationError):
        return None
    # A message fits none of several shapes, and each says what it lacks; what lacks it is the message.
    found = error.errors(include_url=False, include_context=False)
    whole = (each["input"] for each in found if each["type"] in {"json_invalid", "missing", "model_type"})
    return next((each for each in whole if isinstance(each, (str, list, dict))), None)


def _id_in(text: str) -> Id | None:
    """The id of a request in text that is not JSON: of the outermost object, which must name a method as well."""
    depth, named, found = 0, False, None
    key = before = ""
    for match in TOKEN.finditer(text):
        part = match[0]
        if part in {"[", "{"}:
            depth += 1
        elif part in {"]", "}"}:
            depth -= 1
        elif depth == 1 and part == ":":
            key = before
            named = named or key == '"method"'
        elif depth == 1 and part == ",":
            key = ""
        elif depth == 1 and key == '"id"':
            found = _scalar(part)
        before = part
    return found if named else None


def _scalar(part: str) -> Id | None:
    try:
        return _id_of(json.loads(part))
    except ValueError:
        return None


def _id_of(value: object) -> Id | None:
    if isinstance(value, str):
        # Half a surrogate pair can't be sent back.
        return value.encode(errors="replace").decode()[:LONGEST_ID]
    return value if isinstance(value, int) and not isinstance(value, bool) else None
