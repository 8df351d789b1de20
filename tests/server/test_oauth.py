"""OAuth over HTTP: which access tokens are accepted, which are refused, and what clients learn from a refusal."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import jwt
import pytest
from authorization import ELSEWHERE, KEYS, RESOURCE, Issuer, Key, authorization_server, encoded
from fake_xo.server import FakeXo
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.types import CallToolResult
from serving import ERAS, Served, http_server, over_http, text_of, variables
from starlette.requests import HTTPConnection
from xo_mcp.config.config import resolve
from xo_mcp.web.http import authentication
from xo_mcp.web.oauth import LEEWAY, AccessTokens, scopes_of

pytestmark = pytest.mark.anyio


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
    "an end that is not a time": {"exp": "tomorrow"},
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
    reported = answer.headers["WWW-Authenticate"]
    assert reported.startswith('Bearer error="invalid_token"')
    assert f'resource_metadata="https://mcp.example.org{ABOUT}"' in reported
    if token is not None:
        with anyio.fail_after(20):
            while "A client's token was refused" not in (log := "".join(served.lines[before:])):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        shown = log + answer.text + reported
        assert "Traceback" not in shown
        assert [part for part in token.split(".") if len(part) > 20 and part in shown] == []


async def test_the_sdk_compares_the_audience_once_more(issuer: Issuer):
    other = "https://other.example.org/mcp"
    ours = authentication(resolve({"oauth_issuer": ELSEWHERE, "oauth_resource": RESOURCE}, {}))["auth"]
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
        # It is no longer among the issuer's keys, so what it signed is worth nothing any more.
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
