"""Which XO to talk to and as whom, taken from the configuration and checked before the server starts."""

import os
from dataclasses import fields

from xo_mcp.api.auth import Credentials
from xo_mcp.api.settings import ClientSettings, SettingNames, base_url
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
    names = setting_names(config)
    for value, where in ((url, names.url), (config.username, names.username), (config.password, names.password)):
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
        names=names,
    )


def setting_names(config: Config) -> SettingNames:
    """What the operator calls the settings of the client: as they gave them, else as they may."""
    given = {each.name: source for each in fields(SettingNames) if (source := config.sources.get(each.name))}
    return SettingNames(**given)


def _require_url(config: Config) -> str:
    if not config.url:
        raise ConfigError(
            "no Xen Orchestra to talk to: set XO_URL (for example https://xo.example.org) or --url,"
            " and XO_TOKEN_FILE to a file with a token (or XO_TOKEN to the token itself)"
        )
    base_url(config.url, setting_names(config).url)
    return config.url
