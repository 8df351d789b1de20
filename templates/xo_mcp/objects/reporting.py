"""Answers reports about objects that exist: an unknown one would look like nothing to worry about."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xo_mcp.inventory.reports import Part, reports, run_report
from xo_mcp.objects.names import with_ids
from xo_mcp.types import Json, Omit, Progress, no_progress

if TYPE_CHECKING:
    from xo_mcp.api.client import Client
    from xo_mcp.config.config import Config


async def answer_report(
    client: "Client",
    name: str,
    arguments: Mapping[str, Json | Omit],
    *,
    limit: int,
    config: "Config",
    progress: Progress = no_progress,
) -> list[Part]:
    """Answer a question, as `run_report` does, once every object that an argument names was found.

    Each costs a request.

    Raises:
        ArgumentError: No object has an id or name that is given, or several have; or as `run_report` does.
        CallError: XO does not answer.
    """
    kinds = reports().get(name, {}).get("kinds", {})
    given = await with_ids(client, kinds, arguments)
    return await run_report(client, name, given, limit=limit, config=config, progress=progress)
