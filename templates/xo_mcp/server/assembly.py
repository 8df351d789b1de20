"""The parts a server is assembled from: its XOs, instructions, audit log and store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import anyio.to_thread
from mcp.server.request_state import RequestStateSecurity

from xo_mcp.config.config import Config
from xo_mcp.errors import ConfigError
from xo_mcp.logs import get_logger
from xo_mcp.safety.policy import Offer
from xo_mcp.safety.tokens import LIFETIME
from xo_mcp.server.guides import instructions
from xo_mcp.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from xo_mcp.cluster.store import Store
    from xo_mcp.config.identity import Identity
    from xo_mcp.releases.capabilities import Capabilities
    from xo_mcp.safety.audit import AuditLog

NAME: Final = "xen-orchestra"
TITLE: Final = "Xen Orchestra"
WEBSITE: Final = "https://xen-orchestra.com"
LONGEST_NAME: Final = 64
"""Characters of a name that the operator gives it."""
log = get_logger("server")


@dataclass(frozen=True)
class Instance:
    """One XO.

    Attributes:
        name: What it is called, where there are several.
        config: The operator's decisions for it.
        offer: What is offered there.
        known: What is known of it.
    """

    name: str
    config: Config
    offer: Offer
    known: "Capabilities | None" = None


def instructions_of(instances: Sequence[Instance], config: Config) -> str:
    """The instructions that a model reads about this server."""
    if len(instances) == 1:
        return instructions(instances[0].offer, instances[0].config)
    from xo_mcp.server.merging import merged  # one XO needs none of it

    names = {each.name: each.offer for each in instances}
    return instructions(merged(names), config, tuple(names))


def identities_of(verifier: Any) -> "Iterator[Identity]":
    """The clients that are users of XO by themselves, as far as files say so now."""
    source = getattr(verifier, "subjects", None) or verifier
    yield from (line.identity for line in getattr(source, "lines", ()) if line.identity is not None)


def sweep(folder: "Path") -> None:
    """Remove what an earlier process left in the download folder when it was killed."""
    from xo_mcp.transfer.partfile import sweep_parts  # runs in a thread beside the start

    swept = sweep_parts(folder)
    if swept:
        log.warning("%d unfinished exports of an earlier run were removed from %s", swept, folder)


async def end_killed(audit: "AuditLog") -> None:
    """Say of calls whose server was killed that nobody knows what became of them."""
    await anyio.to_thread.run_sync(audit.end_killed, abandon_on_cancel=True)


def sealing(key: bytes | None) -> RequestStateSecurity:
    """How what a client carries between two rounds of a call is sealed."""
    if key is None:
        return RequestStateSecurity.ephemeral(ttl=LIFETIME)
    return RequestStateSecurity(keys=[key], ttl=LIFETIME)


def shared_state(config: Config, key: bytes | None) -> "Store | None":
    """Where workers keep what they share.

    Raises:
        ConfigError: It can't be used like this.
    """
    if config.shared_state is None:
        return None
    from xo_mcp.cluster.connection import SETTING, check_url  # only a cluster needs it
    from xo_mcp.cluster.store import Store

    source = config.sources.get("shared_state", SETTING)
    check_url(config.shared_state, source)
    if key is None:
        raise ConfigError(f"{source} needs --confirm-key-file: the same secret for every worker")
    return Store(config.shared_state, key)


def audit_log(config: Config) -> "AuditLog | None":
    """Open the log at the start, so that a wrong one is found out then."""
    if config.audit_log is None:
        return None
    from xo_mcp.safety import audit  # only a log that is wanted needs it

    return audit.AuditLog(
        config.audit_log,
        relaxed=config.audit_relaxed,
        max_size=config.audit_max_size,
        keep_days=config.audit_keep_days,
    )


def name_of(config: Config) -> str:
    """What programs call this server."""
    return one_line(config.server_name, LONGEST_NAME) if config.server_name else NAME


def title_of(config: Config) -> str:
    """What people call it."""
    return name_of(config) if config.server_name else TITLE
