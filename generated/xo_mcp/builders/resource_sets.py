"""Self-service resource sets: XO accepts unknown users, and replaces limits as a whole (xo-server 5.207.2)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xo_mcp.answer import Answer
from xo_mcp.errors import ArgumentError, NotFound
from xo_mcp.parsing import object_in
from xo_mcp.rpc.calls import Work, id_in
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

CREATE: Final = "resourceSet.create"
KNOWN: Final = {
    "subjects": (("/users/{id}", "/groups/{id}"), "user or group", "list_users, list_groups"),
    "objects": (
        ("/vm-templates/{id}", "/srs/{id}", "/networks/{id}"),
        "template, SR or network",
        "list_vm_templates, list_srs, list_networks",
    ),
}
"""List of ids to where such objects are read, what they are, and the tools that list them."""


async def run(work: Work) -> Answer:
    """Make or change a set.

    Raises:
        ArgumentError: A user, group or object does not exist, or there is no such set.
        CallError: XO refused or did not answer.
    """
    for name, (routes, kind, listed_by) in KNOWN.items():
        ids = work.arguments.get(name)
        for each in ids if isinstance(ids, list) else ():
            if not await _exists(work.client, routes, str(each)):
                raise ArgumentError(
                    f"Nothing was done: {one_line(str(each), 60)} in `{name}` is not a {kind} ({listed_by})."
                )
    if work.method == CREATE:
        return Answer({"status": "done", "id": id_in(await work.call())})
    limits = work.arguments.get("limits")
    if not isinstance(limits, dict):
        return await work.run()
    return await replace(work, arguments={**work.arguments, "limits": {**await _limits(work), **limits}}).run()


async def _exists(client: "Client", routes: Sequence[str], name: str) -> bool:
    for route in routes:
        try:
            await client.request(Call("GET", route, path={"id": name}))
        except NotFound:
            continue
        return True
    return False


async def _limits(work: Work) -> dict[str, Json]:
    """The limits of the set as they are."""
    every = await work.ask("resourceSet.getAll")
    for each in every if isinstance(every, list) else ():
        if isinstance(each, dict) and each.get("id") == work.arguments["id"]:
            found = each.get("limits")
            limits = object_in(found)
            return {name: limit["total"] for name, limit in limits.items() if isinstance(limit, dict)}
    raise ArgumentError(
        f"Nothing was done: there is no resource set {one_line(str(work.arguments['id']), 60)} (list_resource_sets)."
    )
