"""OAuth over HTTP: whose access tokens are taken, whose are not, and what clients and operators are told."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import jwt
import pytest
from authorization import KEYS, RESOURCE, Issuer, Key, authorization_server, encoded
from cryptography.hazmat.primitives.asymmetric import rsa
from fake_xo.server import FakeXo
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.types import CallToolResult
from serving import ERAS, Served, http_server, over_http, text_of, variables
from starlette.requests import HTTPConnection
from transfer_server import until
from xo_mcp.config.config import resolve
from xo_mcp.errors import ConfigError
from xo_mcp.program.check_results import CheckResult
from xo_mcp.program.local_checks import look_around
from xo_mcp.web.http import authentication, guard, security
from xo_mcp.web.issuer import FETCHES, FRESH, LASTING, PATIENCE, IssuerError, IssuerKeys, algorithms_of, metadata_urls
from xo_mcp.web.oauth import LEEWAY, AccessTokens, scopes_of

pytestmark = pytest.mark.anyio
METADATA = "/.well-known/oauth-authorization-server/tenant"
ABOUT = "/.well-known/oauth-protected-resource/mcp"
HELLO: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with authorization_server() as found:
        yield found


@pytest.fixture(scope="module")
def lasting() -> Iterator[Issuer]:
    """One for several tests, which leave it as it is."""
    with authorization_server(Key("rsa", "RS256"), Key("ed", "EdDSA"), Key("ec")) as found:
        yield found


def settings(xo: FakeXo, issuer: Issuer, **changes: str) -> dict[str, str]:
    usual = {
        "XO_MCP_OAUTH_ISSUER": issuer.url,
        "XO_MCP_OAUTH_RESOURCE": RESOURCE,
        "XO_MCP_OAUTH_SCOPES": "xo:use",
        "XO_MCP_LOG_LEVEL": "debug",
    }
    return variables(xo, **usual | changes)


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "audit.log"


@pytest.fixture(scope="module")
def served(package: Path, xo: FakeXo, lasting: Issuer, audit: Path) -> Iterator[Served]:
    with http_server(package, settings(xo, lasting, XO_MCP_AUDIT_LOG=str(audit)), "--rate-limit", "0") as served:
        yield served


async def post(served: Served, token: str | None) -> httpx2.Response:
    headers = {"Accept": "application/json, text/event-stream"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(timeout=30) as http:
        return await http.post(served.url, json=HELLO, headers=headers)


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_with_an_access_token_works_and_xo_never_sees_it(
    served: Served, xo: FakeXo, lasting: Issuer, era: str
):
    token, before = lasting.token(), len(xo.requests)
    async with over_http(served, era=era, token=token) as client:
        answer = await client.call_tool("list_vms", {"limit": 1})
    assert not answer.is_error, text_of(answer)
    sent = [value for seen in xo.requests[before:] for _, value in seen.headers]
    assert sent
    assert all(token.encode() not in value for value in sent)


async def test_who_it_was_is_written_down_without_the_token(served: Served, xo: FakeXo, lasting: Issuer, audit: Path):
    token = lasting.token(sub="bob\n\u202e" + "x" * 200)
    async with over_http(served, era="auto", token=token) as client:
        await client.call_tool("add_vm_tag", {"id": str(xo.find("vms")["id"]), "tag": "seen"})
    written = content(audit)
    (name,) = {json.loads(line)["client"]["token"] for line in written.splitlines()}
    assert name.startswith("bob \\u202exxx")
    assert len(name) == 100
    assert token not in written + "".join(served.lines)


def content(file: Path) -> str:
    return file.read_text()


@pytest.mark.parametrize("key", [0, 1, 2])
@pytest.mark.parametrize("audience", [RESOURCE, f"{RESOURCE}/", ["https://other.example.org", RESOURCE]])
async def test_tokens_of_every_key_of_the_issuer_are_taken(
    served: Served, lasting: Issuer, key: int, audience: str | list[str]
):
    assert (await post(served, lasting.token(key=lasting.keys[key], aud=audience))).status_code == 200


NOW = int(time.time())
BAD: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "https://other.example.org/mcp"},
    "the audience of a neighbour": {"aud": RESOURCE + "2"},
    "an audience above": {"aud": "https://mcp.example.org"},
    "no audience": {"aud": None},
    "an empty list of audiences": {"aud": []},
    "another issuer": {"iss": "https://issuer.example.org"},
    "the issuer with a slash": {"iss": "/"},
    "no issuer": {"iss": None},
    "expired": {"exp": NOW - 3 * LEEWAY},
    "without end": {"exp": None},
    "an end that is none": {"exp": "tomorrow"},
    "not valid yet": {"nbf": NOW + 3_600},
    "of tomorrow": {"iat": NOW + 86_400},
    "for nobody": {"sub": None, "client_id": None},
    "an ID or logout token": {"header": {"typ": "logout+jwt"}},
    "a critical extension": {"header": {"crit": ["exp"]}},
}


@pytest.mark.parametrize("name", BAD)
async def test_a_token_that_is_not_for_us_is_refused(served: Served, lasting: Issuer, name: str):
    changes = dict(BAD[name])
    if changes.get("iss") == "/":
        changes["iss"] = f"{lasting.url}/"
    token = lasting.token(**changes)
    await refused(served, token)


def forged(issuer: Issuer, name: str) -> str:
    """A token that nobody issued."""
    good = issuer.token(key=issuer.keys[0])
    head, body, seal = good.split(".")
    header = {"alg": "HS256", "kid": "rsa", "typ": "at+jwt"}
    signed = f"{encoded(header)}.{body}"
    by_public_key = jwt.api_jws.PyJWS().get_algorithm_by_name("HS256").sign(signed.encode(), issuer.keys[0].pem)
    return {
        "alg none": f"{encoded(header | {'alg': 'none'})}.{body}.",
        "alg None": f"{encoded(header | {'alg': 'nOnE'})}.{body}.",
        "no alg": f"{encoded({'kid': 'rsa'})}.{body}.{seal}",
        "alg as a list": f"{encoded(header | {'alg': ['RS256']})}.{body}.{seal}",
        "signed with the public key": f"{signed}.{jwt.utils.base64url_encode(by_public_key).decode()}",
        "another algorithm of the key": f"{encoded(header | {'alg': 'PS256'})}.{body}.{seal}",
        "a key of another algorithm": f"{encoded(header | {'alg': 'ES256'})}.{body}.{seal}",
        "another key of that name": issuer.token(key=Key("rsa", "RS256")),
        "a key it brings along": issuer.token(key=(own := Key("own")), header={"jwk": own.public}),
        "a changed body": f"{head}.{encoded(issuer.claims(sub='root'))}.{seal}",
        "no seal": f"{head}.{body}.",
        "nothing": "x",
        "dots": "..",
        "nested without end": f"{encoded_text('[' * 20_000)}.{body}.{seal}",
        "no object": f"{encoded_text('1')}.{encoded_text('1')}.{seal}",
    }[name]


def encoded_text(text: str) -> str:
    return jwt.utils.base64url_encode(text.encode()).decode()


@pytest.mark.parametrize(
    "name",
    [
        "alg none",
        "alg None",
        "no alg",
        "alg as a list",
        "signed with the public key",
        "another algorithm of the key",
        "a key of another algorithm",
        "another key of that name",
        "a key it brings along",
        "a changed body",
        "no seal",
        "nothing",
        "dots",
        "nested without end",
        "no object",
    ],
)
async def test_a_forged_token_is_refused(served: Served, lasting: Issuer, name: str):
    await refused(served, forged(lasting, name))


async def refused(served: Served, token: str | None) -> None:
    before = len(served.lines)
    answer = await post(served, token)
    assert answer.status_code == 401
    told = answer.headers["WWW-Authenticate"]
    assert told.startswith('Bearer error="invalid_token"')
    assert f'resource_metadata="https://mcp.example.org{ABOUT}"' in told
    if token is not None:
        with anyio.fail_after(20):
            while "A client's token was refused" not in (log := "".join(served.lines[before:])):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        shown = log + answer.text + told
        assert "Traceback" not in shown
        assert [part for part in token.split(".") if len(part) > 20 and part in shown] == []


async def test_the_sdk_compares_the_audience_once_more(issuer: Issuer):
    other = "https://other.example.org/mcp"
    ours = authentication(resolve({"oauth_issuer": ISSUER, "oauth_resource": RESOURCE}, {}))["auth"]
    careless = AccessTokens(issuer.url, other)
    token = issuer.token(aud=other)
    assert await careless.verify_token(token) is not None
    asked = HTTPConnection({"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]})
    assert await BearerAuthBackend(careless).authenticate(asked) is not None
    second = BearerAuthBackend(careless, resource_server_url=ours.resource_server_url)
    assert await second.authenticate(asked) is None


async def test_without_a_token_clients_learn_where_to_get_one(served: Served, lasting: Issuer):
    await refused(served, None)
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{served.base}{ABOUT}")
    assert answer.status_code == 200
    about = answer.json()
    assert about["resource"] == RESOURCE
    assert about["authorization_servers"] == [lasting.url]
    assert about["scopes_supported"] == ["xo:use"]


@pytest.mark.parametrize("scopes", [{"scope": "other"}, {"scope": None}, {"scope": None, "scp": ["xo:use2"]}])
async def test_a_token_without_the_scope_is_reported(served: Served, lasting: Issuer, scopes: dict[str, Any]):
    answer = await post(served, lasting.token(**scopes))
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert "xo:use" in answer.text


@pytest.mark.parametrize("scopes", ["xo:use", ["xo:use"]])
async def test_scopes_may_stand_in_scp(served: Served, lasting: Issuer, scopes: Any):
    assert (await post(served, lasting.token(scope=None, scp=scopes))).status_code == 200


@pytest.mark.parametrize("odd", [None, 4, {"a": "b"}, [4, None]])
def test_odd_scopes_are_none(odd: Any):
    assert scopes_of({"scope": odd}) == []


async def test_a_new_key_of_the_issuer_is_found(package: Path, xo: FakeXo, issuer: Issuer):
    with http_server(package, settings(xo, issuer)) as served:
        old = issuer.token()
        assert (await post(served, old)).status_code == 200
        issuer.keys[:] = [Key("second", "RS256")]
        assert (await post(served, issuer.token())).status_code == 200
        # It is gone from the issuer's keys, so what it signed is worth nothing any more.
        assert (await post(served, old)).status_code == 401
        assert issuer.asked.count(KEYS) == 2


async def test_a_confirmation_belongs_to_the_person_not_to_the_client(served: Served, xo: FakeXo, lasting: Issuer):
    vm = str(xo.find("vms")["id"])

    async def delete(person: str, **more: str) -> CallToolResult:
        async with over_http(served, token=lasting.token(sub=person)) as client:
            return await client.call_tool("delete_vm", {"id": vm, **more})

    asked = await delete("alice")
    assert asked.structured_content is not None
    answer = await delete("mallory", confirm_token=asked.structured_content["confirm_token"])
    assert "given for another call" in text_of(answer)
    assert xo.record("vms", vm) is not None


async def test_one_busy_person_does_not_slow_another(package: Path, xo: FakeXo, lasting: Issuer):
    with http_server(package, settings(xo, lasting), "--rate-limit", "8") as served:
        alice = [(await post(served, lasting.token())).status_code for _ in range(3)]
        assert alice == [200, 200, 429]
        assert (await post(served, lasting.token(sub="bob"))).status_code == 200


async def test_an_issuer_that_is_away_is_logged_and_nobody_comes_in(package: Path, xo: FakeXo):
    with authorization_server() as issuer:
        token = issuer.token()
    with http_server(package, settings(xo, issuer, XO_MCP_LOG_LEVEL="warning")) as served:
        assert (await post(served, token)).status_code == 401
    log = "".join(served.lines)
    assert f"no keys of {issuer.url}" in log
    assert "Traceback" not in log
    assert token not in log


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


class Clock:
    """Time that is told to pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


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
    # Asked once, and what it says at last is heard though the call that asked is long gone.
    assert issuer.asked.count(METADATA) == 2
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
    with pytest.raises(IssuerError, match=part) as told:
        await IssuerKeys(url).fetch()
    assert "rrno" not in str(told.value)


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


ISSUER, TOKENS = "https://as.example.org", "/tokens"


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"oauth_issuer": ISSUER}, ("--oauth-issuer needs --oauth-resource",)),
        ({"oauth_resource": RESOURCE}, ("--oauth-resource needs --oauth-issuer",)),
        ({"oauth_scopes": "a"}, ("--oauth-scopes needs --oauth-issuer",)),
        (
            {"oauth_issuer": ISSUER, "oauth_resource": RESOURCE, "auth_token_file": TOKENS},
            ("--oauth-issuer", "--auth-token-file", "exclude each other"),
        ),
        ({"oauth_issuer": "http://as.example.org", "oauth_resource": RESOURCE}, ("--oauth-issuer is an https",)),
        ({"oauth_issuer": f"{ISSUER}?a=b", "oauth_resource": RESOURCE}, ("--oauth-issuer is an https",)),
        ({"oauth_issuer": "https://a:b@as.example.org", "oauth_resource": RESOURCE}, ("without user",)),
        ({"oauth_issuer": "https://as.example.org:x", "oauth_resource": RESOURCE}, ("--oauth-issuer is an https",)),
        ({"oauth_issuer": ISSUER, "oauth_resource": f"{RESOURCE}#x"}, ("--oauth-resource is an https",)),
        ({"oauth_issuer": ISSUER, "oauth_resource": "http://mcp.example.org"}, ("--oauth-resource is an https",)),
        ({"oauth_issuer": ISSUER, "oauth_resource": "mcp"}, ("--oauth-resource is an https",)),
    ],
)
def test_half_or_wrong_settings_are_refused(given: dict[str, str], parts: tuple[str, ...]):
    with pytest.raises(ConfigError) as caught:
        authentication(resolve(given, {}))
    assert all(part in str(caught.value) for part in parts)


