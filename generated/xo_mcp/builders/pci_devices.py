"""PCI devices of a VM: XO attaches them by id, detaches them by address, and ignores anything else."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xo_mcp.answer import Answer
from xo_mcp.builders.collections import PCIS, VMS
from xo_mcp.errors import ArgumentError, ServerError
from xo_mcp.objects.finding import first_few, read
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line

if TYPE_CHECKING:
    from xo_mcp.types import Json

ADDRESS: Final = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", re.IGNORECASE)
LIST: Final = "pciIds"
ATTACHED: Final = "attachedPcis"


async def run(work: Work) -> Answer:
    """Detach devices that are named by id or address.

    Raises:
        ArgumentError: There is no such device, or the VM does not have it.
        CallError: XO refused or did not answer.
    """
    given = work.arguments[LIST]
    names = [str(each) for each in given] if isinstance(given, list) else []
    if not names:
        raise ArgumentError(f"Nothing was done: {LIST} names no device.")
    addresses: list[Json] = [
        name if ADDRESS.fullmatch(name) else str((await read(work.client, PCIS, name, "pci_id"))["pci_id"])
        for name in names
    ]
    machine = await read(work.client, VMS, work.arguments["id"], ATTACHED)
    attached = machine.get(ATTACHED)
    if isinstance(attached, list):
        unknown = [each for each in addresses if each not in attached]
        if unknown:
            has = one_line(", ".join(map(str, attached)) or "none", 600)
            lacks = first_few([str(each) for each in unknown])
            raise ArgumentError(f"Nothing was done: the VM does not have {lacks}. It has: {has}.")
    try:
        return await replace(work, arguments={**work.arguments, LIST: addresses}).run()
    except ServerError as error:
        if error.code != "slip":
            raise
        raise ArgumentError("Nothing was done: no PCI device is passed through to this VM.") from error
