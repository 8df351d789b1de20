"""Tools of XO's tag pcis: PCI devices of hosts.

Generated: change overrides/ or templates/ instead.
"""

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def list_pcis(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "class_name,device_name,pci_id,$host",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists PCI devices of hosts by class, name and address (pci_id), e.g.

    GET /pcis; needs pci:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/pcis"), record="XoPci", filter=filter, fields=fields, limit=limit, format=format)


async def get_pci(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one PCI device of a host: class, device name, address such as 0000:3b:00.0.

    GET /pcis/{id}; needs pci:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/pcis/{id}", path={"id": id}), record="XoPci", fields=fields)


async def set_pci_dom0_access(
    xo: Xo, *, disable: bool, pcis: list[str], forceReboot: bool | Omit = OMIT, timeout: float = 60
) -> Answer:
    """Hides PCI devices from their host, so that attach_vm_pcis can pass them through, or gives them back.

    CALL pci.disableDom0Access.
    """
    return await xo.call(
        "pci.disableDom0Access",
        {"disable": disable, "forceReboot": forceReboot, "pcis": pcis},
        timeout=timeout,
        effect="destructive",
    )


async def get_pci_dom0_access(xo: Xo, *, id: str) -> Answer:
    """Shows whether the host itself uses a PCI device (enabled) or leaves it to VMs (disabled), or will after its
    next reboot.

    CALL pci.getDom0AccessStatus.
    """
    return await xo.call("pci.getDom0AccessStatus", {"id": id})
