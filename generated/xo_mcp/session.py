"""The connection to one XO while the server runs: the client, the event streams, and what was learned."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

import anyio.to_thread

from xo_mcp.actions.tasks import TaskAccess
from xo_mcp.api.access import client_settings
from xo_mcp.api.client import Client
from xo_mcp.api.privileges import user_name
from xo_mcp.config.config import Config
from xo_mcp.definitions import load_record_details, load_records
from xo_mcp.events.hub import EventHub
from xo_mcp.reads.record_table import RecordTable


class Session:
    """What calls work with.

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
        self._user: tuple[str, str] | None = None

    @cached_property
    def records(self) -> Mapping[str, Mapping[str, str]]:
        """Record name to field name to JSON type; read when the first list is asked for."""
        return load_records()

    @cached_property
    def record_details(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Record name to what is known of its properties; read with the first list."""
        return load_record_details()

    async def user(self) -> str | None:
        """The name of the user of XO who is signed in, or nothing when XO does not say.

        Asked for again when the credentials have changed.
        """
        signed_in = await self.client.signed_in()
        if self._user is None or self._user[0] != signed_in:
            name = await user_name(self.client)
            if name is None:
                return None
            self._user = signed_in, name
        return self._user[1]

    def fields_of(self, record: str) -> RecordTable:
        """The fields of a record, empty when they are not known or XO may send more (`*` in its table)."""
        return RecordTable(self.records.get(record, {}), self.record_details.get(record, {}))


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Session]:
    """Hold a session open.

    Raises:
        ConfigError: It can't be, as configured.
    """
    # It reads files: the token, certificates.
    made = await anyio.to_thread.run_sync(Client, client_settings(config))
    async with made as client, EventHub(client) as hub:
        yield Session(config, client, hub)
