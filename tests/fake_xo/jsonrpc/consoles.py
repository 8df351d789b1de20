"""Consoles of VMs on `/api/consoles/<id>`: RFB bytes both ways, from a VNC server behind the host."""

import asyncio
import contextlib
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from fake_xo.errors import ApiError
from fake_xo.jsonrpc.rfb import serve_screen

if TYPE_CHECKING:
    from fake_xo.app import Xo

CONSOLES = "/api/consoles/"
PIECE = 1000
"""RFB messages do not end where frames do."""


async def serve_console(xo: "Xo", scope: Scope, receive: Receive, send: Send) -> None:
    """Pass bytes both ways; without the right, or for an unknown VM, close the connection."""
    if not _allowed(xo, scope):
        scope["state"]["transport"].abort()
        return
    await receive()
    wanted = scope.get("subprotocols") or []
    await send({"type": "websocket.accept", "subprotocol": "binary" if "binary" in wanted else None})
    reader, writer, screen = await _connected(xo)
    down = asyncio.ensure_future(_down(reader, send))
    try:
        while (message := await receive())["type"] == "websocket.receive":
            writer.write(message.get("bytes") or (message.get("text") or "").encode())
    finally:
        down.cancel()
        writer.transport.abort()  # what is not sent yet is wanted by nobody, and would keep it open
        if screen is not None:
            screen.close()


async def _connected(xo: "Xo") -> tuple[asyncio.StreamReader, asyncio.StreamWriter, asyncio.Server | None]:
    """A connection to the VNC server, and the fake's own where that is it."""
    if xo.options.console:
        host, _, port = xo.options.console.partition(":")
        return *await asyncio.open_connection(host, int(port)), None
    accepted = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await serve_screen(reader, writer)

    screen = await asyncio.start_server(serve, "127.0.0.1", 0)
    address: Any = screen.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection("127.0.0.1", address[1])
    await accepted.wait()  # a connection that is being accepted while its server closes is never closed
    return reader, writer, screen


async def _down(reader: asyncio.StreamReader, send: Send) -> None:
    while data := await reader.read(1 << 16):
        for start in range(0, len(data), PIECE):
            await send({"type": "websocket.send", "bytes": data[start : start + PIECE]})
    await send({"type": "websocket.close", "code": 1000})


def _allowed(xo: "Xo", scope: Scope) -> bool:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    cookie: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    object_id = scope["path"].removeprefix(CONSOLES)
    machine = xo.store.actual("vms", object_id) or xo.store.actual("vm-controllers", object_id)
    user: dict[str, Any] = {}
    with contextlib.suppress(ApiError):
        user = xo.authentication.by_token(cookie["token"].value) if "token" in cookie else {}
    may = user.get("permission") == "admin" or xo.rpc.legacy_acls.get((user.get("id", ""), object_id)) in {
        "operate", "administrate",
    }  # fmt: skip
    return may and machine is not None and machine.get("power_state", "Running") == "Running"
