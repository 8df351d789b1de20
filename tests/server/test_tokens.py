"""Tokens for clients that can't ask: how long, for what, and what is said when one does not hold."""

import hashlib
import hmac
import re

import pytest
from clock import Clock
from xo_mcp.errors import ArgumentError, CallError
from xo_mcp.safety.tokens import LIFETIME, PURPOSE, Tokens

ARGUMENTS = {"id": "1", "force": True}
NOW = 1_000_000


class Broken:
    """A place where nothing can be noted."""

    def __init__(self, error: OSError) -> None:
        self._error = error

    def add(self, _: str) -> bool:
        raise self._error

    def newest(self) -> float:
        return 0


def said(tokens: Tokens, token: str, tool: str = "delete_vm") -> str:
    with pytest.raises(CallError) as caught:
        tokens.redeem(token, tool, ARGUMENTS, None)
    return str(caught.value)


def test_says_when_it_ends_and_seals_it_with_144_bits():
    token = Tokens(clock=Clock(NOW)).mint("delete_vm", ARGUMENTS, None, "0123abcd")
    expiry, nonce, question, seal = token.split(".")
    assert question == "0123abcd"
    assert int(expiry, 16) == NOW + LIFETIME
    assert re.fullmatch(r"[\w-]{12}", nonce)
    assert re.fullmatch(r"[\w-]{24}", seal)


def test_is_good_to_the_last_second():
    clock = Clock(NOW)
    tokens = Tokens(clock=clock)
    first, second = (tokens.mint("delete_vm", ARGUMENTS, None) for _ in range(2))
    clock.now = NOW + LIFETIME
    tokens.redeem(first, "delete_vm", ARGUMENTS, None)
    clock.now += 0.5
    assert said(tokens, second) == (
        "Nothing was done: confirm_token has expired (5 minutes). Leave it out to get another."
    )


def test_messages_say_what_to_do_next():
    tokens = Tokens()
    token = tokens.mint("delete_vm", ARGUMENTS, None)
    assert said(tokens, token, "delete_vdi") == (
        "Nothing was done: confirm_token was given for another call. A token holds for one tool with exactly the same"
        " arguments. Leave it out to get one."
    )
    tokens.redeem(token, "delete_vm", ARGUMENTS, None)
    assert said(tokens, token) == (
        "Nothing was done: this confirmation was used before, and each is good for one call. Make the call anew,"
        " without it, to be asked again."
    )


@pytest.mark.parametrize(
    ("error", "why"), [(OSError(28, "No space left on device"), "No space left on device"), (OSError(), "OSError")]
)
def test_what_can_not_be_noted_as_used_is_refused_with_the_reason(error: OSError, why: str):
    tokens = Tokens(nonces=Broken(error))
    assert said(tokens, tokens.mint("delete_vm", ARGUMENTS, None)) == (
        f"Nothing was done: this server could not note that the confirmation is used ({why}). Tell the operator:"
        " --confirm-key-file."
    )


def test_who_shares_the_key_shares_the_tokens():
    token = Tokens(b"shared").mint("delete_vm", ARGUMENTS, "alice")
    Tokens(b"shared").redeem(token, "delete_vm", ARGUMENTS, "alice")
    for other in (Tokens(b"else"), Tokens()):
        with pytest.raises(ArgumentError, match="another call"):
            other.redeem(token, "delete_vm", ARGUMENTS, "alice")


def test_the_key_seals_nothing_by_itself():
    # A key that is also used elsewhere must not make what is sealed there a token here.
    derived = hmac.digest(b"shared", PURPOSE, hashlib.sha256)
    token = Tokens(b"shared").mint("delete_vm", ARGUMENTS, None)
    with pytest.raises(ArgumentError):
        Tokens(derived).redeem(token, "delete_vm", ARGUMENTS, None)


def test_the_order_of_arguments_does_not_matter_and_their_values_do():
    tokens = Tokens()
    token = tokens.mint("delete_vm", {"a": 1, "b": {"c": 2, "d": [3]}}, None)
    tokens.redeem(token, "delete_vm", {"b": {"d": [3], "c": 2}, "a": 1}, None)
    token = tokens.mint("delete_vm", {"a": 1}, None)
    for other in ({"a": "1"}, {"a": 1, "b": None}, {}):
        with pytest.raises(ArgumentError, match="another call"):
            tokens.redeem(token, "delete_vm", other, None)
