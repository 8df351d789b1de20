"""Follows one of XO's tasks to its end, with its progress, through restarts of XO.

`GET /tasks/{id}?wait=true` blocks until the task ends (XO 6.7.1), so that plain reads beside it give the progress.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.errors import CallError, Forbidden, NotFound, ServerError, Unreachable
from xo_mcp.reads.taskview import has_ended, progress_of, step_of
from xo_mcp.types import Call, Json, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

TASK: Final = "/tasks/{id}"
LONGEST: Final = 3600.0
"""Seconds a call follows a task at most; the task itself may run for days."""
TICK: Final = 5.0
"""Seconds between signs of life of a call without steps."""

_FIRST_LOOK: Final = 1.0  # most actions are over before anybody wants to see progress
_LONGEST_LOOK: Final = 3.0
_RETRY: Final = 0.25  # seconds before the first new try while XO restarts
_LONGEST_RETRY: Final = 5.0
_UNKNOWN_TRIES: Final = 4  # a task may be unknown for a moment just after it was started
_NUDGE: Final = 0.01  # MCP wants every progress value above the last
_NEARLY: Final = 99.99


@dataclass
class Followed:
    """How far a task was followed.

    Attributes:
        task: The last that was seen of it.
        refused: XO does not let this user see it.
        trouble: Why it could not be seen at the end, for a note.
    """

    task: Mapping[str, Json] = field(default_factory=dict)
    refused: bool = False
    trouble: str = ""

    @property
    def ended(self) -> bool:
        """Whether the task is known to be over."""
        return bool(self.task) and has_ended(self.task)


class _Follower:
    """Waits for one task and reports its progress meanwhile."""

    def __init__(self, client: "Client", task: str, progress: Progress) -> None:
        self.seen = Followed()
        self._client = client
        self._path: dict[str, Json] = {"id": task}
        self._progress = progress
        self._shown_progress = 0.0
        self._step = ""
        self._spoke = time.monotonic()

    async def follow(self, seconds: float) -> Followed:
        with anyio.move_on_after(seconds):
            async with anyio.create_task_group() as group:
                group.start_soon(self._look, group.cancel_scope)
                await self._wait()
                group.cancel_scope.cancel()
        return self.seen

    async def _wait(self) -> None:
        """Ask until the task is over; a restart of XO is no reason to give up."""
        pause, unknown = _RETRY, 0
        while True:
            try:
                reply = await self._client.request(
                    Call("GET", TASK, path=self._path, query={"wait": True}), patience="wait"
                )
            except Forbidden:
                self.seen.refused = True
                return
            except NotFound as error:
                unknown += 1
                self.seen.trouble = str(error)
                if unknown >= _UNKNOWN_TRIES:
                    return
            except (Unreachable, ServerError) as error:
                self.seen.trouble = str(error)
            except CallError as error:
                self.seen.trouble = str(error)
                return
            else:
                if self._saw(reply.data):
                    return
            await anyio.sleep(pause)
            pause = min(pause * 2, _LONGEST_RETRY)

    async def _look(self, scope: anyio.CancelScope) -> None:
        """Read the task beside the wait: for progress, and in case the connection of the wait is dead."""
        pause = _FIRST_LOOK
        while True:
            await anyio.sleep(pause)
            pause = min(pause * 1.2, _LONGEST_LOOK)
            try:
                reply = await self._client.request(Call("GET", TASK, path=self._path))
            except CallError:
                continue
            if self._saw(reply.data):
                scope.cancel()
                return
            await self._report()

    def _saw(self, data: Json) -> bool:
        # A look that was answered late must not undo what the wait learned.
        if isinstance(data, dict) and not self.seen.ended:
            self.seen.task = data
            self.seen.trouble = ""
        return self.seen.ended

    async def _report(self) -> None:
        done, step = progress_of(self.seen.task) or 0.0, step_of(self.seen.task)
        quiet = time.monotonic() - self._spoke
        if (done <= self._shown_progress and step == self._step and quiet < TICK) or self._shown_progress >= _NEARLY:
            return
        self._shown_progress, self._step = min(max(done, self._shown_progress + _NUDGE), _NEARLY), step
        self._spoke = time.monotonic()
        await self._progress(self._shown_progress, 100, step or None)


async def follow(client: "Client", task: str, seconds: float, progress: Progress = no_progress) -> Followed:
    """Follow a task until it ends, for at most `seconds`; never raises what XO answers about the task.

    Args:
        client: Where to ask.
        task: The task's id.
        seconds: At most so long; an hour at most.
        progress: Called with the percentage and the step.
    """
    return await _Follower(client, task, progress).follow(min(max(seconds, 0.0), LONGEST))
