"""Maintenance of storage: it shuts VMs down, so XO is sent exactly the list that was shown and agreed to.

Without the list, or with another one, XO changes nothing and answers which VMs run on the storage (XO 6.7.1). Its two
slips are caught before: maintenance that is on already, and maintenance that is ended though it is off.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from xo_mcp.actions.expectations import state_of
from xo_mcp.actions.read_after_write import wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.builders.collections import SRS, VMS
from xo_mcp.errors import Conflict
from xo_mcp.objects.finding import described, read
from xo_mcp.rpc.calls import Work
from xo_mcp.types import Arguments, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

ENABLE: Final = "sr.enableMaintenanceMode"
LIST: Final = "vmsToShutdown"
SR: Final = "/srs/{id}"


async def run(work: Work) -> Answer:
    """Begin or end maintenance.

    Raises:
        Conflict: It is so already, or VMs run on it that were not agreed to: names them.
        CallError: XO refused or did not answer.
    """
    enables = work.method == ENABLE
    name = work.arguments.get("id")
    record = await read(work.client, SRS, name, "inMaintenanceMode")
    if bool(record.get("inMaintenanceMode")) is enables:
        state = "in maintenance already" if enables else "not in maintenance"
        raise Conflict(409, "incorrect_state", f"Nothing was done: the storage repository is {state}.")
    try:
        answer = await work.run()
    except Conflict as error:
        if not error.expected:
            raise
        raise await _running(work, error.expected) from error
    if isinstance(answer.data, dict) and answer.data.get("status") == "done":
        note = await wait_until_visible(work.client, state_of({"id": name}, SR, {"inMaintenanceMode": str(enables)}))
        return Answer(answer.data, (*answer.notes, note) if note else answer.notes)
    return answer


async def consequences(client: "Client", arguments: Arguments) -> Sequence[str]:
    """Name the VMs that are shut down, for the person who must agree."""
    ids = arguments.get(LIST)
    if not isinstance(ids, list) or not ids:
        return ()
    return (f"It shuts down: {', '.join(await described(client, VMS, ids))}.",)


async def _running(work: Work, expected: tuple[str, ...]) -> Conflict:
    given: Json = work.arguments.get(LIST)
    changed = " The list has changed since it was given." if isinstance(given, list) and given else ""
    return Conflict(
        409,
        "vms_running",
        f"Nothing was done: VMs run on this storage repository and would be shut down:{changed} "
        f"{', '.join(await described(work.client, VMS, expected))}.",
        f"If the user agrees to that, call it again with {LIST} set to exactly these ids; else migrate their disks "
        "elsewhere first (migrate_vdi).",
    )
