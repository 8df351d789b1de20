"""Faults on demand: what networks, proxies and broken servers do to an answer."""

import asyncio
import fnmatch
import socket
import struct
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from fake_xo.requests import Seen

BASE = "/rest/v0"
INSTEAD = ("hang", "reset-early", "close", "garbage", "huge", "empty", "html")
"""Kinds that answer (or don't) in place of XO; so does `status-NNN`. XO never sees the request."""
AFTER = ("slow", "drip", "reset", "truncate", "cut-short", "stall", "lost-answer")
"""Kinds that spoil the answer XO gave: what was asked for has happened."""


@dataclass
class Fault:
    """One fault.

    Attributes:
        match: `GET /vms` (a route, exactly), `GET *`, `* /vms/{id}`, or `*`; raw paths match too, with wildcards.
        kind: `slow` (late), `drip` (slow body), `hang` (no answer), `reset-early` and `close` (connection reset or
            closed before an answer), `reset` (reset in the middle of the body), `truncate` (closed there), `cut-short`
            (half the body, ended properly), `stall` (silent there), `lost-answer` (done, then reset), `status-503`
            and the like, `garbage` (malformed JSON), `html` (a page with status 200), `empty`, `huge`.
        times: How often; None is for ever.
        seconds: For `slow` and between the pieces of `drip`.
        size: Bytes of a `huge` answer, and how far the body gets before it is broken (0: half of it).
        body: Of `status-NNN`, in place of the usual one.
        headers: Added to `status-NNN`.
        hits: How often it struck.
    """

    match: str
    kind: str
    times: int | None = 1
    seconds: float = 0.3
    size: int = 0
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in (*INSTEAD, *AFTER) and not self.kind.removeprefix("status-").isdigit():
            raise ValueError(f"no such fault: {self.kind}; there are {', '.join((*INSTEAD, *AFTER))} and status-NNN")

    def applies(self, seen: Seen) -> bool:
        """Whether it strikes that request."""
        method, _, path = self.match.partition(" ")
        if not path:
            method, path = ("*", method) if method.startswith(("/", "*")) else (method, "*")
        raw = seen.path.removeprefix(BASE)
        return method in {"*", seen.method} and (
            path in {"*", seen.route.partition(" ")[2], raw} or fnmatch.fnmatchcase(raw, path)
        )

    async def before(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Strike in place of XO; false when the request is to go on."""
        if self.kind == "slow":
            await asyncio.sleep(self.seconds)
        if self.kind in AFTER:
            return False
        if self.kind == "hang":
            await _until_disconnected(receive)
        elif self.kind == "reset-early":
            _reset(scope)
        elif self.kind == "close":
            scope["state"]["transport"].close()
        else:
            await _drain(receive)
            await self._instead(scope, receive, send)
        return True

    async def _instead(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.kind == "huge":
            await _send_huge(self.size or 64 << 20, send)
            return
        json_type = {"Content-Type": "application/json; charset=utf-8"}
        html_type = {"Content-Type": "text/html"}
        if self.kind == "garbage":
            response = Response(b'[{"id": "1", "name_label": "half', headers=json_type)
        elif self.kind == "html":
            response = Response(b"<html><body>Please sign in</body></html>", headers=html_type)
        elif self.kind == "empty":
            response = Response(b"", headers=json_type)
        else:
            status = int(self.kind.removeprefix("status-"))
            proxy = f"<html><head><title>{status}</title></head><body>proxy</body></html>".encode()
            response = Response(self.body or proxy, status, html_type | self.headers)
        await response(scope, receive, send)


class Faults:
    """The faults in wait, first come first served."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Put one in wait."""
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all."""
        self._faults.clear()

    def take_call(self, method: str) -> Fault | None:
        """The fault that strikes a JSON-RPC call, used up once; its match is `CALL vm.insertCd` or `CALL *`."""
        for fault in self._faults:
            if fault.match in {f"CALL {method}", "CALL *"} and (fault.times is None or fault.hits < fault.times):
                fault.hits += 1
                return fault
        return None

    def take(self, seen: Seen) -> Fault | None:
        """The fault that strikes this request, used up once."""
        for fault in self._faults:
            if fault.applies(seen) and (fault.times is None or fault.hits < fault.times):
                fault.hits += 1
                return fault
        return None


async def serve_fault(fault: Fault, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send XO's answer, spoiled."""
    if fault.kind == "slow":
        await response(scope, receive, send)
        return
    if fault.kind == "lost-answer":
        _reset(scope)
        return
    breaker = _Breaker(fault, scope, receive, send)
    try:
        await response(scope, receive, breaker.send)
    except _BrokenError:
        await breaker.end()


class _BrokenError(Exception):
    """The body has been sent as far as it should be."""


class _Breaker:
    """Lets a body through up to a point."""

    def __init__(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        self._fault = fault
        self._scope = scope
        self._receive = receive
        self._send = send
        self._left = fault.size

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._fault.kind == "drip":
            await self._drip(message)
        else:
            await self._part(message)

    async def _start(self, message: Message) -> None:
        if self._fault.kind == "cut-short":
            kept = [(name, value) for name, value in message["headers"] if name.lower() != b"content-length"]
            message = {**message, "headers": kept}
        await self._send(message)

    async def _drip(self, message: Message) -> None:
        body = message.get("body", b"")
        step = max(1, len(body) // 10)
        for start in range(0, len(body), step):
            await asyncio.sleep(self._fault.seconds / 10)
            await self._send({**message, "body": body[start : start + step], "more_body": True})
        await self._send({**message, "body": b""})

    async def _part(self, message: Message) -> None:
        body = message.get("body", b"")
        if not self._left:
            self._left = max(1, len(body) // 2)
        if len(body) < self._left:
            self._left -= len(body)
            await self._send({**message, "more_body": True})
            if message.get("more_body"):
                return
            raise _BrokenError
        await self._send({**message, "body": body[: self._left], "more_body": True})
        raise _BrokenError

    async def end(self) -> None:
        match self._fault.kind:
            case "cut-short":
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            case "stall":
                await _until_disconnected(self._receive)
            case "reset":
                await asyncio.sleep(0.05)  # what was sent must arrive before the reset overtakes it
                _reset(self._scope)


def _reset(scope: Scope) -> None:
    """Close with a TCP reset."""
    transport: Any = scope["state"]["transport"]
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drain(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


async def _send_huge(size: int, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    piece = b'{"id": "' + b"x" * 65500 + b'"},'
    await send({"type": "http.response.body", "body": b"[", "more_body": True})
    for _ in range(size // len(piece)):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"{}]", "more_body": False})
