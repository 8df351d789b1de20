"""The IP address of a host's interface: XO clears whatever is not sent, and accepts any mode (XO 6.7.1).

So what is left out is read first and sent as it is, and what can't work is refused: a wrong address on a management
interface cuts a host off.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from xo_mcp.actions.expectations import state_of
from xo_mcp.actions.read_after_write import wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.builders.collections import PIFS
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import read
from xo_mcp.rpc.calls import Work
from xo_mcp.text import one_line
from xo_mcp.types import Json

PIF: Final = "/pifs/{id}"
Address = TypeVar("Address")
ADDRESS: Final = ("ip", "netmask", "gateway", "dns")
STATIC: Final = "Static"


async def run(work: Work) -> Answer:
    """Change the address, keeping what is not given.

    Raises:
        ArgumentError: It can't work, or changes nothing.
        CallError: XO refused or did not answer.
    """
    given = work.arguments
    if not given.keys() - {"id"}:
        raise ArgumentError("Nothing was changed: no property to change was given.")
    before = await read(work.client, PIFS, given["id"], "mode", "ipv6", *ADDRESS)
    sent = merged(given, before)
    answer = await replace(work, arguments=sent, reads=None).run()
    shown = {name: str(sent[name]) for name in ("mode", *(ADDRESS[:2] if sent["mode"] == STATIC else ()))}
    note = await wait_until_visible(work.client, state_of({"id": given["id"]}, PIF, shown))
    return Answer(answer.data, (*answer.notes, note) if note else answer.notes)


def merged(given: Mapping[str, Json], before: Mapping[str, Json]) -> dict[str, Json]:
    """The whole configuration: what is given, and the rest as it was.

    Args:
        given: The tool's arguments.
        before: The PIF as XO shows it.

    Raises:
        ArgumentError: It can't work.
    """
    mode = str(given.get("mode") or before.get("mode") or "None")
    addresses = {name: given[name] for name in ADDRESS if given.get(name)}
    if mode != STATIC:
        if addresses:
            raise ArgumentError(
                f"Nothing was done: with the mode {mode}, {', '.join(addresses)} would be ignored. Set mode Static."
            )
        kept = {name: "" if mode == "None" else str(before.get(name) or "") for name in ADDRESS}
    else:
        kept = {name: str(given.get(name, before.get(name)) or "") for name in ADDRESS}
        _check_static(kept)
    return {"id": given["id"], "mode": mode, **kept, **_ipv6(given, before)}


def _ipv6(given: Mapping[str, Json], before: Mapping[str, Json]) -> dict[str, Json]:
    present = before.get("ipv6")
    first = str(present[0]) if isinstance(present, list) and present and present[0] else ""
    address = str(given.get("ipv6") or first)
    if given.get("ipv6"):
        _parsed(ipaddress.IPv6Interface, address, "ipv6")
    mode = given.get("ipv6Mode")
    return {"ipv6": address, **({"ipv6Mode": mode} if mode is not None else {})}


def _check_static(kept: Mapping[str, str]) -> None:
    for name in ADDRESS[:2]:
        if not kept[name]:
            raise ArgumentError(f"Nothing was done: a static address needs `{name}`, and the interface has none yet.")
    own = _parsed(ipaddress.IPv4Interface, f"{kept['ip']}/{kept['netmask']}", "ip and netmask")
    if kept["gateway"]:
        gateway = _parsed(ipaddress.IPv4Address, kept["gateway"], "gateway")
        if gateway not in own.network:
            raise ArgumentError(
                f"Nothing was done: the gateway {gateway} is not in the network {own.network} of this address."
            )
    for server in filter(None, (each.strip() for each in kept["dns"].split(","))):
        _parsed(ipaddress.ip_address, server, "dns")


def _parsed(read: Callable[[str], Address], text: str, name: str) -> Address:
    try:
        return read(text)
    except ValueError as error:
        raise ArgumentError(
            f"Nothing was done: `{name}` can't be read: {one_line(text, 60)} is not such an address."
        ) from error
