"""Which proxy the environment names for XO."""

from urllib.request import getproxies, proxy_bypass

import httpx2


def proxy_for(base: httpx2.URL) -> str | None:
    """The URL of the proxy that requests to `base` go through, by the variables that httpx2 reads itself.

    Args:
        base: Its scheme and host decide; for a WebSocket, those of its HTTP handshake.
    """
    if proxy_bypass(base.host):
        return None
    known = getproxies()
    found = known.get(base.scheme) or known.get("all")
    return f"http://{found}" if found and "://" not in found else found
