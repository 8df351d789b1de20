"""The tools of several XOs as one list: each takes `instance`, which names those that offer it."""

from collections.abc import Mapping
from typing import Any, Final

from xo_mcp.config.instances import EVERYWHERE, INSTANCE
from xo_mcp.definitions import Entry
from xo_mcp.safety.policy import Offer

EVERYWHERE_MEANS: Final = f"{EVERYWHERE}: one statement over all; tables then have a column {INSTANCE}"
QUERY: Final = "query_inventory"
"""The tool that can; it also answers what a list can't."""


def merged(offers: Mapping[str, Offer]) -> Offer:
    """What several XOs offer together.

    Args:
        offers: By name of the XO.

    Returns:
        Every tool that one of them offers, in their order; the definition is that of the XO whose release takes most.
    """
    found: dict[str, dict[str, Entry]] = {}
    for name, offer in offers.items():
        for entry in offer.entries:
            found.setdefault(entry.name, {})[name] = entry
    entries = tuple(_injected(by_instance) for by_instance in found.values())
    hidden: dict[str, dict[str, str]] = {}
    for name, offer in offers.items():
        for tool, reason in offer.hidden.items():
            if tool not in found:
                hidden.setdefault(tool, {})[name] = reason
    return Offer(entries, {tool: _why(reasons) for tool, reasons in hidden.items()})


def _injected(by_instance: Mapping[str, Entry]) -> Entry:
    """A tool with the argument that names the XO."""
    fullest = max(by_instance.values(), key=lambda entry: len(entry.schema.get("properties", {})))
    schema = fullest.schema
    names = [*by_instance, *([EVERYWHERE] if fullest.name == QUERY and len(by_instance) > 1 else [])]
    named: dict[str, Any] = {"type": "string", "enum": names}
    if EVERYWHERE in names:
        named["description"] = EVERYWHERE_MEANS
    properties: dict[str, Any] = {INSTANCE: named, **schema.get("properties", {})}
    required = [INSTANCE, *schema.get("required", ())]
    injected = {**schema, "properties": properties, "required": required}
    return Entry({**fullest.definition, "inputSchema": injected}, fullest.facts)


def _why(reasons: Mapping[str, str]) -> str:
    if len(set(reasons.values())) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
