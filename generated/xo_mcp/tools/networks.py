"""Tools of XO's tag networks: Networks of pools - VLANs, bonds, internal networks, and traffic rules of the SDN controller.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_networks(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,name_description,bridge,MTU,isBonded,nbd,tags,$pool",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the networks of pools: bridge, MTU, bonded or not, NBD, tags.

    GET /networks; needs network:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/networks"), record="XoNetwork", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_network(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one network in full: bridge, MTU, PIF and VIF ids, NBD, and its traffic rules in other_config.

    GET /networks/{id}; needs network:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/networks/{id}", path={"id": id}), record="XoNetwork", fields=fields)


async def delete_network(xo: Xo, *, id: str) -> Answer:
    """Deletes a network with its VLAN or bond on all hosts of its pool.

    DELETE /networks/{id}; needs network:delete; since XO 5.110.
    """
    return await xo.write(Call("DELETE", "/networks/{id}", path={"id": id}), reads="/networks/{id}")


async def add_network_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag, a label and no VLAN, on a network; its other tags stay.

    PUT /networks/{id}/tags/{tag}; needs network:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/networks/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/networks/{id}")


async def remove_network_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag, a label and no VLAN, off a network; the network itself stays.

    DELETE /networks/{id}/tags/{tag}; needs network:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("DELETE", "/networks/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/networks/{id}"
    )


async def create_bonded_network(
    xo: Xo,
    *,
    id: str,
    bondMode: Literal["active-backup", "balance-slb", "lacp"],
    name: str,
    pifIds: list[str],
    description: str | Omit = OMIT,
    mtu: float | Omit = OMIT,
    nbd: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Bonds NICs on every host of a pool and creates the network on them; returns its id.

    POST /pools/{id}/actions/create_bonded_network; needs pool:create:network, network:create; since XO 6.3.
    """
    return await xo.action(
        Call(
            "POST",
            "/pools/{id}/actions/create_bonded_network",
            path={"id": id},
            body={
                "bondMode": bondMode,
                "description": description,
                "mtu": mtu,
                "name": name,
                "nbd": nbd,
                "pifIds": pifIds,
            },
            body_required=True,
        ),
        timeout=timeout,
        reads="/pools/{id}",
        creates="/networks/{id}",
    )


async def create_internal_network(
    xo: Xo,
    *,
    id: str,
    name: str,
    description: str | Omit = OMIT,
    mtu: float | Omit = OMIT,
    nbd: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Creates a network without a NIC in a pool; returns its id.

    POST /pools/{id}/actions/create_internal_network; needs pool:create:network, network:create; since XO 6.3.
    """
    return await xo.action(
        Call(
            "POST",
            "/pools/{id}/actions/create_internal_network",
            path={"id": id},
            body={"description": description, "mtu": mtu, "name": name, "nbd": nbd},
            body_required=True,
        ),
        timeout=timeout,
        reads="/pools/{id}",
        creates="/networks/{id}",
    )


async def create_pool_network(
    xo: Xo,
    *,
    id: str,
    name: str,
    pif: str,
    vlan: float,
    description: str | Omit = OMIT,
    mtu: float | Omit = OMIT,
    nbd: bool | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Creates a network on a physical NIC, usually with a VLAN, on all hosts of a pool; returns its id.

    POST /pools/{id}/actions/create_network; needs pool:create:network, network:create; since XO 5.110 (nbd 6.3).
    """
    return await xo.action(
        Call(
            "POST",
            "/pools/{id}/actions/create_network",
            path={"id": id},
            body={"description": description, "mtu": mtu, "name": name, "nbd": nbd, "pif": pif, "vlan": vlan},
            body_required=True,
        ),
        timeout=timeout,
        reads="/pools/{id}",
        creates="/networks/{id}",
    )


async def add_network_traffic_rule(
    xo: Xo,
    *,
    id: str,
    allow: bool,
    direction: str,
    ipRange: str,
    protocol: str,
    port: float | Omit = OMIT,
    timeout: float = 60,
) -> Answer:
    """Adds a rule that allows or drops traffic of all VMs on a network.

    POST /plugins/sdn-controller/networks/{id}/actions/add_traffic_rule; plugin sdn-controller.
    """
    return await xo.action(
        Call(
            "POST",
            "/plugins/sdn-controller/networks/{id}/actions/add_traffic_rule",
            path={"id": id},
            body={"allow": allow, "direction": direction, "ipRange": ipRange, "port": port, "protocol": protocol},
            body_required=True,
        ),
        timeout=timeout,
    )


async def delete_network_traffic_rule(
    xo: Xo, *, id: str, direction: str, ipRange: str, protocol: str, port: float | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Takes a traffic rule off a whole network; give it as it was added (other_config in get_network).

    POST /plugins/sdn-controller/networks/{id}/actions/delete_traffic_rule; plugin sdn-controller.
    """
    return await xo.action(
        Call(
            "POST",
            "/plugins/sdn-controller/networks/{id}/actions/delete_traffic_rule",
            path={"id": id},
            body={"direction": direction, "ipRange": ipRange, "port": port, "protocol": protocol},
            body_required=True,
        ),
        timeout=timeout,
    )


async def update_network_traffic_rule(
    xo: Xo, *, id: str, newRule: dict[str, Json], oldRule: dict[str, Json], timeout: float = 60
) -> Answer:
    """Replaces a traffic rule of a whole network by a changed one: oldRule in full, newRule only what changes.

    POST /plugins/sdn-controller/networks/{id}/actions/update_traffic_rule; needs network:update:other_config;
    plugin sdn-controller.
    """
    return await xo.action(
        Call(
            "POST",
            "/plugins/sdn-controller/networks/{id}/actions/update_traffic_rule",
            path={"id": id},
            body={"newRule": newRule, "oldRule": oldRule},
            body_required=True,
        ),
        timeout=timeout,
    )


async def update_network(
    xo: Xo,
    *,
    id: str,
    automatic: bool | Omit = OMIT,
    defaultIsLocked: bool | Omit = OMIT,
    mtu: int | Omit = OMIT,
    name_description: str | Omit = OMIT,
    name_label: str | Omit = OMIT,
    nbd: bool | Omit = OMIT,
) -> Answer:
    """Changes a network: name, description, MTU, NBD for backups, and whether VIFs are locked or added by default.

    CALL network.set.
    """
    return await xo.call(
        "network.set",
        {
            "automatic": automatic,
            "defaultIsLocked": defaultIsLocked,
            "id": id,
            "mtu": mtu,
            "name_description": name_description,
            "name_label": name_label,
            "nbd": nbd,
        },
        effect="write",
        reads="/networks/{id}",
    )
