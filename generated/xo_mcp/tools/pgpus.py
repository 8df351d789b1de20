"""Tools of XO's tag pgpus: Physical GPUs of hosts.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_pgpus(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "$host,pci,gpuGroup,enabledVgpuTypes,vgpus,dom0Access,isSystemDisplayDevice",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists physical GPUs of hosts with GPU group, enabled vGPU types and vGPUs in use; create_vm takes gpuGroup and
    vgpuType from here.

    GET /pgpus; needs pgpu:read; since XO 5.110.
    """
    return await xo.list(
        Call("GET", "/pgpus"), record="XoPgpu", filter=filter, fields=fields, limit=limit, format=format
    )


async def get_pgpu(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one physical GPU: host, GPU group, supported and enabled vGPU types, vGPUs in use, dom0 access.

    GET /pgpus/{id}; needs pgpu:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/pgpus/{id}", path={"id": id}), record="XoPgpu", fields=fields)
