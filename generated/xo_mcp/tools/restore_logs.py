"""Tools of XO's tag restore-logs: Restore logs - how restores of VMs from backups went.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_restore_logs(
    xo: Xo, *, filter: str | Omit = OMIT, fields: str = "*", limit: int = 20, format: str = "json"
) -> Answer:
    """Lists restores of VMs from backups with status, start and end in ms, backup and target SR.

    GET /restore-logs; needs restore-log:read; since XO 5.111.
    """
    return await xo.list(
        Call("GET", "/restore-logs"),
        record="XoRestoreLog",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
        newest="start",
    )


async def get_restore_log(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one restore of a VM: steps, size in bytes, and the id of the restored VM or the error.

    GET /restore-logs/{id}; needs restore-log:read; since XO 5.111.
    """
    return await xo.get(Call("GET", "/restore-logs/{id}", path={"id": id}), record="XoRestoreLog", fields=fields)
