"""Settings for OAuth: which are refused, what follows from the others, and what doctor reports of them."""

import pytest
from authorization import ELSEWHERE, METADATA, RESOURCE, Issuer
from xo_mcp.config.config import resolve
from xo_mcp.errors import ConfigError
from xo_mcp.program.check_results import CheckResult
from xo_mcp.program.local_checks import look_around
from xo_mcp.web.http import authentication, guard, security

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"oauth_issuer": ELSEWHERE}, ("--oauth-issuer needs --oauth-resource",)),
        ({"oauth_resource": RESOURCE}, ("--oauth-resource needs --oauth-issuer",)),
        ({"oauth_scopes": "a"}, ("--oauth-scopes needs --oauth-issuer",)),
        (
            {"oauth_issuer": ELSEWHERE, "oauth_resource": RESOURCE, "auth_token_file": "/tokens"},
            ("--oauth-issuer", "--auth-token-file", "exclude each other"),
        ),
        ({"oauth_issuer": "http://as.example.org", "oauth_resource": RESOURCE}, ("--oauth-issuer is an https",)),
        ({"oauth_issuer": f"{ELSEWHERE}?a=b", "oauth_resource": RESOURCE}, ("--oauth-issuer is an https",)),
        ({"oauth_issuer": "https://a:b@as.example.org", "oauth_resource": RESOURCE}, ("without user",)),
        ({"oauth_issuer": "https://as.example.org:x", "oauth_resource": RESOURCE}, ("--oauth-issuer is an https",)),
        ({"oauth_issuer": ELSEWHERE, "oauth_resource": f"{RESOURCE}#x"}, ("--oauth-resource is an https",)),
        ({"oauth_issuer": ELSEWHERE, "oauth_resource": "http://mcp.example.org"}, ("--oauth-resource is an https",)),
        ({"oauth_issuer": ELSEWHERE, "oauth_resource": "mcp"}, ("--oauth-resource is an https",)),
    ],
)
def test_half_or_wrong_settings_are_refused(given: dict[str, str], parts: tuple[str, ...]):
    with pytest.raises(ConfigError) as caught:
        authentication(resolve(given, {}))
    assert all(part in str(caught.value) for part in parts)


def test_with_an_issuer_it_may_listen_anywhere_under_the_name_of_its_url():
    config = resolve({"oauth_issuer": ELSEWHERE, "oauth_resource": RESOURCE, "host": "::"}, {})
    settings = authentication(config)["auth"]
    assert settings.validate_token_resource is True
    assert security(config).allowed_hosts == ["mcp.example.org", "mcp.example.org:*"]
    assert guard(config) == f"access tokens of {ELSEWHERE} for {RESOURCE}"


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
