"""Reports, asked as the server asks them, and the rows they answer."""

import inspect
from typing import Any

from fake_xo import FakeXo
from xo_mcp.config.config import resolve
from xo_mcp.server.presentation import Presented, present
from xo_mcp.session import opened
from xo_mcp.tools import reports as tools
from xo_mcp.xo import Xo


async def ask(
    fake: FakeXo,
    name: str,
    user: str = "admin",
    *,
    limit: int = 100,
    release: str = "",
    own_vm: str = "",
    **arguments: Any,
) -> Presented:
    """Call a report with what it takes of the arguments.

    Args:
        fake: The XO.
        name: Of the report.
        user: Who asks.
        limit: Rows of each part.
        release: The XO's, where the operator named it.
        own_vm: The VM that runs it, where the operator named it.
        **arguments: Those that the report has no use for are left out.
    """
    options = {"url": fake.url, "xo_release": release, "own_vm": own_vm}
    config = resolve({name: value for name, value in options.items() if value}, {"XO_TOKEN": fake.tokens[user]})
    tool = getattr(tools, name)
    taken = {key: value for key, value in arguments.items() if key in inspect.signature(tool).parameters}
    async with opened(config) as session:
        return present(await tool(Xo(session), limit=limit, **taken), config.output_budget)


def rows(shown: Presented, part: str) -> list[dict[str, Any]]:
    """The rows of a part as records; none of a part that is not shown."""
    found: Any = shown.data.get(part, {"columns": [], "rows": []})
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
