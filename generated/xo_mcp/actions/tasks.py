"""Actions that run as XO tasks: starts one, follows it, reports how it ended.

XO 6.7.1 answers an action with 202 and a task id. A user who may start an action may lack `task:read` on its task; then
`sync=true` makes XO answer only when it is done.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from xo_mcp.actions.creations import Creation
from xo_mcp.actions.expectations import Expectation, creation, state_of
from xo_mcp.actions.follow import LONGEST, Followed, follow
from xo_mcp.actions.lost_tasks import tasks_of
from xo_mcp.actions.read_after_write import (
    PATIENCE,
    created_id,
    outcome,
    sent_body,
    ticking,
    wait_until_visible,
    witness,
)
from xo_mcp.answer import Answer
from xo_mcp.api.preflight import hint_after, prepare
from xo_mcp.api.unreachable import is_unanswered
from xo_mcp.errors import CallError, TaskFailed, Unreachable
from xo_mcp.reads.taskview import failure_of, has_failed, name_of, progress_of, trimmed
from xo_mcp.types import Call, Json, Progress, Started, ignore_task, no_progress
from xo_mcp.units import iso

if TYPE_CHECKING:
    from xo_mcp.api.client import Client, Reply
    from xo_mcp.api.settings import Patience


@dataclass
class TaskAccess:
    """Whether this XO user may read tasks; keep one per client, so that it is learned once.

    Attributes:
        readable: `None` until it is known; `False` once XO refused to show the task of an action.
    """

    readable: bool | None = None

    async def allows(self, client: "Client") -> bool:
        """Find out before the first action, because one that was started as an unreadable task can't be followed.

        A user without the privilege sees an empty list (XO 6.7.1), and so does an administrator of a new XO.
        """
        if self.readable is None:
            try:
                reply = await client.request(Call("GET", "/tasks", query={"fields": "id", "limit": 1}))
                if not reply.data:
                    user = (await client.request(Call("GET", "/users/me"))).data
                    # Not remembered when it is a guess: the first readable task may come at any time.
                    if not isinstance(user, dict) or user.get("permission") != "admin":
                        return False
                self.readable = True
            except CallError:
                return True  # nothing learned; the task itself will show it
        return self.readable


async def run_action(
    client: "Client",
    call: Call,
    *,
    timeout: float = 60,  # noqa: ASYNC109 - how long the caller wants to wait, the action itself goes on
    reads: str | None = None,
    creates: str | None = None,
    final_state: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
    started: Started = ignore_task,
    access: TaskAccess | None = None,
    waits: bool = True,
) -> Answer:
    """Start an action and follow its task.

    Args:
        client: Where to send it.
        call: What to send.
        timeout: Seconds to follow the task; 0 answers at once.
        reads: The route of the object's GET.
        creates: The route of the GET of what is made, if anything is.
        final_state: Properties of the object and their values once the action is done, as text.
        progress: Called with how far the task is.
        started: Called with the task's id.
        access: What is known about this user's right to read tasks.
        waits: Whether it is waited until reads see what was done.

    Returns:
        `{"status": "success", "taskId", "id"?, "result"?}`; `{"status": "pending", "taskId"}` when the time was up;
        `{"status": "started", ...}` when XO does not say how it ended.

    Raises:
        ArgumentError: A known trap.
        XoError: XO refused to start it.
        TaskFailed: It started and failed.
    """
    known = access or TaskAccess()
    ready = await prepare(client, call)
    sent = replace(ready, body=sent_body(ready))
    action = _Action(client, sent, reads, creates, final_state, started, waits)
    if timeout > 0 and not await known.allows(client):
        return await action.run_in_one_request(timeout, progress)
    return await action.run_as_task(timeout, progress, known)


@dataclass(frozen=True)
class _Action:
    """One action, ready to be sent."""

    client: "Client"
    call: Call
    reads: str | None
    creates: str | None
    final_state: Mapping[str, str] | None
    started: Started
    waits: bool = True

    async def run_as_task(self, timeout: float, progress: Progress, access: TaskAccess) -> Answer:  # noqa: ASYNC109
        began = time.monotonic()
        try:
            reply = await self._send("normal")
        except CallError as error:
            if not is_unanswered(error):
                raise
            return await self._without_task(error, timeout, progress, access, began)
        task = reply.data.get("taskId") if isinstance(reply.data, dict) else None
        if not isinstance(task, str):
            return await self._done(reply)
        return await self._followed(task, timeout, progress, access)

    async def _followed(self, task: str, timeout: float, progress: Progress, access: TaskAccess) -> Answer:  # noqa: ASYNC109
        began = time.monotonic()
        self.started(task)
        if timeout <= 0:
            return self._pending(task, Followed())
        seen = await follow(self.client, task, timeout, progress)
        if seen.refused:
            access.readable = False
            return await self._unseen(task, timeout - (time.monotonic() - began))
        if not seen.ended:
            return self._pending(task, seen)
        if has_failed(seen.task):
            raise task_failed(seen.task, task)
        await progress(100, 100, name_of(seen.task) or None)
        return await self._succeeded(task, seen.task)

    async def run_in_one_request(self, timeout: float, progress: Progress) -> Answer:  # noqa: ASYNC109
        """Let XO answer only when it is done; cutting the request does not stop the action."""
        reply: Reply | None = None
        made = await Creation.noted(self.client, self.creates, self.call.body)
        try:
            with anyio.move_on_after(min(timeout, LONGEST)):
                reply = await ticking(progress, lambda: self._send("wait", sync=True), timeout)
        except CallError as error:
            if not is_unanswered(error):
                raise
            return await self._without_answer(error, made)
        if reply is not None:
            return await self._done(reply)
        note = (
            f"XO was still busy after {timeout:g} s and goes on. This XO user may not read tasks, so look at the "
            "object itself to see the outcome; do not start the action again before that."
        )
        return Answer({"status": "pending"}, (note,))

    async def _without_task(
        self,
        error: CallError,
        timeout: float,  # noqa: ASYNC109
        progress: Progress,
        access: TaskAccess,
        began: float,
    ) -> Answer:
        """Look for the task that the answer would have named, and follow that."""
        passed = time.monotonic() - began
        own, _ = await tasks_of(self.client, self.call.path.get("id"), passed)
        if own is None:
            return await self._without_answer(error)
        answer = await self._followed(str(own["id"]), max(timeout - passed, 0), progress, access)
        note = f"XO did not answer, but began one action on this object since then: `{name_of(own)}`."
        return replace(answer, notes=(note, *answer.notes))

    async def _without_answer(self, error: CallError, made: Creation | None = None) -> Answer:
        """Look at the object, at what is new, and at XO's tasks of the object: XO may have started."""
        if made is not None:
            created, note = await made.found(error, PATIENCE)
            return Answer({"status": "success", "id": created["id"]}, self._notes(note))
        expected = self._expected(None)
        if expected is not None and await witness(self.client, expected):
            return Answer(
                {"status": "success"}, self._notes(f"XO did not answer, but the object shows {expected.what}.")
            )
        _, task = await tasks_of(self.client, self.call.path.get("id"), 0)
        if task is None:
            raise error
        identifier, status, started = str(task["id"]), str(task.get("status")), iso(task.get("start"), "ms")
        what = f"`{name_of(task)}`, started {started}"
        if status != "pending":
            raise Unreachable(
                f'{error} XO\'s newest task of this object is {what}: {status} (get_task "{identifier}").'
            )
        return self._pending(identifier, Followed(task), f"XO did not answer, but works on this object: {what}.")

    async def _send(self, patience: "Patience", **query: Json) -> "Reply":
        call = replace(self.call, query={**self.call.query, **query}) if query else self.call
        return await self.client.request(call, patience=patience)

    async def _done(self, reply: "Reply") -> Answer:
        note = await self._wait_until_visible(created_id(reply))
        return Answer({**outcome(reply), "status": "success"}, self._notes(note))

    async def _succeeded(self, task: str, seen: Mapping[str, Json]) -> Answer:
        shown = trimmed(dict(seen))
        data: dict[str, Json] = {"status": "success", "taskId": task}
        result = shown.get("result") if isinstance(shown, dict) else None
        created = result.get("id") if isinstance(result, dict) else result if self._is_new(result) else None
        if isinstance(created, str):
            data["id"] = created
        if result not in (None, "", {}, created, {"id": created}):
            data["result"] = result
        if isinstance(shown, dict):
            data.update({name: shown[name] for name in ("warnings", "infos") if shown.get(name)})
        note = await self._wait_until_visible(created if isinstance(created, str) else None)
        return Answer(data, self._notes(note))

    def _is_new(self, result: Json) -> bool:
        """Whether a bare text is the id of something new rather than a message."""
        is_id = isinstance(result, str) and " " not in result and 0 < len(result) <= 80  # noqa: PLR2004
        return is_id and self.creates is not None

    def _pending(self, task: str, seen: Followed, first: str | None = None) -> Answer:
        data: dict[str, Json] = {"status": "pending", "taskId": task}
        done = progress_of(seen.task)
        if done is not None:
            data["progress"] = round(done, 1)
        note = f'The task goes on. Follow it with get_task, id "{task}" and wait true; do not start the action again.'
        trouble = f"XO could not be asked about it: {seen.trouble}" if seen.trouble else None
        return Answer(data, self._notes(first, note, trouble))

    async def _unseen(self, task: str, left: float) -> Answer:
        data: dict[str, Json] = {"status": "started", "taskId": task}
        note = (
            "This XO user may not read tasks (privilege task:read), so how the action ended is unknown here. "
            "Further actions of this session wait for XO's own answer instead."
        )
        expected = self._expected(None)
        if expected is None or self.final_state is None:
            return Answer(data, self._notes(note, "Look at the object itself."))
        # The object itself is the only witness; it gets the time the caller gave the task.
        shows = await witness(self.client, expected, max(left, PATIENCE))
        state = (
            "can't be read"
            if shows is None
            else f"shows {expected.what}"
            if shows
            else f"does not show {expected.what}"
        )
        return Answer(data, self._notes(note, f"The object {state}."))

    def _expected(self, created: str | None) -> Expectation | None:
        if self.final_state and self.reads is not None:
            return state_of(self.call.path, self.reads, self.final_state)
        return None if created is None else creation(self.creates, created)

    async def _wait_until_visible(self, created: str | None) -> str | None:
        expected = self._expected(created)
        return None if expected is None or not self.waits else await wait_until_visible(self.client, expected)

    def _notes(self, *notes: str | None) -> tuple[str, ...]:
        return tuple(filter(None, [*notes, hint_after(self.call)]))


def task_failed(task: Mapping[str, Json], task_id: str) -> TaskFailed:
    """Make the error of a failed task: XO's reason in words, never its stack."""
    reason, code = failure_of(task)
    name = name_of(task)
    what = f"Task `{name}` {'was interrupted' if task.get('status') == 'interrupted' else 'failed'}"
    return TaskFailed(f'{what}: {reason} (get_task with id "{task_id}" shows it.)', code)
