"""A tiny authorization server on loopback: metadata, keys, and access tokens as the tests want them."""

import contextlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

RESOURCE = "https://mcp.example.org/mcp"
"""What tokens are issued for."""
KEYS = "/keys"
METADATA = "/.well-known/oauth-authorization-server/tenant"
ELSEWHERE = "https://as.example.org"
"""An issuer to name in settings; nothing is at its address."""
MAKERS = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
WRITERS = {"RS256": RSAAlgorithm.to_jwk, "ES256": ECAlgorithm.to_jwk, "EdDSA": OKPAlgorithm.to_jwk}


@dataclass
class Key:
    """A key to sign with."""

    name: str
    algorithm: str = "ES256"
    private: Any = None

    def __post_init__(self) -> None:
        self.private = self.private or MAKERS[self.algorithm]()

    @property
    def public(self) -> dict[str, Any]:
        """As a JWK."""
        written = json.loads(WRITERS[self.algorithm](self.private.public_key()))
        return {**written, "kid": self.name, "use": "sig", "alg": self.algorithm}

    @property
    def pem(self) -> bytes:
        """The public half, as anybody can read it."""
        return bytes(self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@dataclass
class Issuer:
    """What the authorization server says.

    Attributes:
        url: The issuer.
        keys: What it signs with; the last one is in use.
        answers: Path to the JSON there, a status for none, or text.
        asked: Every path that was asked for.
        talks: Cleared, it takes requests and says nothing until it is set.
    """

    url: str
    keys: list[Key]
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    talks: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.talks.set()

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys."""
        return {"keys": [key.public for key in self.keys]}

    @property
    def metadata(self) -> dict[str, Any]:
        """What it says about itself."""
        root = self.url.partition("/tenant")[0]
        return {"issuer": self.url, "jwks_uri": f"{root}{KEYS}", "token_endpoint": f"{root}/token"}

    def answer(self, path: str) -> Any:
        """What is at a path."""
        self.asked.append(path)
        usual = {METADATA: self.metadata, KEYS: self.jwks}
        return self.answers.get(path, usual.get(path, 404))

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Those of a good token; None leaves one out."""
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": RESOURCE,
            "sub": "alice",
            "client_id": "chat",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "scope": "xo:use other",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def token(self, *, key: Key | None = None, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """A token, good but for the changes."""
        key = key or self.keys[-1]
        headers = {"kid": key.name, "typ": "at+jwt"} | (header or {})
        return jwt.encode(self.claims(**changes), key.private, algorithm=key.algorithm, headers=headers)


def encoded(part: dict[str, Any]) -> str:
    """One part of a JWT."""
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


class Elsewhere(str):
    """Where a path redirects to."""

    __slots__ = ()


@contextlib.contextmanager
def authorization_server(*keys: Key) -> Iterator[Issuer]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = issuer.answer(self.path)
            issuer.talks.wait(30)
            status, content = (found, b"") if isinstance(found, int) else (200, _content(found))
            if isinstance(found, Elsewhere):
                status, content = 302, b""
            self.send_response(status)
            if isinstance(found, Elsewhere):
                self.send_header("Location", found)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            with contextlib.suppress(ConnectionError):  # who asked may have left
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}/tenant", list(keys) or [Key("first")])
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            issuer.talks.set()
            server.shutdown()
            thread.join(10)


def _content(found: Any) -> bytes:
    return found.encode() if isinstance(found, str) else json.dumps(found).encode()
