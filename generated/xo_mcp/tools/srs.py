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
    in bytes. content_type iso: ISO library. Disks on it: list_vdis with filter $SR:ID.

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
    is overwritten. XOSTOR (linstor) is refused.

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
    """Shows one storage repository in full with the ids of its VDIs and PBDs, thin or thick allocation, maintenance
    mode. Server or path behind it: get_pbd of a PBD.

    GET /srs/{id}; needs sr:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/srs/{id}", path={"id": id}), record="XoSr", fields=fields)


async def delete_sr(xo: Xo, *, id: str) -> Answer:
    """Destroys a storage repository with all data on it for good and disconnects it from all hosts; some types
    refuse while disks are left. To disconnect it and keep the data: forget_sr.

    DELETE /srs/{id}; needs sr:delete; since XO 6.5.
    """
    return await xo.write(Call("DELETE", "/srs/{id}", path={"id": id}), reads="/srs/{id}")


async def forget_sr(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Removes a storage repository from its pool and leaves its data on the storage; the VMs lose their links to its
    disks. To erase the data too: delete_sr. One host only: unplug_pbd.

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
