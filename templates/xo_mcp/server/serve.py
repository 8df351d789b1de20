"""Puts the server together and runs it."""

import gc
import os
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from xo_mcp.api.access import check_access
from xo_mcp.config.config import Config, secret_files
from xo_mcp.config.instances import load_instances
from xo_mcp.definitions import Entry, load_entries
from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.safety.policy import offer
from xo_mcp.server import stdio
from xo_mcp.server.assembly import Instance
from xo_mcp.server.server import XoServer
from xo_mcp.telemetry import tracing

if TYPE_CHECKING:
    from xo_mcp.releases.capabilities import Capabilities

PATIENCE = 1.0
"""Seconds that a start waits for XO; a later answer corrects the list of tools."""
log = get_logger("serve")


def serve(config: Config) -> None:
    """Run the server until the client disconnects or a signal ends the process.

    Raises:
        ConfigError: It can't be run like this; the message says what to change.
    """
    instances = load_instances(config).values()
    for own in instances:
        check_access(own)
    _warn_of_exposed_files((config, *instances))
    _watch(config)
    server = build(config)
    # What lives as long as the server is not looked through again.
    gc.freeze()
    if config.transport == "http":
        from xo_mcp.web.http import run  # a server on stdio never loads it

        serving = partial(run, tokens=server.token_verifier, unready=server.unready, store=server.store)
        anyio.run(serving, server, config, server.closed)
    else:
        anyio.run(stdio.run, server)


def _warn_of_exposed_files(configs: Iterable[Config]) -> None:
    exposed = {file: mode for config in configs for _, file, mode in secret_files(config) if mode}
    for file, mode in exposed.items():
        log.warning("%s can be read by other users of this machine (mode %o): chmod 600 %s", file, mode, file)


def _watch(config: Config) -> None:
    """Begin to trace and to log what is slow, where the operator wants that; /metrics begins with HTTP."""
    if tracing.wanted(os.environ):
        tracing.start()
    if config.slow_ms:
        from xo_mcp.telemetry import slow  # only where it is wanted, as all of that package

        slow.start(config.slow_ms)


def build(config: Config) -> XoServer:
    """Make the server of a configuration.

    Raises:
        ConfigError: It names tools or toolsets that do not exist, or a key that can't be used.
    """
    every = load_entries()
    instances = [_instance(name, own, every) for name, own in load_instances(config).items()]
    return XoServer(every, instances, config, **_guard(config))


def _instance(name: str, config: Config, every: tuple[Entry, ...]) -> Instance:
    """One XO, with what is known of it and offered there."""
    known = _known(config, every)
    entries, lacking = (every, None) if known is None else (tuple(map(known.fitted, every)), known.lacks)
    offered = offer(entries, config, lacking)
    for warning in offered.warnings:
        log.warning(warning)
    log.info("%d of %d tools are offered%s", len(offered.entries), len(entries), f" at {name}" if name else "")
    return Instance(name, config, offered, known)


def _known(config: Config, entries: tuple[Entry, ...]) -> "Capabilities | None":
    """What is known of the XO, as far as the operator wants that and XO reports it at once."""
    if config.xo_release is None:
        return None
    from xo_mcp.releases import releases  # only an operator who names a release needs it

    if config.xo_release == releases.AUTO and config.token_file is None and config.require_own_identity:
        return None  # the session of the first client will show it
    return releases.capabilities(config, entries, PATIENCE)


def _guard(config: Config) -> dict[str, Any]:
    if config.transport != "http":
        if config.require_own_identity:
            raise ConfigError("--require-own-identity goes with --transport http: over stdio there is one client")
        return {}
    from xo_mcp.web.http import authentication  # a server on stdio never loads it

    return authentication(config)
