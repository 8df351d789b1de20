"""Tools of XO's tag backup-jobs: Backup jobs - what is backed up, how and where to.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_backup_jobs(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name,type,mode,vms,pools,xoMetadata,sourceRemote,remotes,srs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists backup jobs: type, mode (full or delta), VMs, target repositories and SRs. Times: list_schedules;
    results: list_backup_logs.

    GET /backup-jobs; needs backup-job:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/backup-jobs"), record="AnyXoBackupJob", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_backup_job(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one backup job: VMs or the filter that picks them, targets, report settings, retention per schedule. To
    start it: run_schedule.

    GET /backup-jobs/{id}; needs backup-job:read; since XO 5.111.
    """
    return await xo.get(Call("GET", "/backup-jobs/{id}", path={"id": id}), record="AnyXoBackupJob", fields=fields)


async def list_vm_backup_jobs(
    xo: Xo,
    *,
    id: str,
    filter: str | Omit = OMIT,
    fields: str = "name,type,mode,remotes,srs",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists backup jobs that cover one VM, also by tag or other filter. None means no job protects it. Stored
    backups: list_backups.

    GET /vms/{id}/backup-jobs; needs backup-job:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/vms/{id}/backup-jobs", path={"id": id}),
        record="XoVmBackupJob",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )
