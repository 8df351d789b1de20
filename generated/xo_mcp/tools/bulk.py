"""Tools of XO's tag bulk: One tool on many objects at once.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Json, Omit
from xo_mcp.xo import Xo


async def run_on_many(
    xo: Xo,
    *,
    tool: str,
    targets: list[str] | dict[str, Json],
    arguments: dict[str, Json] | Omit = OMIT,
    on_error: Literal["stop", "continue"] = "stop",
    dry_run: bool = False,
) -> Answer:
    """Calls one tool that changes an object on up to 200 of them: start, stop, tag, snapshot, migrate.

    A tool of this server, without an XO operation.
    """
    return await xo.run_on_many(tool=tool, targets=targets, arguments=arguments, on_error=on_error, dry_run=dry_run)
