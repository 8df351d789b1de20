"""A document from the network: a live XO, or any address of one."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx2

from generator.errors import SourceError
from generator.facts.document import MAX_BYTES, YAML_SUFFIXES

DOCUMENT_ROUTE = "/rest/v0/docs/swagger.json"
ANSWER_SECONDS = 30.0
DOWNLOAD_SECONDS = 120
"""XO serves its document in about a second; a server that drips must not hold the import for ever."""
MAX_REDIRECTS = 5


def download(url: str, *, insecure: bool = False, ca_file: Path | None = None) -> tuple[bytes, str]:
    """Fetch what an XO serves about itself.

    Args:
        url: As a user types it, with or without scheme and `/rest/v0`, or the address of a document.
        insecure: Accept any TLS certificate.
        ca_file: A PEM file of certificate authorities to trust instead of the system's.

    Returns:
        The bytes, and the address they came from, without credentials.

    Raises:
        SourceError: They can't be had; says why and what to try.
    """
    address = _address(url)
    origin = address.partition("?")[0]  # a query can hold a secret
    trust = not insecure if insecure or ca_file is None else _trust(ca_file)
    return _received(address, origin, trust), origin


def _address(url: str) -> str:
    """The address of the document that belongs to what the user typed."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise SourceError(f"no URL: {error}", place="--url") from error
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in url):
        raise SourceError("the address must be https:// or http:// and a host", place="--url")
    if parts.username is not None or parts.password is not None:
        raise SourceError("XO serves its document without login; take the user name out of the URL", place="--url")
    if parts.path.endswith((".json", *YAML_SUFFIXES)):
        return urlunsplit(SplitResult(parts.scheme, parts.netloc, parts.path, parts.query, ""))
    base = parts.path.rstrip("/").removesuffix("/rest/v0")
    return urlunsplit(SplitResult(parts.scheme, parts.netloc, base + DOCUMENT_ROUTE, "", ""))


def _trust(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        reason = "no PEM certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SourceError(f"cannot be used: {reason}", place=str(ca_file)) from error


def _received(address: str, origin: str, verify: ssl.SSLContext | bool) -> bytes:
    try:
        with (
            httpx2.Client(
                verify=verify, timeout=ANSWER_SECONDS, follow_redirects=True, max_redirects=MAX_REDIRECTS
            ) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as response,
        ):
            _require_document(response, origin)
            return b"".join(_bounded(response, origin))
    except httpx2.ConnectError as error:
        raise _unreachable(error, origin) from error
    except httpx2.TimeoutException as error:
        raise SourceError("did not answer in time", place=origin, hint="An XO that starts needs a moment.") from error
    except httpx2.TooManyRedirects as error:
        raise SourceError(f"redirects more than {MAX_REDIRECTS} times", place=origin) from error
    except httpx2.InvalidURL as error:
        raise SourceError(f"no URL: {error}", place=origin) from error
    except httpx2.HTTPError as error:
        raise SourceError(f"the transfer failed: {type(error).__name__}", place=origin) from error


def _require_document(response: httpx2.Response, address: str) -> None:
    if response.status_code != httpx2.codes.OK:
        raise SourceError(
            f"answered HTTP {response.status_code}", place=address, hint="Is this an XO of release 5.110 or later?"
        )
    if response.headers.get("content-type", "").split(";")[0].strip().lower() == "text/html":
        raise SourceError(
            "answered HTML instead of JSON",
            place=address,
            hint="A sign-in page, or no XO: give the address that XO's REST API is under.",
        )


def _bounded(response: httpx2.Response, address: str) -> Iterator[bytes]:
    end = time.monotonic() + DOWNLOAD_SECONDS
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BYTES:
            raise SourceError(f"sends more than {MAX_BYTES // 1024 // 1024} MiB", place=address)
        if time.monotonic() > end:
            raise SourceError(f"takes longer than {DOWNLOAD_SECONDS} seconds", place=address)
        yield chunk


def _unreachable(error: httpx2.ConnectError, address: str) -> SourceError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", None) or cause.reason or "handshake failed"
            return SourceError(
                f"the TLS connection failed: {reason}",
                place=address,
                hint="Trust its authority with --ca-file, or use --insecure on a network you control.",
            )
        cause = cause.__cause__ or cause.__context__
    return SourceError("cannot be reached", place=address, hint=f"Check host and port ({error}).")
