"""Tools of XO's tag messages: Messages - the event history that pools keep about their objects.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_host_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one host, such as PBD_PLUG_FAILED_ON_SERVER_START.

    GET /hosts/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/hosts/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_messages(
    xo: Xo, *, filter: str | Omit = OMIT, fields: str = "name,body,time,$object", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events that pools recorded about their objects, such as VM_STARTED; time in seconds.

    GET /messages; needs message:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/messages"),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def get_message(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one message: its name, text, the object it is about and its time in seconds.

    GET /messages/{id}; needs message:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/messages/{id}", path={"id": id}), record="XoMessage", fields=fields)


async def list_network_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one network, rarely any.

    GET /networks/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/networks/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_pif_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one physical NIC (PIF), rarely any.

    GET /pifs/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/pifs/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_pool_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of the pool object itself, such as HA problems.

    GET /pools/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/pools/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_sr_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one storage repository.

    GET /srs/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/srs/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vbd_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one disk attachment (VBD), rarely any.

    GET /vbds/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vbds/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vdi_snapshot_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one disk snapshot, rarely any.

    GET /vdi-snapshots/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vdi-snapshots/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vdi_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one virtual disk (VDI), rarely any.

    GET /vdis/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vdis/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vif_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one virtual NIC (VIF), rarely any.

    GET /vifs/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vifs/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_controller_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one control domain (dom0).

    GET /vm-controllers/{id}/messages; needs message:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vm-controllers/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_snapshot_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one VM snapshot, rarely any.

    GET /vm-snapshots/{id}/messages; needs message:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/vm-snapshots/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_template_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one VM template, rarely any.

    GET /vm-templates/{id}/messages; needs message:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/vm-templates/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_messages(
    xo: Xo, *, id: str, filter: str | Omit = OMIT, fields: str = "name,body,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists events of one VM, such as VM_STARTED or VM_CRASHED.

    GET /vms/{id}/messages; needs message:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/vms/{id}/messages", path={"id": id}),
        record="XoMessage",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def delete_message(xo: Xo, *, id: str) -> Answer:
    """Deletes one message of XAPI for good, such as an alarm that was dealt with.

    CALL message.delete.
    """
    return await xo.call("message.delete", {"id": id}, effect="destructive", reads="/messages/{id}")
