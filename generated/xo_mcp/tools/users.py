"""Tools of XO's tag users: User accounts of XO and their authentication tokens.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_acl_role_users(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name,permission",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists users to whom an ACL role is attached directly.

    GET /acl-roles/{id}/users; needs user:read; since XO 6.7.
    """
    return await xo.list(
        Call("GET", "/acl-roles/{id}/users", path={"id": id}),
        record="XoUser",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_group_users(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name,permission",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the members of one group of users, with name and permission.

    GET /groups/{id}/users; needs user:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/groups/{id}/users", path={"id": id}),
        record="XoUser",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_users(
    xo: Xo, *, filter: str | Omit = OMIT, fields: str = "name,permission,groups", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists XO user accounts with name, permission (admin or none) and group ids.

    GET /users; needs user:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/users"), record="XoUser", filter=filter, fields=fields, limit=limit, format=format
    )


async def create_user(
    xo: Xo, *, name: str, password: str, permission: Literal["none", "admin"] | Omit = OMIT
) -> Answer:
    """Creates an XO user account.

    POST /users; needs user:create; since XO 5.110.
    """
    return await xo.write(
        Call("POST", "/users", body={"name": name, "password": password, "permission": permission}, body_required=True),
        creates="/users/{id}",
    )


async def get_user(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one XO user account: name, permission, groups, preferences.

    GET /users/{id}; needs user:read?; since XO 5.110.
    """
    return await xo.get(Call("GET", "/users/{id}", path={"id": id}), record="XoUser", fields=fields)


async def update_user(
    xo: Xo,
    *,
    id: str,
    name: str | Omit = OMIT,
    password: str | Omit = OMIT,
    permission: Literal["none", "admin"] | Omit = OMIT,
    preferences: dict[str, Json] | Omit = OMIT,
) -> Answer:
    """Changes name, password, permission or preferences of an XO user; what is not given stays.

    PATCH /users/{id}; needs user:update?, user:update:name?, user:update:password?, user:update:permission?,
    user:update:preferences?; since XO 5.110.
    """
    return await xo.write(
        Call(
            "PATCH",
            "/users/{id}",
            path={"id": id},
            body={"name": name, "password": password, "permission": permission, "preferences": preferences},
            body_required=True,
        ),
        reads="/users/{id}",
    )


async def delete_user(xo: Xo, *, id: str) -> Answer:
    """Deletes an XO user account for good.

    DELETE /users/{id}; needs user:delete; since XO 5.110.
    """
    return await xo.write(Call("DELETE", "/users/{id}", path={"id": id}), reads="/users/{id}")


async def list_auth_tokens(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "description,created_at,expiration,last_uses,client",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists API tokens of the account in use (id me) with description, creation and expiry in ms, last uses.

    GET /users/{id}/authentication_tokens; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/users/{id}/authentication_tokens", path={"id": id}),
        record="XoAuthenticationToken",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def create_auth_token(
    xo: Xo,
    *,
    id: str,
    client: dict[str, Json] | Omit = OMIT,
    description: str | Omit = OMIT,
    expiresIn: str | float | Omit = OMIT,
) -> Answer:
    """Creates an API token for the account in use (id me) and returns it, a secret as good as a password.

    POST /users/{id}/authentication_tokens; since XO 5.112.
    """
    return await xo.write(
        Call(
            "POST",
            "/users/{id}/authentication_tokens",
            path={"id": id},
            body={"client": client, "description": description, "expiresIn": expiresIn},
            body_required=True,
        ),
        reads="/users/{id}",
    )


async def delete_auth_tokens(xo: Xo, *, tokens: list[str]) -> Answer:
    """Deletes authentication tokens of anybody, each given whole, such as one that leaked.

    CALL token.delete; needs an XO administrator.
    """
    return await xo.call("token.delete", {"tokens": tokens}, effect="destructive", builder="auth_tokens")


async def delete_own_auth_tokens(xo: Xo, *, endings: list[str]) -> Answer:
    """Deletes authentication tokens of the user that this server signs in as, named by their ends as
    list_auth_tokens shows them; the one in use is refused.

    CALL token.deleteOwn.
    """
    return await xo.call("token.deleteOwn", {"endings": endings}, effect="destructive", builder="auth_tokens")
