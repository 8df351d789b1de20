"""Makes templates from VMs and snapshots: XO answers `true`, so the new template's id is found by reading."""

from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.actions.expectations import creation
from xo_mcp.actions.read_after_write import PATIENCE, wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.builders.collections import SNAPSHOTS, TEMPLATES
from xo_mcp.objects.finding import objects_of, read
from xo_mcp.rpc.calls import Work
from xo_mcp.types import Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

CONVERT: Final = "vm.convertToTemplate"
TEMPLATE: Final = "/vm-templates/{id}"
_PAUSE: Final = 0.1


async def run(work: Work) -> Answer:
    """Make the template, and find it.

    Raises:
        ArgumentError: There is no such snapshot.
        CallError: XO refused or did not answer.
    """
    if work.method == CONVERT:
        await work.call()
        return await _made(work.client, str(work.arguments["id"]))  # a VM becomes a template under its id
    snapshot = await read(work.client, SNAPSHOTS, work.arguments["id"], "name_label")
    before = set(await _with_name(work.client, snapshot.get("name_label")))
    answer = await work.run()
    if not isinstance(answer.data, dict) or answer.data.get("status") != "done":
        return answer
    with anyio.move_on_after(PATIENCE):
        while True:
            new = set(await _with_name(work.client, snapshot.get("name_label"))) - before
            if new:
                return await _made(work.client, new.pop())
            await anyio.sleep(_PAUSE)
    return Answer(answer.data, (*answer.notes, "It does not show yet: list_vm_templates finds it by its name."))


async def _made(client: "Client", template: str) -> Answer:
    expected = creation(TEMPLATE, template)
    note = await wait_until_visible(client, expected) if expected is not None else None
    return Answer({"status": "done", "id": template}, (note,) if note else ())


async def _with_name(client: "Client", name: Json) -> list[str]:
    """Ids of the templates with a name."""
    return [
        str(each["id"]) for each in await objects_of(client, TEMPLATES, "name_label") if each.get("name_label") == name
    ]
