"""Tools of XO's tag srs: Storage repositories (SRs) - capacity, creation, rescan, trim, forget and delete.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_srs(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,SR_type,content_type,shared,size,physical_usage,usage,inMaintenanceMode,tags,$container",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists storage repositories: type, shared or not, size, physical_usage (written) and usage (allocated to disks)
    in bytes.

    GET /srs; needs sr:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/srs"), record="XoSr", filter=filter, fields=fields, limit=limit, format=format)


async def create_sr(
    xo: Xo,
    *,
    device_config: dict[str, Json],
    name_label: str,
    SR_type: str,
    hostId: str,
    content_type: Literal["user", "iso", "disk"] | Omit = OMIT,
    name_description: str | Omit = OMIT,
    sm_config: dict[str, Json] | Omit = OMIT,
    size: float | Omit = OMIT,
) -> Answer:
    """Creates a storage repository through one host: a share, an ISO library, a LUN or a local device, whose content
    is overwritten.

    POST /srs; needs sr:create; since XO 6.7.
    """
    return await xo.write(
        Call(
            "POST",
            "/srs",
            body={
                "content_type": content_type,
                "device_config": device_config,
                "name_description": name_description,
                "name_label": name_label,
                "sm_config": sm_config,
                "SR_type": SR_type,
                "hostId": hostId,
                "size": size,
            },
            body_required=True,
        ),
        creates="/srs/{id}",
    )


async def get_sr(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one storage repository in full: ids of its VDIs and PBDs, thin or thick, maintenance mode.

    GET /srs/{id}; needs sr:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/srs/{id}", path={"id": id}), record="XoSr", fields=fields)


async def delete_sr(xo: Xo, *, id: str) -> Answer:
    """Destroys a storage repository with all data on it for good and disconnects it from all hosts; some types
    refuse while disks are left.

    DELETE /srs/{id}; needs sr:delete; since XO 6.5.
    """
    return await xo.write(Call("DELETE", "/srs/{id}", path={"id": id}), reads="/srs/{id}")


async def forget_sr(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Removes a storage repository from its pool and leaves its data on the storage; the VMs lose their links to its
    disks.

    POST /srs/{id}/actions/forget; needs sr:forget; since XO 6.3.
    """
    return await xo.action(
        Call("POST", "/srs/{id}/actions/forget", path={"id": id}), timeout=timeout, reads="/srs/{id}"
    )


