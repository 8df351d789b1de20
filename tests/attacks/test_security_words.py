"""The bounds that SECURITY.md names are those of the code."""

import re
from pathlib import Path

import pytest
from xo_mcp.config.config import Config
from xo_mcp.inventory import statement
from xo_mcp.logs import SHORT
from xo_mcp.rpc import rfb, screens
from xo_mcp.safety import audit, audit_lines, quotas, tokens
from xo_mcp.web import client_quotas, issuer, oauth

TEXT = " ".join((Path(__file__).resolve().parents[2] / "SECURITY.md").read_text(encoding="utf-8").split())
MEBIBYTE = 1024 * 1024
WORDS = {"five": 5, "eight": 8}


@pytest.mark.parametrize(
    ("words", "bounds"),
    [
        (r"for (\w+) minutes", [tokens.LIFETIME // 60]),
        (r"A line has at most (\d) kB", [audit_lines.LONGEST // 1000]),
        (r"get (\d+) lines an hour and client", [audit.NOISE * 3600 // audit.WINDOW]),
        (r"memory \((\d+) MiB for all together\)", [statement.HEAP // MEBIBYTE]),
        (r"and time \((\d+) s\)", [int(statement.SECONDS)]),
        (r"Screens have at most (\d+) million pixels", [rfb.LARGEST // 1_000_000]),
        (r"pictures of them (\d+) MB", [screens.MOST // 1_000_000]),
        (
            r"\((\d+) calls that wait, (\d+) transfers, (\d+) others, (\d+) requests, (\d+) sessions\)",
            [
                quotas.WAITS.each,
                quotas.TRANSFERS.each,
                quotas.OTHERS.each,
                client_quotas.REQUESTS,
                client_quotas.SESSIONS,
            ],
        ),
        (r"give or take (\d+) seconds", [oauth.LEEWAY]),
        (r"at most (\w+) times a minute", [issuer.FETCHES]),
        (r"password of fewer than (\w+) characters", [SHORT]),
    ],
)
def test_a_bound_is_what_it_is_said_to_be(words: str, bounds: list[int]):
    (found,) = re.findall(words, TEXT)
    said = [found] if isinstance(found, str) else list(found)
    assert [WORDS[each] if each in WORDS else int(each) for each in said] == bounds


def test_times_in_words_are_what_they_are_said_to_be():
    assert "fetched again every hour" in TEXT
    assert issuer.FRESH == 3_600
    assert "believed for a day" in TEXT
    assert issuer.LASTING == 86_400


def test_what_is_off_unless_it_is_asked_for():
    """Started without a flag, it does what the document promises."""
    usual = Config()
    assert not usual.enable_actions
    assert not usual.allow_denied
    assert not usual.audit_relaxed
    assert not usual.insecure
    assert usual.confirm == "destructive"
    assert usual.host == "127.0.0.1"
    assert usual.auth_token_file is usual.trusted_proxies is usual.download_dir is usual.upload_dir is None
