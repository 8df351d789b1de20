"""Opens connections: which certificates are trusted, through which proxy, how many are kept."""

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

import httpx2

from xo_mcp.addresses import is_loopback
from xo_mcp.api.blocking import BlockingTransport
from xo_mcp.api.settings import ClientSettings
from xo_mcp.errors import ConfigError, TransferError
from xo_mcp.files import open_regular
from xo_mcp.logs import get_logger

if TYPE_CHECKING:
    from xo_mcp.api.blocking_http import Connected, Incoming

_LOG: Final = get_logger("transport")
_LIMITS: Final = httpx2.Limits(max_connections=200, max_keepalive_connections=20, keepalive_expiry=4)
"""Idle connections are dropped before XO does it: Node closes them after 5 s, which a request may just meet."""


def tls_context(settings: ClientSettings) -> ssl.SSLContext:
    """Decide about certificates, and warn where connections can be listened to.

    Without other wish this is httpx2's choice: the OS trust store, or `SSL_CERT_FILE` and `SSL_CERT_DIR` where set.

    Raises:
        ConfigError: The CA file can't be used.
    """
    base = settings.base
    if base.scheme == "http":
        if not is_loopback(base.host):
            _LOG.warning(
                "%s is http://: the credentials travel unencrypted; use https:// where you can", settings.names.url
            )
    elif settings.insecure:
        _LOG.warning(
            "certificates are not checked, by %s: anybody between here and %s can read along",
            settings.names.insecure,
            base.host,
        )
        return httpx2.create_ssl_context(verify=False)
    if settings.ca_file is not None:
        # Not create_default_context: since Python 3.13 it is strict in ways that self-made authorities often fail.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            open_regular(settings.ca_file).close()
            context.load_verify_locations(cafile=settings.ca_file)
        except OSError as error:  # ssl.SSLError is one
            reason = "it holds no PEM certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise ConfigError(f"{settings.names.ca_file}: can't use {settings.ca_file}: {reason}") from error
        return context
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        raise ConfigError(f"the certificates named by SSL_CERT_FILE or SSL_CERT_DIR can't be used: {error}") from error


def open_http(settings: ClientSettings) -> tuple[httpx2.AsyncClient, httpx2.AsyncClient]:
    """Make the clients, which honour `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.

    Returns:
        The one for all calls, and the one for answers that a thread reads, see `BlockingTransport`.

    Raises:
        ConfigError: A CA file or a proxy variable can't be used.
    """
    certificates = tls_context(settings)
    headers = {"X-XO-Client": "mcp", "User-Agent": settings.user_agent}

    def send_blocking(request: httpx2.Request, connected: "Connected") -> "Incoming":
        from xo_mcp.api.blocking_http import send  # urllib3 takes 40 ms to import, and many servers never export

        return send(request, certificates, connected)

    try:
        pooled = httpx2.AsyncClient(
            headers=headers, cookies=_no_cookies(), verify=certificates, limits=_LIMITS, trust_env=True
        )
    except (ImportError, ValueError, httpx2.InvalidURL) as error:
        raise ConfigError(
            "HTTP_PROXY, HTTPS_PROXY or ALL_PROXY can't be used: give an http:// or https:// proxy, or list XO's host"
            " in NO_PROXY"
        ) from error
    blocking = httpx2.AsyncClient(headers=headers, cookies=_no_cookies(), transport=BlockingTransport(send_blocking))
    return pooled, blocking


def _no_cookies() -> CookieJar:
    """A jar that keeps nothing: XO's own cookies would go along with, or instead of, ours."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


async def exactly(content: AsyncIterable[bytes], length: int, operation: str) -> AsyncIterator[bytes]:
    """Hand a body on while it has the length that was announced; XO never sees the end of another one as whole.

    Raises:
        TransferError: It is longer or shorter.
    """
    left = length
    async for chunk in content:
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        kind = "more" if left < 0 else "less"
        raise TransferError(
            f"{operation} broke off: the file had {kind} than the announced {length} bytes; did it change?"
        )
