"""The stdio transport, ended by the client or by a signal."""

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from mcp.server.stdio import stdio_server

from xo_mcp.server.unreadable import Readable

if TYPE_CHECKING:
    from xo_mcp.server.server import XoServer

GRACE = 3.0
"""Seconds calls may take to clean up after a signal, such as removing half a download."""


SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


async def run(server: "XoServer") -> None:
    """Serve over standard input and output until the client closes them or a signal comes."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_leave_on_signal, server, tasks.cancel_scope)
        async with stdio_server() as (reader, writer):
            heard = Readable(reader, writer)
            await server.run_over(heard, writer)
        tasks.cancel_scope.cancel()


async def _leave_on_signal(server: "XoServer", scope: anyio.CancelScope) -> None:
    # Event loops on Windows take no signal handlers; there, a client just ends the process.
    with suppress(NotImplementedError), anyio.open_signal_receiver(*SIGNALS) as signals:
        async for number in signals:
            if number not in {signal.SIGINT, signal.SIGTERM}:
                continue  # SIGHUP: the terminal was closed, or files are to be read again, which each request does
            # A thread waits for the next line of input and can't be woken, so that no clean end would ever come.
            threading.Thread(target=_leave, args=(server.closed, 128 + number), daemon=True).start()
            scope.cancel()
            return


def _leave(closed: threading.Event, code: int) -> None:
    closed.wait(GRACE)
    os._exit(code)
