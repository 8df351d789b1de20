"""Tools of XO's tag vbds: VBDs - which virtual disk or ISO is attached to which VM; attach, detach, hot-plug.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Json, Omit
from xo_mcp.xo import Xo


async def list_vbds(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "VM,VDI,position,device,attached,is_cd_drive",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists VBDs, the links between disks or ISOs (VDI) and VMs: position, device, plugged or not, CD or disk.

    GET /vbds; needs vbd:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/vbds"), record="XoVbd", filter=filter, fields=fields, limit=limit, format=format)


async def create_vbd(
    xo: Xo,
    *,
    VDI: str,
    VM: str,
    bootable: bool | Omit = OMIT,
    empty: bool | Omit = OMIT,
    mode: Literal["RO", "RW"] | Omit = OMIT,
    other_config: dict[str, Json] | Omit = OMIT,
    qos_algorithm_params: dict[str, Json] | Omit = OMIT,
    qos_algorithm_type: str | Omit = OMIT,
    type: Literal["CD", "Disk", "Floppy"] | Omit = OMIT,
    unpluggable: bool | Omit = OMIT,
    userdevice: str | Omit = OMIT,
) -> Answer:
    """Attaches an existing virtual disk or ISO to a VM of the same pool, and plugs it in if the VM runs; returns the
    VBD's id.

    POST /vbds; needs vbd:create; since XO 6.1.2.
    """
    return await xo.write(
        Call(
            "POST",
            "/vbds",
            body={
                "bootable": bootable,
                "empty": empty,
                "mode": mode,
                "other_config": other_config,
                "qos_algorithm_params": qos_algorithm_params,
                "qos_algorithm_type": qos_algorithm_type,
                "type": type,
                "unpluggable": unpluggable,
                "userdevice": userdevice,
                "VDI": VDI,
                "VM": VM,
            },
            body_required=True,
        ),
        creates="/vbds/{id}",
    )


async def get_vbd(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one link between a disk or ISO and a VM: position, device, plugged or not, boot flag, read-only.

    GET /vbds/{id}; needs vbd:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/vbds/{id}", path={"id": id}), record="XoVbd", fields=fields)


async def delete_vbd(xo: Xo, *, id: str) -> Answer:
    """Detaches a disk or ISO from its VM for good, unplugging it by force if the VM runs; the disk and its data
    stay.

    DELETE /vbds/{id}; needs vbd:delete; since XO 6.1.2.
    """
    return await xo.write(Call("DELETE", "/vbds/{id}", path={"id": id}), reads="/vbds/{id}")


async def connect_vbd(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Plugs a VBD that exists but is unplugged into its running VM.

    POST /vbds/{id}/actions/connect; needs vbd:connect; since XO 6.1.2.
    """
    return await xo.action(
        Call("POST", "/vbds/{id}/actions/connect", path={"id": id}), timeout=timeout, reads="/vbds/{id}"
    )


async def disconnect_vbd(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Unplugs a disk from its running VM; the VBD stays for connect_vbd.

    POST /vbds/{id}/actions/disconnect; needs vbd:disconnect; since XO 6.1.2.
    """
    return await xo.action(
        Call("POST", "/vbds/{id}/actions/disconnect", path={"id": id}), timeout=timeout, reads="/vbds/{id}"
    )


async def set_vbd_position(xo: Xo, *, id: str, position: str) -> Answer:
    """Moves a disk of a halted VM to another position (0 is xvda), which decides the order in which HVM machines try
    their disks.

    CALL vbd.set.
    """
    return await xo.call("vbd.set", {"id": id, "position": position}, effect="write", reads="/vbds/{id}")


async def set_vbd_bootable(xo: Xo, *, bootable: bool, vbd: str) -> Answer:
    """Marks a disk of a VM as one it may boot from, or not; paravirtual VMs boot from the first that is.

    CALL vbd.setBootable.
    """
    return await xo.call("vbd.setBootable", {"bootable": bootable, "vbd": vbd}, effect="write", reads="/vbds/{vbd}")
