"""What generated tools call: one method per kind of operation, each a single call into the library.

Answers are raw, as XO gave them: `server/presentation` makes them fit to be read.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from xo_mcp.actions import effects, making, read_after_write, tasklog, tasks
from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError
from xo_mcp.fleet import Fleet
from xo_mcp.reads import records, stats
from xo_mcp.transfer import download, upload
from xo_mcp.types import NOTHING, OMIT, Arguments, Call, Json, Omit, Progress, Started, ignore_task, no_progress

if TYPE_CHECKING:
    from xo_mcp.session import Session


Many: TypeAlias = Callable[[], Awaitable[Answer]]


class Xo(Fleet):
    """One call's view of Xen Orchestra.

    Args:
        session: What all calls share.
        progress: Called with how far a long call is.
        owner: Who calls, where clients are distinguished: event streams belong to who opened them.
        started: Called with the id of the task that XO made of an action, as soon as it has one.
        waits: Whether a change is looked for in what reads show; not by each of many calls that follow one another.
        many: What `run_on_many` does, once a person has agreed.
    """

    def __init__(
        self,
        session: "Session",
        progress: Progress = no_progress,
        *,
        owner: str | None = None,
        started: Started = ignore_task,
        waits: bool = True,
        many: Many | None = None,
    ) -> None:
        super().__init__(session, progress)
        self._owner = owner
        self._started = started
        self._waits = waits
        self._many = many

    async def list(
        self,
        call: Call,
        *,
        record: str = "",
        filter: str | Omit = OMIT,  # noqa: A002 - XO's own name
        fields: str = "*",
        limit: int = 50,
        format: str = "json",  # noqa: A002 - the tool's own argument
        newest: str = "",
    ) -> Answer:
        """List records of a collection."""
        wanted = records.ListArguments(record, self._session.fields_of(record), filter, fields, limit, format, newest)
        return await records.list_records(self._client, call, wanted)

    async def get(self, call: Call, *, record: str = "", fields: str | Omit = OMIT, format: str = "json") -> Answer:  # noqa: A002 - the tool's own argument
        """Show one object."""
        known = self._session.fields_of(record)
        return await records.get_record(self._client, call, record=record, known=known, fields=fields, format=format)

    async def read(self, call: Call) -> Answer:
        """Answer any other GET, JSON or text."""
        return await records.read_plain(self._client, call)

    async def write(self, call: Call, *, reads: str | None = None, creates: str | None = None) -> Answer:
        """Change something that XO does at once."""
        work = partial(
            read_after_write.run_write,
            self._client,
            call,
            reads=reads,
            creates=creates,
            progress=self._progress,
            waits=self._waits,
        )
        return await effects.checked(self._client, call, reads, work, members=self._waits)

    async def action(
        self,
        call: Call,
        *,
        timeout: float = 60,  # noqa: ASYNC109 - how long the model wants to wait, not how long we may take
        reads: str | None = None,
        creates: str | None = None,
        final_state: Mapping[str, str] | None = None,
        after: Arguments = NOTHING,
    ) -> Answer:
        """Start an XO task and follow it for `timeout` seconds."""
        work = partial(
            tasks.run_action,
            self._client,
            call,
            timeout=timeout,
            reads=reads,
            creates=creates,
            final_state=final_state,
            progress=self._progress,
            started=self._started,
            access=self._session.task_access,
            waits=self._waits,
        )
        answer = await effects.checked(self._client, call, reads, work, members=self._waits)
        return await making.finished(self._client, call, answer, after)

    async def download(self, call: Call, *, filename: str | Omit = OMIT, extension: str | None = None) -> Answer:
        """Stream an export into the download folder."""
        folder = self._session.config.download_dir
        return await download.download(
            self._client, folder, call, filename=filename, extension=extension, progress=self._progress
        )

    async def upload(self, call: Call, *, file: str, creates: str | None = None, after: Arguments = NOTHING) -> Answer:
        """Stream a file of the upload folder to XO."""
        folder = self._session.config.upload_dir
        answer = await upload.upload(self._client, folder, call, file=file, creates=creates, progress=self._progress)
        return await making.finished(self._client, call, answer, after)

    async def stats(
        self,
        call: Call,
        *,
        series: str | Omit = OMIT,
        points: int | Omit = OMIT,
        chart: bool = False,
        last: str | Omit = OMIT,
    ) -> Answer:
        """Summarise measurements, or thin a series out, or draw it."""
        return await stats.read_stats(self._client, call, series=series, points=points, chart=chart, last=last)

    async def list_tasks(
        self,
        call: Call,
        *,
        record: str = "",
        filter: str | Omit = OMIT,  # noqa: A002 - XO's own name
        fields: str = "*",
        limit: int = 50,
        format: str = "json",  # noqa: A002 - the tool's own argument
        newest: str = "",
        watch: bool = False,
        timeout: float = 60,  # noqa: ASYNC109 - how long the model wants to watch
    ) -> Answer:
        """List XO's tasks, or watch them change for `timeout` seconds."""
        wanted = records.ListArguments(record, self._session.fields_of(record), filter, fields, limit, format, newest)
        if watch:
            return await tasklog.watch_tasks(self._client, call, wanted, timeout=timeout, progress=self._progress)
        return await records.list_records(self._client, call, wanted)

    async def get_task(
        self,
        call: Call,
        *,
        record: str = "",
        fields: str | Omit = OMIT,
        wait: bool = False,
        timeout: float = 60,  # noqa: ASYNC109 - how long the model wants to wait
    ) -> Answer:
        """Show one task, at once or when it ended or `timeout` seconds passed."""
        return await tasklog.get_task(
            self._client,
            call,
            record=record,
            known=self._session.fields_of(record),
            fields=fields,
            wait=wait,
            timeout=timeout,
            progress=self._progress,
        )

    async def call(
        self,
        method: str,
        params: Arguments = NOTHING,
        *,
        effect: str = "read",
        timeout: float | None = None,  # noqa: ASYNC109 - how long the model wants to wait
        filename: str | Omit = OMIT,
        extension: str | None = None,
        builder: str | None = None,
        reads: str | None = None,
        creates: str | None = None,
    ) -> Answer:
        """Call a method of XO's JSON-RPC API, or let a builder make calls of the arguments."""
        # Most sessions never come here, and none starts with it.
        from xo_mcp.builders.dispatch import run

        return await run(
            self._client,
            self._session.config,
            method,
            params,
            effect=effect,
            timeout=timeout,
            filename=filename,
            extension=extension,
            builder=builder,
            reads=reads,
            creates=creates,
            progress=self._progress,
            started=self._started,
        )

    async def screenshot(
        self,
        *,
        id: str,  # noqa: A002 - the tool's own argument
        wake: bool = True,
        format: str = "image",  # noqa: A002 - the tool's own argument
    ) -> Answer:
        """Look at the screen of a VM."""
        from xo_mcp.rpc.screens import screenshot  # brings websockets, which few sessions need

        return await screenshot(self._client, self._session.config, id, wake=wake, format=format)

    async def open_events(self, call: Call) -> Answer:
        """Open an event stream, read in the background from then on."""
        return await self._session.hub.open(call.route, owner=self._owner)

    async def subscribe(self, call: Call) -> Answer:
        """Have changes of a collection sent to a stream."""
        return await self._session.hub.subscribe(call, owner=self._owner)

    async def unsubscribe(self, call: Call) -> Answer:
        """Have changes of a collection sent no more."""
        return await self._session.hub.unsubscribe(call, owner=self._owner)

    async def read_events(
        self,
        *,
        id: str,  # noqa: A002 - the tool's own argument
        timeout: float = 30,  # noqa: ASYNC109 - how long the model wants to wait for the first event
        limit: int = 100,
    ) -> Answer:
        """Take the events that came, or wait for one."""
        return await self._session.hub.read(id=id, timeout=timeout, limit=limit, owner=self._owner)

    async def close_events(self, *, id: str) -> Answer:  # noqa: A002 - the tool's own argument
        """Close an event stream."""
        return await self._session.hub.close(id=id, owner=self._owner)

    async def run_on_many(
        self,
        *,
        tool: str,
        targets: Sequence[str] | Mapping[str, Json],
        arguments: Arguments | Omit = OMIT,
        on_error: str = "stop",
        dry_run: bool = False,
    ) -> Answer:
        """Call a tool on many objects.

        Raises:
            ArgumentError: Nobody made out which objects these are and had it agreed to, as `server/many` does.
        """
        if self._many is None:
            raise ArgumentError(f"{tool} can be called on many objects only through the server.")
        del targets, arguments, on_error, dry_run  # part of what was agreed to
        return await self._many()
