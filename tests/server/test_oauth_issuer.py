"""The authorization server's metadata and signing keys: what is trusted, for how long, and how often it is fetched."""

from typing import Any

import anyio
import jwt
import pytest
from authorization import KEYS, METADATA, RESOURCE, Elsewhere, Issuer, Key, authorization_server
from clock import Clock
from cryptography.hazmat.primitives.asymmetric import rsa
from transfer_server import until
from xo_mcp.web.issuer import FETCHES, FRESH, LASTING, PATIENCE, IssuerError, IssuerKeys, algorithms_of, metadata_urls
from xo_mcp.web.oauth import AccessTokens

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("answers", "part"),
    [
        ({METADATA: 500}, "answers 500"),
        ({METADATA: "<html>"}, "JSON object"),
        ({METADATA: "[1]"}, "JSON object"),
        ({METADATA: "[" * 20_000}, "JSON object"),
        ({METADATA: {"issuer": "https://evil.example.org"}}, "is of issuer 'https://evil.example.org'"),
        ({METADATA: {"jwks_uri": "http://127.0.0.1/x"}}, "is of issuer 'None'"),
        ({KEYS: 302}, "answers 302"),
        ({KEYS: {"keys": []}}, "has no RSA, EC or Ed25519 key"),
        ({KEYS: {"keys": 4}}, "has no RSA, EC or Ed25519 key"),
        ({KEYS: {"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}, 4]}}, "has no RSA, EC or Ed25519 key"),
    ],
)
async def test_an_issuer_that_answers_nonsense_is_not_believed(issuer: Issuer, answers: dict[str, Any], part: str):
    issuer.answers = answers
    with pytest.raises(IssuerError, match=part):
        await IssuerKeys(issuer.url).fetch()
    assert await AccessTokens(issuer.url, RESOURCE).verify_token(issuer.token()) is None


@pytest.mark.parametrize("path", [METADATA, KEYS])
async def test_no_redirect_of_an_issuer_is_followed(issuer: Issuer, path: str):
    with authorization_server() as elsewhere:
        elsewhere.answers = {METADATA: issuer.metadata}
        issuer.answers = {path: Elsewhere(elsewhere.url.removesuffix("/tenant") + path)}
        with pytest.raises(IssuerError, match="answers 302"):
            await IssuerKeys(issuer.url).fetch()
    assert elsewhere.asked == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "SSL_CERT_FILE"])
