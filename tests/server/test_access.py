"""Which XO, and as whom: what is checked before the server starts."""

from pathlib import Path
from typing import Any

import pytest
from xo_mcp.api.access import PROXIES, check_access, client_settings
from xo_mcp.config.config import Config
from xo_mcp.errors import ConfigError

URL = "https://xo.example.org"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_without_an_address_the_message_says_what_to_set():
    with pytest.raises(
        ConfigError, match=r"set XO_URL \(for example https://xo\.example\.org\) or --url, and XO_TOKEN"
    ):
        client_settings(Config(token="t"))


def test_everything_about_the_connection_is_handed_on(tmp_path: Path):
    settings = client_settings(Config(url=URL, username="u", password="p", ca_file=tmp_path / "ca.pem"))
    assert str(settings.base) == f"{URL}/rest/v0"
    assert (settings.username, settings.password, settings.token, settings.token_file) == ("u", "p", None, None)
    assert (settings.insecure, settings.ca_file) == (False, tmp_path / "ca.pem")
    assert client_settings(Config(url=URL, token="t", insecure=True)).insecure


@pytest.mark.parametrize("given", [{"token": "t"}, {"token_file": Path("token")}])
def test_a_token_wins_over_a_password_because_xo_refuses_both(given: dict[str, Any]):
    settings = client_settings(Config(url=URL, username="u", password="p", **given))
    assert (settings.username, settings.password) == (None, None)
    assert {"token": settings.token, "token_file": settings.token_file} == {"token": None, "token_file": None, **given}


def test_a_token_file_that_can_not_be_read_stops_the_start(tmp_path: Path):
    with pytest.raises(ConfigError, match="nothing-here"):
        check_access(Config(url=URL, token_file=tmp_path / "nothing-here"))


def test_a_certificate_file_that_is_none_stops_the_start(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        check_access(Config(url=URL, token="t", ca_file=tmp_path / "ca.pem"))


@pytest.mark.parametrize("name", [*sorted(PROXIES), *sorted(name.lower() for name in PROXIES)])
def test_a_proxy_that_is_no_url_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str):
    config = Config(url=URL, token="t")
    check_access(config)
    monkeypatch.setenv(name, "gopher://proxy.example.org")
    with pytest.raises(ConfigError, match=r"(?i)proxy"):
        check_access(config)
