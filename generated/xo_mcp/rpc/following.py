"""Long calls: JSON-RPC has no task to ask about, so the one that XO keeps of each call is found by what was sent.

Seen on xo-server 5.207.2: while a call runs, `/tasks` shows it to its own user and to administrators, as pending, with
`properties.method` and `params`. It is removed when the call succeeds and stays when it fails. It has no progress,
and aborting it changes nothing.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.actions.tasks import task_failed
from xo_mcp.answer import Answer
from xo_mcp.errors import CallError, Unreachable
from xo_mcp.objects.finding import Record, objects_of
from xo_mcp.objects.kinds import kind
from xo_mcp.parsing import object_in
from xo_mcp.reads.taskview import has_ended, has_failed, name_of, progress_of, start_of, step_of
from xo_mcp.types import Call, Json, Progress, Started, ignore_task, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

TASKS: Final = kind("tasks")
OBFUSCATED: Final = "* obfuscated *"
"""What XO writes instead of a secret."""
_FIRST_LOOK: Final = 0.5
_NOTING: Final = 5.0  # seconds that noting may take; without it, an older task may be taken for the call's
_LOOK: Final = 3.0
_RESTART: Final = 5.0
"""Seconds that XO may take to come back before nobody looks any more; it needs 8 to 30."""


class Watch:
    """Watches the task of one call.

    Args:
        client: Where to look.
        method: That was called.
        params: That were sent.
        progress: Called while the call is alive, with how far it is where XO reports that.
        started: Called with the task's id.

    Attributes:
        task: Its id, once it was found.
    """

    def __init__(
        self, client: "Client", method: str, params: Mapping[str, Json], progress: Progress, started: Started
    ) -> None:
        self.task: str | None = None
        self._shown_progress = 0.0
        self._client = client
        self._method = method
        self._params = params
        self._progress = progress
        self._started = started
        self._began = time.monotonic()
        self._before: frozenset[str] = frozenset()
        self._seen: Mapping[str, Json] | None = None

    async def prepare(self) -> None:
        """Note the tasks that are older than the call, for clocks may differ."""
        with anyio.move_on_after(_NOTING):
            with suppress(CallError):
                self._before = frozenset(str(task["id"]) for task in await objects_of(self._client, TASKS))

    async def look(self, seconds: float) -> None:
        """Find the task and report until cancelled."""
        await anyio.sleep(_FIRST_LOOK)
        while True:
            found = await self._find("status:pending")
            if found is not None and self.task is None:
                self.task = str(found["id"])
                self._started(self.task)
            self._seen = found
            step = await self.step(seconds)
            if step is not None:
                # The time that passed is reported until XO reports more; progress may not go back (MCP).
                self._shown_progress = max(self._shown_progress, step[0])
                await self._progress(self._shown_progress, *step[1:])
            await anyio.sleep(_LOOK)

    async def step(self, seconds: float) -> tuple[float, float, str] | None:
        """How far the call is: done, of how much, and in words; `None` when nothing is known."""
        done = progress_of(self._seen) if self._seen is not None else None
        if done is not None:
            return done, 100, "XO is working"
        return min(time.monotonic() - self._began, seconds), seconds, "XO is working"

    def follow_up(self) -> str:
        """How to follow the call when the time is up."""
        if self.task is not None:
            return (
                f'its task "{self.task}" (get_task) is pending while it runs, removed once it has succeeded, '
                "and kept when it has failed"
            )
        return (
            f"list_tasks with filter properties:method:{self._method} shows it while it runs, and stays when it failed"
        )

    async def outcome(self, error: Unreachable) -> CallError:
        """The error of a call whose socket broke, after a look at its task: XO goes on with it, or was restarted."""
        found = None
        with anyio.move_on_after(_RESTART):
            while found is None:
                found = await self._find("")
                if found is None:
                    await anyio.sleep(_FIRST_LOOK)
        if found is None:
            return error
        task = str(found["id"])
        if has_failed(found):
            with suppress(CallError):
                reply = await self._client.request(Call("GET", "/tasks/{id}", path={"id": task}))
                found = reply.data if isinstance(reply.data, dict) else found
            return task_failed(found, task)
        if has_ended(found):
            return error
        return Unreachable(f'{error} XO is still working on it: its task is "{task}" (get_task).')

    async def finds_pending(self) -> bool:
        """Whether the task is there and goes on."""
        return await self._find("status:pending") is not None

    async def _find(self, condition: str) -> Mapping[str, Json] | None:
        return max((task for task in await self._new(condition) if self._is_ours(task)), key=start_of, default=None)

    async def _new(self, condition: str) -> list[Mapping[str, Json]]:
        """The tasks that came since the call."""
        tasks: list[Record] = []
        with suppress(CallError):
            wanted = ("status", "start", "progress", "properties", "tasks")
            tasks = await objects_of(self._client, TASKS, *wanted, where=condition)
        return [task for task in tasks if str(task["id"]) not in self._before]

    def _is_ours(self, task: Mapping[str, Json]) -> bool:
        properties = task.get("properties")
        if not isinstance(properties, dict) or properties.get("method") != self._method:
            return False
        params = properties.get("params")
        kept = object_in(params)
        # Secrets are not kept as they were sent, and XO adds what it takes by default.
        same = (_same(kept[name], value) for name, value in self._params.items() if name in kept)
        return all(same)


class WorkWatch(Watch):
    """Watches a call of which XO makes a task of its own besides, which says how far the work is.

    Args:
        client: Where to look.
        method: That was called.
        params: That were sent.
        progress: Called while the call is alive, with how far it is.
        started: Called with the id of the call's task.
        named: How the name of the other task begins.
        about: What its name also holds, if any does: others may run the same.

    Attributes:
        work: Id of the other task, once it was found; it stays when it has ended.
    """

    def __init__(
        self,
        client: "Client",
        method: str,
        params: Mapping[str, Json],
        progress: Progress,
        started: Started,
        *,
        named: str,
        about: str,
    ) -> None:
        super().__init__(client, method, params, progress, started)
        self.work: str | None = None
        self._named = named
        self._about = about

    async def step(self, seconds: float) -> tuple[float, float, str] | None:
        """What the other task says, or that time passes."""
        found = [task for task in await self._new("") if name_of(task).startswith(self._named)]
        own = [task for task in found if self._about in name_of(task)]
        task = max(own or found, key=start_of, default=None)
        if task is None:
            return await super().step(seconds)
        self.work = str(task["id"])
        done = progress_of(task)
        if done is None:
            passed, total, _ = await super().step(seconds) or (0.0, seconds, "")
            return passed, total, step_of(task)
        return done, 100, step_of(task)

    def follow_up(self) -> str:
        """How to follow the work when the time is up."""
        if self.work is None:
            return f"list_tasks with filter properties:name:{self._named.split(' ', maxsplit=1)[0]} says how far it is"
        return f'its task "{self.work}" (get_task) says how far it is, and how it ended'


async def is_pending(client: "Client", method: str, params: Mapping[str, Json]) -> bool:
    """Whether XO is still working on a call that it did not answer; false where that is unknown."""
    return await Watch(client, method, params, no_progress, ignore_task).finds_pending()


def _same(kept: Json, sent: Json) -> bool:
    return kept in (sent, OBFUSCATED)


def pending(watch: Watch, seconds: float) -> Answer:
    """The answer when the time was up: XO goes on, and nothing stops it."""
    data: dict[str, Json] = {"status": "pending"}
    if watch.task is not None:
        data["taskId"] = watch.task
    return Answer(
        data,
        (f"XO was still busy after {seconds:g} s and goes on: {watch.follow_up()}. Do not call it again before that.",),
    )