async def test_what_can_not_be_connected_with_is_said(issuer: Issuer, monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(name, "nonsense://\u20ac/")
    with pytest.raises(IssuerError):
        await IssuerKeys(issuer.url).fetch()


async def test_keys_are_not_fetched_where_anybody_can_listen(issuer: Issuer):
    for url in ("http://issuer.example.org/keys", "file:///etc/passwd", 4):
        issuer.answers = {METADATA: issuer.metadata | {"jwks_uri": url}}
        with pytest.raises(IssuerError, match="no https jwks_uri"):
            await IssuerKeys(issuer.url).fetch()


async def test_metadata_of_openid_connect_does_as_well(issuer: Issuer):
    issuer.answers = {METADATA: 404, "/tenant/.well-known/openid-configuration": issuer.metadata}
    found = await AccessTokens(issuer.url, RESOURCE).verify_token(issuer.token())
    assert found is not None
    assert (found.client_id, found.subject, found.resource) == ("alice/chat", "alice", RESOURCE)
    assert issuer.token() not in repr(found)


def test_metadata_is_looked_for_where_the_standards_say():
    assert metadata_urls("https://as.example.org") == (
        "https://as.example.org/.well-known/oauth-authorization-server",
        "https://as.example.org/.well-known/openid-configuration",
    )
    assert metadata_urls("https://as.example.org/tenant/") == (
        "https://as.example.org/.well-known/oauth-authorization-server/tenant",
        "https://as.example.org/.well-known/openid-configuration/tenant",
        "https://as.example.org/tenant/.well-known/openid-configuration",
    )


async def test_made_up_keys_are_no_flood_for_the_issuer(issuer: Issuer):
    clock = Clock()
    tokens = AccessTokens(issuer.url, RESOURCE, IssuerKeys(issuer.url, clock))
    for number in range(30):
        assert await tokens.verify_token(issuer.token(key=Key(f"made up {number}"))) is None
    assert await tokens.verify_token(issuer.token()) is not None
    assert issuer.asked.count(KEYS) == FETCHES / 4
    clock.now += 60
    assert await tokens.verify_token(issuer.token(key=Key("another"))) is None
    assert issuer.asked.count(KEYS) == FETCHES / 4 + 1


async def test_keys_are_fetched_again_in_time_and_last_a_day_without_the_issuer(issuer: Issuer):
    clock = Clock()
    tokens = AccessTokens(issuer.url, RESOURCE, IssuerKeys(issuer.url, clock))
    first = issuer.token()
    assert await tokens.verify_token(first) is not None
    clock.now += FRESH - 1
    assert await tokens.verify_token(first) is not None
    assert issuer.asked.count(KEYS) == 1
    issuer.answers[METADATA] = 503
    clock.now += 2
    assert await tokens.verify_token(first) is not None
    clock.now = LASTING + 1.0
    assert await tokens.verify_token(first) is None


async def test_known_keys_are_good_enough_while_the_issuer_hangs(issuer: Issuer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.web.issuer.BRIEFLY", 0.1)
    clock = Clock()
    keys = IssuerKeys(issuer.url, clock)
    tokens = AccessTokens(issuer.url, RESOURCE, keys)
    assert await tokens.verify_token(issuer.token()) is not None
    clock.now += FRESH + 1
    issuer.talks.clear()
    with anyio.fail_after(PATIENCE / 2):
        for _ in range(20):
            assert await tokens.verify_token(issuer.token()) is not None
    # Asked once; its answer counts although the call that asked gave up long ago.
    await until(lambda: issuer.asked.count(METADATA) == 2)
    issuer.keys[:] = [Key("second")]
    issuer.talks.set()
    await until(lambda: keys._keys[0]["kid"] == "second")
    assert await tokens.verify_token(issuer.token()) is not None
    assert issuer.asked.count(METADATA) == 2


async def test_a_withdrawn_key_is_believed_no_longer_than_an_hour(issuer: Issuer):
    clock = Clock()
    tokens = AccessTokens(issuer.url, RESOURCE, IssuerKeys(issuer.url, clock))
    old = issuer.token()
    assert await tokens.verify_token(old) is not None
    issuer.keys[:] = [Key("second")]
    clock.now += FRESH - 1
    assert await tokens.verify_token(old) is not None
    clock.now += 2
    assert await tokens.verify_token(old) is None


async def test_calls_that_wait_for_an_unknown_key_ask_once(issuer: Issuer):
    tokens = AccessTokens(issuer.url, RESOURCE, IssuerKeys(issuer.url, Clock()))
    found: list[object] = []

    async def verify() -> None:
        found.append(await tokens.verify_token(issuer.token()))

    issuer.talks.clear()
    async with anyio.create_task_group() as calls:
        with anyio.move_on_after(0.1):
            await verify()  # gives up, which takes nothing from those who wait after it
        for _ in range(5):
            calls.start_soon(verify)
        await anyio.sleep(0.1)
        issuer.talks.set()
    assert len(found) == 5
    assert None not in found
    assert issuer.asked.count(METADATA) == 1


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("https://issuer.invalid", r"the name issuer\.invalid can't be resolved: check --oauth-issuer"),
        ("http://127.0.0.1:9", r"nothing listens at 127\.0\.0\.1: check that it runs"),
    ],
)
async def test_an_issuer_that_can_not_be_reached_is_explained(monkeypatch: pytest.MonkeyPatch, url: str, part: str):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with pytest.raises(IssuerError, match=part) as reported:
        await IssuerKeys(url).fetch()
    assert "rrno" not in str(reported.value)


async def test_a_token_without_a_key_s_name_needs_an_issuer_with_one_key(issuer: Issuer):
    token = jwt.encode(issuer.claims(), issuer.keys[0].private, algorithm="ES256")
    assert await AccessTokens(issuer.url, RESOURCE).verify_token(token) is not None
    issuer.keys.append(Key("second"))
    assert await AccessTokens(issuer.url, RESOURCE).verify_token(token) is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"kty": "RSA", "alg": "RS512"}, {"RS512"}),
        ({"kty": "RSA", "alg": "HS256"}, set()),
        ({"kty": "RSA", "use": "enc"}, set()),
        ({"kty": "EC", "crv": "P-384"}, {"ES384"}),
        ({"kty": "EC", "crv": "secp256k1"}, set()),
        ({"kty": "EC", "crv": ["P-256"]}, set()),
        ({"kty": "OKP", "crv": "Ed25519"}, {"EdDSA"}),
        ({"kty": "oct"}, set()),
        ({"kty": None}, set()),
        ({}, set()),
    ],
)
def test_only_keys_with_two_halves_sign(key: dict[str, Any], expected: set[str]):
    assert algorithms_of(key) == expected


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_key_that_could_be_guessed_is_not_believed(issuer: Issuer):
    issuer.keys[:] = [Key("weak", "RS256", rsa.generate_private_key(65537, 1024))]  # noqa: S505
    assert await AccessTokens(issuer.url, RESOURCE).verify_token(issuer.token()) is None
    issuer.keys[:] = [Key("strong", "RS256")]
    assert await AccessTokens(issuer.url, RESOURCE).verify_token(issuer.token()) is not None
