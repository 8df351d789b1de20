"""The real server in this process, and the SDK's own client in front of it, for tests that are not async themselves."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fake_xo import FakeXo
from mcp import Client
from mcp.client.session import ElicitationFnT
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, TextResourceContents, Tool
from xo_mcp import session
from xo_mcp.api.access import client_settings
from xo_mcp.api.settings import ClientSettings
from xo_mcp.config.config import Config, resolve
from xo_mcp.definitions import Entry, load_entries
from xo_mcp.logs import LOGGER
from xo_mcp.server.serve import build

ENTRIES: Mapping[str, Entry] = {entry.name: entry for entry in load_entries()}
"""Every tool of the installed server, by name."""
EVERYTHING = {
    "XO_MCP_ENABLE_ACTIONS": "1",
    "XO_MCP_ALLOW_DENIED": "1",
    "XO_MCP_TOOLSETS": "all",
    "XO_MCP_CONFIRM": "none",
    "XO_MCP_HIDE_FORBIDDEN": "0",
}
"""The environment that offers every tool, whatever the user's rights, which nobody asks for; and asks nobody."""


PATIENCE = 60
"""Seconds after which a call hangs."""


@dataclass
class Person:
    """Answers questions, and remembers what was asked.

    Attributes:
        action: `accept`, `decline` or `cancel`.
        asked: Every question so far.
    """

    action: str = "accept"
    asked: list[str] = field(default_factory=list)

    async def __call__(self, _: Any, params: ElicitRequestParams) -> ElicitResult:
        """Be asked."""
        self.asked.append(params.message)
        return ElicitResult.model_validate(
            {"action": self.action, "content": {"confirm": True} if self.action == "accept" else None}
        )


class Log(logging.Handler):
    """Keeps what the server logs, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.records.append(record)
        self.lines.append(self.format(record))

    @property
    def faults(self) -> list[str]:
        """What the server itself did wrong."""
        return [line for record, line in zip(self.records, self.lines, strict=True) if record.exc_info]


class Desk(AbstractContextManager["Desk"]):
    """A server and a client of it, in a thread of their own, for the time of a `with` block.

    Args:
        settings: Environment of the server.
        era: How the client opens the connection: `legacy` or `auto`.
        person: Who is asked; None is a client that can't ask.
        client: Changes to the settings of the server's own client, where a test must not wait for the usual timeouts.

    Attributes:
        config: What the server made of the settings.
        log: What it logged.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        era: str = "auto",
        person: ElicitationFnT | None = None,
        client: Mapping[str, Any] | None = None,
    ) -> None:
        self.config: Config = resolve({}, settings)
        self.log = Log()
        self.client = Client(build(self.config), mode=era, elicitation_callback=person)
        self._changes = dict(client or {})
        self._patch = pytest.MonkeyPatch()
        self._portal: BlockingPortal
        self._portal_context: AbstractContextManager[BlockingPortal]
        self._client_context: AbstractContextManager[Client]

    def __enter__(self) -> Self:
        logger = logging.getLogger(LOGGER)
        self._patch.setattr(logger, "handlers", [self.log])
        self._patch.setattr(logger, "level", logging.DEBUG)
        self._patch.setattr(session, "client_settings", self._settings)
        logging.getLogger().manager._clear_cache()
        self._portal_context = start_blocking_portal()
        self._portal = self._portal_context.__enter__()
        self._client_context = self._portal.wrap_async_context_manager(self.client)
        self._client_context.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._client_context.__exit__(None, None, None)
        finally:
            self._portal_context.__exit__(None, None, None)
            self._patch.undo()

    def names(self) -> list[str]:
        """The tools that are listed."""
        return [tool.name for tool in self.tools()]

    def tools(self) -> list[Tool]:
        """The definitions that are listed."""
        return self._portal.call(self.client.list_tools).tools

    def call(self, name: str, arguments: Mapping[str, Any] | None = None, /, **more: Any) -> CallToolResult:
        """Call a tool.

        Raises:
            MCPError: There is no such tool, or no answer in a time that no test needs.
        """
        call = partial(self.client.call_tool, name, {**(arguments or {}), **more}, read_timeout_seconds=PATIENCE)
        result = self._portal.call(call)
        assert isinstance(result, CallToolResult)
        return result

    def within(self, work: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        """Await something where the client lives."""
        return self._portal.call(partial(work, *arguments, **named))

    def read(self, uri: str) -> str:
        """Read a resource."""
        found = self._portal.call(self.client.read_resource, uri)
        return "\n".join(part.text for part in found.contents if isinstance(part, TextResourceContents))

    def look(self) -> None:
        """Wait until the server has looked at XO, as it does once it has started.

        Leaving before that cancels a TLS handshake, which the HTTP library then leaves to the garbage collector.
        """
        until = time.monotonic() + PATIENCE
        while not any(line.startswith("Xen Orchestra") for line in self.log.lines):
            assert time.monotonic() < until, "the server never looked"
            time.sleep(0.01)

    def _settings(self, config: Config) -> ClientSettings:
        return replace(client_settings(config), **self._changes)


def variables(fake: FakeXo, **changes: str) -> dict[str, str]:
    """The environment of a server that offers everything of a fake XO and asks nobody."""
    return {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, **EVERYTHING, **changes}


def folders(where: Path) -> dict[str, str]:
    """The environment that names folders for files, with files to upload in them."""
    upload = where / "upload"
    upload.mkdir(exist_ok=True)
    (upload / "disk.vhd").write_bytes(b"conectix" + bytes(2040))
    (upload / "disk.raw").write_bytes(bytes(4096))
    (upload / "machine.xva").write_bytes(b"ova.xml" + bytes(2041))
    return {"XO_MCP_UPLOAD_DIR": str(upload), "XO_MCP_DOWNLOAD_DIR": str(where / "download")}


def text_of(result: CallToolResult) -> str:
    """The text of an answer."""
    return "\n".join(block.text for block in result.content if block.type == "text")
