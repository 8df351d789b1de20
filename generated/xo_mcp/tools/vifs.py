"""Tools of XO's tag vifs: VIFs - the network adapters of VMs - add, limit, lock, hot-plug, and traffic rules of the SDN controller.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_vifs(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "$VM,$network,device,MAC,attached,rateLimit",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists VIFs, the network adapters of VMs: VM, network, MAC, plugged or not, rate limit (kB/s).

    GET /vifs; needs vif:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/vifs"), record="XoVif", filter=filter, fields=fields, limit=limit, format=format)


async def create_vif(
    xo: Xo,
    *,
    networkId: str,
    vmId: str,
    MTU: float | Omit = OMIT,
    currently_attached: bool | Omit = OMIT,
    device: str | Omit = OMIT,
    ipv4_allowed: list[str] | Omit = OMIT,
    ipv6_allowed: list[str] | Omit = OMIT,
    locking_mode: Literal["disabled", "locked", "network_default", "unlocked"] | Omit = OMIT,
    qos_algorithm_type: str | Omit = OMIT,
    MAC: str | Omit = OMIT,
    other_config: dict[str, Json] | Omit = OMIT,
    qos_algorithm_params: dict[str, Json] | Omit = OMIT,
) -> Answer:
    """Adds a network adapter on a network of the same pool to a VM, plugged in at once if it runs; returns the VIF's
    id.

    POST /vifs; needs vif:create; since XO 6.1.2 (other_config.* 6.5; qos_algorithm_params.* 6.5).
    """
    return await xo.write(
        Call(
            "POST",
            "/vifs",
            body={
                "MTU": MTU,
                "currently_attached": currently_attached,
                "device": device,
                "ipv4_allowed": ipv4_allowed,
                "ipv6_allowed": ipv6_allowed,
                "locking_mode": locking_mode,
                "qos_algorithm_type": qos_algorithm_type,
                "MAC": MAC,
                "networkId": networkId,
                "other_config": other_config,
                "qos_algorithm_params": qos_algorithm_params,
                "vmId": vmId,
            },
            body_required=True,
        ),
        creates="/vifs/{id}",
    )


async def get_vif(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one network adapter of a VM: network, MAC, MTU, allowed IPs, rate limit (kB/s), and its traffic rules in
    other_config.

    GET /vifs/{id}; needs vif:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vifs/{id}", path={"id": id}), record="XoVif", fields=fields)


async def update_vif(
    xo: Xo,
    *,
    id: str,
    lockingMode: Literal["disabled", "locked", "network_default", "unlocked"] | Omit = OMIT,
    rateLimit: float | Omit | None = OMIT,
    txChecksumming: bool | Omit = OMIT,
    allowedIpv4Addresses: list[str] | Omit = OMIT,
    allowedIpv6Addresses: list[str] | Omit = OMIT,
) -> Answer:
    """Changes rate limit, locking, allowed IPs or TX checksumming of a VM's network adapter.

    PATCH /vifs/{id}; needs vif:update:<field>; since XO 6.6.
    """
    return await xo.write(
        Call(
            "PATCH",
            "/vifs/{id}",
            path={"id": id},
            body={
                "lockingMode": lockingMode,
                "rateLimit": rateLimit,
                "txChecksumming": txChecksumming,
                "allowedIpv4Addresses": allowedIpv4Addresses,
                "allowedIpv6Addresses": allowedIpv6Addresses,
            },
            body_required=True,
        ),
        reads="/vifs/{id}",
    )


async def delete_vif(xo: Xo, *, id: str) -> Answer:
    """Removes a network adapter from its VM for good with its MAC and rules, unplugging it if the VM runs.

    DELETE /vifs/{id}; needs vif:delete; since XO 6.1.2.
    """
    return await xo.write(Call("DELETE", "/vifs/{id}", path={"id": id}), reads="/vifs/{id}")


async def connect_vif(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Plugs an unplugged network adapter back into its running VM; needs guest tools.

    POST /vifs/{id}/actions/connect; needs vif:connect; since XO 6.4.
    """
    return await xo.action(
        Call("POST", "/vifs/{id}/actions/connect", path={"id": id}), timeout=timeout, reads="/vifs/{id}"
    )


async def disconnect_vif(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Unplugs a network adapter from its running VM and keeps it for connect_vif; needs guest tools.

    POST /vifs/{id}/actions/disconnect; needs vif:disconnect; since XO 6.4.
    """
    return await xo.action(
        Call("POST", "/vifs/{id}/actions/disconnect", path={"id": id}), timeout=timeout, reads="/vifs/{id}"
    )


async def add_vif_traffic_rule(
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
    """Adds a rule that allows or drops traffic of one VM network adapter.

    POST /plugins/sdn-controller/vifs/{id}/actions/add_traffic_rule; plugin sdn-controller.
    """
    return await xo.action(
        Call(
            "POST",
            "/plugins/sdn-controller/vifs/{id}/actions/add_traffic_rule",
            path={"id": id},
            body={"allow": allow, "direction": direction, "ipRange": ipRange, "port": port, "protocol": protocol},
            body_required=True,
        ),
        timeout=timeout,
    )


async def delete_vif_traffic_rule(
    xo: Xo, *, id: str, direction: str, ipRange: str, protocol: str, port: float | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Takes a traffic rule off one VM network adapter; give it as it was added (other_config in get_vif).

    POST /plugins/sdn-controller/vifs/{id}/actions/delete_traffic_rule; plugin sdn-controller.
    """
    return await xo.action(
        Call(
            "POST",
            "/plugins/sdn-controller/vifs/{id}/actions/delete_traffic_rule",
            path={"id": id},
            body={"direction": direction, "ipRange": ipRange, "port": port, "protocol": protocol},
            body_required=True,
        ),
        timeout=timeout,
    )


async def update_vif_traffic_rule(
    xo: Xo, *, id: str, newRule: dict[str, Json], oldRule: dict[str, Json], timeout: float = 60
) -> Answer:
    """Replaces a traffic rule of one VM network adapter by a changed one: oldRule in full, newRule only what
    changes.

    POST /plugins/sdn-controller/vifs/{id}/actions/update_traffic_rule; needs vif:update:other_config; plugin
    sdn-controller.
    """
    return await xo.action(
        Call(
            "POST",
            "/plugins/sdn-controller/vifs/{id}/actions/update_traffic_rule",
            path={"id": id},
            body={"newRule": newRule, "oldRule": oldRule},
            body_required=True,
        ),
        timeout=timeout,
    )


async def move_vif(xo: Xo, *, id: str, mac: str | Omit = OMIT, network: str | Omit = OMIT) -> Answer:
    """Puts a VM's network interface on another network, or gives it another MAC.

    CALL vif.set.
    """
    return await xo.call(
        "vif.set",
        {"id": id, "mac": mac, "network": network},
        effect="write",
        builder="vif_move",
        reads="/vifs/{id}",
        creates="/vifs/{id}",
    )
