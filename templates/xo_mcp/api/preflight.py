"""What goes wrong on XO without a clear error, caught before anything is sent.

Each trap was seen on XO 6.7.1: a request that hangs, that is refused in words nobody understands, or that answers with
nothing. A check may look things up; when a look-up fails, the request goes out as it is and XO has its say.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from xo_mcp.errors import ArgumentError, CallError, NotFound
from xo_mcp.text import one_line
from xo_mcp.types import NOTHING, OMIT, Arguments, Json, Omit

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

Body = Mapping[str, "Json | Omit"] | Json | Omit
"""A JSON body, by property, or whole."""


_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DEFAULT_TEMPLATE: Final = re.compile(f"{_UUID}-({_UUID})", re.IGNORECASE)
_LOOKED_AT: Final = 16  # VBDs of one disk; shared disks have a few


@dataclass(frozen=True)
class Prepared:
    """What to send.

    Attributes:
        path: Values of the route's parameters.
        query: Query parameters.
        body: The JSON body.
        notes: What was changed and why, for the answer.
    """

    path: Arguments
    query: Arguments
    body: Body
    notes: tuple[str, ...] = ()


async def prepare(
    client: "Client",
    method: str,
    route: str,
    *,
    path: Arguments = NOTHING,
    query: Arguments = NOTHING,
    body: Body = OMIT,
) -> Prepared:
    """Check a request for the known traps of its operation.

    Returns:
        What to send instead, or the same.

    Raises:
        ArgumentError: The request would hang, or fail for a reason XO does not tell.
    """
    given = Prepared(path, query, body)
    check = _CHECKS.get(f"{method} {route}")
    return given if check is None else await check(client, given)


async def _default_template(client: "Client", given: Prepared) -> Prepared:
    """create_vm knows templates by `uuid`; the `id` of a default template is `<pool>-<uuid>` and refused."""
    body = given.body
    if not isinstance(body, Mapping):
        return given
    template = body.get("template", OMIT)
    if not isinstance(template, str) or not template.strip():
        raise ArgumentError("`template` is missing: give the id or uuid of a template (list_vm_templates shows them).")
    match = _DEFAULT_TEMPLATE.fullmatch(template.strip())
    if match is None:
        return given
    uuid: Json = match[1]
    try:
        reply = await client.request("GET", "/vm-templates/{id}", path={"id": template.strip()})
        uuid = reply.data.get("uuid", uuid) if isinstance(reply.data, dict) else uuid
    except NotFound as error:
        message = f"There is no template `{one_line(template, 80)}`. list_vm_templates shows the ids."
        raise ArgumentError(message) from error
    except CallError:
        pass  # the end of such an id is the uuid
    return replace(given, body={**body, "template": uuid})


async def _attached_disk(client: "Client", given: Prepared) -> Prepared:
    """Deleting an attached VDI hangs for 50 s, then fails with VDI_IN_USE."""
    vbd = await _attached_vbd(client, given.path)
    if vbd is None:
        return given
    machine = vbd.get("VM")
    name = await _name_of_vm(client, machine) if isinstance(machine, str) else ""
    raise ArgumentError(
        f"The disk is attached to VM {name}`{machine}`, and XO can't delete it while it is. "
        f"First detach it (disconnect_vbd with id `{vbd.get('id')}`, or shut the VM down), then delete it."
    )


async def _attached_vbd(client: "Client", path: Arguments) -> Mapping[str, Json] | None:
    try:
        reply = await client.request("GET", "/vdis/{id}", path=path)
        links = reply.data.get("$VBDs") if isinstance(reply.data, dict) else None
        for link in links[:_LOOKED_AT] if isinstance(links, list) else ():
            found = await client.request("GET", "/vbds/{id}", path={"id": link})
            if isinstance(found.data, dict) and found.data.get("attached") is True:
                return found.data
    except CallError:
        pass  # no such disk, or not ours to see: XO says so itself
    return None


async def _name_of_vm(client: "Client", machine: str) -> str:
    try:
        reply = await client.request("GET", "/vms/{id}", path={"id": machine})
    except CallError:
        return ""
    name = reply.data.get("name_label") if isinstance(reply.data, dict) else None
    return f"`{one_line(name, 80)}` " if isinstance(name, str) and name else ""


async def _built_in_role(client: "Client", given: Prepared) -> Prepared:
    """A built-in ACL role is a template: attaching it is a bare 403."""
    try:
        reply = await client.request("GET", "/acl-roles/{id}", path={"id": given.path.get("id", OMIT)})
    except CallError:
        return given
    if not isinstance(reply.data, dict) or reply.data.get("isTemplate") is not True:
        return given
    name = one_line(str(reply.data.get("name", "")), 80)
    raise ArgumentError(
        f"The role `{name}` is built in and can't be attached. Copy it (copy_acl_role) and attach the copy."
    )


async def _every_repository(_: "Client", given: Prepared) -> Prepared:
    """Without a repository XO lists no archive at all; `*` stands for every repository."""
    wanted = given.query.get("backup-repository", OMIT)
    if wanted is OMIT or wanted in (None, "", []):
        return replace(given, query={**given.query, "backup-repository": "*"})
    return given


_CHECKS: Final[Mapping[str, Callable[["Client", Prepared], Awaitable[Prepared]]]] = {
    "POST /pools/{id}/actions/create_vm": _default_template,
    "DELETE /vdis/{id}": _attached_disk,
    "PUT /acl-roles/{id}/users/{userId}": _built_in_role,
    "PUT /acl-roles/{id}/groups/{groupId}": _built_in_role,
    "GET /backup-archives": _every_repository,
}


def hint_after(method: str, route: str) -> str | None:
    """Return what a caller must know about a call that succeeded, `None` when the answer says it all."""
    if f"{method} {route}" == "POST /tasks/{id}/actions/abort":
        return (
            "The abort is requested: the task may stay `pending`, with `abortionRequestedAt`, until XAPI ends it. "
            "get_task shows how it ended."
        )
    return None
