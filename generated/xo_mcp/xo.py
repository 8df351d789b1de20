"""What generated tools call: one method per kind of operation, each a single call into the library.

Values are by XO's own names; `OMIT` means not given, `None` is JSON's null. Routes are relative to `/rest/v0`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xo_mcp.actions import read_after_write, tasklog, tasks
from xo_mcp.answer import Answer
from xo_mcp.inventory import answers
from xo_mcp.inventory import engine as inventory
from xo_mcp.inventory import tables as tables_of
from xo_mcp.reads import shape, stats
from xo_mcp.transfer import download, saving, upload
from xo_mcp.transfer.folders import download_folder
from xo_mcp.types import NOTHING, OMIT, Arguments, Json, Omit, Progress, Started, no_progress, untold

if TYPE_CHECKING:
    from xo_mcp.session import Session

Body = Arguments | Json | Omit


class Xo:
    """One call's view of Xen Orchestra.

    Args:
        session: What all calls share.
        progress: Told how far a long call is.
        owner: Who calls, where clients are told apart: event streams belong to who opened them.
        started: Told the id of the task that XO made of an action, as soon as it has one.
    """

    def __init__(
        self,
        session: "Session",
        progress: Progress = no_progress,
        *,
        owner: str | None = None,
        started: Started = untold,
    ) -> None:
        self._session = session
        self._client = session.client
        self._progress = progress
        self._owner = owner
        self._started = started
        self._budget = session.config.output_budget

    async def list(
        self,
        route: str,
        *,
        record: str = "",
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        filter: str | Omit = OMIT,  # noqa: A002 - XO's own name
        fields: str = "*",
        limit: int = 50,
        format: str = "json",  # noqa: A002 - the tool's own argument
        newest: str = "",
    ) -> Answer:
        """List records of a collection."""
        return await shape.list_records(
            self._client,
            route,
            path=path,
            query=query,
            record=record,
            known=self._session.fields_of(record),
            filter=filter,
            fields=fields,
            limit=limit,
            format=format,
            newest=newest,
            budget=self._budget,
        )

    async def get(
        self,
        route: str,
        *,
        record: str = "",
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        fields: str | Omit = OMIT,
        format: str = "json",  # noqa: A002 - the tool's own argument
    ) -> Answer:
        """Show one object."""
        return await shape.get_record(
            self._client,
            route,
            path=path,
            query=query,
            record=record,
            known=self._session.fields_of(record),
            fields=fields,
            format=format,
            budget=self._budget,
        )

    async def read(self, route: str, *, path: Arguments = NOTHING, query: Arguments = NOTHING) -> Answer:
        """Answer any other GET, JSON or text."""
        return await shape.read_plain(self._client, route, path=path, query=query, budget=self._budget)

    async def write(
        self,
        method: str,
        route: str,
        *,
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        body: Body = OMIT,
        body_required: bool = False,
        reads: str | None = None,
        creates: str | None = None,
    ) -> Answer:
        """Change something that XO does at once."""
        return await read_after_write.run_write(
            self._client,
            method,
            route,
            path=path,
            query=query,
            body=body,
            body_required=body_required,
            reads=reads,
            creates=creates,
            budget=self._budget,
        )

    async def action(
        self,
        method: str,
        route: str,
        *,
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        body: Body = OMIT,
        body_required: bool = False,
        timeout: float = 60,  # noqa: ASYNC109 - how long the model wants to wait, not how long we may take
        reads: str | None = None,
        creates: str | None = None,
        settle: Mapping[str, str] | None = None,
    ) -> Answer:
        """Start an XO task and follow it for `timeout` seconds."""
        return await tasks.run_action(
            self._client,
            method,
            route,
            path=path,
            query=query,
            body=body,
            body_required=body_required,
            timeout=timeout,
            reads=reads,
            creates=creates,
            settle=settle,
            progress=self._progress,
            started=self._started,
            access=self._session.task_access,
            budget=self._budget,
        )

    async def download(
        self,
        route: str,
        *,
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        filename: str | Omit = OMIT,
        extension: str | None = None,
    ) -> Answer:
        """Stream an export into the download folder."""
        answer = await download.download(
            self._client,
            self._session.config.download_dir,
            route=route,
            path=path,
            query=query,
            filename=filename,
            extension=extension,
            progress=self._progress,
        )
        return shape.finish(answer, self._budget)

    async def upload(
        self,
        method: str,
        route: str,
        *,
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        file: str,
        creates: str | None = None,
    ) -> Answer:
        """Stream a file of the upload folder to XO."""
        answer = await upload.upload(
            self._client,
            self._session.config.upload_dir,
            method=method,
            route=route,
            path=path,
            query=query,
            file=file,
            creates=creates,
            progress=self._progress,
        )
        return shape.finish(answer, self._budget)

    async def stats(
        self,
        route: str,
        *,
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        series: str | Omit = OMIT,
        points: int | Omit = OMIT,
        chart: bool = False,
    ) -> Answer:
        """Summarise measurements, or thin a series out, or draw it."""
        return await stats.read_stats(
            self._client,
            route,
            path=path,
            query=query,
            series=series,
            points=points,
            chart=chart,
            budget=self._budget,
        )

    async def list_tasks(
        self,
        route: str = "/tasks",
        *,
        record: str = "",
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        filter: str | Omit = OMIT,  # noqa: A002 - XO's own name
        fields: str = "*",
        limit: int = 50,
        format: str = "json",  # noqa: A002 - the tool's own argument
        newest: str = "",
        watch: bool = False,
        timeout: float = 60,  # noqa: ASYNC109 - how long the model wants to watch
    ) -> Answer:
        """List XO's tasks, or watch them change for `timeout` seconds."""
        return await tasklog.list_tasks(
            self._client,
            route,
            path=path,
            query=query,
            record=record,
            known=self._session.fields_of(record),
            filter=filter,
            fields=fields,
            limit=limit,
            format=format,
            newest=newest,
            watch=watch,
            timeout=timeout,
            progress=self._progress,
            budget=self._budget,
        )

    async def get_task(
        self,
        route: str = "/tasks/{id}",
        *,
        record: str = "",
        path: Arguments = NOTHING,
        query: Arguments = NOTHING,
        fields: str | Omit = OMIT,
        wait: bool = False,
        timeout: float = 60,  # noqa: ASYNC109 - how long the model wants to wait
    ) -> Answer:
        """Show one task, at once or when it ended or `timeout` seconds passed."""
        return await tasklog.get_task(
            self._client,
            route,
            path=path,
            query=query,
            record=record,
            known=self._session.fields_of(record),
            fields=fields,
            wait=wait,
            timeout=timeout,
            progress=self._progress,
            budget=self._budget,
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
        creates: str | None = None,
    ) -> Answer:
        """Call a method of XO's JSON-RPC API, or let a builder make calls of the arguments."""
        # Most sessions never come here, and none starts with it.
        from xo_mcp.builders.dispatch import run

        answer = await run(
            self._client,
            self._session.config,
            method,
            params,
            effect=effect,
            timeout=timeout,
            filename=filename,
            extension=extension,
            builder=builder,
            creates=creates,
            progress=self._progress,
            started=self._started,
        )
        return shape.finish(answer, self._budget)

    async def open_events(self, route: str = "/events") -> Answer:
        """Open an event stream, read in the background from then on."""
        return shape.finish(await self._session.hub.open(route, owner=self._owner), self._budget)

    async def subscribe(self, route: str, *, path: Arguments = NOTHING, body: Arguments = NOTHING) -> Answer:
        """Have changes of a collection sent to a stream."""
        answer = await self._session.hub.subscribe(route, path=path, body=body, owner=self._owner)
        return shape.finish(answer, self._budget)

    async def unsubscribe(self, method: str, route: str, *, path: Arguments = NOTHING) -> Answer:
        """Have changes of a collection sent no more."""
        answer = await self._session.hub.unsubscribe(method, route, path=path, owner=self._owner)
        return shape.finish(answer, self._budget)

    async def read_events(
        self,
        *,
        id: str,  # noqa: A002 - the tool's own argument
        timeout: float = 30,  # noqa: ASYNC109 - how long the model wants to wait for the first event
        limit: int = 100,
    ) -> Answer:
        """Take the events that came, or wait for one."""
        answer = await self._session.hub.read(
            id=id, timeout=timeout, limit=limit, budget=self._budget, owner=self._owner
        )
        return shape.finish(answer, self._budget)

    async def close_events(self, *, id: str) -> Answer:  # noqa: A002 - the tool's own argument
        """Close an event stream."""
        return shape.finish(await self._session.hub.close(id=id, owner=self._owner), self._budget)

    async def query_inventory(
        self,
        *,
        sql: str,
        limit: int = inventory.ROWS,
        format: str = "json",  # noqa: A002 - the tool's own argument
        filename: str | Omit = OMIT,
        span: str = "hour",
    ) -> Answer:
        """Run a SELECT over the fleet's tables."""
        answers.parse_format(format)
        most = shape.parse_limit(limit)
        saves = not isinstance(filename, Omit)
        if saves:
            download_folder(self._session.config.download_dir)
        limits = inventory.Limits(answers.MOST_ROWS, answers.FILE_BYTES) if saves else inventory.Limits(most)
        found = await inventory.run(
            self._client,
            sql,
            limits=limits,
            span=span,
            release=self._session.config.known_release,
            progress=self._progress,
        )
        if isinstance(filename, Omit):
            return shape.finish(answers.queried(found, most, format, self._budget), self._budget)
        text = answers.csv_text(found.columns, answers.rows_for_file(found))
        folder = self._session.config.download_dir
        path = await saving.save_text(folder, filename, text, extension=".csv")
        return shape.finish(answers.saved(found, path, len(text.encode(errors="replace"))), self._budget)

    async def describe_inventory(self, *, tables: Sequence[str] | Omit = OMIT) -> Answer:
        """Name the tables, or the columns of some."""
        names = () if isinstance(tables, Omit) else tables
        answer = answers.described(tables_of.catalog(), names, self._session.config.known_release)
        return shape.finish(answer, self._budget)
