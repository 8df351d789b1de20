"""XO's JSON-RPC API, for what its REST API lacks: a WebSocket for each use, signed in, closed at the end.

Why not one socket for all calls: XO sends every signed-in socket each object that changes in any pool, whole, all the
time; a token that expires closes the socket at the next message; a restart of XO cuts it without a word. Opening,
signing in and closing costs 20 ms (5 for a REST call), and none of these can then happen between two calls
(xo-server 5.207.2).
"""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import Final

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidMessage, ProxyError
from websockets.typing import Subprotocol

from xo_mcp import observing
from xo_mcp.api.auth import Credentials
from xo_mcp.api.paths import fill
from xo_mcp.api.proxies import proxy_for
from xo_mcp.api.rpc_refusals import NOT_DONE, Wording
from xo_mcp.api.rpc_socket import CLOSING, Line, leave
from xo_mcp.api.settings import ClientSettings
from xo_mcp.api.transport import tls_context
from xo_mcp.api.unreachable import no_answer
from xo_mcp.errors import CallError, ConfigError, Unauthorized, Unreachable, XoError
from xo_mcp.logs import get_logger
from xo_mcp.types import NOTHING, Arguments, Json

ROUTE: Final = "/api/"
"""With the final slash and without a query: XO never answers another handshake."""

_CONSOLE: Final = f"{ROUTE}consoles/{{id}}"
_LOG: Final = get_logger("jsonrpc")
_LARGEST_SCREEN_FRAME: Final = 1024 * 1024  # bytes; XO hands on what it reads from a socket, 64 KiB at most
_PUBLIC: Final = frozenset({"system.getMethodsInfo", "system.getServerVersion"})
_THROTTLED: Final = "unknown error from the peer"