async def reclaim_space_sr(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Gives the space of deleted disks on a block SR (LVM, iSCSI, HBA) back to its array or SSD; storage without
    discard refuses.

    POST /srs/{id}/actions/reclaim_space; needs sr:reclaim-space; since XO 6.2.
    """
    return await xo.action(
        Call("POST", "/srs/{id}/actions/reclaim_space", path={"id": id}), timeout=timeout, reads="/srs/{id}"
    )


async def scan_sr(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Looks through a storage repository again, so that new or vanished disks and ISO files show up and its usage is
    right.

    POST /srs/{id}/actions/scan; needs sr:scan; since XO 6.2.
    """
    return await xo.action(Call("POST", "/srs/{id}/actions/scan", path={"id": id}), timeout=timeout, reads="/srs/{id}")


async def add_sr_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on a storage repository; its other tags and those of its disks stay.

    PUT /srs/{id}/tags/{tag}; needs sr:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/srs/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/srs/{id}")


async def remove_sr_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a storage repository; its disks and its other tags stay.

    DELETE /srs/{id}/tags/{tag}; needs sr:update:tags; since XO 5.112.
    """
    return await xo.write(Call("DELETE", "/srs/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/srs/{id}")


async def plug_sr(xo: Xo, *, id: str) -> Answer:
    """Connects a storage repository to every host of its pool that has it, e.g.

    CALL sr.connectAllPbds.
    """
    return await xo.call("sr.connectAllPbds", {"id": id}, effect="write", reads="/srs/{id}")


async def reattach_hba_sr(
    xo: Xo, *, host: str, nameLabel: str, scsiId: str, srUuid: str, nameDescription: str = ""
) -> Answer:
    """Attaches a storage repository that exists on a Fibre Channel or SAS LUN again, with the disks on it.

    CALL sr.createHba.
    """
    return await xo.call(
        "sr.createHba",
        {"host": host, "nameDescription": nameDescription, "nameLabel": nameLabel, "scsiId": scsiId, "srUuid": srUuid},
        effect="write",
        builder="sr_reattach",
        reads="/hosts/{host}",
        creates="/srs/{id}",
    )


async def reattach_iscsi_sr(
    xo: Xo,
    *,
    host: str,
    nameLabel: str,
    scsiId: str,
    srUuid: str,
    target: str,
    targetIqn: str,
    chapPassword: str | Omit = OMIT,
    chapUser: str | Omit = OMIT,
    nameDescription: str = "",
    port: int | Omit = OMIT,
) -> Answer:
    """Attaches a storage repository that exists on an iSCSI LUN again, with the disks on it.

    CALL sr.createIscsi.
    """
    return await xo.call(
        "sr.createIscsi",
        {
            "chapPassword": chapPassword,
            "chapUser": chapUser,
            "host": host,
            "nameDescription": nameDescription,
            "nameLabel": nameLabel,
            "port": port,
            "scsiId": scsiId,
            "srUuid": srUuid,
            "target": target,
            "targetIqn": targetIqn,
        },
        effect="write",
        builder="sr_reattach",
        reads="/hosts/{host}",
        creates="/srs/{id}",
    )


async def reattach_nfs_sr(
    xo: Xo,
    *,
    host: str,
    nameLabel: str,
    server: str,
    serverPath: str,
    srUuid: str,
    nameDescription: str = "",
    nfsOptions: str | Omit = OMIT,
    nfsVersion: str | Omit = OMIT,
) -> Answer:
    """Attaches a storage repository that exists on an NFS share again, with the disks on it, e.g.

    CALL sr.createNfs.
    """
    return await xo.call(
        "sr.createNfs",
        {
            "host": host,
            "nameDescription": nameDescription,
            "nameLabel": nameLabel,
            "nfsOptions": nfsOptions,
            "nfsVersion": nfsVersion,
            "server": server,
            "serverPath": serverPath,
            "srUuid": srUuid,
        },
        effect="write",
        builder="sr_reattach",
        reads="/hosts/{host}",
        creates="/srs/{id}",
    )


async def reattach_smb_sr(
    xo: Xo,
    *,
    host: str,
    nameLabel: str,
    server: str,
    srUuid: str,
    nameDescription: str = "",
    password: str | Omit = OMIT,
    user: str | Omit = OMIT,
) -> Answer:
    """Attaches a storage repository that exists on an SMB share again, with the disks on it, e.g.

    CALL sr.createSmb.
    """
    return await xo.call(
        "sr.createSmb",
        {
            "host": host,
            "nameDescription": nameDescription,
            "nameLabel": nameLabel,
            "password": password,
            "server": server,
            "srUuid": srUuid,
            "user": user,
        },
        effect="write",
        builder="sr_reattach",
        reads="/hosts/{host}",
        creates="/srs/{id}",
    )


async def disable_sr_maintenance(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Puts a storage repository back to service after enable_sr_maintenance: plugs it into the hosts again and
    starts the VMs that were shut down for it.

    CALL sr.disableMaintenanceMode; needs an XO administrator.
    """
    return await xo.call(
        "sr.disableMaintenanceMode",
        {"id": id},
        timeout=timeout,
        effect="write",
        builder="sr_maintenance",
        reads="/srs/{id}",
    )


async def unplug_sr(xo: Xo, *, id: str) -> Answer:
    """Disconnects a storage repository from every host; its data and disks stay known.

    CALL sr.disconnectAllPbds.
    """
    return await xo.call("sr.disconnectAllPbds", {"id": id}, effect="destructive", reads="/srs/{id}")


async def enable_sr_maintenance(
    xo: Xo, *, id: str, vmsToShutdown: list[str] | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Takes a storage repository out of service: shuts down the VMs that run on it and unplugs it from all hosts.

    CALL sr.enableMaintenanceMode; needs an XO administrator.
    """
    return await xo.call(
        "sr.enableMaintenanceMode",
        {"id": id, "vmsToShutdown": vmsToShutdown},
        timeout=timeout,
        effect="destructive",
        builder="sr_maintenance",
        reads="/srs/{id}",
    )


async def list_unhealthy_vdis(xo: Xo) -> Answer:
    """Lists for every writable SR the disks whose chains still wait for coalescing, with chain lengths, and disks
    with a missing parent.

    CALL sr.getAllUnhealthyVdiChainsLength; needs an XO administrator.
    """
    return await xo.call("sr.getAllUnhealthyVdiChainsLength")


async def list_sr_unhealthy_vdis(xo: Xo, *, id: str) -> Answer:
    """Lists the disks of one SR whose chains still wait for coalescing (id and chain length), and disks whose parent
    is missing.

    CALL sr.getVdiChainsInfo.
    """
    return await xo.call("sr.getVdiChainsInfo", {"id": id})


async def probe_hba_devices(xo: Xo, *, host: str) -> Answer:
    """Lists the LUNs that a host sees through its Fibre Channel or SAS adapters: scsiId, path, vendor, serial,
    bytes.

    CALL sr.probeHba.
    """
    return await xo.call("sr.probeHba", {"host": host})


async def probe_hba_srs(xo: Xo, *, host: str, scsiId: str) -> Answer:
    """Looks on one LUN behind a host's adapters for a storage repository that exists there; its uuid is what
    reattach_hba_sr needs.

    CALL sr.probeHbaExists.
    """
    return await xo.call("sr.probeHbaExists", {"host": host, "scsiId": scsiId})


async def probe_iscsi_srs(
    xo: Xo,
    *,
    host: str,
    scsiId: str,
    target: str,
    targetIqn: str,
    chapPassword: str | Omit = OMIT,
    chapUser: str | Omit = OMIT,
    port: int | Omit = OMIT,
) -> Answer:
    """Looks on one iSCSI LUN, from a host, for a storage repository that exists there; its uuid is what
    reattach_iscsi_sr needs.

    CALL sr.probeIscsiExists.
    """
    return await xo.call(
        "sr.probeIscsiExists",
        {
            "chapPassword": chapPassword,
            "chapUser": chapUser,
            "host": host,
            "port": port,
            "scsiId": scsiId,
            "target": target,
            "targetIqn": targetIqn,
        },
    )


async def probe_iscsi_targets(
    xo: Xo,
    *,
    host: str,
    target: str,
    chapPassword: str | Omit = OMIT,
    chapUser: str | Omit = OMIT,
    port: int | Omit = OMIT,
) -> Answer:
    """Asks an iSCSI portal, from one host, which targets (IQNs) it offers at that very address.

    CALL sr.probeIscsiIqns.
    """
    return await xo.call(
        "sr.probeIscsiIqns",
        {"chapPassword": chapPassword, "chapUser": chapUser, "host": host, "port": port, "target": target},
    )


async def probe_iscsi_luns(
    xo: Xo,
    *,
    host: str,
    target: str,
    targetIqn: str,
    chapPassword: str | Omit = OMIT,
    chapUser: str | Omit = OMIT,
    port: int | Omit = OMIT,
) -> Answer:
    """Lists the LUNs of one iSCSI target as a host sees them: scsiId, serial, vendor, size.

    CALL sr.probeIscsiLuns.
    """
    return await xo.call(
        "sr.probeIscsiLuns",
        {
            "chapPassword": chapPassword,
            "chapUser": chapUser,
            "host": host,
            "port": port,
            "target": target,
            "targetIqn": targetIqn,
        },
    )


async def probe_nfs_exports(xo: Xo, *, host: str, server: str, nfsVersion: str | Omit = OMIT) -> Answer:
    """Asks an NFS server, from one host, which paths it exports and to whom.

    CALL sr.probeNfs.
    """
    return await xo.call("sr.probeNfs", {"host": host, "nfsVersion": nfsVersion, "server": server})


async def probe_nfs_srs(xo: Xo, *, host: str, server: str, serverPath: str, nfsVersion: str | Omit = OMIT) -> Answer:
    """Looks on an exported NFS path, from one host, for storage repositories that exist there; their uuids are what
    reattach_nfs_sr needs.

    CALL sr.probeNfsExists.
    """
    return await xo.call(
        "sr.probeNfsExists", {"host": host, "nfsVersion": nfsVersion, "server": server, "serverPath": serverPath}
    )


async def update_sr(xo: Xo, *, id: str, name_description: str | Omit = OMIT, name_label: str | Omit = OMIT) -> Answer:
    """Changes the name or description of a storage repository.

    CALL sr.set.
    """
    return await xo.call(
        "sr.set",
        {"id": id, "name_description": name_description, "name_label": name_label},
        effect="write",
        reads="/srs/{id}",
    )


async def get_sr_stats(
    xo: Xo, *, id: str, granularity: Literal["seconds", "minutes", "hours", "days"] | Omit = OMIT
) -> Answer:
    """Summarizes throughput, IOPS, latency (ms) and iowait of one storage repository, read and write apart.

    CALL sr.stats.
    """
    return await xo.call("sr.stats", {"granularity": granularity, "id": id}, builder="sr_stats")
