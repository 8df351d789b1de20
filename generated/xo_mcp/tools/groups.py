"""Tools of XO's tag groups: Groups of XO users and their members.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_acl_role_groups(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,users", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists groups to which an ACL role is attached, with member ids.

    GET /acl-roles/{id}/groups; needs group:read; since XO 6.7.
    """
    return await xo.list(
        Call("GET", "/acl-roles/{id}/groups", path={"id": id}),
        record="XoGroup",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_groups(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,users,aclRoleIds,provider",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists groups of XO users with member and ACL role ids.

    GET /groups; needs group:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/groups"), record="XoGroup", filter=filter, fields=fields, limit=limit, format=format
    )


async def create_group(xo: Xo, *, name: str) -> Answer:
    """Creates an empty group of XO users.

    POST /groups; needs group:create; since XO 5.110.
    """
    return await xo.write(Call("POST", "/groups", body={"name": name}, body_required=True), creates="/groups/{id}")


async def get_group(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one group of XO users: its name, member ids, ACL role ids and directory provider.

    GET /groups/{id}; needs group:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/groups/{id}", path={"id": id}), record="XoGroup", fields=fields)


async def update_group(xo: Xo, *, id: str, name: str | Omit = OMIT) -> Answer:
    """Renames a group of XO users.

    PATCH /groups/{id}; needs group:update?, group:update:name?; since XO 5.110.
    """
    return await xo.write(
        Call("PATCH", "/groups/{id}", path={"id": id}, body={"name": name}, body_required=True), reads="/groups/{id}"
    )


async def delete_group(xo: Xo, *, id: str) -> Answer:
    """Deletes a group of XO users.

    DELETE /groups/{id}; needs group:delete; since XO 5.110.
    """
    return await xo.write(Call("DELETE", "/groups/{id}", path={"id": id}), reads="/groups/{id}")


async def add_user_to_group(xo: Xo, *, id: str, userId: str) -> Answer:
    """Makes a user a member of a group, with the ACL roles of that group.

    PUT /groups/{id}/users/{userId}; needs group:update:users; since XO 5.110.
    """
    return await xo.write(
        Call("PUT", "/groups/{id}/users/{userId}", path={"id": id, "userId": userId}), reads="/groups/{id}"
    )


async def remove_user_from_group(xo: Xo, *, id: str, userId: str) -> Answer:
    """Ends the membership of a user in a group; both remain.

    DELETE /groups/{id}/users/{userId}; needs group:update:users; since XO 5.110.
    """
    return await xo.write(
        Call("DELETE", "/groups/{id}/users/{userId}", path={"id": id, "userId": userId}), reads="/groups/{id}"
    )


async def list_user_groups(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name,aclRoleIds,provider",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the groups that one XO user belongs to, with their ACL roles.

    GET /users/{id}/groups; needs group:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/users/{id}/groups", path={"id": id}),
        record="XoGroup",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )
