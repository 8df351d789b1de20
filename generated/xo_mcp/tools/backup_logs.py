"""Tools of XO's tag backup-logs: Backup logs - how runs of backup jobs went.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_backup_logs(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "jobName,jobId,status,start,end",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists runs of backup jobs with status, start and end in ms; failed ones: filter status:failure.

    GET /backup-logs; needs backup-log:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/backup-logs"),
        record="XoBackupLog",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def get_backup_log(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one run of a backup job: each VM and target with steps, sizes in bytes, warnings, errors.

    GET /backup-logs/{id}; needs backup-log:read; since XO 5.111.
    """
    return await xo.get(Call("GET", "/backup-logs/{id}", path={"id": id}), record="XoBackupLog", fields=fields)