def test_with_an_issuer_it_may_listen_anywhere_under_the_name_of_its_url():
    config = resolve({"oauth_issuer": ISSUER, "oauth_resource": RESOURCE, "host": "::"}, {})
    settings = authentication(config)["auth"]
    assert settings.validate_token_resource is True
    assert security(config).allowed_hosts == ["mcp.example.org", "mcp.example.org:*"]
    assert guard(config) == f"access tokens of {ISSUER} for {RESOURCE}"


def clients(**given: str) -> CheckResult:
    """What doctor says about who may connect."""
    (finding,) = [each for each in look_around(resolve(given | {"transport": "http"}, {})) if each.check == "clients"]
    return finding


def test_doctor_says_who_may_connect_and_tries_the_issuer(issuer: Issuer):
    ours = {"oauth_issuer": issuer.url, "oauth_resource": RESOURCE, "oauth_scopes": "xo:use"}
    well = clients(**ours)
    assert (well.state, well.text) == ("ok", f"access tokens of {issuer.url} for {RESOURCE} with xo:use")
    issuer.answers[METADATA] = 404
    sick = clients(**ours)
    assert (sick.state, "answers 404" in sick.text) == ("fail", True)
    assert "--oauth-issuer" in sick.next
    assert "--oauth-resource" in clients(oauth_issuer=issuer.url).text
    assert clients().text == "no authentication, this machine only"
    assert [each for each in look_around(resolve(ours, {})) if each.check == "clients"] == []
