"""What is offered: decided before the server starts, never changed by a call."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.errors import ConfigError
from xo_mcp.nearest import suggestion

TOKEN_ARGUMENT = "confirm_token"  # noqa: S105 - a name
"""Accepted by every tool that asks, besides its own arguments."""
MANY: Final = "run_on_many"
"""Kind of the tool that calls others, whatever these do."""
DEFAULT = "default"
ALL = "all"
UNCHOSEN = "it is in none of the chosen toolsets"
"""How the reason begins why a tool is hidden that nothing forbids; what would add it follows."""
LISTING = "`xen-orchestra-mcp tools --toolsets all --enable-actions`"
SERIOUS: Final = frozenset({"destructive", "grants_access"})
"""What a person is asked about by default: data or a service is lost, or somebody may do more."""
CONFIRMABLE: dict[str, frozenset[str]] = {
    "none": frozenset(),
    "destructive": SERIOUS,
    "all": frozenset({"write", *SERIOUS}),
}


@dataclass(frozen=True)
class Offer:
    """The surface a configuration gives.

    Attributes:
        entries: The tools that are offered, in their order.
        hidden: Name of every other tool to the reason it is absent.
        warnings: What the operator asked for and won't get, in whole sentences.
    """

    entries: tuple[Entry, ...]
    hidden: dict[str, str]
    warnings: tuple[str, ...] = ()


def offer(
    entries: Sequence[Entry],
    config: Config,
    lacking: Callable[[Entry], str | None] | None = None,
    within: Offer | None = None,
) -> Offer:
    """Choose the tools a configuration offers.

    Args:
        entries: Every tool of this package.
        config: The operator's decisions.
        lacking: Says why the XO it talks to can't serve a tool, when that is known.
        within: What is offered at most, whatever the configuration says: that of the server, for one of its clients.

    Raises:
        ConfigError: A toolset or tool that does not exist was named; the message lists the nearest.
    """
    names = chosen_toolsets(entries, config)
    chosen = _chosen(entries, names, config)
    excluded = _tools_called(entries, config.exclude_tools, "exclude_tools", config)
    excluded |= _tools_called(entries, config.deny_list, "deny_list", config)
    offered: list[Entry] = []
    hidden: dict[str, str] = {}
    for entry in entries:
        reason = "it is excluded" if entry.name in excluded else forbidden(entry, config)
        reason = reason or (within.hidden.get(entry.name) if within else None)
        reason = reason or (lacking(entry) if lacking else None)
        reason = reason or (None if entry.name in chosen else _not_chosen(entry, names))
        if reason is None:
            offered.append(entry)
        else:
            hidden[entry.name] = reason
    return Offer(tuple(offered), hidden, tuple(_unmet(entries, config, hidden)))


def forbidden(entry: Entry, config: Config) -> str | None:
    """Say which switch keeps a tool back, or nothing."""
    effect = entry.facts.effect
    if effect != "read" and not config.enable_actions:
        return "the server was started without --enable-actions"
    if effect in SERIOUS and config.disable_destructive:
        return "the server was started with --disable-destructive"
    if entry.facts.denied and not config.allow_denied:
        return "Xen Orchestra keeps it from AI as dangerous, and the server was started without --allow-denied"
    if entry.facts.is_call and config.no_jsonrpc:
        return "the server was started with --no-jsonrpc"
    return None


def asks(entry: Entry, config: Config) -> bool:
    """Whether a person must agree before this tool does its work."""
    return entry.facts.effect in CONFIRMABLE[config.confirm]


def may_ask(entry: Entry, config: Config) -> bool:
    """Whether a person may have to agree, depending on what the call would do."""
    sometimes = entry.facts.asks_when or entry.facts.kind == MANY
    return asks(entry, config) or (sometimes and config.confirm != "none")


def toolsets(entries: Iterable[Entry]) -> dict[str, int]:
    """Every toolset with the number of its tools."""
    counts: dict[str, int] = {}
    for entry in entries:
        names = [*entry.facts.tags, *([DEFAULT] if entry.facts.default else []), ALL]
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def chosen_toolsets(entries: Sequence[Entry], config: Config) -> tuple[str, ...]:
    """The toolsets that are offered, named by the operator or not."""
    if config.toolsets is not None:
        return config.toolsets
    return () if config.tools else (_usual(entries, config),)


def _not_chosen(entry: Entry, names: Sequence[str]) -> str:
    return f"{UNCHOSEN}: --toolsets {','.join([*names, *entry.facts.tags[:1]])} adds it"


def _chosen(entries: Sequence[Entry], names: Sequence[str], config: Config) -> set[str]:
    known = toolsets(entries)
    chosen = _tools_called(entries, config.tools, "tools", config)
    for name in names:
        if name not in known:
            where = config.sources.get("toolsets", "--toolsets")
            hint = suggestion(name, known) or f"; there are {', '.join(known)}"
            raise ConfigError(f"{where}: there is no toolset {name!r}{hint}")
        chosen |= {entry.name for entry in entries if _belongs(entry, name)}
    return chosen


def _usual(entries: Sequence[Entry], config: Config) -> str:
    # Searching makes the number of tools harmless, so nothing need be left out there.
    curated = config.surface == "full" and any(entry.facts.default for entry in entries)
    return DEFAULT if curated else ALL


def _belongs(entry: Entry, toolset: str) -> bool:
    return toolset == ALL or toolset in entry.facts.tags or (toolset == DEFAULT and entry.facts.default)


def _tools_called(entries: Sequence[Entry], names: tuple[str, ...] | None, setting: str, config: Config) -> set[str]:
    known: dict[str, set[str]] = {}
    for entry in entries:
        for key in (entry.name, entry.facts.operation_id, *entry.facts.aliases):
            if key:
                known.setdefault(key.casefold(), set()).add(entry.name)
    spellings = {key for entry in entries for key in (entry.name, entry.facts.operation_id) if key}
    found: set[str] = set()
    for name in names or ():
        if name.casefold() not in known:
            where = config.sources.get(setting, setting)
            hint = suggestion(name, spellings) or f"; {LISTING} lists them"
            raise ConfigError(f"{where}: there is no tool or operationId {name!r}{hint}")
        found |= known[name.casefold()]
    return found


def _unmet(entries: Sequence[Entry], config: Config, hidden: dict[str, str]) -> list[str]:
    wanted = _tools_called(entries, config.tools, "tools", config)
    sentences = [f"{name} is not offered: {hidden[name]}." for name in sorted(wanted & hidden.keys())]
    if config.allow_denied and not config.enable_actions:
        sentences.append("--allow-denied does nothing without --enable-actions.")
    if config.disable_destructive and not config.enable_actions:
        sentences.append("--disable-destructive does nothing without --enable-actions.")
    return sentences
