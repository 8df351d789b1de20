"""Newest first, for lists that only grow: tasks, logs, alarms, messages.

XO has no order to ask for. It sends tasks and logs oldest first (XO 6.7.1), alarms and messages in none, and cuts the
list from its front: `limit=20` of a long log is what happened months ago.
"""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence

from xo_mcp.parsing import number_in
from xo_mcp.reads.fields import EVERYTHING
from xo_mcp.types import OMIT, Arguments, Json

Ask = Callable[[Arguments], Awaitable[list[Json]]]
"""Sends a list request with these query parameters."""


async def newest_records(ask: Ask, query: Arguments, most: int, by: str) -> list[Json]:
    """Read the newest records of a list, the newest first.

    A list that is not longer than wanted takes one request. Of a longer one the times of all records are read first
    (some 50 bytes each), then those records that are new enough.

    Args:
        ask: Sends the request.
        query: Its parameters, `fields` and `filter` among them.
        most: Records to read at most.
        by: The property that says when.

    Raises:
        XoError: XO refused.
    """
    fields = query["fields"]
    timed = {**query, "fields": fields if fields == EVERYTHING else f"{fields},{by}"}
    found = await ask({**timed, "limit": most})
    if len(found) >= most:
        times = _times(await ask({**query, "fields": by, "limit": OMIT}), by)
        if len(times) >= most:
            since = f"{by}:>={math.floor(times[most - 1])}"
            expression = query.get("filter", OMIT)
            both = f"{expression} {since}" if isinstance(expression, str) else since
            found = await ask({**timed, "filter": both, "limit": OMIT})
    return sorted(found, key=lambda record: _time(record, by), reverse=True)[:most]


def _times(records: Sequence[Json], by: str) -> list[float]:
    """When they were, the newest first; without those that do not say."""
    found = (_time(record, by) for record in records)
    return sorted((time for time in found if math.isfinite(time)), reverse=True)


def _time(record: Json, by: str) -> float:
    value = record.get(by) if isinstance(record, Mapping) else None
    return number_in(value, -math.inf)
