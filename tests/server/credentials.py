"""Credentials that a client is tried with, and its settings."""

from typing import Any

from xo_mcp.api.settings import ClientSettings

TOKEN = "kJ8x-Zq2_planted.token~value=0123456789"
PASSWORD = 'p"ä ss/wörd+&'


def settings(url: str = "http://127.0.0.1:1", **changes: Any) -> ClientSettings:
    """Settings with the token, unless others say who we are."""
    given = {"token": TOKEN} if not changes.keys() & {"token", "token_file", "username", "password"} else {}
    return ClientSettings(url=url, **given, **changes)
