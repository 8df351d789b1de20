"""Tools of XO's tag vdis: Virtual disks and ISO images - create, grow, move, delete, disk snapshots, import and export.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def import_vdi_to_sr(
    xo: Xo,
    *,
    id: str,
    file: str,
    name_label: str | Omit = OMIT,
    name_description: str | Omit = OMIT,
    raw: bool | Omit = OMIT,
) -> Answer:
    """Creates a virtual disk on an SR from a VHD or raw file in the upload folder and returns its id.

    POST /srs/{id}/vdis; needs sr:import:vdi; since XO 5.111.
    """
    return await xo.upload(
        Call(
            "POST",
            "/srs/{id}/vdis",
            path={"id": id},
            query={"name_label": name_label, "name_description": name_description, "raw": raw},
        ),
        file=file,
        creates="/vdis/{id}",
    )


async def list_vdi_snapshots(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,size,usage,snapshot_time,$snapshot_of",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists snapshots of single disks with size and usage in bytes, time (seconds) and disk ($snapshot_of); each VM
    snapshot has some.

    GET /vdi-snapshots; needs vdi-snapshot:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vdi-snapshots"), record="XoVdiSnapshot", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_vdi_snapshot(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one disk snapshot in full: its disk, time, size and usage in bytes, format, SR.

    GET /vdi-snapshots/{id}; needs vdi-snapshot:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vdi-snapshots/{id}", path={"id": id}), record="XoVdiSnapshot", fields=fields)


async def delete_vdi_snapshot(xo: Xo, *, id: str) -> Answer:
    """Deletes the snapshot of one disk for good; the disk stays.

    DELETE /vdi-snapshots/{id}; needs vdi-snapshot:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/vdi-snapshots/{id}", path={"id": id}), reads="/vdi-snapshots/{id}")


