"""What an operator can inspect before a start: the tools that would be offered, and the configuration."""

from typing import TYPE_CHECKING, Final

import anyio

from xo_mcp.api.access import client_settings
from xo_mcp.config.config import Config, Value, effective
from xo_mcp.config.instances import load_instances
from xo_mcp.config.options import OPTIONS
from xo_mcp.definitions import Entry, load_entries
from xo_mcp.errors import CallError, ConfigError
from xo_mcp.logs import REDACTOR
from xo_mcp.releases.releases import fit
from xo_mcp.safety.policy import Offer, asks, offer, toolsets
from xo_mcp.server.surface import BYTES_PER_TOKEN, cost, definitions

if TYPE_CHECKING:
    from xo_mcp.api.privileges import Rights

PATIENCE: Final = 5
"""Seconds XO may take to say what its user may do."""


def surface_report(config: Config) -> str:
    """The tools a configuration offers: name, effect, bytes; then totals and the toolsets there are.

    Raises:
        ConfigError: The configuration names something that does not exist.
    """
    parts = [(f"== {name} ==\n\n" if name else "") + _surface(own) for name, own in load_instances(config).items()]
    return "\n".join(parts)


def _surface(config: Config) -> str:
    entries, lacking = fit(load_entries(), config)
    rights, asked = _rights(config)

    def keeps(entry: Entry) -> str | None:
        return (lacking(entry) if lacking else None) or (rights.lacks(entry) if rights else None)

    offered = offer(entries, config, keeps)
    shown = definitions(offered, config)
    sizes = {definition["name"]: cost(definition) for definition in shown}
    by_name = {entry.name: entry for entry in offered.entries}
    width = max((len(name) for name in sizes), default=0)
    lines = [f"{'tool':{width}}  {'effect':20}{'bytes':>7}", ""]
    lines += [f"{name:{width}}  {_effect(by_name.get(name), config):20}{size:>7,}" for name, size in sizes.items()]
    total = sum(sizes.values())
    lines += ["", f"{len(sizes)} tools, {total:,} bytes, about {total // BYTES_PER_TOKEN:,} tokens to read"]
    lines += _hidden(entries, offered)
    lines += [asked] if asked else []
    sets = ", ".join(f"{name} ({count})" for name, count in toolsets(entries).items())
    lines += ["", f"Toolsets, with all their tools: {sets}"]
    warnings = [f"warning: {warning}" for warning in (*config.warnings, *offered.warnings)]
    lines += ["", *warnings] if warnings else []
    return "\n".join(lines) + "\n"


def _rights(config: Config) -> "tuple[Rights | None, str]":
    """What the XO user may do, as far as XO says; and a note about that."""
    if not config.hide_forbidden or not config.url or config.require_own_identity:
        return None, ""
    from xo_mcp.api.client import Client  # without an address there is nobody to ask
    from xo_mcp.api.privileges import read_rights

    async def ask() -> "Rights | None":
        with anyio.fail_after(PATIENCE):
            async with Client(client_settings(config)) as client:
                return await read_rights(client)

    try:
        rights = anyio.run(ask)
    except (CallError, ConfigError, TimeoutError) as error:
        reason = REDACTOR.redact(str(error)) or f"no answer within {PATIENCE} seconds"
        return None, f"what the XO user may not do is not left out here, for XO was not asked: {reason}"
    if rights is None:
        return None, "what the XO user may not do is not left out: this XO does not report privileges"
    return rights, f"for the XO user {rights.user}{', an administrator' if rights.is_admin else ''}"


def config_report(config: Config) -> str:
    """Every setting with its value and where it came from; no secret is shown."""
    shown = effective(config)
    width = max(len(option.env) for option in OPTIONS)
    lines = [
        f"{option.env:{width}}  {_text(shown[option.name])}  ({config.sources.get(option.name, 'default')})"
        for option in OPTIONS
    ]
    return "\n".join([*lines, *(f"warning: {warning}" for warning in config.warnings)]) + "\n"


def _effect(entry: Entry | None, config: Config) -> str:
    if entry is None:
        return "search"
    return entry.facts.effect + (", asks" if asks(entry, config) else "")


def _hidden(entries: tuple[Entry, ...], offered: Offer) -> list[str]:
    reasons: dict[str, int] = {}
    for entry in entries:
        if entry.name in offered.hidden:
            reasons[offered.hidden[entry.name]] = reasons.get(offered.hidden[entry.name], 0) + 1
    return [f"absent ({count}): {reason}" for reason, count in sorted(reasons.items())]


def _text(value: Value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(value) if isinstance(value, tuple) else str(value)
