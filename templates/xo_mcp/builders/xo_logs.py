"""XO's own logs: failed calls of its APIs, and runs of jobs that call methods.

XO answers all records of a namespace at once, without a limit and with stacks (XO 6.7.1).
"""

from typing import Any, Final

from xo_mcp.answer import Answer, Records
from xo_mcp.parsing import number_in, object_in
from xo_mcp.reads.records import parse_limit
from xo_mcp.rpc.calls import Work

LIMIT: Final = 30
DELETE: Final = "log.delete"


async def run(work: Work) -> Answer:
    """List records, the newest first, without stacks; or delete some.

    Raises:
        CallError: XO refused or did not answer.
    """
    given = work.arguments
    if work.method == DELETE:
        return await work.run()
    found = await work.call(work.method, {"namespace": given["namespace"]})
    records = found.items() if isinstance(found, dict) else ()
    shown = [_summary(key, record) for key, record in records if isinstance(record, dict)]
    wanted = str(given.get("method") or "")
    chosen = [record for record in shown if not wanted or record.get("method") == wanted]
    limit = given.get("limit")
    newest = sorted(chosen, key=lambda record: -number_in(record.get("time")))
    return Answer(Records(newest, parse_limit(limit if isinstance(limit, int) else LIMIT)))


def _summary(key: str, record: dict[str, Any]) -> dict[str, Any]:
    data = record.get("data")
    facts: dict[str, Any] = object_in(data)
    error = facts.get("error")
    shown = (
        {"error": {name: error[name] for name in ("code", "message") if name in error}}
        if isinstance(error, dict)
        else {}
    )
    kept: dict[str, Any] = {
        name: facts[name] for name in ("method", "userName", "params", "duration", "event", "jobId") if name in facts
    }
    return {"id": key, "time": record.get("time"), "level": record.get("level"), **kept, **shown}
