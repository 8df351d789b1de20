"""IP pools: XO validates nothing of them (xo-server 5.207.2), so addresses and networks are checked first."""

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from xo_mcp.answer import Answer
from xo_mcp.builders.arguments import list_argument
from xo_mcp.builders.collections import NETWORKS
from xo_mcp.errors import ArgumentError
from xo_mcp.objects.finding import existing
from xo_mcp.rpc.calls import Work, id_in
from xo_mcp.text import one_line
from xo_mcp.types import Json

CREATE: Final = "ipPool.create"
DELETE: Final = "ipPool.delete"
MOST: Final = 1024
"""Addresses in one call."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def run(work: Work) -> Answer:
    """Make, change or delete a pool.

    Raises:
        ArgumentError: An address can't be read, a network or the pool does not exist, or nothing would change.
        CallError: XO refused or did not answer.
    """
    given = dict(work.arguments)
    if work.method != CREATE:
        await _require_pool(work)
    await existing(work.client, NETWORKS, list_argument(given, "networks"))
    removed = given.pop("remove_addresses", None)
    if removed is not None or "addresses" in given:
        added: dict[str, Json] = {name: {} for name in expanded(given.get("addresses"))}
        given["addresses"] = {**dict.fromkeys(expanded(removed)), **added}
    sent = replace(work, arguments=given)
    if work.method == CREATE:
        return Answer({"status": "done", "id": id_in(await sent.call())})
    return await sent.run()


def expanded(given: Json) -> list[str]:
    """Every address of a list of addresses, ranges and networks, in order.

    Raises:
        ArgumentError: One can't be read, or they are too many.
    """
    found: dict[str, None] = {}
    for each in given if isinstance(given, list) else ():
        for address in _addresses(str(each).strip()):
            found[str(address)] = None
            if len(found) > MOST:
                raise ArgumentError(f"Nothing was done: these are more than {MOST} addresses.")
    return list(found)


def _addresses(text: str) -> Iterator[Address]:
    try:
        if "/" in text:
            yield from ipaddress.ip_network(text).hosts()
        elif "-" in text:
            first, last = (ipaddress.ip_address(part.strip()) for part in text.split("-", 1))
            # Refuses addresses of two kinds, and a last one before the first.
            for network in ipaddress.summarize_address_range(first, last):
                yield from network
        else:
            yield ipaddress.ip_address(text)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"Nothing was done: `{one_line(text, 60)}` is not an address, range (192.0.2.10-192.0.2.20) or network."
        ) from error


async def _require_pool(work: Work) -> None:
    every = await work.ask("ipPool.getAll")
    known = [each.get("id") for each in every if isinstance(each, dict)] if isinstance(every, list) else []
    if work.arguments["id"] not in known:
        raise ArgumentError(
            f"Nothing was done: there is no IP pool {one_line(str(work.arguments['id']), 60)} (list_ip_pools)."
        )
