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
    """Lists pools (clusters of hosts) with master host, default SR, HA state and CPUs.

    GET /pools; needs pool:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/pools"), record="XoPool", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_pool(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows the settings of one pool: master, default, suspend and crash dump SR, HA, CPUs, tags.

    GET /pools/{id}; needs pool:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/pools/{id}", path={"id": id}), record="XoPool", fields=fields)


async def add_host_to_pool(xo: Xo, *, id: str, host: str, force: bool | Omit = OMIT, timeout: float = 60) -> Answer:
    """Makes a host that XO knows as a pool of its own join this pool.

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
    """Suspends all VMs of a pool and powers off all of its hosts: a last resort in a power failure.

    POST /pools/{id}/actions/emergency_shutdown; needs pool:emergency-shutdown; since XO 5.110.
    """
    return await xo.action(
        Call("POST", "/pools/{id}/actions/emergency_shutdown", path={"id": id}), timeout=timeout, reads="/pools/{id}"
    )


async def management_reconfigure_pool(xo: Xo, *, id: str, network: str, timeout: float = 60) -> Answer:
    """Moves the management interface of all hosts in a pool to a network where each has a PIF with an IP.

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
    """Reboots all hosts of a pool one by one while their VMs migrate to the others.

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
    """Installs all missing patches on the hosts of a pool and reboots them one by one while their VMs migrate.

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
    CPUs assigned.

    GET /pools/{id}/dashboard; needs pool:read; since XO 5.110.
    """
    return await xo.read(Call("GET", "/pools/{id}/dashboard", path={"id": id}))


async def list_pool_missing_patches(xo: Xo, *, id: str) -> Answer:
    """Lists updates missing on any host of a pool: name, version, size in bytes.

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
    last: str | Omit = OMIT,
) -> Answer:
    """Shows the load of all hosts of a pool over time: CPUs, memory, NICs, disk traffic, as min, avg, max and last
    per series.

    GET /pools/{id}/stats; needs pool:read; since XO 5.110.
    """
    return await xo.stats(
        Call("GET", "/pools/{id}/stats", path={"id": id}, query={"granularity": granularity}),
        series=series,
        points=points,
        chart=chart,
        last=last,
    )


async def add_pool_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Adds one tag such as prod to a pool and keeps its others.

    PUT /pools/{id}/tags/{tag}; needs pool:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/pools/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/pools/{id}")


async def remove_pool_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a pool; its other tags stay, and so do the tags of its hosts and VMs.

    DELETE /pools/{id}/tags/{tag}; needs pool:update:tags; since XO 5.112.
    """
    return await xo.write(Call("DELETE", "/pools/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/pools/{id}")


async def disable_pool_ha(xo: Xo, *, pool: str, timeout: float = 60) -> Answer:
    """Switches high availability of a pool off, e.g.

    CALL pool.disableHa.
    """
    return await xo.call(
        "pool.disableHa",
        {"pool": pool},
        timeout=timeout,
        effect="write",
        builder="high_availability",
        reads="/pools/{pool}",
    )


async def enable_pool_ha(xo: Xo, *, heartbeatSrs: list[str], pool: str, timeout: float = 60) -> Answer:
    """Switches high availability of a pool on, with shared storage for heartbeats; VMs are restarted by their
    high_availability (update_vm).

    CALL pool.enableHa.
    """
    return await xo.call(
        "pool.enableHa",
        {"heartbeatSrs": heartbeatSrs, "pool": pool},
        timeout=timeout,
        effect="write",
        builder="high_availability",
        reads="/pools/{pool}",
    )


async def get_pool_secure_boot_readiness(xo: Xo, *, id: str, forceRefresh: bool | Omit = OMIT) -> Answer:
    """Shows whether a pool holds the UEFI certificates that guests with Secure Boot need: ready or not_ready.

    CALL pool.getGuestSecureBootReadiness.
    """
    return await xo.call("pool.getGuestSecureBootReadiness", {"forceRefresh": forceRefresh, "id": id})


async def compare_host_patches(xo: Xo, *, source: str, target: str) -> Answer:
    """Lists the patches that one host has and another lacks; an empty list means none.

    CALL pool.getPatchesDifference.
    """
    return await xo.call("pool.getPatchesDifference", {"source": source, "target": target})


async def download_pool_system_status(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves the bug reports of all hosts of a pool as one tar in the download folder, for support; they hold logs
    and configuration.

    CALL pool.getSystemStatuses.
    """
    return await xo.call("pool.getSystemStatuses", {"id": id}, filename=filename, extension="tar")


async def install_pool_patches(
    xo: Xo, *, hosts: list[str] | Omit = OMIT, pool: str | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Installs missing patches on all hosts of a pool, or on some, and restarts their toolstacks without a reboot or
    an evacuation.

    CALL pool.installPatches.
    """
    return await xo.call(
        "pool.installPatches", {"hosts": hosts, "pool": pool}, timeout=timeout, effect="destructive", builder="patches"
    )


async def update_pool(
    xo: Xo,
    *,
    id: str,
    auto_poweron: bool | Omit = OMIT,
    backupNetwork: str | Omit | None = OMIT,
    crashDumpSr: str | Omit | None = OMIT,
    migrationCompression: bool | Omit = OMIT,
    migrationNetwork: str | Omit | None = OMIT,
    name_description: str | Omit = OMIT,
    name_label: str | Omit = OMIT,
    suspendSr: str | Omit | None = OMIT,
) -> Answer:
    """Changes settings of a pool: name, description, automatic start of VMs, networks for migrations and backups,
    compression of migrations, SRs for suspended VMs and crash dumps.

    CALL pool.set.
    """
    return await xo.call(
        "pool.set",
        {
            "auto_poweron": auto_poweron,
            "backupNetwork": backupNetwork,
            "crashDumpSr": crashDumpSr,
            "id": id,
            "migrationCompression": migrationCompression,
            "migrationNetwork": migrationNetwork,
            "name_description": name_description,
            "name_label": name_label,
            "suspendSr": suspendSr,
        },
        effect="write",
        builder="pool_settings",
        reads="/pools/{id}",
    )


async def set_pool_default_sr(xo: Xo, *, sr: str) -> Answer:
    """Makes a storage repository the default one of its pool: new disks, templates and imported VMs go there unless
    another is named otherwise.

    CALL pool.setDefaultSr.
    """
    return await xo.call("pool.setDefaultSr", {"sr": sr}, effect="write", reads="/srs/{sr}")


async def set_pool_master(xo: Xo, *, host: str) -> Answer:
    """Makes another host the master of its pool.

    CALL pool.setPoolMaster.
    """
    return await xo.call("pool.setPoolMaster", {"host": host}, effect="destructive", reads="/hosts/{host}")
