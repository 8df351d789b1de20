"""Tools of XO's tag rbacs: ACL roles and privileges - who may do what on which objects.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_acl_privileges(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "roleId,effect,action,resource,selector",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the privileges of all ACL roles, each allowing or denying an action on a kind of object.

    GET /acl-privileges; needs acl-privilege:read; since XO 6.4.
    """
    return await xo.list(
        Call("GET", "/acl-privileges"), record="AnyPrivilege", filter=filter, fields=fields, limit=limit, format=format
    )


async def create_acl_privilege(
    xo: Xo, *, action: str, effect: Literal["allow", "deny"], resource: str, roleId: str, selector: str | Omit = OMIT
) -> Answer:
    """Adds one rule to an ACL role: allow or deny an action on a kind of object.

    POST /acl-privileges; needs acl-privilege:create; since XO 6.4 (40 values of action 6.5; 25 values of action
    6.6; action=update:name_description, update:name_label, update:size 6.7; action=scan-pifs 6.7.1).
    """
    return await xo.write(
        Call(
            "POST",
            "/acl-privileges",
            body={"action": action, "effect": effect, "resource": resource, "roleId": roleId, "selector": selector},
            body_required=True,
        ),
        creates="/acl-privileges/{id}",
    )


async def get_acl_privilege(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one rule of an ACL role: effect, action, kind of object, selector and the id of its role.

    GET /acl-privileges/{id}; needs acl-privilege:read; since XO 6.4.
    """
    return await xo.get(Call("GET", "/acl-privileges/{id}", path={"id": id}), record="AnyPrivilege", fields=fields)


async def update_acl_privilege(
    xo: Xo,
    *,
    id: str,
    action: str | Omit = OMIT,
    effect: Literal["allow", "deny"] | Omit = OMIT,
    resource: str | Omit = OMIT,
    selector: str | Omit = OMIT,
) -> Answer:
    """Changes one rule of an ACL role and so the rights of all its users; arguments mean what they do in
    create_acl_privilege, and what is not given stays.

    PATCH /acl-privileges/{id}; needs acl-privilege:update?, acl-privilege:update:action?,
    acl-privilege:update:resource?, acl-privilege:update:effect?, acl-privilege:update:selector?; since XO 6.4 (40
    values of action 6.5; 25 values of action 6.6; action=update:name_description, update:name_label, update:size
    6.7; action=scan-pifs 6.7.1).
    """
    return await xo.write(
        Call(
            "PATCH",
            "/acl-privileges/{id}",
            path={"id": id},
            body={"action": action, "effect": effect, "resource": resource, "selector": selector},
            body_required=True,
        ),
        reads="/acl-privileges/{id}",
    )


async def delete_acl_privilege(xo: Xo, *, id: str) -> Answer:
    """Removes one rule from an ACL role: an allowed action is allowed no longer, a denied one may become allowed.

    DELETE /acl-privileges/{id}; needs acl-privilege:delete; since XO 6.4.
    """
    return await xo.write(Call("DELETE", "/acl-privileges/{id}", path={"id": id}), reads="/acl-privileges/{id}")


async def list_acl_roles(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,description,isTemplate,userIds,groupIds",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists ACL roles, named sets of privileges for users and groups.

    GET /acl-roles; needs acl-role:read; since XO 6.4.
    """
    return await xo.list(
        Call("GET", "/acl-roles"), record="XoAclRole", filter=filter, fields=fields, limit=limit, format=format
    )


async def create_acl_role(xo: Xo, *, name: str, description: str | Omit = OMIT) -> Answer:
    """Creates an empty ACL role.

    POST /acl-roles; needs acl-role:create; since XO 6.4.
    """
    return await xo.write(
        Call("POST", "/acl-roles", body={"description": description, "name": name}, body_required=True),
        creates="/acl-roles/{id}",
    )


async def get_acl_role(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one ACL role: name, description and the ids of its privileges, users and groups.

    GET /acl-roles/{id}; needs acl-role:read; since XO 6.4.
    """
    return await xo.get(Call("GET", "/acl-roles/{id}", path={"id": id}), record="XoAclRole", fields=fields)


async def update_acl_role(xo: Xo, *, id: str, description: str | Omit | None = OMIT, name: str | Omit = OMIT) -> Answer:
    """Changes name or description of an ACL role, not of built-in ones.

    PATCH /acl-roles/{id}; needs acl-role:update?, acl-role:update:name?, acl-role:update:description?; since XO
    6.4.
    """
    return await xo.write(
        Call(
            "PATCH",
            "/acl-roles/{id}",
            path={"id": id},
            body={"description": description, "name": name},
            body_required=True,
        ),
        reads="/acl-roles/{id}",
    )


async def delete_acl_role(xo: Xo, *, id: str) -> Answer:
    """Deletes an ACL role for good; all its users and groups lose what it allowed.

    DELETE /acl-roles/{id}; needs acl-role:delete; since XO 6.4.
    """
    return await xo.write(Call("DELETE", "/acl-roles/{id}", path={"id": id}), reads="/acl-roles/{id}")


async def copy_acl_role(
    xo: Xo, *, id: str, description: str | Omit = OMIT, name: str | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Copies an ACL role with all its privileges.

    POST /acl-roles/{id}/actions/copy; needs acl-role:create, acl-privilege:create?; since XO 6.4.
    """
    return await xo.action(
        Call("POST", "/acl-roles/{id}/actions/copy", path={"id": id}, body={"description": description, "name": name}),
        timeout=timeout,
        creates="/acl-roles/{id}",
    )


async def attach_acl_role_to_group(xo: Xo, *, id: str, groupId: str) -> Answer:
    """Gives an ACL role to all members of a group, present and future.

    PUT /acl-roles/{id}/groups/{groupId}; needs acl-role:update:groups; since XO 6.4.
    """
    return await xo.write(
        Call("PUT", "/acl-roles/{id}/groups/{groupId}", path={"id": id, "groupId": groupId}), reads="/acl-roles/{id}"
    )


async def detach_acl_role_from_group(xo: Xo, *, id: str, groupId: str) -> Answer:
    """Takes an ACL role from a group; members keep what they have by other ways.

    DELETE /acl-roles/{id}/groups/{groupId}; needs acl-role:update:groups; since XO 6.4.
    """
    return await xo.write(
        Call("DELETE", "/acl-roles/{id}/groups/{groupId}", path={"id": id, "groupId": groupId}), reads="/acl-roles/{id}"
    )


async def list_acl_role_privileges(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "effect,action,resource,selector",
    limit: int = 100,
    format: str = "json",
) -> Answer:
    """Lists what one ACL role allows or denies: effect, action, kind of object and selector of each privilege.

    GET /acl-roles/{id}/privileges; needs acl-privilege:read; since XO 6.4.
    """
    return await xo.list(
        Call("GET", "/acl-roles/{id}/privileges", path={"id": id}),
        record="AnyPrivilege",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def attach_acl_role_to_user(xo: Xo, *, id: str, userId: str) -> Answer:
    """Gives an ACL role to one user.

    PUT /acl-roles/{id}/users/{userId}; needs acl-role:update:users; since XO 6.4.
    """
    return await xo.write(
        Call("PUT", "/acl-roles/{id}/users/{userId}", path={"id": id, "userId": userId}), reads="/acl-roles/{id}"
    )


async def detach_acl_role_from_user(xo: Xo, *, id: str, userId: str) -> Answer:
    """Takes an ACL role from one user, who may still have it through a group.

    DELETE /acl-roles/{id}/users/{userId}; needs acl-role:update:users; since XO 6.4.
    """
    return await xo.write(
        Call("DELETE", "/acl-roles/{id}/users/{userId}", path={"id": id, "userId": userId}), reads="/acl-roles/{id}"
    )


async def list_group_acl_roles(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name,description,privilegeIds",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the ACL roles attached to one group, which all its members have.

    GET /groups/{id}/acl-roles; needs acl-role:read; since XO 6.7.
    """
    return await xo.list(
        Call("GET", "/groups/{id}/acl-roles", path={"id": id}),
        record="XoAclRole._isTemplate-true",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_user_acl_privileges(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "effect,action,resource,selector,roleId",
    limit: int = 100,
    format: str = "json",
) -> Answer:
    """Lists the ACL privileges of one user (id me for the account in use).

    GET /users/{id}/acl-privileges; needs acl-privilege:read?; since XO 6.4.
    """
    return await xo.list(
        Call("GET", "/users/{id}/acl-privileges", path={"id": id}),
        record="AnyPrivilege",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )
