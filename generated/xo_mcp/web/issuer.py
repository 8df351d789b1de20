"""The public keys an authorization server signs access tokens with, found through its metadata and kept for a while."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import anyio
import httpx2
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from xo_mcp.addresses import is_private
from xo_mcp.api.unreachable import cause_of
from xo_mcp.logs import get_logger
from xo_mcp.text import one_line
from xo_mcp.web.ratelimit import Buckets

PATIENCE: Final = 10
"""Seconds the issuer may take for metadata and keys together."""
BRIEFLY: Final = 1
"""Seconds of them that a call waits whose key is known but old: a healthy issuer gets to say that it was withdrawn."""
FETCHES: Final = 8
"""How often a minute keys are asked for at most: tokens with made-up key ids must not become a flood of requests."""
FRESH: Final = 3_600
"""Seconds after which keys are asked for again, so that one that was withdrawn is no longer believed."""
LASTING: Final = 86_400
"""Seconds keys are believed while the issuer does not answer."""
ALGORITHMS: Final[Mapping[tuple[str, str | None], frozenset[str]]] = {
    ("RSA", None): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
"""Type and curve of a key to the algorithms it signs with: none that is symmetric, and no `none` (RFC 8725, 3.1)."""
SETTING: Final = "--oauth-issuer (XO_MCP_OAUTH_ISSUER)"
log = get_logger("issuer")


class IssuerError(Exception):
    """The keys can't be had; the text is for the log."""


class IssuerKeys:
    """Finds the key a token names.

    Args:
        issuer: URL of the authorization server, exactly as its metadata has it.
        clock: Seconds, monotonic.
    """

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._clock = clock
        self._buckets = Buckets(FETCHES, clock)
        self._keys: tuple[dict[str, Any], ...] = ()
        self._since = -float(LASTING)
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, name: str | None, algorithm: str) -> PyJWK | None:
        """Find a key, asking the issuer when it is not known: a new key may sign by now.

        Args:
            name: The key id (`kid`) of the token; without one there must be only one key that fits.
            algorithm: What the token says it is signed with.
        """
        found = self._pick(name, algorithm)
        if found is None:
            await self._renewed()
            return self._pick(name, algorithm)
        # Only the call that asks waits: those beside it do with what is known.
        if self._clock() - self._since > FRESH and self._fetching is None:
            with anyio.move_on_after(BRIEFLY):
                await self._renewed()
            found = self._pick(name, algorithm)
        return found

    async def fetch(self) -> tuple[dict[str, Any], ...]:
        """Ask the issuer for its keys.

        Raises:
            IssuerError: It does not answer, is another one than it says, or has no key that signs.
        """
        try:
            with anyio.fail_after(PATIENCE):
                # Metadata and keys are where they say; a redirect could lead to somebody else's.
                async with httpx2.AsyncClient(timeout=PATIENCE, follow_redirects=False) as http:
                    return _usable(await _json(http, _keys_url(await self._metadata(http))))
        except TimeoutError as error:
            raise IssuerError(f"no answer within {PATIENCE} seconds") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ImportError, ValueError) as error:
            # The last two are of proxies that can't be.
            raise IssuerError(_in_words(error)) from error

    async def _metadata(self, http: httpx2.AsyncClient) -> dict[str, Any]:
        troubles: list[str] = []
        for url in metadata_urls(self._issuer):
            try:
                found = await _json(http, url)
            except IssuerError as error:
                troubles.append(str(error))
                continue
            if found.get("issuer") == self._issuer:
                return found
            troubles.append(f"{url} is of issuer {one_line(str(found.get('issuer')))!r}")
        raise IssuerError("; ".join(troubles))

    async def _renewed(self) -> None:
        """Ask once, however many calls wait for it; a call that waits no longer leaves the asking to the others."""
        if self._fetching is None:
            if self._buckets.take(self._issuer):
                return
            self._fetching = asyncio.create_task(self._renew())
        await asyncio.shield(self._fetching)

    async def _renew(self) -> None:
        try:
            self._keys, self._since = await self.fetch(), self._clock()
        except IssuerError as error:
            lost = not self._keys or self._clock() - self._since > LASTING
            left = "can't be checked" if lost else "are checked with the keys known before"
            log.warning("Clients' tokens %s: no keys of %s: %s", left, self._issuer, error)
        finally:
            self._fetching = None

    def _pick(self, name: str | None, algorithm: str) -> PyJWK | None:
        if self._clock() - self._since > LASTING:
            return None
        fitting = [
            key for key in self._keys if algorithm in algorithms_of(key) and (name is None or key.get("kid") == name)
        ]
        try:
            return PyJWK(fitting[0], algorithm) if len(fitting) == 1 else None
        except (PyJWTError, KeyError, TypeError, ValueError) as error:
            log.warning("A key of %s can't be read: %s", self._issuer, type(error).__name__)
            return None


def metadata_urls(issuer: str) -> tuple[str, ...]:
    """Where an issuer's metadata may be: RFC 8414 puts the well-known part before the path, OpenID Connect after it."""
    parts = urlsplit(issuer)
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    found = (
        f"{root}/.well-known/oauth-authorization-server{path}",
        f"{root}/.well-known/openid-configuration{path}",
        f"{root}{path}/.well-known/openid-configuration",
    )
    return tuple(dict.fromkeys(found))


def algorithms_of(key: Mapping[str, Any]) -> frozenset[str]:
    """What a key of the issuer may have signed with; nothing for one that encrypts, or is secret."""
    curve = key.get("crv") if key.get("kty") != "RSA" else None
    known = ALGORITHMS.get((str(key.get("kty")), curve if isinstance(curve, str) else None), frozenset())
    if key.get("use", "sig") != "sig":
        return frozenset()
    return known & {str(key["alg"])} if "alg" in key else known


def _in_words(error: Exception) -> str:
    """Why there was no answer, for the operator."""
    host = error.request.url.host if isinstance(error, httpx2.RequestError) else "the issuer"
    if cause_of(error, socket.gaierror) is not None:
        proxy = " or that of the proxy" if getproxies().keys() - {"no"} else ""
        return f"the name {host}{proxy} can't be resolved: check {SETTING} and the name server"
    certificate = cause_of(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        return f"the TLS certificate of {host} is not trusted: {certificate.verify_message or 'unknown reason'}"
    if cause_of(error, ConnectionRefusedError) is not None:
        return f"nothing listens at {host}: check that it runs, and {SETTING}"
    return one_line(str(error)) or type(error).__name__


async def _json(http: httpx2.AsyncClient, url: str) -> dict[str, Any]:
    answer = await http.get(url, headers={"Accept": "application/json"})
    if answer.status_code != httpx2.codes.OK:
        raise IssuerError(f"{url} answers {answer.status_code}")
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise IssuerError(f"{url} answers no JSON object")
    return document


def _keys_url(metadata: Mapping[str, Any]) -> str:
    url = metadata.get("jwks_uri")
    try:
        if isinstance(url, str) and is_private(url) and urlsplit(url).port != 0:
            return url
    except ValueError:  # a port that can't be, or brackets without an address
        pass
    raise IssuerError("its metadata names no https jwks_uri")


def _usable(document: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    keys = document.get("keys")
    found = keys if isinstance(keys, list) else []
    keys = tuple(key for key in found if isinstance(key, dict) and algorithms_of(key))
    if not keys:
        raise IssuerError("it has no RSA, EC or Ed25519 key that signs")
    return keys
