"""IP addresses and host names: which only this machine reaches, and what a name resolves to."""

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

import anyio

_RESOLVING: Final = 2  # seconds
_FAMILIES: Final = (socket.AF_INET, socket.AF_INET6)


def is_private(url: str) -> bool:
    """Whether nobody can listen to what goes to a URL or change it: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; names other than localhost are taken for reachable."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def addresses_of(url: str | None) -> list[str]:
    """The IP addresses behind a URL, as the resolver orders them; none when they can't be found out in time."""
    host = urlsplit(url or "").hostname
    if not host:
        return []
    with anyio.move_on_after(_RESOLVING):
        try:
            found = await anyio.getaddrinfo(host, None)
        except (OSError, UnicodeError):
            return []
        return list(dict.fromkeys(str(address[0]) for family, _, _, _, address in found if family in _FAMILIES))
    return []
