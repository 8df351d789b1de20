"""One open socket of XO's JSON-RPC API: messages out, answers in, each to the call that waits for it."""

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

import anyio
import anyio.to_thread
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from xo_mcp import observing
from xo_mcp.api.rpc_error import code_of
from xo_mcp.api.rpc_refusals import Wording, unknown_outcome
from xo_mcp.api.settings import Timeouts
from xo_mcp.errors import ArgumentError
from xo_mcp.parsing import LARGE, TooMuchError, parse_json
from xo_mcp.types import NOTHING, Arguments, Json, Omit
from xo_mcp.units import readable_size

LARGEST_SENT: Final = 100 * 1024 * 1024
"""Bytes of the largest message that XO takes."""
CLOSING: Final = 1.0
"""Seconds a goodbye may take; XO answers it in milliseconds."""

_CUT: Final = "the connection broke before XO answered: it may be restarting, or our login may have expired"
_EMPTY: Final = "what XO sent says neither that it was done nor why not"
_TOO_BIG: Final = 1009
_TOO_LARGE: Final = "the answer is larger than this server takes; ask for less"


class Line:
    """One open socket: calls run at the same time, and are answered in any order.

    Args:
        socket: Open.
        wording: Turns XO's errors into texts.
        timeouts: Seconds a call may take where nothing else is said; what changes something may take longer.
    """

    def __init__(self, socket: ClientConnection, wording: Wording, timeouts: Timeouts) -> None:
        self._socket = socket
        self._wording = wording
        self._timeouts = timeouts
        self._waiting: dict[int, asyncio.Future[tuple[dict[str, Any], int]]] = {}
        self._asked = 0
        self._reader = asyncio.ensure_future(self._read())

    async def call(
        self, method: str, params: Arguments = NOTHING, *, changes: bool = False, limit: float | None = None
    ) -> Json:
        """Call one method; see `JsonRpc.call`, but for asking again."""
        number, text = self._encoded(method, params)
        with observing.request("jsonrpc", method) as seen:
            seen.sent = len(text)
            reply, seen.size = await self._exchange(method, number, text, changes=changes, limit=limit)
            problem = reply.get("error")
            seen.status = "ok" if problem is None else "error"
            if problem is not None:
                refusal = self._wording.refusal(method, problem)
                seen.error, seen.code = type(refusal).__name__, code_of(problem)
                raise refusal
        result: Json = reply.get("result")
        return result

    def _encoded(self, method: str, params: Arguments) -> tuple[int, str]:
        """The next message, and its number."""
        self._asked += 1
        given = {name: value for name, value in params.items() if not isinstance(value, Omit)}
        text = json.dumps({"jsonrpc": "2.0", "id": self._asked, "method": method, "params": given})
        if len(text) > LARGEST_SENT:  # ASCII only, so that characters are bytes
            largest = readable_size(LARGEST_SENT)
            raise ArgumentError(
                f"The arguments are {readable_size(len(text))}: XO takes at most {largest} in one call."
            )
        return self._asked, text

    async def _exchange(
        self, method: str, number: int, text: str, *, changes: bool, limit: float | None
    ) -> tuple[dict[str, Any], int]:
        """Send a message and wait for what answers it; also how many bytes that has."""
        answer: asyncio.Future[tuple[dict[str, Any], int]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        usual = self._timeouts.change if changes else self._timeouts.normal
        seconds = usual if limit is None else limit
        try:
            with anyio.fail_after(seconds):
                await self._send(text)
                return await answer
        except TimeoutError as error:
            raise unknown_outcome(method, f"XO gave no answer within {seconds:g} s", changes=changes) from error
        except BrokenSocketError as error:
            raise unknown_outcome(method, str(error), changes=changes) from error
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Hang up; what XO still does for us goes on."""
        with anyio.CancelScope(shield=True):
            await leave(self._socket)
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def _send(self, text: str) -> None:
        if self._reader.done():
            raise BrokenSocketError(_CUT)
        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise BrokenSocketError(_CUT) from error

    async def _read(self) -> None:
        """Hand answers to those who wait, and drop XO's notifications, which have no id."""
        why = _CUT
        try:
            async for message in self._socket:
                await self._take(message if isinstance(message, bytes) else message.encode(errors="replace"))
        except ConnectionClosed as error:
            if error.sent is not None and error.sent.code == _TOO_BIG:
                why = _TOO_LARGE
        except TooMuchError:
            why = _TOO_LARGE
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(BrokenSocketError(why))
                    answer.exception()  # seen, even if nobody waits any more

    async def _take(self, message: bytes) -> None:
        """Hand one message over.

        Raises:
            TooMuchError: It can't be taken in, so that nobody knows whose answer it is.
        """
        try:
            large = len(message) >= LARGE
            data = await anyio.to_thread.run_sync(parse_json, message) if large else parse_json(message)
        except TooMuchError:
            raise
        except ValueError:
            return
        if not isinstance(data, dict):
            return
        number = data.get("id")
        answer = self._waiting.get(number) if isinstance(number, int) and not isinstance(number, bool) else None
        if answer is None or answer.done():
            return
        if data.keys() & {"result", "error"}:
            answer.set_result((data, len(message)))
        else:
            answer.set_exception(BrokenSocketError(_EMPTY))


class BrokenSocketError(Exception):
    """The socket ended before the answer came, or what came is not an answer; the text says why."""


async def leave(socket: ClientConnection) -> None:
    """Close a socket; one that does not answer is given up. A call that is cancelled waits for that too."""
    with anyio.move_on_after(2 * CLOSING, shield=True), suppress(OSError):
        await socket.close()
