"""Which tools the XO at hand can't serve, because it is older than the release this package was made from."""

import re
from collections.abc import Callable
from typing import Final

import anyio

from xo_mcp.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import REDACTOR, get_logger

AUTO: Final = "auto"
PATIENCE: Final = 15
"""Seconds the XO may take to tell its operations; the server starts all the same."""
RELEASE: Final = re.compile(r"\d+\.\d+(\.\d+)?")
METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
log = get_logger("releases")
Lacking = Callable[[Entry], str | None]


def lacking(config: Config) -> Lacking | None:
    """Make the function that says why a tool can't be served, or nothing when that is not known.

    Raises:
        ConfigError: The configured release is none.
    """
    release = config.xo_release
    if release is None:
        return None
    if release == AUTO:
        operations = anyio.run(_ask, config)
        return None if operations is None else lambda entry: _not_among(entry, operations)
    if not RELEASE.fullmatch(release):
        where = config.sources.get("xo_release", "--xo-release")
        raise ConfigError(f"{where} is a release of Xen Orchestra such as 6.4, or auto; {release!r} is neither")
    return lambda entry: newer(entry.facts.since, release)


def newer(since: str | None, release: str) -> str | None:
    """Say that something came after a release; `6.1` stands for every 6.1.x."""
    if since is None:
        return None
    wanted = _numbers(release)
    if _numbers(since)[: len(wanted)] <= wanted:
        return None
    return f"XO {release} lacks it; it came with XO {since}"


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


def _not_among(entry: Entry, operations: frozenset[str]) -> str | None:
    # Not every plugin's routes stand in XO's document, so their absence tells nothing.
    if entry.facts.operation is None or entry.facts.plugin or _shape(entry.facts.operation) in operations:
        return None
    since = f"; it came with XO {entry.facts.since}" if entry.facts.since else ""
    return f"this XO lacks it{since}"


def _shape(operation: str) -> str:
    """An operation whatever its parameters are called."""
    return re.sub(r"\{[^}]*\}", "{}", operation)


async def _ask(config: Config) -> frozenset[str] | None:
    """Read the XO's own list of operations: releases share version numbers of the API, operations they don't."""
    from xo_mcp.access import client_settings
    from xo_mcp.client import Client

    try:
        with anyio.fail_after(PATIENCE):
            async with Client(client_settings(config)) as client:
                reply = await client.request("GET", "/docs/swagger.json")
    except (CallError, TimeoutError) as error:
        reason = REDACTOR.redact(str(error)) or f"no answer within {PATIENCE} seconds"
        log.warning("XO did not tell its operations, so none is hidden: %s", reason)
        return None
    paths = reply.data.get("paths") if isinstance(reply.data, dict) else None
    if not isinstance(paths, dict) or not paths:
        log.warning("XO's list of operations can't be read, so none is hidden")
        return None
    return frozenset(
        _shape(f"{method.upper()} {path}")
        for path, methods in paths.items()
        if isinstance(methods, dict)
        for method in methods
        if method in METHODS
    )
