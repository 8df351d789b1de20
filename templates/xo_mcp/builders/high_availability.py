"""High availability of a pool: heartbeats need shared storage, which is looked at before it is switched on."""

from dataclasses import replace
from typing import Final

from xo_mcp.actions.expectations import state_of
from xo_mcp.actions.read_after_write import wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.collections import SRS
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import existing
from xo_mcp.rpc.calls import Work

ENABLE: Final = "pool.enableHa"
POOL: Final = "/pools/{id}"


async def run(work: Work) -> Answer:
    """Switch it on or off, and wait until the pool shows it.

    Raises:
        ArgumentError: A storage repository for the heartbeats is not shared, or not of this pool.
        CallError: XO refused or did not answer.
    """
    enables = work.method == ENABLE
    sent = work
    if enables:
        await _require_shared(work)
        # XO insists on the key, and nothing in it is of use.
        sent = replace(work, arguments={**work.arguments, "configuration": {}})
    answer = await sent.run()
    if not isinstance(answer.data, dict) or answer.data.get("status") != "done":
        return answer
    wanted = state_of({"id": work.arguments["pool"]}, POOL, {"HA_enabled": str(enables)})
    note = await wait_until_visible(work.client, wanted)
    return Answer(answer.data, (*answer.notes, note) if note else answer.notes)


async def _require_shared(work: Work) -> None:
    storage = list_argument(work.arguments, "heartbeatSrs")
    if not storage:
        raise ArgumentError("Nothing was done: heartbeatSrs must name at least one shared SR (list_srs).")
    for record in await existing(work.client, SRS, storage, "shared", "$pool"):
        if record.get("shared") is False:
            raise ArgumentError(
                f"Nothing was done: the SR {record.get('name_label')} is local to a host, and heartbeats need one that "
                "all hosts share (list_srs with filter shared?)."
            )
        if record.get("$pool") not in (None, work.arguments["pool"]):
            raise ArgumentError(f"Nothing was done: the SR {record.get('name_label')} belongs to another pool.")
