"""Tools of XO's tag pifs: PIFs - the network interfaces, VLANs and bonds of hosts.

Generated: change overrides/ or templates/ instead.
"""

from typing import Literal

from xo_mcp.answer import Answer
from xo_mcp.types import OMIT, Call, Omit
from xo_mcp.xo import Xo


async def scan_host_pifs(xo: Xo, *, id: str, timeout: float = 60) -> Answer:
    """Looks for physical network cards of a running host that are not known yet and records each as a PIF; see them
    with list_pifs.

    POST /hosts/{id}/actions/scan_pifs; needs host:scan-pifs; since XO 6.7.1.
    """
    return await xo.action(
        Call("POST", "/hosts/{id}/actions/scan_pifs", path={"id": id}), timeout=timeout, reads="/hosts/{id}"
    )


async def list_pifs(
    xo: Xo,
    *,
    filter: str | Omit = OMIT,
    fields: str = "device,$host,$network,vlan,ip,mac,speed,carrier,management,isBondMaster",
    limit: int = 50,
    format: str = "json",
) -> Answer:
    """Lists network interfaces of hosts - NICs, VLANs (vlan -1: untagged), bonds - with network, IP, MAC, link and
    speed (Mbit/s).

    GET /pifs; needs pif:read; since XO 5.110.
    """
    return await xo.list(Call("GET", "/pifs"), record="XoPif", filter=filter, fields=fields, limit=limit, format=format)


async def get_pif(xo: Xo, *, id: str, fields: str | Omit = OMIT) -> Answer:
    """Shows one network interface of a host in full: IP setup, gateway, DNS, MTU, VLAN, bond members, link, speed
    (Mbit/s), whether it carries management.

    GET /pifs/{id}; needs pif:read; since XO 5.110.
    """
    return await xo.get(Call("GET", "/pifs/{id}", path={"id": id}), record="XoPif", fields=fields)


async def connect_pif(xo: Xo, *, id: str) -> Answer:
    """Brings a host's physical interface or VLAN up, so that its network works on that host.

    CALL pif.connect.
    """
    return await xo.call("pif.connect", {"id": id}, effect="write", reads="/pifs/{id}")


async def forget_pif(xo: Xo, *, id: str) -> Answer:
    """Removes a PIF from XAPI's database: a VLAN from one host, or a removed physical interface; scan_host_pifs
    brings back what is still there.

    CALL pif.delete.
    """
    return await xo.call("pif.delete", {"id": id}, effect="destructive", reads="/pifs/{id}")


async def disconnect_pif(xo: Xo, *, id: str) -> Answer:
    """Takes a host's physical interface or VLAN down; VMs of that network lose it on this host.

    CALL pif.disconnect.
    """
    return await xo.call("pif.disconnect", {"id": id}, effect="destructive", reads="/pifs/{id}")


async def reconfigure_pif_ip(
    xo: Xo,
    *,
    id: str,
    dns: str | Omit = OMIT,
    gateway: str | Omit = OMIT,
    ip: str | Omit = OMIT,
    ipv6: str | Omit = OMIT,
    ipv6Mode: Literal["None", "DHCP", "Static", "Autoconf"] | Omit = OMIT,
    mode: Literal["None", "DHCP", "Static"] | Omit = OMIT,
    netmask: str | Omit = OMIT,
) -> Answer:
    """Changes the IP configuration of a host's physical interface.

    CALL pif.reconfigureIp.
    """
    return await xo.call(
        "pif.reconfigureIp",
        {
            "dns": dns,
            "gateway": gateway,
            "id": id,
            "ip": ip,
            "ipv6": ipv6,
            "ipv6Mode": ipv6Mode,
            "mode": mode,
            "netmask": netmask,
        },
        effect="destructive",
        builder="pif_address",
        reads="/pifs/{id}",
    )
