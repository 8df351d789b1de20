"""Tools of XO's tag pbds: PBDs - the connections of hosts to storage repositories.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_pbds(
    xo: Xo, *, filter: str | Omit = OMIT, fields: str = "host,SR,attached,$pool", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists PBDs, the connections of hosts to SRs, and whether each is plugged; an unplugged one explains an SR that
    fails on one host.

    GET /pbds; needs pbd:read; since XO 5.112.
    """
    return await xo.list(Call("GET", "/pbds"), record="XoPbd", filter=filter, fields=fields, limit=limit, format=format)


async def get_pbd(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one connection of a host to an SR: plugged or not, and device_config with server, path or LUN (its
    passwords are not shown).

    GET /pbds/{id}; needs pbd:read; since XO 5.112.
    """
    return await xo.get(Call("GET", "/pbds/{id}", path={"id": id}), record="XoPbd", fields=fields)


async def plug_pbd(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Connects a host to the storage of an SR, e.g.

    POST /pbds/{id}/actions/plug; needs pbd:plug; since XO 6.2.
    """
    return await xo.action(
        Call("POST", "/pbds/{id}/actions/plug", path={"id": id}), timeout=timeout, reads="/pbds/{id}"
    )


async def unplug_pbd(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Disconnects one host from an SR, e.g.

    POST /pbds/{id}/actions/unplug; needs pbd:unplug; since XO 6.2.
    """
    return await xo.action(
        Call("POST", "/pbds/{id}/actions/unplug", path={"id": id}), timeout=timeout, reads="/pbds/{id}"
    )
