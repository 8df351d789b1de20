"""Tools of XO's tag alarms: Alarms - thresholds crossed by hosts, VMs, storage and other objects.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_alarms(
    xo: Xo, *, filter: str | Omit = OMIT, fields: str = "body,object,time", limit: int = 50, format: str = "json"
) -> Answer:
    """Lists alarms of all objects: crossed thresholds (cpu_usage, physical_utilisation: percent), lost bond links
    and storage paths; time in ms.

    GET /alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/alarms"),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def get_alarm(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one alarm: the measure, its value (percent; network_usage: 100 times bytes/s), object and time in ms.

    GET /alarms/{id}; needs alarm:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/alarms/{id}", path={"id": id}), record="XoAlarm", fields=fields)


async def list_host_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one host, such as high CPU, memory or network use.

    GET /hosts/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/hosts/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_network_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one network, rarely any.

    GET /networks/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/networks/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_pif_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one physical NIC (PIF), rarely any.

    GET /pifs/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/pifs/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_pool_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of the pool object itself, rarely any.

    GET /pools/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/pools/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_sr_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one storage repository, such as physical_utilisation when it runs full.

    GET /srs/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/srs/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vbd_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one disk attachment (VBD), rarely any.

    GET /vbds/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vbds/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vdi_snapshot_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one disk snapshot, rarely any.

    GET /vdi-snapshots/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vdi-snapshots/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vdi_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one virtual disk (VDI), rarely any.

    GET /vdis/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vdis/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vif_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one virtual NIC (VIF), rarely any.

    GET /vifs/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vifs/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_controller_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one control domain (dom0), such as its root disk running full.

    GET /vm-controllers/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-controllers/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_snapshot_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one VM snapshot, rarely any.

    GET /vm-snapshots/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-snapshots/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_template_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one VM template, rarely any: it does not run.

    GET /vm-templates/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vm-templates/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )


async def list_vm_alarms(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "body,object,time",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists alarms of one VM, such as high CPU, memory, disk or network use.

    GET /vms/{id}/alarms; needs alarm:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/vms/{id}/alarms", path={"id": id}),
        record="XoAlarm",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="time",
    )