class _Connect(connect):
    """Follows no redirect: our token is for this XO alone."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


@contextmanager
def _handshake(route: str) -> Iterator[None]:
    """Watch a WebSocket being opened, as the request that it is."""
    with observing.request("jsonrpc", f"GET {route}") as seen:
        yield
        seen.status = "101"


class JsonRpc:
    """The JSON-RPC API of one XO.

    Args:
        settings: Which XO, how patiently.
        credentials: Who we are there.
        wording: Turns XO's errors into texts.
        permitted: Asks whether XO's administrator allows MCP, which XO does not look at here; raises when not.
    """

    def __init__(
        self,
        settings: ClientSettings,
        credentials: Credentials,
        wording: Wording,
        permitted: Callable[[], Awaitable[object]],
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._wording = wording
        self._permitted = permitted

    async def call(
        self, method: str, params: Arguments = NOTHING, *, changes: bool = False, limit: float | None = None
    ) -> Json:
        """Call one method.

        Args:
            method: Such as `vm.insertCd`.
            params: By XO's names; what is `OMIT` is left out.
            changes: Whether it changes anything. What does not is asked once more when XO restarts meanwhile.
            limit: Seconds until it is given up; by default as long as such a REST call may take.

        Raises:
            ArgumentError: The parameters are more than XO takes.
            XoError: XO refused; McpDisabled: its administrator switched MCP off.
            Unreachable: No answer; says whether it may have been done.
        """
        for last in (False, True):
            try:
                async with self.connected(public=method in _PUBLIC) as line:
                    return await line.call(method, params, changes=changes, limit=limit)
            except Unreachable:
                if changes or last:
                    raise
                _LOG.info("%s got no answer, asked once more", method)
                observing.request_repeated(method)
        raise AssertionError  # the loop returns or raises

    @asynccontextmanager
    async def connected(self, *, public: bool = False) -> AsyncIterator[Line]:
        """Hold a socket for several calls.

        Args:
            public: Neither sign in nor ask the administrator's switch: only for what XO answers to anybody.

        Raises:
            XoError: XO does not let us in; McpDisabled: its administrator switched MCP off.
            Unreachable: There is no connection.
        """
        if not public:
            await self._permitted()
        with _handshake(ROUTE):
            socket = await self._open(ROUTE)
        line = Line(socket, self._wording, self._settings.timeouts)
        try:
            if not public:
                await self._sign_in(line)
            yield line
        finally:
            await line.close()

    @asynccontextmanager
    async def console(self, machine: str) -> AsyncIterator[ClientConnection]:
        """Hold the socket of a VM's console, whose bytes are RFB both ways.

        Args:
            machine: The id of a running VM.

        Raises:
            Unreachable: There is no such console, or no right to it: XO closes the connection without a word.
            ConfigError: There is no token, which consoles need.
        """
        token = (await self._credentials.login()).get("token")
        if token is None:
            raise ConfigError("consoles need a token: set XO_TOKEN or XO_TOKEN_FILE instead of XO_USERNAME")
        await self._permitted()
        # XO reads another cookie here than everywhere else.
        route = f"{ROUTE}consoles{fill('/{id}', {'id': machine})}"
        with _handshake(_CONSOLE):
            socket = await self._open(route, {"Cookie": f"token={token}"}, binary=True)
        try:
            yield socket
        finally:
            await leave(socket)

    async def _sign_in(self, line: Line) -> None:
        try:
            await line.call("session.signIn", await self._credentials.login())
        except Unauthorized as error:
            raise Unauthorized(error.status, error.code, error.detail, self._credentials.advice()) from error
        except XoError as error:
            if _THROTTLED not in error.detail:
                raise
            raise Unauthorized(
                error.status,
                "too_fast",
                "XO throttles logins right after a failed one.",
                "Wait a few seconds and try again; a token (XO_TOKEN) is not throttled.",
            ) from error

    @property
    def address(self) -> str:
        """Where XO speaks JSON-RPC."""
        return self._address(ROUTE)

    def _address(self, route: str) -> str:
        base = self._settings.base
        root = base.raw_path.decode("ascii").removesuffix("/rest/v0")
        return f"{'wss' if base.scheme == 'https' else 'ws'}://{base.netloc.decode('ascii')}{root}{route}"

    @cached_property
    def _trust(self) -> ssl.SSLContext | None:
        return tls_context(self._settings) if self._settings.base.scheme == "https" else None

    async def _open(
        self, route: str, headers: Mapping[str, str] | None = None, *, binary: bool = False
    ) -> ClientConnection:
        settings, timeouts = self._settings, self._settings.timeouts
        try:
            return await _Connect(
                self._address(route),
                ssl=self._trust,
                additional_headers={"X-XO-Client": "mcp", **(headers or {})},
                user_agent_header=settings.user_agent,
                subprotocols=[Subprotocol("binary")] if binary else None,
                # websockets itself passes over ALL_PROXY.
                proxy=proxy_for(settings.base),
                open_timeout=timeouts.connect,
                close_timeout=CLOSING,
                max_size=_LARGEST_SCREEN_FRAME if binary else settings.max_reply,
                # A call may take hours, and XO's own thread may be busy for seconds: silence is no sign of an end.
                ping_interval=None,
            )
        except ProxyError as error:
            raise self._unconnected(httpx2.ProxyError(str(error)), error) from error
        except (TimeoutError, InvalidMessage) as error:
            raise Unreachable(
                f"XO did not answer the WebSocket handshake of {self.address} within {timeouts.connect:g} s. "
                f"A proxy before XO must let WebSockets through. {NOT_DONE}"
            ) from error
        except InvalidHandshake as error:
            raise Unreachable(
                f"What answers at {self.address} speaks no WebSocket: is {settings.names.url} the address of XO, and "
                f"does the proxy before it let WebSockets through (the header Upgrade)? {NOT_DONE}"
            ) from error
        except OSError as error:
            raise self._unconnected(httpx2.ConnectError(str(error)), error) from error

    def _unconnected(self, error: httpx2.RequestError, cause: BaseException) -> CallError:
        error.__cause__ = cause
        settings = self._settings
        return no_answer(error, operation="POST /api/", url=settings.base, settings=settings, patience="normal")
