"""Which XO to talk to and as whom, taken from the configuration and checked before the server starts."""

import os

from xo_mcp.api.auth import Credentials
from xo_mcp.api.settings import ClientSettings, base_url
from xo_mcp.config.config import Config
from xo_mcp.config.placeholders import require_filled
from xo_mcp.errors import ConfigError
from xo_mcp.privacy.redaction import Secrets

PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})


def check_access(config: Config) -> None:
    """See that a client could be made, without making one where nothing more can be wrong: that takes a while.

    Raises:
        ConfigError: It could not; the message says what to change.
    """
    if config.require_own_identity:
        _require_url(config)  # each client brings its own token
        return
    settings = client_settings(config)
    Credentials(settings, Secrets())
    if settings.ca_file or any(name.upper() in PROXIES for name in os.environ):
        from xo_mcp.api.client import Client  # takes 50 ms, and there is nothing else to check with it

        Client(settings)


def client_settings(config: Config) -> ClientSettings:
    """The client's part of the configuration.

    As with XO's own server, a token wins over a user and password: XO refuses both together.

    Raises:
        ConfigError: The server does not know which XO to talk to, or as whom; the message says what to set.
    """
    url = _require_url(config)
    for value, where in ((url, "XO_URL"), (config.username, "XO_USERNAME"), (config.password, "XO_PASSWORD")):
        require_filled(value or "", where)
    by_token = config.token is not None or config.token_file is not None
    return ClientSettings(
        url=url,
        token=config.token,
        token_file=config.token_file,
        username=None if by_token else config.username,
        password=None if by_token else config.password,
        insecure=config.insecure,
        ca_file=config.ca_file,
    )


def _require_url(config: Config) -> str:
    if not config.url:
        raise ConfigError(
            "no Xen Orchestra to talk to: set XO_URL (for example https://xo.example.org) or --url,"
            " and XO_TOKEN to an authentication token"
        )
    base_url(config.url)
    return config.url
