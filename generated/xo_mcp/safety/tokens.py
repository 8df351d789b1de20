"""One-shot confirmation tokens: bound to one tool and its arguments, for clients that can't be asked."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from xo_mcp.errors import ArgumentError, CallError
from xo_mcp.safety.nonces import LocalNonces, Nonces

LIFETIME: Final = 300
"""Seconds a token can be used."""
PURPOSE: Final = b"xo-mcp confirm v1"


class Tokens:
    """Mints and redeems tokens.

    A token is an expiry, a random number and an HMAC over both, the tool, its arguments and who asked. With a key that
    several workers share, one redeems what another minted, and `nonces` sees to it that only one does.

    Args:
        key: The shared secret; a random one without.
        nonces: What was used, known to whoever shares the key.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, key: bytes | None = None, nonces: Nonces | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        secret = key or secrets.token_bytes(32)
        self._key = hmac.digest(secret, PURPOSE, hashlib.sha256)
        self._clock = clock
        self._nonces = nonces or LocalNonces()

    def mint(self, tool: str, arguments: Mapping[str, Any], principal: str | None) -> str:
        """Make a token for exactly this call."""
        expiry = f"{int(self._clock()) + LIFETIME:x}"
        nonce = secrets.token_urlsafe(9)
        return f"{expiry}.{nonce}.{self._seal(expiry, nonce, tool, arguments, principal)}"

    def redeem(self, token: str, tool: str, arguments: Mapping[str, Any], principal: str | None) -> None:
        """Use a token up.

        Raises:
            ArgumentError: It is no token, expired, used, or was given for another call.
            CallError: That it is used could not be noted.
        """
        expiry, _, rest = token.partition(".")
        nonce, _, seal = rest.partition(".")
        expected = self._seal(expiry, nonce, tool, arguments, principal)
        if not hmac.compare_digest(expected.encode(), seal.encode(errors="replace")):
            raise ArgumentError(
                "Nothing was done: confirm_token was given for another call. A token holds for one tool with exactly"
                " the same arguments. Leave it out to get one."
            )
        # Only what was sealed here gets this far, so the text is the number it was made from.
        until = int(expiry, 16)
        if until < self._clock():
            raise ArgumentError(
                f"Nothing was done: confirm_token has expired ({LIFETIME // 60} minutes). Leave it out to get another."
            )
        self.spend(nonce)

    def spend(self, nonce: str) -> None:
        """Use up what is good once.

        Raises:
            ArgumentError: It was used before.
            CallError: That it is used could not be noted, so that it could be used again.
        """
        try:
            first = self._nonces.add(nonce)
        except OSError as error:
            raise CallError(
                "Nothing was done: this server could not note that the confirmation is used"
                f" ({error.strerror or type(error).__name__}). Tell the operator: --confirm-key-file."
            ) from error
        if not first:
            raise ArgumentError(
                "Nothing was done: this confirmation was used before, and each is good for one call. Make the call"
                " anew, without it, to be asked again."
            )

    def _seal(self, expiry: str, nonce: str, tool: str, arguments: Mapping[str, Any], principal: str | None) -> str:
        bound = json.dumps([expiry, nonce, tool, arguments, principal], sort_keys=True, separators=(",", ":"))
        digest = hmac.digest(self._key, bound.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:18]).decode()
