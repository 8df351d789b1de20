"""Roles and privileges. Built-in roles are templates: copied, never changed or attached."""

from starlette.responses import Response

from fake_xo.call import Call, action, created, no_content, route
from fake_xo.errors import already_exists, forbidden, no_such
from fake_xo.handlers.collections import shown
from fake_xo.rbac import found
from fake_xo.store import Record


def _editable(role: Record, operation: str) -> Record:
    if role.get("isTemplate"):
        raise forbidden(operation, "a built-in role is a template: copy it first")
    return role


@route("POST /acl-roles")
async def create_role(call: Call) -> Response:
    """A role without privileges."""
    fresh = call.xo.identity.fresh("acl-role")
    own = {name: call.body[name] for name in ("name", "description") if name in call.body}
    call.store.add("acl-roles", own | {"id": fresh, "privilegeIds": [], "userIds": [], "groupIds": []})
    return created(fresh, "acl-roles")


@route("PATCH /acl-roles/{id}")
async def update_role(call: Call) -> Response:
    """Rename or describe a role."""
    role = _editable(call.object(), "update role")
    changes = {name: ... if value is None else value for name, value in call.body.items()}
    call.store.update("acl-roles", role["id"], **changes)
    return no_content()


@route("DELETE /acl-roles/{id}")
async def delete_role(call: Call) -> Response:
    """Delete a role and its privileges."""
    role = _editable(call.object(), "delete role")
    for name in role["privilegeIds"]:
        call.store.remove("acl-privileges", name)
    call.store.remove("acl-roles", role["id"])
    return no_content()


@action("POST /acl-roles/{id}/actions/copy", creates="acl-roles")
async def copy_role(call: Call) -> Record:
    """A role of one's own from any role, with all its privileges."""
    role, fresh = call.object(), call.xo.identity.fresh("acl-role")
    privileges = []
    for name in role["privilegeIds"]:
        source = call.store.actual("acl-privileges", name) or {}
        copy = source | {"id": call.xo.identity.fresh("acl-privilege"), "roleId": fresh}
        privileges.append(call.store.add("acl-privileges", copy)["id"])
    own = {name: call.body.get(name, role.get(name, "")) for name in ("name", "description")}
    call.store.add("acl-roles", own | {"id": fresh, "privilegeIds": privileges, "userIds": [], "groupIds": []})
    return {"id": fresh}


@route("GET /acl-roles/{id}/privileges")
async def role_privileges(call: Call) -> Response:
    """What a role gives."""
    role = found(call.store, "acl-roles", call.id)
    records = [call.store.read("acl-privileges", name) for name in role["privilegeIds"]]
    return shown(call, "acl-privileges", [record for record in records if record is not None])


def _attach(call: Call, collection: str, parameter: str, *, attached: bool) -> Response:
    role, other = _editable(call.object(), "attach role"), call.params[parameter]
    if call.store.actual(collection, other) is None:
        raise no_such(collection.removesuffix("s"), other)
    key = "userIds" if collection == "users" else "groupIds"
    if attached and other in role[key]:
        raise already_exists(role["id"], "acl-role")
    rest = [each for each in role[key] if each != other]
    call.store.update("acl-roles", role["id"], **{key: [*rest, other] if attached else rest})
    if collection == "groups":
        group = call.store.actual("groups", other) or {}
        kept = [each for each in group["aclRoleIds"] if each != role["id"]]
        call.store.update("groups", other, aclRoleIds=[*kept, role["id"]] if attached else kept)
    return no_content()


@route("PUT /acl-roles/{id}/users/{userId}")
async def attach_user(call: Call) -> Response:
    """Give a user the role."""
    return _attach(call, "users", "userId", attached=True)


@route("DELETE /acl-roles/{id}/users/{userId}")
async def detach_user(call: Call) -> Response:
    """Take the role from a user."""
    return _attach(call, "users", "userId", attached=False)


@route("PUT /acl-roles/{id}/groups/{groupId}")
async def attach_group(call: Call) -> Response:
    """Give a group the role."""
    return _attach(call, "groups", "groupId", attached=True)


@route("DELETE /acl-roles/{id}/groups/{groupId}")
async def detach_group(call: Call) -> Response:
    """Take the role from a group."""
    return _attach(call, "groups", "groupId", attached=False)


@route("POST /acl-privileges")
async def create_privilege(call: Call) -> Response:
    """A further privilege of a role."""
    role = call.store.actual("acl-roles", call.body["roleId"])
    if role is None:
        raise no_such("acl-role", call.body["roleId"])
    _editable(role, "create privilege")
    fresh = call.xo.identity.fresh("acl-privilege")
    call.store.add("acl-privileges", call.body | {"id": fresh})
    call.store.update("acl-roles", role["id"], privilegeIds=[*role["privilegeIds"], fresh])
    return created(fresh, "acl-privileges")


def _own_privilege(call: Call, operation: str) -> tuple[Record, Record]:
    privilege = call.object()
    role = call.store.actual("acl-roles", privilege["roleId"]) or {}
    return privilege, _editable(role, operation)


@route("PATCH /acl-privileges/{id}")
async def update_privilege(call: Call) -> Response:
    """Change a privilege."""
    privilege, _ = _own_privilege(call, "update privilege")
    if call.body:
        call.store.update("acl-privileges", privilege["id"], **call.body)
    return no_content()


@route("DELETE /acl-privileges/{id}")
async def delete_privilege(call: Call) -> Response:
    """Take a privilege from its role."""
    privilege, role = _own_privilege(call, "delete privilege")
    if role:
        rest = [each for each in role["privilegeIds"] if each != privilege["id"]]
        call.store.update("acl-roles", role["id"], privilegeIds=rest)
    call.store.remove("acl-privileges", privilege["id"])
    return no_content()
