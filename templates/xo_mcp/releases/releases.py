"""Fits the tools to the connected XO, by the release the operator names or by asking."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import anyio

from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.errors import ConfigError
from xo_mcp.releases.capabilities import Capabilities

AUTO: Final = "auto"
RELEASE: Final = re.compile(r"\d+\.\d+(\.\d+)?")
Lacking = Callable[[Entry], str | None]


def fit(
    entries: Iterable[Entry], config: Config, patience: float | None = None
) -> tuple[tuple[Entry, ...], Lacking | None]:
    """Fit the tools to the XO, as far as the operator wants that.

    Args:
        entries: Every tool of this package.
        config: The operator's decisions.
        patience: Seconds that XO may take to say what it has.

    Returns:
        The tools, without arguments and values the XO does not know; and what says why one can't be served at all.

    Raises:
        ConfigError: The configured release is not a release.
    """
    every = tuple(entries)
    return fit_to(every, capabilities(config, every, patience))


def fit_to(entries: tuple[Entry, ...], found: Capabilities | None) -> tuple[tuple[Entry, ...], Lacking | None]:
    """Fit the tools to what is known of the XO; see `fit`."""
    return (entries, None) if found is None else (tuple(map(found.fitted, entries)), found.lacks)


def capabilities(config: Config, entries: Sequence[Entry], patience: float | None = None) -> Capabilities | None:
    """Find out what is known about the XO, or nothing when the operator does not want that.

    Raises:
        ConfigError: The configured release is not a release.
    """
    release = config.xo_release
    if release is None:
        return None
    if release == AUTO:
        from xo_mcp.releases import probing  # brings an HTTP client, which a fixed release does not need

        return anyio.run(probing.probe, config, entries, patience or probing.PATIENCE)
    if not RELEASE.fullmatch(release):
        where = config.sources.get("xo_release", "--xo-release")
        raise ConfigError(f"{where} is a release of Xen Orchestra such as 6.4, or auto; {release!r} is neither")
    return Capabilities(release)
