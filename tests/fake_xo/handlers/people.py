"""Users, groups and tokens."""

import re
from typing import Any

from starlette.responses import Response

from fake_xo.auth import password_hash
from fake_xo.call import CREATED, Call, created, no_content, route
from fake_xo.errors import ApiError, already_exists, forbidden, no_such
from fake_xo.handlers.collections import shown
from fake_xo.lists import pick, selected
from fake_xo.rbac import found
from fake_xo.responses import json_response
from fake_xo.store import Record

UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_557_600_000}
MONTH = 30 * UNITS["d"]


@route("POST /users")
async def create_user(call: Call) -> Response:
    """A new user; a name that is taken is 500, not 409."""
    body = call.body
    if any(user["email"] == body["name"] for user in call.store.every("users")):
        raise ApiError(500, f"the user {body['name']} already exists")
    user_id = call.xo.identity.fresh("user")
    call.store.add(
        "users",
        {
            "email": body["name"],
            "permission": body.get("permission", "none"),
            "pw_hash": "***obfuscated***",
            "groups": [],
            "preferences": {},
            "id": user_id,
            "name": body["name"],
        },
    )
    call.xo.authentication.passwords[user_id] = password_hash(body["password"])
    return created(user_id, "users")


@route("PATCH /users/{id}")
async def update_user(call: Call) -> Response:
    """Change a user; nobody changes their own permission."""
    user, body = call.object(), call.body
    if "permission" in body and user["id"] == call.user["id"]:
        raise forbidden("update user", "cannot change own permission")
    name = body.get("name")
    if name and any(each["email"] == name and each["id"] != user["id"] for each in call.store.every("users")):
        raise already_exists(name, "user")
    changes: Record = {key: body[key] for key in ("permission", "preferences") if key in body}
    if name:
        changes |= {"name": name, "email": name}
    if "password" in body:
        call.xo.authentication.passwords[user["id"]] = password_hash(body["password"])
    if changes:
        call.store.update("users", user["id"], **changes)
    return no_content()


@route("DELETE /users/{id}")
async def delete_user(call: Call) -> Response:
    """Delete a user, but not oneself."""
    user = call.object()
    if user["id"] == call.user["id"]:
        raise forbidden("delete user", "a user cannot delete itself")
    for group in call.store.every("groups"):
        if user["id"] in group["users"]:
            call.store.update("groups", group["id"], users=[name for name in group["users"] if name != user["id"]])
    for token in call.store.every("tokens"):
        if token["user_id"] == user["id"]:
            call.store.remove("tokens", token["id"])
    call.store.remove("users", user["id"])
    return no_content()


@route("GET /users/{id}/authentication_tokens")
async def list_tokens(call: Call) -> Response:
    """One's own tokens, in full; another user's are forbidden, even to an administrator. `fields` works here too."""
    user = found(call.store, "users", call.id)
    if user["id"] != call.user["id"]:
        raise forbidden("get authentication tokens", "can only see own authentication tokens")
    mine = [token for token in call.store.every("tokens") if token["user_id"] == user["id"]]
    tokens = selected(mine, call.query)
    fields = call.request.query_params.get("fields")
    if fields is not None and fields != "*":
        tokens = [pick(token, fields.split(",")) for token in tokens]
    return json_response(tokens)


@route("POST /users/{id}/authentication_tokens")
async def create_token(call: Call) -> Response:
    """A new token for oneself."""
    if call.id != call.user["id"]:
        raise ApiError(403, "You can only create tokens for yourself")
    now = call.xo.clock.ms()
    duration = _duration(call.body.get("expiresIn", MONTH))
    if duration > call.xo.options.max_token_validity:
        raise ApiError(500, "too high expiresIn duration")
    token: Record = {
        "created_at": now,
        "user_id": call.user["id"],
        "expiration": now + duration,
        "id": call.xo.identity.token(call.xo.identity.fresh("token")),
    }
    token |= {name: call.body[name] for name in ("description", "client") if name in call.body}
    call.store.add("tokens", token)
    return json_response({"token": token}, CREATED)


def _duration(value: Any) -> int:
    """Milliseconds, from a number of them or a text like `1 hour`.

    Raises:
        ApiError: 500 for anything else.
    """
    if isinstance(value, (int, float)):
        return int(value)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", value)
    unit = match[2] if match else ""
    factor = UNITS.get(unit) or (UNITS.get(unit[:1]) if unit[:1] in UNITS and len(unit) > 1 else None)
    if match and (factor or not unit):
        return int(float(match[1]) * (factor or 1))
    raise ApiError(500, f"not a valid duration: {value}")


@route("GET /users/{id}/acl-privileges")
async def user_privileges(call: Call) -> Response:
    """What a user's roles give them."""
    user = found(call.store, "users", call.id)
    own = call.xo.rbac.privileges(user)
    if user["id"] == call.user["id"]:
        return shown_without_check(call, own)
    return shown(call, "acl-privileges", own)


def shown_without_check(call: Call, records: list[Record]) -> Response:
    """One's own privileges need no privilege."""
    call.user = call.user | {"permission": "admin"}
    return shown(call, "acl-privileges", records)


@route("POST /groups")
async def create_group(call: Call) -> Response:
    """A new group; a name that is taken is 409."""
    name = call.body["name"]
    if any(group["name"] == name for group in call.store.every("groups")):
        raise already_exists(name, "group")
    group_id = call.xo.identity.fresh("group")
    call.store.add("groups", {"id": group_id, "name": name, "users": [], "aclRoleIds": []})
    return created(group_id, "groups")


@route("PATCH /groups/{id}")
async def update_group(call: Call) -> Response:
    """Rename a group."""
    group = call.object()
    if name := call.body.get("name"):
        if any(each["name"] == name and each["id"] != group["id"] for each in call.store.every("groups")):
            raise already_exists(name, "group")
        call.store.update("groups", group["id"], name=name)
    return no_content()


@route("DELETE /groups/{id}")
async def delete_group(call: Call) -> Response:
    """Delete a group; its users stay."""
    group = call.object()
    for name in group["users"]:
        _set_membership(call, group["id"], name, member=False)
    call.store.remove("groups", group["id"])
    return no_content()


@route("PUT /groups/{id}/users/{userId}")
async def add_member(call: Call) -> Response:
    """Put a user into a group."""
    _set_membership(call, call.object()["id"], call.params["userId"], member=True)
    return no_content()


@route("DELETE /groups/{id}/users/{userId}")
async def remove_member(call: Call) -> Response:
    """Take a user out of a group."""
    _set_membership(call, call.object()["id"], call.params["userId"], member=False)
    return no_content()


def _set_membership(call: Call, group_id: str, user_id: str, *, member: bool) -> None:
    for collection, key, owner, value in (
        ("users", "groups", user_id, group_id),
        ("groups", "users", group_id, user_id),
    ):
        record = call.store.actual(collection, owner)
        if record is None:
            raise no_such("user" if collection == "users" else "group", owner)
        rest = [each for each in record[key] if each != value]
        call.store.update(collection, owner, **{key: [*rest, value] if member else rest})


@route("GET /groups/{id}/acl-roles")
async def group_roles(call: Call) -> Response:
    """Roles attached to a group."""
    group = found(call.store, "groups", call.id)
    roles = call.store.read_all("acl-roles")
    return shown(call, "acl-roles", [role for role in roles if group["id"] in role.get("groupIds", ())])
