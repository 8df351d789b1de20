"""Tools of XO's tag audit: Audit trail of XO, from its audit plugin - who called what.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_audit_records(
    xo: Xo,
    *,
    from_: str | Omit = OMIT,
    filter: str | Omit = OMIT,
    fields: str = "time,event,subject,data",
    limit: int = 20,
    format: str = "json",
) -> Answer:
    """Lists the audit trail of XO, newest first: who called what from where, time in ms.

    GET /plugins/audit/records; needs an XO administrator; plugin audit.
    """
    return await xo.list(
        Call("GET", "/plugins/audit/records", query={"from": from_}),
        record="AuditRecord",
        filter=filter,
        fields=fields,
        limit=limit,
        format=format,
    )


async def get_audit_record(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one record of the audit trail with the parameters of the call.

    GET /plugins/audit/records/{id}; needs an XO administrator; plugin audit.
    """
    return await xo.get(
        Call("GET", "/plugins/audit/records/{id}", path={"id": id}), record="AuditRecord", fields=fields
    )
