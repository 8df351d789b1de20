"""Runs blocking work in threads that a cancelled call does not leave behind."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

import anyio
import anyio.to_thread

from xo_mcp.errors import TransferError

Result = TypeVar("Result")


def start_thread(work: Callable[[], None], *, daemon: bool = False) -> Thread:
    """Run `work`, which must not raise, in a thread.

    Args:
        work: May block as long as it likes.
        daemon: Whether the process may end before it.

    Raises:
        TransferError: The system gives none.
    """
    thread = Thread(target=work, name="xo-mcp-transfer", daemon=daemon)
    try:
        thread.start()
    except RuntimeError as error:
        raise TransferError("The server has too many threads to move a file: try again later.") from error
    return thread


async def in_thread(
    work: Callable[[], Result],
    *,
    stop: Callable[[], object],
    undo: Callable[[Result], object] | None = None,
    leave: Callable[[], bool] | None = None,
) -> Result:
    """Run `work` and return what it returns.

    Args:
        work: May block as long as it likes.
        stop: Called when the caller is cancelled: makes `work` end soon, in whatever way. It is waited for.
        undo: Called with what `work` returned when nobody takes it any more.
        leave: Called after `stop`: true when nothing can end `work` soon. It then runs on, and `undo` is called later.

    Raises:
        TransferError: The system gives no thread; also whatever `work` raises.
    """
    outcome: Future[Result] = Future()
    thread = start_thread(lambda: _run(work, outcome), daemon=leave is not None)
    # Waits outside of the threads that all calls share: there are 40, and a transfer may take hours.
    waiters = anyio.CapacityLimiter(2)
    try:
        await anyio.to_thread.run_sync(thread.join, abandon_on_cancel=True, limiter=waiters)
    except BaseException:
        stop()
        if leave is None or not leave():
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(thread.join, limiter=waiters)
        if undo is not None:
            outcome.add_done_callback(lambda done: None if done.exception() else undo(done.result()))
        raise
    return outcome.result()


def _run(work: Callable[[], Result], outcome: "Future[Result]") -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        outcome.set_exception(error)
