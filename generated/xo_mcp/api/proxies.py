"""Which proxy the environment names for XO."""

from urllib.request import getproxies, proxy_bypass

import httpx2


def proxy_variable(url: httpx2.URL) -> tuple[str, str] | None:
    """The variable that names the proxy of a URL, such as `HTTPS_PROXY`, and its value; `None` where none does.

    Args:
        url: Its scheme and host decide; for a WebSocket, those of its HTTP handshake.
    """
    known = getproxies()
    name = next((name for name in (url.scheme, "all") if known.get(name)), None)
    return None if name is None or proxy_bypass(url.host) else (f"{name.upper()}_PROXY", known[name])


def proxy_for(url: httpx2.URL) -> str | None:
    """The URL of the proxy that requests to `url` go through, by the variables that httpx2 reads itself."""
    _, found = proxy_variable(url) or ("", None)
    return f"http://{found}" if found and "://" not in found else found
