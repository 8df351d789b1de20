"""No secret reaches a log, whatever carries it."""

import io
import logging
from collections.abc import Iterator

import pytest
from xo_mcp.logs import LOGGER, Redactor, set_up
from xo_mcp.privacy.redaction import Secrets

SECRET = "planted-secret-token"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger, ours = logging.getLogger(), logging.getLogger(LOGGER)
    before = logger.handlers[:], logger.level, ours.level
    yield logger
    logger.handlers[:], level, our_level = before
    logger.setLevel(level)
    ours.setLevel(our_level)


@pytest.mark.parametrize(
    "text",
    [
        f"the token is {SECRET}.",
        "Cookie: authenticationToken=abcDEF123; path=/",
        "Authorization: Basic YWRtaW46YWRtaW4=",
        "authorization: bearer abc.def-ghi",
        "[(b'Authorization', b'Basic YWRtaW46YWRtaW4=')]",
        "they sent Basic YWRtaW46YWRtaW4=",
        "they sent bearer abcDEF123.abc.def-ghi",
        "they sent Bearer YWRtaW4YWRtaW-abcDEF123",
    ],
)
def test_secrets_and_what_carries_them_are_blacked_out(text: str):
    redactor = Redactor()
    redactor.learn([SECRET])
    shown = redactor.redact(text)
    assert "[secret]" in shown
    assert not any(part in shown for part in (SECRET, "abcDEF123", "YWRtaW46YWRtaW4", "abc.def-ghi"))


@pytest.mark.parametrize(
    "text",
    [
        "renamed to Basic web server",
        "XO answered 404: no VM Basic there. Check the id.",
        "the bearer plant, a bearer of internationalization",
        "Basic Ubuntu-Server-24.04/LTS, basic high_availability.2024-11-23, BASIC WEB01-PRODUCTION-DMZ.",
        "Basic Straßenbeleuchtungsverwaltung1",
    ],
)
def test_basic_and_bearer_are_words_as_well(text: str):
    assert Redactor().redact(text) == text


def test_a_word_too_short_to_be_a_secret_stays():
    redactor = Redactor()
    redactor.learn(["", "x", "vm"])
    assert redactor.redact("a vm on xo") == "a vm on xo"


def test_a_short_secret_is_hidden_as_a_word_of_its_own():
    redactor = Redactor()
    redactor.learn(["admin"])
    assert redactor.redact("admin:admin, administrator, admin_1, (admin)") == (
        "[secret]:[secret], administrator, admin_1, ([secret])"
    )
    redactor.learn(["admin-123"])
    assert redactor.redact("xadmin-123x") == "x[secret]x"


@pytest.mark.parametrize(("secret", "is_long"), [("seven77", False), ("eight888", True)])
def test_from_eight_characters_on_a_secret_is_hidden_inside_words_and_in_records(secret: str, *, is_long: bool):
    secrets = Secrets()
    secrets.learn(secret)
    assert secrets.redact(f"a {secret}.") == "a [secret]."
    assert secrets.redact(f"x{secret}x") == ("x[secret]x" if is_long else f"x{secret}x")
    assert secrets.redact_record(f"a {secret}.") == ("a [secret]." if is_long else f"a {secret}.")


def test_percent_encoding_is_hidden_in_either_case():
    redactor = Redactor()
    redactor.learn(["planted%2Fpass%C3%B6"])
    assert redactor.redact("a=planted%2fpass%c3%B6&b") == "a=[secret]&b"


def test_the_longer_of_two_secrets_goes_first():
    redactor = Redactor()
    redactor.learn([SECRET, SECRET + "-and-more"])
    assert redactor.redact(f"{SECRET}-and-more") == "[secret]"


def test_tracebacks_are_redacted_too(root: logging.Logger):
    set_up("info", [SECRET])
    stream = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("xo_mcp.test").exception("with %s", SECRET)
    assert "ValueError" in stream.getvalue()
    assert SECRET not in stream.getvalue()


@pytest.mark.usefixtures("root")
def test_libraries_are_quieter_than_the_server():
    set_up("info")
    assert logging.getLogger("xo_mcp.api.client").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpx2").isEnabledFor(logging.INFO)
    set_up("debug")
    assert logging.getLogger("xo_mcp.api.client").isEnabledFor(logging.DEBUG)
    assert logging.getLogger("httpx2").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpx2").isEnabledFor(logging.DEBUG)
    set_up("error")
    assert not logging.getLogger("xo_mcp.api.client").isEnabledFor(logging.WARNING)


def test_an_empty_secret_hides_nothing():
    secrets = Secrets()
    secrets.learn("")
    secrets.learn_login("alice", "")
    assert secrets.redact('{"error": "Unauthorized"}') == '{"error": "Unauthorized"}'
    assert secrets.redact_record("an ordinary text") == "an ordinary text"
