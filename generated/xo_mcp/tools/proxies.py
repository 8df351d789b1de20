"""Tools of XO's tag proxies: XO proxies - appliances that run backups close to remote hosts.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_proxies(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,address,version,vmUuid",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists XO proxies, appliances that run backups and reach hosts for XO at other sites, with address, version and
    VM.

    GET /proxies; needs proxy:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/proxies"), record="XoProxy", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_proxy(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one XO proxy: name, address, version and its VM (vmUuid).

    GET /proxies/{id}; needs proxy:read; since XO 5.111.
    """
    return await xo.get(Call("GET", "/proxies/{id}", path={"id": id}), record="XoProxy", fields=fields)


async def check_proxy(xo: Xo, *, id: str) -> Answer:
    """Asks an XO proxy whether it works: `success`, or what is wrong with it.

    CALL proxy.checkHealth; needs an XO administrator.
    """
    return await xo.call("proxy.checkHealth", {"id": id})


async def register_proxy(
    xo: Xo,
    *,
    address: str | Omit = OMIT,
    authenticationToken: str | Omit = OMIT,
    name: str | Omit = OMIT,
    vm: str | Omit = OMIT,
) -> Answer:
    """Makes an XO proxy that is installed already known to XO, by its address or its VM.

    CALL proxy.register; needs an XO administrator.
    """
    return await xo.call(
        "proxy.register",
        {"address": address, "authenticationToken": authenticationToken, "name": name, "vm": vm},
        effect="grants_access",
        creates="/proxies/{id}",
    )


async def unregister_proxy(xo: Xo, *, id: str) -> Answer:
    """Makes XO forget a proxy; its VM stays.

    CALL proxy.unregister; needs an XO administrator.
    """
    return await xo.call("proxy.unregister", {"id": id}, effect="destructive", reads="/proxies/{id}")
