"""Tools of XO's tag ip-pools: IP pools - addresses that XO hands out to VMs of self-service.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Omit
from xo_mcp.xo import Xo


async def create_ip_pool(xo: Xo, *, name: str, addresses: list[str], networks: list[str]) -> Answer:
    """Makes a pool of addresses for VMs of self-service on some networks; a resource set uses it once
    update_resource_set names it.

    CALL ipPool.create; needs an XO administrator.
    """
    return await xo.call(
        "ipPool.create",
        {"name": name, "addresses": addresses, "networks": networks},
        effect="write",
        builder="ip_pools",
    )


async def delete_ip_pool(xo: Xo, *, id: str) -> Answer:
    """Deletes a pool of addresses; VMs keep the addresses they have.

    CALL ipPool.delete; needs an XO administrator.
    """
    return await xo.call("ipPool.delete", {"id": id}, effect="destructive", builder="ip_pools")


async def list_ip_pools(xo: Xo, *, userId: str | Omit = OMIT) -> Answer:
    """Lists the pools of addresses that XO gives to VMs of self-service: addresses, networks, and which VIFs have
    which address.

    CALL ipPool.getAll.
    """
    return await xo.call("ipPool.getAll", {"userId": userId})


async def update_ip_pool(
    xo: Xo,
    *,
    id: str,
    name: str | Omit = OMIT,
    addresses: list[str] | Omit = OMIT,
    remove_addresses: list[str] | Omit = OMIT,
    networks: list[str] | Omit = OMIT,
) -> Answer:
    """Renames an IP pool, adds addresses to it, removes some, or gives it other networks.

    CALL ipPool.set; needs an XO administrator.
    """
    return await xo.call(
        "ipPool.set",
        {"id": id, "name": name, "addresses": addresses, "remove_addresses": remove_addresses, "networks": networks},
        effect="write",
        builder="ip_pools",
    )
