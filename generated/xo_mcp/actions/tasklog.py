"""Reading tasks: one, many, or what changes while we look."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.actions.follow import TICK, follow
from xo_mcp.answer import Answer, Records, View
from xo_mcp.errors import CallError, TransferError
from xo_mcp.reads.fields import NO_TABLE, Fields, parse_fields
from xo_mcp.reads.records import ListArguments, parse_format, parse_limit
from xo_mcp.reads.taskview import failure_of, has_ended, has_failed, trimmed
from xo_mcp.types import OMIT, Call, Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    import httpx2

    from xo_mcp.api.client import Client


LONGEST_WATCH: Final = 300.0
"""Seconds one call watches at most."""
_LINES: Final = 10_000  # changes read by one call
_LINE: Final = 4 * 2**20  # bytes of one change; a failed task can carry 200 kB


async def get_task(
    client: "Client",
    call: Call,
    *,
    record: str = "",
    known: Mapping[str, str] = NO_TABLE,
    fields: str | Omit = OMIT,
    wait: bool = False,
    timeout: float = 60,  # noqa: ASYNC109 - how long the caller wants to wait
    progress: Progress = no_progress,
) -> Answer:
    """Show one task, if wanted when it is over.

    Args:
        client: Where to ask.
        call: The GET of a task.
        record: The record's name, for messages.
        known: Its properties.
        fields: Which to show; all when omitted.
        wait: Whether to wait until the task ends.
        timeout: Seconds to wait at most.
        progress: Called with how far the task is.

    Returns:
        The task; a failed one is an answer, not an error.

    Raises:
        ArgumentError: A field is not known.
        XoError: XO refused.
    """
    wanted = Fields(()) if isinstance(fields, Omit) else parse_fields(fields, known, record)
    reply = await client.request(call)
    task: Mapping[str, Json] = reply.data if isinstance(reply.data, dict) else {"value": reply.data}
    notes: list[str] = []
    if wait and not has_ended(task):
        seen = await follow(client, str(call.path.get("id")), timeout, progress)
        task = seen.task or task
        if not has_ended(task):
            notes.append(f"The task is still pending after {timeout:g} s. Call get_task again to go on waiting.")
        if seen.trouble:
            notes.append(f"XO could not be asked about it: {seen.trouble}")
    if has_failed(task):
        notes.append(f"Why it failed: {failure_of(task)[0]}")
    return Answer(dict(task), tuple(notes), View(wanted.names, call.route))


async def watch_tasks(
    client: "Client",
    call: Call,
    arguments: ListArguments,
    *,
    timeout: float = 30,  # noqa: ASYNC109 - how long the caller wants to watch
    progress: Progress = no_progress,
) -> Answer:
    """Watch which tasks change.

    Args:
        client: Where to ask.
        call: The GET of the list of tasks.
        arguments: Which tasks, and what of them.
        timeout: Seconds to watch, 300 at most.
        progress: Called with how long it has watched.

    Returns:
        The last state of each task that changed, beside them `changes`, `seconds` and the ids in `removed`. Watching
        ends early when more than `limit` tasks changed.

    Raises:
        ArgumentError: An argument is not one that XO would understand.
        XoError: XO refused.
    """
    wanted, most = parse_fields(arguments.fields, arguments.known, arguments.record), parse_limit(arguments.limit)
    view = View(wanted.names, call.route, parse_format(arguments.format))
    query = {**call.query, "fields": wanted.query, "ndjson": True, "watch": True, "filter": arguments.filter}
    watcher = _Watch(most, min(max(timeout, 0.0), LONGEST_WATCH), progress)
    await watcher.run(client, replace(call, query=query))
    beside: dict[str, Json] = {"changes": watcher.changes, "seconds": round(watcher.elapsed, 1)}
    if watcher.removed:
        beside["removed"] = list[Json](watcher.removed)[:most]
    return Answer(Records([*watcher.tasks.values()], most, beside, shortened=True), watcher.notes(), view)


class _Watch:
    """What was seen of XO's stream of changes, `["update", {...}]` and `["remove", {"id": ...}]` line by line."""

    def __init__(self, most: int, seconds: float, progress: Progress) -> None:
        self.tasks: dict[str, Json] = {}
        self.removed: dict[str, None] = {}
        self.changes = 0
        self.elapsed = 0.0
        self.trouble = ""
        self._most = most
        self._seconds = seconds
        self._progress = progress

    async def run(self, client: "Client", call: Call) -> None:
        """Read for the time given, until there are too many tasks, or until XO ends the stream."""
        started = time.monotonic()
        refusal: CallError | None = None
        with anyio.move_on_after(self._seconds):
            async with anyio.create_task_group() as group:
                group.start_soon(self._tick, started)
                try:
                    async with client.stream(call, patience="wait") as response:
                        await self._read(response)
                except TransferError as error:
                    self.trouble = str(error)  # what came before it is still an answer
                except CallError as error:
                    refusal = error  # raised outside of the group, which would wrap it
                group.cancel_scope.cancel()
        self.elapsed = time.monotonic() - started
        if refusal is not None:
            raise refusal

    async def _read(self, response: "httpx2.Response") -> None:
        async for line in _lines(response):
            self._take(line)
            if len(self.tasks) > self._most or self.changes >= _LINES:
                return
        self.trouble = "XO ended the stream."

    def _take(self, line: bytes) -> None:
        try:
            change = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not (isinstance(change, list) and len(change) == 2 and isinstance(change[1], dict)):  # noqa: PLR2004 - a pair
            return
        task = change[1].get("id")
        if not isinstance(task, str):
            return
        self.changes += 1
        if change[0] == "remove":
            self.tasks.pop(task, None)
            self.removed[task] = None
        else:
            # The last change goes to the end, so that the order is that of the changes.
            self.tasks.pop(task, None)
            self.tasks[task] = trimmed(change[1])  # now: thousands may change

    async def _tick(self, started: float) -> None:
        while True:
            await anyio.sleep(TICK)
            await self._progress(time.monotonic() - started, self._seconds, f"{self.changes} changes so far")

    def notes(self) -> tuple[str, ...]:
        """Say what the list itself does not."""
        if self.trouble:
            return (self.trouble,)
        return () if self.changes else (f"No task changed in {self.elapsed:.0f} s.",)


async def _lines(response: "httpx2.Response") -> AsyncIterator[bytes]:
    """Split a stream into lines; a line too long to be a task is skipped, so that memory stays bounded."""
    rest, skipping = b"", False
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not skipping and line.strip():
                yield line
            skipping = False
        if len(rest) > _LINE:
            rest, skipping = b"", True
