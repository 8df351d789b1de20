"""What all calls share while the server runs: the connection to XO and what it learned."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property

import anyio

from xo_mcp.client import Client
from xo_mcp.config import Config
from xo_mcp.definitions import load_records
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.events import EventHub
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.settings import ClientSettings
from xo_mcp.tasks import TaskAccess

log = get_logger("app")


class App:
    """The connection to one XO, and what is kept between calls.

    Args:
        config: The operator's decisions.
        client: Already open.
        hub: The event streams clients opened.
    """

    def __init__(self, config: Config, client: Client, hub: EventHub) -> None:
        self.config = config
        self.client = client
        self.hub = hub
        self.task_access = TaskAccess()

    @cached_property
    def records(self) -> Mapping[str, Mapping[str, str]]:
        """Record name to field name to JSON type; read when the first list is asked for."""
        return load_records()

    def fields_of(self, record: str) -> Mapping[str, str]:
        """The known fields of a record, empty when they are not known."""
        return self.records.get(record, {})


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[App]:
    """Connect to XO for as long as the server runs.

    The server starts even when XO does not answer: clients start servers long before anybody asks something, and the
    first call says what is wrong.
    """
    async with (
        Client(client_settings(config)) as client,
        EventHub(client) as hub,
        anyio.create_task_group() as background,
    ):
        background.start_soon(_look, client)
        try:
            yield App(config, client, hub)
        finally:
            background.cancel_scope.cancel()


def client_settings(config: Config) -> ClientSettings:
    """The client's part of the configuration.

    As with XO's own server, a token wins over a user and password: XO refuses both together.

    Raises:
        ConfigError: The server does not know which XO to talk to, or as whom; the message says what to set.
    """
    if not config.url:
        raise ConfigError(
            "no Xen Orchestra to talk to: set XO_URL (for example https://xo.example.org) or --url,"
            " and XO_TOKEN to an authentication token"
        )
    by_token = config.token is not None or config.token_file is not None
    return ClientSettings(
        url=config.url,
        token=config.token,
        token_file=config.token_file,
        username=None if by_token else config.username,
        password=None if by_token else config.password,
        insecure=config.insecure,
        ca_file=config.ca_file,
    )


async def _look(client: Client) -> None:
    """Tell the log early what the first call would find out."""
    try:
        status = await client.probe_mcp_status()
    except CallError as error:
        log.warning("Xen Orchestra can't be used yet: %s", REDACTOR.redact(str(error)))
    else:
        log.info("Xen Orchestra: %s", status)
