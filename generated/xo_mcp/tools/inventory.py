"""Tools of XO's tag inventory: The whole fleet as SQL tables - join, count, sum, rank.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Omit
from xo_mcp.xo import Xo


async def query_inventory(
    xo: Xo,
    *,
    sql: str,
    limit: int = 100,
    format: Literal["json", "markdown", "csv"] = "json",
    filename: str | Omit = OMIT,
    span: Literal["hour", "day", "week"] = "hour",
) -> Answer:
    """Runs one SQLite SELECT over all objects of XO as tables (vms, hosts, vdis, srs, vm_load, backups ...): joins,
    counts, sums, sorting, whole lists.

    A tool of this server, without an XO operation.
    """
    return await xo.query_inventory(sql=sql, limit=limit, format=format, filename=filename, span=span)


async def describe_inventory(xo: Xo, *, tables: list[str] | Omit = OMIT) -> Answer:
    """Names the tables of query_inventory, or the columns of some with their types.

    A tool of this server, without an XO operation.
    """
    return await xo.describe_inventory(tables=tables)
