"""Tools of XO's tag servers: Servers - XO's connections to XCP-ng and XenServer pools.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_servers(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "label,host,status,enabled,error,poolId,poolNameLabel,readOnly",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the connections of XO to pools: address, status, error, pool.

    GET /servers; needs server:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/servers"), record="XoServer", filter=filter, fields=fields, limit=limit, format=format
    )


async def add_server(
    xo: Xo,
    *,
    host: str,
    password: str,
    username: str,
    allowUnauthorized: bool | Omit = OMIT,
    httpProxy: str | Omit = OMIT,
    label: str | Omit = OMIT,
    readOnly: bool | Omit = OMIT,
) -> Answer:
    """Registers a pool in XO by address and login of its master; open it with connect_server.

    POST /servers; needs server:create; since XO 5.110.
    """
    return await xo.write(
        Call(
            "POST",
            "/servers",
            body={
                "allowUnauthorized": allowUnauthorized,
                "host": host,
                "httpProxy": httpProxy,
                "label": label,
                "password": password,
                "readOnly": readOnly,
                "username": username,
            },
            body_required=True,
        ),
        creates="/servers/{id}",
    )


async def get_server(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one connection of XO to a pool: address, user, status, last error, pool, certificate and read-only
    settings.

    GET /servers/{id}; needs server:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/servers/{id}", path={"id": id}), record="XoServer", fields=fields)


async def delete_server(xo: Xo, *, id: str) -> Answer:
    """Removes a connection with its login from XO.

    DELETE /servers/{id}; needs server:delete; since XO 5.110.
    """
    return await xo.write(Call("DELETE", "/servers/{id}", path={"id": id}), reads="/servers/{id}")


async def connect_server(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Opens a registered connection of XO so that its pool, hosts and VMs appear.

    POST /servers/{id}/actions/connect; needs server:connect; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/servers/{id}/actions/connect", path={"id": id}),
        timeout=timeout,
        reads="/servers/{id}",
        final_state={"status": "connected"},
    )


async def disconnect_server(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Closes a connection of XO: its pool, hosts and VMs keep running but vanish from XO until connect_server.

    POST /servers/{id}/actions/disconnect; needs server:disconnect; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/servers/{id}/actions/disconnect", path={"id": id}),
        timeout=timeout,
        reads="/servers/{id}",
        final_state={"status": "disconnected"},
    )


async def update_server(
    xo: Xo,
    *,
    id: str,
    allowUnauthorized: bool | Omit = OMIT,
    host: str | Omit = OMIT,
    httpProxy: str | Omit | None = OMIT,
    label: str | Omit | None = OMIT,
    password: str | Omit = OMIT,
    readOnly: bool | Omit = OMIT,
    username: str | Omit = OMIT,
) -> Answer:
    """Changes a connection of XO to a pool: label, address, login, certificate check, HTTP proxy, read-only.

    CALL server.set; needs an XO administrator.
    """
    return await xo.call(
        "server.set",
        {
            "allowUnauthorized": allowUnauthorized,
            "host": host,
            "httpProxy": httpProxy,
            "id": id,
            "label": label,
            "password": password,
            "readOnly": readOnly,
            "username": username,
        },
        effect="write",
        reads="/servers/{id}",
    )
