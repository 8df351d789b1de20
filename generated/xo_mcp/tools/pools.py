"""Tools of XO's tag pools: Pools of hosts - overview, load, patches, rolling reboots and updates, membership.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_pools(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,name_description,master,default_SR,HA_enabled,cpus,platform_version,tags",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists pools (clusters of hosts) with master host, default SR, HA state and CPUs. Only connected pools are
    here; others: list_servers.

    GET /pools; needs pool:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/pools"), record="XoPool", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_pool(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows the settings of one pool: master, default, suspend and crash dump SR, HA, CPUs, tags. How it is doing:
    get_pool_dashboard.

    GET /pools/{id}; needs pool:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/pools/{id}", path={"id": id}), record="XoPool", fields=fields)


async def add_host_to_pool(xo: Xo, *, id: str, host: str, force: bool | Omit = OMIT, timeout: float = 60) -> Answer:
    """Makes a host that XO knows as a pool of its own join this pool. A new host is registered with add_server
    first.

    POST /pools/{id}/actions/add_host; needs pool:add-host, host:join-pool; since XO 6.6.
    """
    return await xo.action(
        Call(
            "POST",
            "/pools/{id}/actions/add_host",
            path={"id": id},
            body={"force": force, "host": host},
            body_required=True,
        ),
        timeout=timeout,
        reads="/pools/{id}",
    )


async def emergency_shutdown_pool(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Suspends all VMs of a pool and powers off all of its hosts: a last resort in a power failure. One host:
    emergency_shutdown_host.

    POST /pools/{id}/actions/emergency_shutdown; needs pool:emergency-shutdown; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/pools/{id}/actions/emergency_shutdown", path={"id": id}), timeout=timeout, reads="/pools/{id}"
    )


async def management_reconfigure_pool(xo: Xo, *, id: str, network: str, timeout: float = 60) -> Answer:
    """Moves the management interface of all hosts in a pool to a network where each has a PIF with an IP. A wrong
    one cuts XO off from the pool. One host: management_reconfigure_host.

    POST /pools/{id}/actions/management_reconfigure; needs pif:update:management; since XO 6.1.2.
    """
    return await xo.action(
        Call(
            "POST",
            "/pools/{id}/actions/management_reconfigure",
            path={"id": id},
            body={"network": network},
            body_required=True,
        ),
        timeout=timeout,
        reads="/pools/{id}",
    )


async def rolling_reboot_pool(xo: Xo, *, id: str, shutdownPinnedVms: bool | Omit = OMIT, timeout: float = 60) -> Answer:
    """Reboots all hosts of a pool one by one while their VMs migrate to the others. Takes long. It installs nothing;
    with patches: rolling_update_pool.

    POST /pools/{id}/actions/rolling_reboot; needs pool:rolling-reboot; since XO 5.110 (shutdownPinnedVms 6.7).
    """
    return await xo.action(
        Call(
            "POST", "/pools/{id}/actions/rolling_reboot", path={"id": id}, body={"shutdownPinnedVms": shutdownPinnedVms}
        ),
        timeout=timeout,
        reads="/pools/{id}",
    )


async def rolling_update_pool(xo: Xo, *, id: str, shutdownPinnedVms: bool | Omit = OMIT, timeout: float = 60) -> Answer:
    """Installs all missing patches on the hosts of a pool and reboots them one by one while their VMs migrate. Takes
    long. What is missing: list_pool_missing_patches.

    POST /pools/{id}/actions/rolling_update; needs pool:rolling-update; since XO 5.110 (shutdownPinnedVms 6.7).
    """
    return await xo.action(
        Call(
            "POST", "/pools/{id}/actions/rolling_update", path={"id": id}, body={"shutdownPinnedVms": shutdownPinnedVms}
        ),
        timeout=timeout,
        reads="/pools/{id}",
    )


async def get_pool_dashboard(xo: Xo, *, id: str) -> Answer:
    """Summarizes one pool: hosts and VMs by state, top five in CPU, RAM and storage use, missing patches, alarm ids,
    CPUs assigned. All pools: get_dashboard.

    GET /pools/{id}/dashboard; needs pool:read; since XO 5.110.
    """
    return await xo.read(Call("GET", "/pools/{id}/dashboard", path={"id": id}))


async def list_pool_missing_patches(xo: Xo, *, id: str) -> Answer:
    """Lists updates missing on any host of a pool: name, version, size in bytes. rolling_update_pool installs them.
    One host: list_host_missing_patches.

    GET /pools/{id}/missing_patches; needs pool:read; since XO 5.110.
    """
    return await xo.read(Call("GET", "/pools/{id}/missing_patches", path={"id": id}))


async def get_pool_stats(
    xo: Xo,
    *,
    id: str,
    granularity: Literal["seconds", "minutes", "hours", "days"] | Omit = OMIT,
    series: str | Omit = OMIT,
    points: int | Omit = OMIT,
    chart: bool = False,
) -> Answer:
    """Shows the load of all hosts of a pool over time: CPUs, memory, NICs, disk traffic, as min, avg, max and last
    per series. One host: get_host_stats.

    GET /pools/{id}/stats; needs pool:read; since XO 5.110.
    """
    return await xo.stats(
        Call("GET", "/pools/{id}/stats", path={"id": id}, query={"granularity": granularity}),
        series=series,
        points=points,
        chart=chart,
    )


async def add_pool_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Adds one tag such as prod to a pool and keeps its others. Its hosts and VMs are not tagged by this.

    PUT /pools/{id}/tags/{tag}; needs pool:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/pools/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/pools/{id}")


async def remove_pool_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a pool; its other tags stay, and so do the tags of its hosts and VMs.

    DELETE /pools/{id}/tags/{tag}; needs pool:update:tags; since XO 5.112.
    """
    return await xo.write(Call("DELETE", "/pools/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/pools/{id}")
