"""Shuts the HTTP server down in order: what was cancelled cleans up before the process ends."""

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final

import anyio
import anyio.to_thread
import uvicorn
from anyio.abc import TaskGroup

from xo_mcp.logs import get_logger
from xo_mcp.web.connections import QUEUE

GRACE: Final = 5
"""Seconds open answers may take when the server stops."""
CLEANING: Final = 10
"""Seconds calls may take to clean up once they are cancelled, such as removing half an export."""
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
log = get_logger("http")


def _is_fault(record: logging.LogRecord) -> bool:
    """Whether a record is worth its traceback: that a request was cancelled, because the server ends, is not."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class Server(uvicorn.Server):
    """uvicorn's server, which by itself waits for no call that it has cancelled, and raises the signal again.

    Args:
        config: Of uvicorn; how long it waits at the end is set here.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        # It cancels what is left then a second time, whatever cleans up. Ours are cancelled before, see `_cancel`.
        config.timeout_graceful_shutdown = GRACE + CLEANING
        super().__init__(config)
        logging.getLogger("uvicorn.error").addFilter(_is_fault)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `serve_until_stopped`."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; asyncio takes as many connections in one go as it lets wait, which are distinguished here."""
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(QUEUE)

    async def serve_until_stopped(
        self, listener: socket.socket, closed: threading.Event, reload: Callable[[], object]
    ) -> None:
        """Serve until a signal comes.

        Args:
            listener: Bound already.
            closed: Set when every call has ended.
            reload: What SIGHUP does.
        """
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._obey, reload, tasks)
            await self.serve(sockets=[listener])
            tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(closed.wait, CLEANING)

    async def _cancel(self) -> None:
        """End the calls that take longer than the server waits; uvicorn then waits until they have cleaned up."""
        await anyio.sleep(GRACE)
        self._cancel_calls()

    def _cancel_calls(self) -> None:
        for task in list(self.server_state.tasks):
            task.cancel("the server stops")

    async def _obey(self, reload: Callable[[], object], tasks: TaskGroup) -> None:
        # Event loops on Windows take no signal handlers; there, a console event ends the process.
        with contextlib.suppress(NotImplementedError), anyio.open_signal_receiver(*SIGNALS) as signals:
            async for number in signals:
                if number not in {signal.SIGINT, signal.SIGTERM}:
                    log.warning("SIGHUP: the clients' tokens are read again")
                    await anyio.to_thread.run_sync(reload)
                    continue
                if not self.should_exit:
                    self.should_exit = True
                    tasks.start_soon(self._cancel)
                else:
                    # A second signal says: don't wait for open answers. They are cleaned up all the same, which
                    # uvicorn's `force_exit` would leave out.
                    self._cancel_calls()
