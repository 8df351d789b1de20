"""What generated tools call to ask about the whole fleet: SQL over its tables, and reports.

Answers are raw, as in `xo`.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import anyio.to_thread

from xo_mcp.inventory import answers, reports
from xo_mcp.inventory.engine import Inventory
from xo_mcp.inventory.execution import ROWS, Found, Limits
from xo_mcp.inventory.id_case import in_any_case
from xo_mcp.inventory.tables import catalog
from xo_mcp.objects.reporting import answer_report
from xo_mcp.reads import records
from xo_mcp.transfer import saving
from xo_mcp.transfer.folders import download_folder
from xo_mcp.types import OMIT, Arguments, Omit, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.answer import Answer
    from xo_mcp.session import Session


class Fleet:
    """One call's view of everything that XO shows.

    Args:
        session: What all calls share.
        progress: Called with how far a long call is.
    """

    def __init__(self, session: "Session", progress: Progress = no_progress) -> None:
        self._session = session
        self._client = session.client
        self._progress = progress

    async def query_inventory(
        self,
        *,
        sql: str,
        limit: int = ROWS,
        format: str = "json",  # noqa: A002 - the tool's own argument
        filename: str | Omit = OMIT,
        span: str = "hour",
    ) -> "Answer":
        """Run a SELECT over the fleet's tables."""
        limits = await self.limits_of_query(limit=limit, format=format, filename=filename)
        async with self.fleet(span) as fleet:
            found = await in_any_case(sql, partial(fleet.run, limits=limits))
        return await self.answer_from_inventory(found, limit=limit, format=format, filename=filename)

    def fleet(self, span: str = "hour") -> Inventory:
        """The fleet at this moment, to be opened; see `query_inventory` for the argument."""
        release = self._session.config.known_release
        return Inventory(self._client, span=span, release=release, progress=self._progress)

    async def limits_of_query(self, *, limit: int, format: str, filename: str | Omit) -> Limits:  # noqa: A002 - the tool's own argument
        """Check what a query is to be answered as, and say how large the answer may be.

        Raises:
            ArgumentError: An argument is wrong, or no files may be written.
        """
        answers.parse_format(format)
        most = records.parse_limit(limit)
        if isinstance(filename, Omit):
            return Limits(most)
        await anyio.to_thread.run_sync(download_folder, self._session.config.download_dir)
        return Limits(answers.MOST_ROWS, answers.FILE_BYTES)

    async def answer_from_inventory(
        self,
        found: Found,
        *,
        limit: int = ROWS,
        format: str = "json",  # noqa: A002 - the tool's own argument
        filename: str | Omit = OMIT,
        **others: str,
    ) -> "Answer":
        """Show the rows of a SELECT, or save them."""
        del others
        if isinstance(filename, Omit):
            return answers.queried(found, records.parse_limit(limit), format)
        # A million rows take seconds.
        text = await anyio.to_thread.run_sync(answers.file_text, found)
        folder = self._session.config.download_dir
        path = await saving.save_text(folder, filename, text, extension=".csv")
        return answers.saved(found, path, len(text.encode(errors="replace")))

    async def describe_inventory(self, *, tables: Sequence[str] | Omit = OMIT) -> "Answer":
        """Name the tables, or the columns of some."""
        names = () if isinstance(tables, Omit) else tables
        return answers.described(catalog(), names, self._session.config.known_release)

    async def report(
        self,
        name: str,
        arguments: Arguments,
        *,
        limit: int,
        format: str = "json",  # noqa: A002 - the tool's own argument
    ) -> "Answer":
        """Answer a question with a name over the fleet's tables."""
        most = records.parse_limit(limit)
        as_table = records.parse_format(format)
        config = self._session.config
        parts = await answer_report(
            self._client,
            name,
            arguments,
            limit=most,
            config=config,
            progress=self._progress,
        )
        return reports.reported(parts, markdown=as_table)
