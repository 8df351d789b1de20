"""XO's task log: every action is a task that runs for a while and succeeds or fails."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from fake_xo.errors import ApiError, XapiError
from fake_xo.identity import Clock, Identity
from fake_xo.options import Options
from fake_xo.store import Record, Store

Work = Callable[[], Awaitable[Any]]
Pace = tuple[float, asyncio.Semaphore]
"""How long a step takes, and what ends it early."""
STEPS = 4
"""A running task reports its progress this often."""


class TaskLog:
    """Starts tasks, and notifies who watches them."""

    def __init__(self, store: Store, identity: Identity, clock: Clock, options: Options) -> None:
        self._store = store
        self._identity = identity
        self._clock = clock
        self._options = options
        self.crashes: list[Exception] = []
        self._running: set[asyncio.Task[Any]] = set()
        self._nudges: dict[str, asyncio.Semaphore] = {}
        self._waiting: dict[str, list[asyncio.Event]] = {}
        self._watchers: set[asyncio.Queue[tuple[str, Record]]] = set()
        store.listeners.append(self._tell_watchers)

    def start(self, properties: Record, work: Work, *, method: str) -> tuple[str, asyncio.Task[Any]]:
        """Begin a task.

        Args:
            properties: name, objectId, objectType, userId, type, and params where the action has any.
            work: What it does; raising ApiError fails the task.
            method: The XAPI call a failure names.

        Returns:
            The task's id, and the running work, whose exception is the failure.
        """
        now = self._clock.ms()
        record: Record = {
            "id": self._identity.task(now),
            "properties": properties,
            "start": now,
            "status": "pending",
            "updatedAt": now,
        }
        self._store.add("tasks", record)
        nudge = self._nudges[record["id"]] = asyncio.Semaphore(0)
        pace = (self._options.task_seconds / STEPS, nudge)
        running = asyncio.get_running_loop().create_task(self._run(record["id"], work, method, pace))
        self._running.add(running)
        running.add_done_callback(self._forget)
        return record["id"], running

    def _forget(self, running: asyncio.Task[Any]) -> None:
        self._running.discard(running)
        if not running.cancelled():
            running.exception()  # a failure without a waiter is in the log, that is enough

    async def _run(self, task_id: str, work: Work, method: str, pace: Pace) -> Any:
        try:
            await self._progress(task_id, pace)
            result = await work()
        except ApiError as error:
            result = error.task_result(method)
            result["stack"] += "\n    at padding" * (self._options.failure_bytes // 15)
            self._end(task_id, "failure", result)
            raise
        except Exception as error:
            self.crashes.append(error)
            self._end(task_id, "failure", {"message": repr(error), "name": "Error", "stack": ""})
            raise
        self._end(task_id, "success", result)
        return result

    async def _progress(self, task_id: str, pace: Pace) -> None:
        """Let time pass, step by step.

        Raises:
            XapiError: TASK_CANCELLED, when somebody asked for it meanwhile.
        """
        pause, nudge = pace
        for step in range(STEPS):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await nudge.acquire()
            if step < STEPS - 1:
                percent = 100 * (step + 1) // STEPS
                self._update(task_id, progress=percent, tasks=[self._sub_task(task_id, percent)])
        if "abortionRequestedAt" in (self._store.actual("tasks", task_id) or {}):
            raise XapiError("TASK_CANCELLED", self._identity.ref("task", task_id))

    def advance(self, task_id: str, steps: int = 1) -> None:
        """Let a running task be a step further, or by as many as given, without waiting for its time."""
        for _ in range(steps):
            self._nudges[task_id].release()

    def _sub_task(self, task_id: str, percent: int) -> Record:
        """What XAPI itself runs for the task; its id is a string of digits."""
        task = self._store.actual("tasks", task_id) or {}
        return {
            "id": "0",
            "properties": {"name": "Async." + str(task.get("properties", {}).get("name", "")), "progress": percent},
            "start": task.get("start", 0),
            "status": "pending",
            "updatedAt": self._clock.ms(),
        }

    def _end(self, task_id: str, status: str, result: Any) -> None:
        now = self._clock.ms()
        changes: Record = {"status": status, "end": now, "updatedAt": now}
        if result is not None:
            changes["result"] = result
        record = self._store.actual("tasks", task_id) or {}
        if tasks := record.get("tasks"):
            changes["tasks"] = [sub | {"status": status, "end": now} for sub in tasks]
        if status == "success" and "progress" in record:
            changes["progress"] = 100
        self._update(task_id, **changes)
        self._wake(task_id)

    def _update(self, task_id: str, **changes: Any) -> None:
        if self._store.actual("tasks", task_id) is not None:
            self._store.update("tasks", task_id, **({"updatedAt": self._clock.ms()} | changes))

    def _wake(self, task_id: str) -> None:
        self._nudges.pop(task_id, None)
        for event in self._waiting.pop(task_id, ()):
            event.set()

    def abort(self, task_id: str) -> None:
        """Ask a task to stop; it stays pending until XAPI gives up on it."""
        record = self._store.actual("tasks", task_id)
        if record is not None and record["status"] == "pending" and "abortionRequestedAt" not in record:
            self._update(task_id, abortionRequestedAt=self._clock.ms())

    async def wait(self, task_id: str) -> Record | None:
        """Block until the task has ended; nothing when it was deleted meanwhile."""
        record = self._store.actual("tasks", task_id)
        if record is not None and record["status"] == "pending":
            event = asyncio.Event()
            self._waiting.setdefault(task_id, []).append(event)
            await event.wait()
        return self._store.actual("tasks", task_id)

    def clear(self, ids: list[str]) -> None:
        """Delete tasks from the log."""
        for task_id in ids:
            self._store.remove("tasks", task_id)
            self._wake(task_id)

    def watch(self) -> asyncio.Queue[tuple[str, Record]]:
        """A queue that gets every change of a task."""
        queue: asyncio.Queue[tuple[str, Record]] = asyncio.Queue()
        self._watchers.add(queue)
        return queue

    def unwatch(self, queue: asyncio.Queue[tuple[str, Record]]) -> None:
        """Stop telling that queue."""
        self._watchers.discard(queue)

    def _tell_watchers(self, event: str, collection: str, new: Record | None, old: Record | None) -> None:
        if collection != "tasks":
            return
        change = ("remove", {"id": (old or {})["id"]}) if event == "remove" else ("update", new or {})
        for queue in self._watchers:
            queue.put_nowait(change)
