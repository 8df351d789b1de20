"""Error messages for every way in which XO gives no answer."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final, TypeVar

import httpx2

from xo_mcp.api.proxies import proxy_variable
from xo_mcp.api.settings import ClientSettings, Patience, SettingNames
from xo_mcp.errors import CallError, TransferError, Unreachable, XoError

_Cause = TypeVar("_Cause", bound=BaseException)
_READS: Final = ("GET ", "HEAD ")
_UNREADABLE: Final = frozenset({"unreadable", "too_large"})
_FIRST_ERROR: Final = 300
_BY_PROXIES: Final = frozenset({502, 504})
"""Statuses of proxies that gave XO up, while it may be working."""
_UNKNOWN: Final = "Whether XO did it is unknown: look at the object or list_tasks before repeating it."


def cause_of(error: BaseException, kind: type[_Cause]) -> _Cause | None:
    """Find the first cause of one kind; connecting to several addresses fails in a group."""
    return next((cause for cause in _causes(error) if isinstance(cause, kind)), None)


def is_tls_error(error: BaseException) -> bool:
    """Whether TLS itself failed; a handshake that was still waiting leaves its own traces among the causes."""
    waiting = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
    return any(isinstance(cause, ssl.SSLError) and not isinstance(cause, waiting) for cause in _causes(error))


def is_name_error(error: BaseException) -> bool:
    """Whether the host's name is unknown (and not only the name server busy)."""
    found = cause_of(error, socket.gaierror)
    return found is not None and found.errno != socket.EAI_AGAIN


def _causes(error: BaseException) -> Iterator[BaseException]:
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(cause for cause in (current.__cause__, current.__context__) if cause is not None)


def no_answer(
    error: httpx2.RequestError, *, operation: str, url: httpx2.URL, settings: ClientSettings, patience: Patience
) -> CallError:
    """Say why there was no answer.

    Args:
        error: What httpx2 raised.
        operation: Method and route, like `GET /vms/{id}`.
        url: Where the request went; only its origin is reported.
        settings: What was waited for, and where the operator gave the address.
        patience: Which wait.
    """
    if isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout)):
        return Unreachable(_not_connected(error, url, settings) + _proxied(url))
    if isinstance(error, httpx2.ProxyError):
        advice = f"check HTTPS_PROXY and HTTP_PROXY, or name {url.host} in NO_PROXY."
        return Unreachable(f"The proxy won't connect to {_origin(url)}: {advice}")
    if isinstance(error, httpx2.PoolTimeout):
        return Unreachable("Too many calls to XO at once: wait for some to end, then try again.")
    if isinstance(error, httpx2.LocalProtocolError):
        return TransferError(f"{operation} could not be sent: it would be no valid HTTP.")
    what = _broken(error, operation, url, settings, patience)
    return Unreachable(f"{what} {what_next(operation)}")


def is_unanswered(error: CallError) -> bool:
    """Whether nobody knows what became of a change: XO, or a proxy before it, gave no answer that can be read."""
    if not isinstance(error, XoError):
        return isinstance(error, Unreachable)
    done = error.status < _FIRST_ERROR and error.code in _UNREADABLE
    return done or error.status in _BY_PROXIES


def what_next(operation: str) -> str:
    """Say whether to repeat a call whose answer did not come, or can't be read: a write may have been done.

    Args:
        operation: Method and route, like `GET /vms/{id}`.
    """
    return "Try again in a moment." if operation.startswith(_READS) else _UNKNOWN


def broken_off(error: httpx2.RequestError, *, operation: str) -> TransferError:
    """Say that an answer ended early, after its start was handed on."""
    why = "XO stayed silent for too long" if isinstance(error, httpx2.TimeoutException) else "the connection broke"
    advice = "What came is incomplete; try again." if operation.startswith(_READS) else _UNKNOWN
    return TransferError(f"The answer to {operation} ended too early: {why}. {advice}")


def _not_connected(error: httpx2.TransportError, url: httpx2.URL, settings: ClientSettings) -> str:
    origin, where = _origin(url), settings.names.url
    certificate = cause_of(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        why = certificate.verify_message or "unknown reason"
        return (
            f"The TLS certificate of {origin} is not trusted: {why.rstrip('.')}. {_certificate_advice(settings.names)}"
        )
    if is_tls_error(error):
        return f"TLS with {origin} failed: does XO listen with http:// there? Check {where}."
    if cause_of(error, socket.gaierror) is not None:
        return f"The name {url.host} can't be resolved: check {where} and the name server."
    if isinstance(error, httpx2.ConnectTimeout):
        return (
            f"No connection to {origin} within {settings.timeouts.connect:g} s: check that XO runs, the address"
            f" in {where}, and firewalls between."
        )
    if cause_of(error, ConnectionRefusedError) is not None:
        return f"Nothing listens at {origin}: check that XO runs, and the address and port in {where}."
    reasons = (cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror)
    why = next((f" ({reason})" for reason in reasons), "")
    return f"No connection to {origin}{why}: check that XO runs, and the address in {where}."


def _certificate_advice(names: SettingNames) -> str:
    return (
        f"Give the file of its certificate authority with {names.ca_file}, use the name that is in the certificate,"
        f" or, on a network you trust, accept any certificate with {names.insecure}."
    )


def _broken(
    error: httpx2.RequestError, operation: str, url: httpx2.URL, settings: ClientSettings, patience: Patience
) -> str:
    if isinstance(error, httpx2.TimeoutException):
        waited = settings.timeouts.of(patience)
        seconds = waited.write if isinstance(error, httpx2.WriteTimeout) else waited.read
        return (
            f"XO took the connection but did not answer {operation} within {seconds:g} s;"
            " a starting XO is silent for some seconds."
        )
    text = f"The connection to {_origin(url)} broke before XO answered {operation}."
    if isinstance(error, httpx2.RemoteProtocolError) and url.scheme == "http":
        text += f" If XO listens with https:// there, write that into {settings.names.url}."
    return text


def _origin(url: httpx2.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _proxied(url: httpx2.URL) -> str:
    """Hint at a proxy: what can't be reached may be it."""
    named = proxy_variable(url)
    return f" ({named[0]} is set: it may be the proxy that fails.)" if named else ""
