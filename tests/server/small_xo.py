"""A Xen Orchestra of a few routes, whose answers each test sets; real HTTP on loopback."""

import asyncio
import inspect
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import anyio
import uvicorn
from fake_xo.requests import Seen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from watch import WATCH
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy

PREFIX = "/rest/v0"


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    params: dict[str, str] = field(default_factory=dict)
    content_type: str = ""

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


Answering = Callable[[Asked], Any]


class SmallXo:
    """Answers by operation (`GET /vms/{id}`); the last one set wins. Other operations are 404."""

    def __init__(self) -> None:
        self.seen: list[Asked] = []
        self.url = ""
        self._answers: list[tuple[str, re.Pattern[str], Any]] = []

    def on(self, operation: str, answer: Any) -> None:
        """Answer JSON, a `Response`, or what a (perhaps async) function of `Asked` returns."""
        method, route = operation.split(" ")
        pattern = re.sub(r"\\\{([\w-]+)\\\}", r"(?P<\1>[^/]+)", re.escape(PREFIX + route))
        self._answers.insert(0, (method, re.compile(pattern), answer))

    @property
    def lines(self) -> list[str]:
        return [asked.line for asked in self.seen]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = scope["raw_path"].decode()
        content = await request.body()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        WATCH.partial(Seen(request.method, scope["raw_path"] + query, scope["headers"], content, len(content)))
        for method, pattern, answer in self._answers:
            match = pattern.fullmatch(raw)
            if method == request.method and match:
                params = {name: unquote(value) for name, value in match.groupdict().items()}
                query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
                kind = request.headers.get("Content-Type", "")
                body = json.loads(content) if content and "json" in kind else content or None
                asked = Asked(method, unquote(raw).removeprefix(PREFIX), query, body, params, kind)
                self.seen.append(asked)
                reply = answer(asked) if callable(answer) and not isinstance(answer, Response) else answer
                reply = await reply if inspect.isawaitable(reply) else reply
                response = reply if isinstance(reply, Response) else JSONResponse(reply)
                await response(scope, receive, send)
                return
        self.seen.append(Asked(request.method, unquote(raw).removeprefix(PREFIX), {}, None))
        await error(404, "no such object")(scope, receive, send)


class _Server(uvicorn.Server):
    """Says when it listens, and stops at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = anyio.Event()
        self.over = anyio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.over.wait()


def error(status: int, message: Any, **more: Any) -> JSONResponse:
    """An error as XO words it."""
    return JSONResponse({"error": message, **more}, status)


def empty(status: int = 204) -> Response:
    return Response(status_code=status)


@asynccontextmanager
async def small_xo(xo: SmallXo | None = None) -> AsyncIterator[tuple[SmallXo, Client]]:
    """Serve until the block ends, with a client of ours that asks it."""
    served = xo or SmallXo()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        served.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            served, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1, access_log=False
        )
        server = _Server(config)
        # A task of its own rather than a task group, which would wrap the errors tests wait for.
        serving = asyncio.create_task(server.serve([listener]))
        await server.ready.wait()
        try:
            settings = ClientSettings(url=served.url, token="a-token-of-tests")
            async with Client(settings, retries=RetryPolicy(tries=1)) as client:
                yield served, client
        finally:
            server.over.set()
            await serving