async def export_vdi_snapshot(xo: Xo, *, id: str, format: Literal["raw", "vhd"], filename: str | Omit = OMIT) -> Answer:
    """Saves a disk as it was at a snapshot as a VHD or raw file in the download folder, also while its VM runs.

    GET /vdi-snapshots/{id}.{format}; needs vdi-snapshot:export; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vdi-snapshots/{id}.{format}", path={"id": id, "format": format}), filename=filename
    )


async def add_vdi_snapshot_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on the snapshot of a disk; the disk itself is tagged with add_vdi_tag.

    PUT /vdi-snapshots/{id}/tags/{tag}; needs vdi-snapshot:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("PUT", "/vdi-snapshots/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vdi-snapshots/{id}"
    )


async def remove_vdi_snapshot_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off the snapshot of a disk; snapshot and disk stay as they are.

    DELETE /vdi-snapshots/{id}/tags/{tag}; needs vdi-snapshot:update:tags; since XO 5.112.
    """
    return await xo.write(
        Call("DELETE", "/vdi-snapshots/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vdi-snapshots/{id}"
    )


async def list_vdis(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,size,usage,tags,$SR,$VBDs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists virtual disks and ISO images of all SRs with size and usage in bytes, SR and VBDs; no VBD means unused.

    GET /vdis; needs vdi:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/vdis"), record="XoVdi", filter=filter, fields=fields, limit=limit, format=format)


async def create_vdi(
    xo: Xo,
    *,
    virtual_size: float,
    srId: str,
    name_description: str | Omit = OMIT,
    name_label: str | Omit = OMIT,
    read_only: bool | Omit = OMIT,
    sharable: bool | Omit = OMIT,
    tags: list[str] | Omit = OMIT,
    type: str | Omit = OMIT,
    xenstore_data: dict[str, Json] | Omit = OMIT,
    other_config: dict[str, Json] | Omit = OMIT,
    sm_config: dict[str, Json] | Omit = OMIT,
) -> Answer:
    """Creates an empty virtual disk on an SR and returns its id; create_vbd attaches it to a VM.

    POST /vdis; needs sr:import:vdi, vdi:create; since XO 6.2 (other_config.* 6.4).
    """
    return await xo.write(
        Call(
            "POST",
            "/vdis",
            body={
                "name_description": name_description,
                "name_label": name_label,
                "read_only": read_only,
                "sharable": sharable,
                "tags": tags,
                "type": type,
                "virtual_size": virtual_size,
                "xenstore_data": xenstore_data,
                "other_config": other_config,
                "srId": srId,
                "sm_config": sm_config,
            },
            body_required=True,
        ),
        creates="/vdis/{id}",
    )


async def get_vdi(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one virtual disk in full: size and usage in bytes, format, SR, parent, snapshots, CBT.

    GET /vdis/{id}; needs vdi:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vdis/{id}", path={"id": id}), record="XoVdi", fields=fields)


async def update_vdi(
    xo: Xo, *, id: str, name_description: str | Omit = OMIT, name_label: str | Omit = OMIT, size: float | Omit = OMIT
) -> Answer:
    """Renames a virtual disk or makes it larger; shrinking is refused, and most storage needs its VM halted.

    PATCH /vdis/{id}; needs vdi:update:<field>; since XO 6.7.
    """
    return await xo.write(
        Call(
            "PATCH",
            "/vdis/{id}",
            path={"id": id},
            body={"name_description": name_description, "name_label": name_label, "size": size},
            body_required=True,
        ),
        reads="/vdis/{id}",
    )


async def delete_vdi(xo: Xo, *, id: str) -> Answer:
    """Deletes a virtual disk with its data for good.

    DELETE /vdis/{id}; needs vdi:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/vdis/{id}", path={"id": id}), reads="/vdis/{id}")


async def export_vdi_vhd(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves a virtual disk as a VHD file in the download folder, without its empty blocks.

    GET /vdis/{id}.{format}; needs vdi:export-content; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vdis/{id}.{format}", path={"id": id, "format": "vhd"}), filename=filename, extension="vhd"
    )


async def export_vdi_raw(xo: Xo, *, id: str, filename: str | Omit = OMIT) -> Answer:
    """Saves a virtual disk byte by byte as a raw image of its full size in the download folder, for dd, qemu-img or
    ISOs.

    GET /vdis/{id}.{format}; needs vdi:export-content; since XO 5.111.
    """
    return await xo.download(
        Call("GET", "/vdis/{id}.{format}", path={"id": id, "format": "raw"}), filename=filename, extension="raw"
    )


async def import_vdi_to_existing(xo: Xo, *, id: str, file: str) -> Answer:
    """Overwrites an existing, unplugged virtual disk with a VHD file from the upload folder; what was on it is lost.

    PUT /vdis/{id}.{format}; needs vdi:import-content; since XO 5.112.
    """
    return await xo.upload(Call("PUT", "/vdis/{id}.{format}", path={"id": id, "format": "vhd"}), file=file)


async def import_vdi_to_existing_raw(xo: Xo, *, id: str, file: str) -> Answer:
    """Overwrites an existing, unplugged virtual disk with a raw image from the upload folder; what was on it is
    lost.

    PUT /vdis/{id}.{format}; needs vdi:import-content; since XO 5.112.
    """
    return await xo.upload(Call("PUT", "/vdis/{id}.{format}", path={"id": id, "format": "raw"}), file=file)


async def migrate_vdi(xo: Xo, *, id: str, srId: str, timeout: float = 60) -> Answer:
    """Moves a virtual disk to another SR of its pool, also while its VM runs; it gets a new id, which is returned.

    POST /vdis/{id}/actions/migrate; needs vdi:migrate-send, sr:migrate-receive; since XO 6.1.2.
    """
    return await xo.action(
        Call("POST", "/vdis/{id}/actions/migrate", path={"id": id}, body={"srId": srId}, body_required=True),
        timeout=timeout,
        reads="/vdis/{id}",
    )


async def add_vdi_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Puts one tag on a virtual disk; its other tags and those of its VM stay.

    PUT /vdis/{id}/tags/{tag}; needs vdi:update:tags; since XO 5.112.
    """
    return await xo.write(Call("PUT", "/vdis/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vdis/{id}")


async def remove_vdi_tag(xo: Xo, *, id: str, tag: str) -> Answer:
    """Takes one tag off a virtual disk; its data and its other tags stay.

    DELETE /vdis/{id}/tags/{tag}; needs vdi:update:tags; since XO 5.112.
    """
    return await xo.write(Call("DELETE", "/vdis/{id}/tags/{tag}", path={"id": id, "tag": tag}), reads="/vdis/{id}")


async def list_vm_controller_vdis(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name_label,size,usage,$SR,$VBDs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists disks attached to a host's control domain (dom0), normally none; a disk left there by an export or
    backup stays busy.

    GET /vm-controllers/{id}/vdis; needs vdi:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-controllers/{id}/vdis", path={"id": id}),
        record="XoVdi",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_vm_snapshot_vdis(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name_label,size,usage,snapshot_time,$snapshot_of",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the disk snapshots that make up one VM snapshot, with size in bytes and source disk ($snapshot_of).

    GET /vm-snapshots/{id}/vdis; needs vdi:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-snapshots/{id}/vdis", path={"id": id}),
        record="XoVdiSnapshot",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_vm_template_vdis(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name_label,size,usage,image_format,$SR",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the virtual disks of one custom VM template, which its VMs start from, with size in bytes.

    GET /vm-templates/{id}/vdis; needs vdi:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-templates/{id}/vdis", path={"id": id}),
        record="XoVdi",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def list_vm_vdis(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name_label,size,usage,tags,$SR,$VBDs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the virtual disks and inserted ISOs of one VM with size and usage in bytes.

    GET /vms/{id}/vdis; needs vdi:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vms/{id}/vdis", path={"id": id}),
        record="XoVdi",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def set_vdi_cbt(xo: Xo, *, cbt: bool, id: str) -> Answer:
    """Switches changed block tracking of a disk on or off; incremental backups over NBD need it.

    CALL vdi.set.
    """
    return await xo.call("vdi.set", {"cbt": cbt, "id": id}, effect="write", reads="/vdis/{id}")
