"""Tools of XO's tag tasks: XO tasks - what runs, how it ended, waiting and aborting.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_group_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one group of users, rarely any.

    GET /groups/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/groups/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_host_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one host, such as maintenance, reboots and toolstack restarts.

    GET /hosts/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/hosts/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_network_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one network, such as changes of its traffic rules.

    GET /networks/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/networks/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_pif_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one physical NIC (PIF), rarely any.

    GET /pifs/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/pifs/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_pool_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one pool, such as creating VMs, rolling updates and reboots.

    GET /pools/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/pools/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_server_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one server connection, such as connecting.

    GET /servers/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/servers/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_sr_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one storage repository, such as scans and space reclaims.

    GET /srs/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/srs/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_tasks(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
    watch: bool = False,
    timeout: float = 60,
) -> Answer:
    """Lists XO tasks, running and past, with name, object, status and progress (times in ms).

    GET /tasks; needs task:read; since XO 5.110.
    """
    return await xo.list_tasks(
        Call("GET", "/tasks"),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        watch=watch,
        timeout=timeout,
        newest="start",
    )


async def delete_tasks(xo: Xo) -> Answer:
    """Empties XO's task log for every user: all tasks this account may delete.

    DELETE /tasks; needs task:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/tasks"), reads="/tasks/{id}")


async def get_task(xo: Xo, *, id: str, fields: str | Omit = OMIT, wait: bool = False, timeout: float = 60) -> Answer:
    """Shows one XO task: status, progress, sub-tasks, result or error.

    GET /tasks/{id}; needs task:read; since XO 5.110.
    """
    return await xo.get_task(
        Call("GET", "/tasks/{id}", path={"id": id}), record="XoTask", fields=fields, wait=wait, timeout=timeout
    )


async def delete_task(xo: Xo, *, id: str) -> Answer:
    """Removes one task from XO's log.

    DELETE /tasks/{id}; needs task:delete; since XO 5.111.
    """
    return await xo.write(Call("DELETE", "/tasks/{id}", path={"id": id}), reads="/tasks/{id}")


async def abort_task(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Asks XO to abort a running task; it stays pending until the hypervisor ends it, and not every task can stop.

    POST /tasks/{id}/actions/abort; needs task:abort; since XO 5.111.
    """
    return await xo.action(
        Call("POST", "/tasks/{id}/actions/abort", path={"id": id}), timeout=timeout, reads="/tasks/{id}"
    )


async def list_user_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one user account, rarely any.

    GET /users/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/users/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vbd_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one disk attachment (VBD), such as connecting or disconnecting the disk.

    GET /vbds/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vbds/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vdi_snapshot_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one disk snapshot, rarely any.

    GET /vdi-snapshots/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vdi-snapshots/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vdi_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one virtual disk (VDI), such as its migration.

    GET /vdis/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vdis/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vif_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one virtual NIC (VIF), such as connecting it or changing its traffic rules.

    GET /vifs/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vifs/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vm_controller_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one control domain (dom0), rarely any.

    GET /vm-controllers/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vm-controllers/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vm_snapshot_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one VM snapshot, rarely any.

    GET /vm-snapshots/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vm-snapshots/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vm_template_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one VM template, rarely any.

    GET /vm-templates/{id}/tasks; needs task:read; since XO 5.112.
    """
    return await xo.list(
        Call("GET", "/vm-templates/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def list_vm_tasks(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "properties,status,start,end,progress",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists XO tasks on one VM, such as starts, snapshots and migrations.

    GET /vms/{id}/tasks; needs task:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/vms/{id}/tasks", path={"id": id}),
        record="XoTask",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )
