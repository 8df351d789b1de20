"""Tools of XO's tag sms: Storage manager drivers (SMs) of pools.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_sms(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "name_label,SM_type,name_description,vendor,supported_image_formats,$pool",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists the storage drivers (SMs) a pool has, i.e.

    GET /sms; needs sm:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/sms"), record="XoSm", filter=filter, fields=fields, limit=limit, format=format)


async def get_sm(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one storage driver (SM) of a pool: SR type, features such as resize or snapshot, disk formats,
    configuration keys.

    GET /sms/{id}; needs sm:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/sms/{id}", path={"id": id}), record="XoSm", fields=fields)
