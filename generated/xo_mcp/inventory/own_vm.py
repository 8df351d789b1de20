"""Which VM runs Xen Orchestra itself: as the operator says, or by the address of its URL and the MAC behind it."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from xo_mcp.addresses import addresses_of
from xo_mcp.decisions import CONVENTIONS

if TYPE_CHECKING:
    from xo_mcp.config.config import Config
    from xo_mcp.inventory.engine import Inventory

_NEIGHBOURS: Final = Path("/proc/net/arp")
_INTERFACES: Final = Path("/sys/class/net")
_NO_MAC: Final = "00:00:00:00:00:00"
_FIELDS: Final = 4


async def own_vms(inventory: "Inventory", config: "Config") -> list[str]:
    """Ids of the VM that runs XO; usually one, none where it can't be found out.

    Args:
        inventory: The fleet.
        config: XO's URL, and which VM the operator says it is.

    Raises:
        CallError: XO does not answer.
    """
    if not CONVENTIONS.own_vm:
        return []
    said = config.own_vm or ""
    addresses = [] if said else sorted(await addresses_of(config.url))
    macs = [] if said else await anyio.to_thread.run_sync(lambda: sorted(set(_macs(addresses))))
    given = {"own_vm": said, "addresses": json.dumps(addresses), "macs": json.dumps(macs)}
    found = await inventory.run(CONVENTIONS.own_vm, given)
    return [str(row[0]) for row in found.rows]


def _macs(addresses: list[str]) -> Iterator[str]:
    """MAC addresses behind these IP addresses: of neighbours in the network, or of this machine."""
    for line in _lines(_NEIGHBOURS):
        fields = line.split()
        if len(fields) >= _FIELDS and fields[0] in addresses and fields[3] != _NO_MAC:
            yield fields[3].lower()
    if any(map(_is_mine, addresses)):
        for file in sorted(_INTERFACES.glob("*/address")):
            yield from (line.strip().lower() for line in _lines(file) if line.strip() not in ("", _NO_MAC))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []  # another operating system


def _is_mine(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
