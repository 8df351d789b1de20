"""What the XO user may do: tools they can't use, and whether a missing privilege explains an empty list.

XO 6.7.1 answers `[]`, not a refusal, without the right to read a kind. That holds for what hangs below an object too:
who may read a VM but no disks sees none of its disks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xo_mcp.definitions import Entry, privileges_of
from xo_mcp.errors import CallError, Forbidden, NotFound
from xo_mcp.parsing import object_in, objects_in
from xo_mcp.text import one_line
from xo_mcp.types import Call, Json

if TYPE_CHECKING:
    from xo_mcp.api.client import Client


ADMIN: Final = "admin"
MYSELF: Final = "me"
"""The id by which every user is their own."""
PRIVILEGES: Final = "/users/me/acl-privileges"
QUESTIONS: Final = frozenset({"GET /users/me", f"GET {PRIVILEGES}"})
"""What is asked to learn what a user may do, as requests are named."""
LONGEST_NAME: Final = 100
"""Characters of a user's name."""


@dataclass(frozen=True)
class Rights:
    """What a user of XO may do at all, on whatever object.

    Attributes:
        user: What they are called.
        is_admin: Whether they may do everything.
        granted: Resource and action of each privilege, as XO's roles have them (`vm`, `*`).
    """

    user: str
    is_admin: bool
    granted: frozenset[tuple[str, str]] = frozenset()

    def lacks(self, entry: Entry) -> str | None:
        """Say why every call of a tool would be refused, or show nothing, or nothing when some may succeed."""
        if self.is_admin:
            return None
        if entry.facts.permission == ADMIN:
            return f"the XO user {self.user} is not an administrator"
        needed = [privilege for privilege in entry.facts.privileges if not privilege.endswith("?")]
        missing = [privilege for privilege in needed if not self.has(privilege)]
        # What reads several kinds of object shows those that may be read.
        if not missing or (entry.facts.operation is None and len(missing) < len(needed)):
            return None
        return f"the XO user {self.user} lacks the privilege {missing[0]}"

    def has(self, privilege: str) -> bool:
        """Whether a role gives them a privilege, such as `vm:start`, on some object."""
        resource, _, action = privilege.partition(":")
        return any(
            known == resource and (granted in ("*", action) or action.startswith(f"{granted}:"))
            for known, granted in self.granted
        )


async def read_rights(client: "Client") -> Rights | None:
    """Ask what the user of XO who is signed in may do.

    Returns:
        Nothing when this XO does not say: before 6.4, or to this user.

    Raises:
        CallError: XO can't be reached, or takes no login.
    """
    try:
        user = (await client.request(Call("GET", "/users/me"))).data
        name = _name(user) if isinstance(user, dict) else None
        if not isinstance(user, dict) or name is None:
            return None
        if user.get("permission") == ADMIN:
            return Rights(name, is_admin=True)
        return Rights(name, is_admin=False, granted=await _granted(client))
    except (NotFound, Forbidden):
        return None


async def _granted(client: "Client") -> frozenset[tuple[str, str]]:
    held = (await client.request(Call("GET", PRIVILEGES, query={"fields": "action,effect,resource"}))).data
    return frozenset(
        (str(privilege.get("resource")), str(privilege.get("action")))
        for privilege in objects_in(held)
        if privilege.get("effect") == "allow"
    )


async def is_admin(client: "Client") -> bool | None:
    """Whether this XO user is an administrator; `None` when XO does not say."""
    user = await _me(client)
    return user.get("permission") == ADMIN if user else None


async def user_name(client: "Client") -> str | None:
    """What the user of XO who is signed in is called; `None` when XO does not say."""
    return _name(await _me(client))


async def user_id(client: "Client") -> str | None:
    """The id of the user of XO who is signed in; `None` when XO does not say."""
    user = await _me(client)
    found = user.get("id")
    return found if isinstance(found, str) else None


def _name(user: Mapping[str, Json]) -> str | None:
    texts = (user.get("name"), user.get("email"), user.get("id"))
    found = next((text for text in texts if isinstance(text, str) and text), None)
    return one_line(found, LONGEST_NAME) if found else None


async def _me(client: "Client") -> dict[str, Json]:
    try:
        me = (await client.request(Call("GET", "/users/me"))).data
    except CallError:
        return {}
    return object_in(me)


async def missing_privilege(client: "Client", call: Call) -> str | None:
    """The privilege without which a list is always empty for this user, who is no administrator.

    Args:
        client: Where to ask.
        call: The list, like `GET /vms/{id}/vdis`.

    Returns:
        Such as `vdi:read`; `None` when the user has it, or when XO does not say (before 6.4).
    """
    needed = privileges_of(call.operation)
    if not needed or await _is_about_oneself(client, call):
        return None
    # Of a list, what XO asks only sometimes is asked about somebody else.
    needed = tuple(entry.removesuffix("?") for entry in needed)
    try:
        rights = Rights("", is_admin=False, granted=await _granted(client))
    except CallError:
        return None
    return next((entry for entry in needed if not rights.has(entry)), None)


async def _is_about_oneself(client: "Client", call: Call) -> bool:
    """Whether XO asks no privilege because the list is the user's own."""
    conditional = all(entry.endswith("?") for entry in privileges_of(call.operation))
    return conditional and call.path.get("id") in (MYSELF, await user_id(client))
