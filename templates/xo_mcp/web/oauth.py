"""OAuth 2.1 resource server: clients send access tokens that an authorization server of the operator issued for us.

Tokens are JWTs (RFC 9068). The SDK serves the protected resource metadata (RFC 9728) that leads clients to the issuer,
refuses tokens without the scopes, and compares the audience once more.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from mcp.server.auth.settings import AuthSettings

from xo_mcp.addresses import is_private
from xo_mcp.config.config import Config
from xo_mcp.config.identity import Identity
from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.text import one_line
from xo_mcp.web.client_file import KnownClient
from xo_mcp.web.issuer import IssuerKeys
from xo_mcp.web.subjects import Subjects

LEEWAY: Final = 30
"""Seconds the clocks of the issuer and this machine may differ."""
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""What the header of an access token may call it; others, such as logout tokens, are signed with the same keys."""
MAX_NAME: Final = 100
"""Characters of a client's name in logs."""
log = get_logger("oauth")


class RefusedError(Exception):
    """A token is not accepted; the text is for the log and never has a part of it."""


class AccessTokens:
    """Verifies access tokens.

    Args:
        issuer: URL of the authorization server.
        resource: URL of this server, which tokens must be issued for.
        keys: The issuer's.
        subjects: Whom clients are at XO.
        known_only: Refuse who is not among `subjects`.
    """

    def __init__(
        self,
        issuer: str,
        resource: str,
        keys: IssuerKeys | None = None,
        subjects: Subjects | None = None,
        *,
        known_only: bool = False,
    ) -> None:
        self._issuer = issuer
        bare = resource.removesuffix("/")
        self._audience = (bare, f"{bare}/")
        self._keys = keys or IssuerKeys(issuer)
        self.subjects = subjects
        self._known_only = known_only

    async def verify_token(self, token: str) -> KnownClient | None:
        """Say whose token this is, or nothing."""
        try:
            claims = await self._claims(token)
            return self._accepted(claims, await self._identity(claims))
        except (RefusedError, jwt.PyJWTError) as error:
            log.info("A client's token was refused: %s", one_line(str(error)))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            # Nothing a client sends may look like a fault of this server.
            log.info("A client's token was refused: it can't be read (%s)", type(error).__name__)
        return None

    async def _identity(self, claims: Mapping[str, Any]) -> Identity | None:
        identity = await self.subjects.find(claims) if self.subjects else None
        if identity is None and self._known_only:
            raise RefusedError("its subject is not in --oauth-identities")
        return identity

    async def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        kind = header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.lower() not in TYPES:
            raise RefusedError("its type says that it is not an access token")
        name, algorithm = header.get("kid"), header.get("alg")
        key = await self._keys.find(name, algorithm) if isinstance(algorithm, str) else None
        if key is None:
            raise RefusedError("the issuer has no key for it, or not with this algorithm")
        return jwt.decode(
            token,
            key,
            # The key decided: `find` gives none that does not sign with this algorithm.
            algorithms=[key.algorithm_name],
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
        )

    def _accepted(self, claims: Mapping[str, Any], identity: Identity | None) -> KnownClient:
        audience = [claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"]
        subject, client = claims.get("sub"), claims.get("client_id", claims.get("azp"))
        parts = dict.fromkeys(part for part in (subject, client) if isinstance(part, str) and part)
        if not parts:
            raise RefusedError("it says neither for whom (sub) nor for which client (client_id) it is")
        return KnownClient(
            token="-",  # noqa: S106 - keeps it out of repr
            client_id=one_line("/".join(parts), MAX_NAME),
            scopes=scopes_of(claims),
            # The SDK looks again, without any leeway.
            expires_at=int(claims["exp"]) + LEEWAY,
            # What the token says, not what we want: the SDK compares it.
            resource=next((each for each in audience if each in self._audience), None),
            subject=subject,
            claims={"iss": claims["iss"], "client_id": client},
            identity=identity,
        )


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """The scopes of a token: `scope` with spaces (RFC 9068), or `scp` as some issuers have it, a text or a list."""
    found = claims.get("scope", claims.get("scp"))
    words = found.split() if isinstance(found, str) else found
    return [word for word in words if isinstance(word, str)] if isinstance(words, list) else []


def oauth_settings(config: Config) -> AuthSettings | None:
    """What the SDK needs to know, or nothing where clients send other tokens or none.

    Raises:
        ConfigError: Something is missing or too much, or a URL can't be trusted.
    """
    issuer, resource = config.oauth_issuer, config.oauth_resource
    given = [name for name in ("oauth_issuer", "oauth_resource", "oauth_scopes") if getattr(config, name)]
    if not given:
        return None
    where = config.sources.get(given[0], given[0])
    if config.auth_token_file is not None:
        other = config.sources.get("auth_token_file", "--auth-token-file")
        raise ConfigError(f"{where} and {other} exclude each other: clients send tokens of one kind; leave one out")
    if issuer is None or resource is None:
        missing = "--oauth-issuer" if issuer is None else "--oauth-resource"
        raise ConfigError(f"{where} needs {missing} besides: who issues tokens, and for which URL of this server")
    for name, url in (("oauth_issuer", issuer), ("oauth_resource", resource)):
        _require_url(config.sources.get(name, name), url)
    return AuthSettings.model_validate(
        {
            "issuer_url": issuer,
            "resource_server_url": resource,
            "required_scopes": list(config.oauth_scopes or ()) or None,
            "validate_token_resource": True,
        }
    )


def _require_url(where: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        plain = parts.port != 0 and not (parts.query or parts.fragment or parts.username or parts.password)
    except ValueError:
        plain = False
    if not plain or not is_private(url):
        raise ConfigError(
            f"{where} is an https:// URL without user, query and fragment (http:// only on this machine), exactly as"
            " the issuer writes it"
        )
