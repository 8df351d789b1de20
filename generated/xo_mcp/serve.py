"""Puts the server together and runs it."""

from typing import TYPE_CHECKING, Any

import anyio

from xo_mcp import stdio
from xo_mcp.access import check_access
from xo_mcp.config import Config
from xo_mcp.definitions import load_entries
from xo_mcp.logs import get_logger
from xo_mcp.policy import offer
from xo_mcp.server import XoServer

if TYPE_CHECKING:
    from xo_mcp.releases import Lacking

log = get_logger("serve")


def serve(config: Config) -> None:
    """Run the server until the client leaves or the process is told to stop.

    Raises:
        ConfigError: It can't be run like this; the message says what to change.
    """
    check_access(config)
    server = build(config)
    if config.transport == "http":
        from xo_mcp.http import run

        anyio.run(run, server, config)
    else:
        anyio.run(stdio.run, server)


def build(config: Config) -> XoServer:
    """Make the server of a configuration.

    Raises:
        ConfigError: It names tools or toolsets that do not exist, or a key that is none.
    """
    entries = load_entries()
    offered = offer(entries, config, lacking_of(config))
    for warning in offered.warnings:
        log.warning(warning)
    log.info("%d of %d tools are offered", len(offered.entries), len(entries))
    return XoServer(entries, offered, config, **_guard(config))


def lacking_of(config: Config) -> "Lacking | None":
    """Why the XO can't serve a tool, as far as the operator wants that to be known."""
    if config.xo_release is None:
        return None
    from xo_mcp import releases

    return releases.lacking(config)


def _guard(config: Config) -> dict[str, Any]:
    if config.transport != "http":
        return {}
    from xo_mcp.http import authentication

    return authentication(config)
