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
PURPOSE: Final = b"xo-mcp confirm v2"


class Steady:
    """Seconds since the epoch that never go back: a clock that is set back must not bring used tokens to life again.

    Args:
        clock: Seconds since the epoch.
        passing: Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.time, passing: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._passing = passing
        self._seen = (clock(), passing())

    def __call__(self, floor: float = 0) -> float:
        """The time, and never before `floor`."""
        then, at = self._seen
        passed = self._passing()
        now = max(self._clock(), then + passed - at, floor)
        self._seen = (now, passed)
        return now


class Tokens:
    """Mints and redeems tokens.

    A token is an expiry, a random number, a digest of the question and an HMAC over these, the tool, its arguments and
    who asked. With a key that several workers share, one redeems what another minted, and `nonces` sees to it that only
    one does.

    Args:
        key: The shared secret; a random one without.
        nonces: What was used, known to all who share the key.
        clock: Seconds since the epoch.
    """

    def __init__(
        self, key: bytes | None = None, nonces: Nonces | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        secret = key or secrets.token_bytes(32)
        self._key = hmac.digest(secret, PURPOSE, hashlib.sha256)
        self._clock = Steady(clock)
        self._nonces = nonces or LocalNonces()

    def mint(self, tool: str, arguments: Mapping[str, Any], principal: str | None, question: str = "-") -> str:
        """Make a token for exactly this call, asked about in exactly this question (its digest)."""
        expiry = f"{int(self._clock(self._nonces.newest())) + LIFETIME:x}"
        nonce = secrets.token_urlsafe(9)
        seal = self._seal(expiry, nonce, question, tool, arguments, principal)
        return f"{expiry}.{nonce}.{question}.{seal}"

    @staticmethod
    def nonce_of(token: str) -> str:
        """What is good once of a token that was redeemed."""
        return token.split(".")[1]

    def redeem(self, token: str, tool: str, arguments: Mapping[str, Any], principal: str | None) -> str:
        """Use a token up.

        Returns:
            The digest of the question that was agreed to.

        Raises:
            ArgumentError: It is no token, expired, used, or was given for another call.
            CallError: That it is used could not be noted.
        """
        expiry, _, rest = token.partition(".")
        nonce, _, rest = rest.partition(".")
        question, _, seal = rest.partition(".")
        expected = self._seal(expiry, nonce, question, tool, arguments, principal)
        if not hmac.compare_digest(expected.encode(), seal.encode(errors="replace")):
            raise ArgumentError(
                "Nothing was done: confirm_token was given for another call. A token holds for one tool with exactly"
                " the same arguments. Leave it out to get one."
            )
        # Only what was sealed here gets this far, so the text is the number it was made from.
        until = int(expiry, 16)
        if until < self._clock(self._nonces.newest()):
            raise ArgumentError(
                f"Nothing was done: confirm_token has expired ({LIFETIME // 60} minutes). Leave it out to get another."
            )
        self.spend(nonce)
        return question

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
            raise used_before()

    def _seal(self, *bound: object) -> str:
        text = json.dumps(bound, sort_keys=True, separators=(",", ":"))
        digest = hmac.digest(self._key, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:18]).decode()


def used_before() -> ArgumentError:
    """What to say of a confirmation that is used up."""
    return ArgumentError(
        "Nothing was done: this confirmation was used before, and each is good for one call. Make the call"
        " anew, without it, to be asked again."
    )
