"""Whether a privilege explains an empty list: XO 6.7.1 answers `[]`, not a refusal, without the right to read a kind.

That holds for what hangs below an object too: who may read a VM but no disks sees none of its disks.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from xo_mcp.definitions import privileges_of
from xo_mcp.errors import CallError
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client


async def is_admin(client: "Client") -> bool | None:
    """Whether this XO user is an administrator; `None` when XO does not say."""
    me = await _me(client)
    return me.get("permission") == "admin" if me else None


async def user_name(client: "Client") -> str | None:
    """What the user of XO who is signed in is called; `None` when XO does not say."""
    me = await _me(client)
    return next((text for key in ("name", "email", "id") if isinstance(text := me.get(key), str) and text), None)


async def _me(client: "Client") -> dict[str, Json]:
    try:
        me = (await client.request(Call("GET", "/users/me"))).data
    except CallError:
        return {}
    return me if isinstance(me, dict) else {}


async def missing_privilege(client: "Client", operation: str) -> str | None:
    """The privilege without which a list is always empty for this user, who is no administrator.

    Args:
        client: Where to ask.
        operation: The list, like `GET /vms/{id}/vdis`.

    Returns:
        Such as `vdi:read`; `None` when the user has it, or when XO does not tell (before 6.4).
    """
    needed = [entry for entry in privileges_of(operation) if not entry.endswith("?")]
    if not needed:
        return None
    try:
        call = Call("GET", "/users/me/acl-privileges", query={"fields": "action,effect,resource"})
        held = (await client.request(call)).data
    except CallError:
        return None
    granted = held if isinstance(held, list) else []
    return next((entry for entry in needed if not _is_granted(entry, granted)), None)


def _is_granted(privilege: str, granted: Collection[Json]) -> bool:
    resource, _, action = privilege.partition(":")
    return any(
        isinstance(entry, dict)
        and entry.get("effect") == "allow"
        and entry.get("resource") == resource
        and (entry.get("action") in ("*", action) or action.startswith(f"{entry.get('action')}:"))
        for entry in granted
    )
