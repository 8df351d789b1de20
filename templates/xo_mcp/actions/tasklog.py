"""Reading tasks: one, many, or what changes while we look."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.actions.follow import TASK, TICK, follow
from xo_mcp.answer import Answer
from xo_mcp.errors import CallError, TransferError
from xo_mcp.reads import markdown
from xo_mcp.reads.budget import DEFAULT_BUDGET, bounded
from xo_mcp.reads.fields import EVERYTHING, NO_TABLE, Fields, parse_fields
from xo_mcp.reads.shape import list_records, listed, parse_format, parse_limit, presentable
from xo_mcp.reads.taskview import failure_of, has_ended, has_failed, trimmed
from xo_mcp.types import NOTHING, OMIT, Arguments, Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    import httpx2

    from xo_mcp.api.client import Client


LONGEST_WATCH: Final = 300.0
"""Seconds one call watches at most."""
_LINES: Final = 10_000  # changes read by one call
_LINE: Final = 4 * 2**20  # bytes of one change; a failed task can carry 200 kB


async def get_task(
    client: "Client",
    route: str = TASK,
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    record: str = "",
    known: Mapping[str, str] = NO_TABLE,
    fields: str | Omit = OMIT,
    wait: bool = False,
    timeout: float = 60,  # noqa: ASYNC109 - how long the caller wants to wait
    progress: Progress = no_progress,
    format: str = "json",  # noqa: A002 - the tool's own argument
    budget: int = DEFAULT_BUDGET,
) -> Answer:
    """Show one task, if wanted when it is over.

    Args:
        client: Where to ask.
        route: The GET of a task.
        path: Its `id`.
        query: Query parameters.
        record: The record's name, for messages.
        known: Its properties.
        fields: Which to show; all when omitted.
        wait: Whether to wait until the task ends.
        timeout: Seconds to wait at most.
        progress: Told how far the task is.
        format: `json` or `markdown`.
        budget: Bytes of the answer.

    Returns:
        The task with bounded results and without stacks; a failed task is an answer, not an error.

    Raises:
        ArgumentError: A field or the format is not known.
        XoError: XO refused.
    """
    wanted = Fields(()) if isinstance(fields, Omit) else parse_fields(fields, known, record)
    as_table = parse_format(format)
    reply = await client.request("GET", route, path=path, query=query)
    task: Mapping[str, Json] = reply.data if isinstance(reply.data, dict) else {"value": reply.data}
    notes: list[str] = []
    if wait and not has_ended(task):
        seen = await follow(client, str(path.get("id")), timeout, progress)
        task = seen.task or task
        if not has_ended(task):
            notes.append(f"The task is still pending after {timeout:g} s. Call get_task again to go on waiting.")
        if seen.trouble:
            notes.append(f"XO could not be asked about it: {seen.trouble}")
    if has_failed(task):
        notes.append(f"Why it failed: {failure_of(task)[0]}")
    data = _object(presentable(wanted.of(_object(trimmed(dict(task))))))
    return bounded(Answer(data, tuple(notes), markdown.record(data) if as_table else None), budget)


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


async def list_tasks(
    client: "Client",
    route: str = "/tasks",
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    record: str = "",
    known: Mapping[str, str] = NO_TABLE,
    filter: str | Omit = OMIT,  # noqa: A002 - XO's own name
    fields: str = EVERYTHING,
    limit: int = 50,
    format: str = "json",  # noqa: A002 - the tool's own argument
    newest: str = "",
    watch: bool = False,
    timeout: float = 30,  # noqa: ASYNC109 - how long the caller wants to watch
    progress: Progress = no_progress,
    budget: int = DEFAULT_BUDGET,
) -> Answer:
    """List tasks, or watch which of them change.

    Args: as for `shape.list_records`, and

        watch: Instead of the list, what changes from now on.
        timeout: Seconds to watch, 300 at most.
        progress: Told how long it has watched.

    Returns:
        The list; when watching, the last state of each task that changed, `changes`, `seconds` and the ids in
        `removed`. Watching ends early when more than `limit` tasks changed.

    Raises:
        ArgumentError: An argument is none that XO would understand.
        XoError: XO refused.
    """
    if not watch:
        return await list_records(
            client,
            route,
            path=path,
            query=query,
            record=record,
            known=known,
            filter=filter,
            fields=fields,
            limit=limit,
            format=format,
            newest=newest,
            budget=budget,
        )
    wanted, most, as_table = parse_fields(fields, known, record), parse_limit(limit), parse_format(format)
    asked: dict[str, Json | Omit] = {**query, "fields": wanted.query, "ndjson": True, "watch": True, "filter": filter}
    watcher = _Watch(most, min(max(timeout, 0.0), LONGEST_WATCH), progress)
    await watcher.run(client, route, path, asked)
    answer = listed([*watcher.tasks.values()], wanted, most, watcher.notes(), as_table=as_table, budget=budget)
    told: dict[str, Json] = {"changes": watcher.changes, "seconds": round(watcher.elapsed, 1)}
    if watcher.removed:
        told["removed"] = list[Json](watcher.removed)[:most]
    return bounded(Answer({**answer.data, **told}, answer.notes, answer.text), budget)


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

    async def run(self, client: "Client", route: str, path: Arguments, query: Arguments) -> None:
        """Read for the time given, until there are too many tasks, or until XO ends the stream."""
        started = time.monotonic()
        refusal: CallError | None = None
        with anyio.move_on_after(self._seconds):
            async with anyio.create_task_group() as group:
                group.start_soon(self._tick, started)
                try:
                    async with client.stream("GET", route, path=path, query=query, patience="wait") as response:
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
            self.tasks[task] = trimmed(change[1])

    async def _tick(self, started: float) -> None:
        while True:
            await anyio.sleep(TICK)
            await self._progress(time.monotonic() - started, self._seconds, f"{self.changes} changes so far")

    def notes(self) -> list[str]:
        """Say what the list itself does not."""
        if self.trouble:
            return [self.trouble]
        if not self.changes:
            return [f"No task changed in {self.elapsed:.0f} s."]
        return []


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
