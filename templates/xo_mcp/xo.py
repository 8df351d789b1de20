"""What generated tools call: one method per kind of operation, each a single call into the library.

Values are by XO's own names; `OMIT` means not given, `None` is JSON's null. Routes are relative to `/rest/v0`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xo_mcp import settle, shape, tasks
from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Arguments, Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.app import App

NOTHING: Arguments = {}
Body = Mapping[str, Json | Omit] | Json | Omit


class Xo:
    """One call's view of Xen Orchestra.

    Args:
        app: What all calls share.
        progress: Told how far a long call is.
    """

    def __init__(self, app: "App", progress: Progress = no_progress) -> None:
        self._app = app
        self._client = app.client
        self._progress = progress
        self._budget = app.config.output_budget

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
    ) -> Answer:
        """List records of a collection."""
        return await shape.list_records(
            self._client,
            route,
            path=path,
            query=query,
            record=record,
            known=self._app.fields_of(record),
            filter=filter,
            fields=fields,
            limit=limit,
            format=format,
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
            known=self._app.fields_of(record),
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
    ) -> Answer:
        """Change something that XO does at once."""
        return await settle.run_write(
            self._client,
            method,
            route,
            path=path,
            query=query,
            body=body,
            body_required=body_required,
            reads=reads,
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
            settle=settle,
            progress=self._progress,
            access=self._app.task_access,
            budget=self._budget,
        )
