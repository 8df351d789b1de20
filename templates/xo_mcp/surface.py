"""How an offered tool is shown to clients, and what the list costs them."""

import json
from typing import Any

from mcp.types import Tool

from xo_mcp import policy
from xo_mcp.config import Config
from xo_mcp.confirm import ARGUMENT
from xo_mcp.definitions import Entry
from xo_mcp.policy import Offer

TOKEN_SCHEMA = {"type": "string"}
BYTES_PER_TOKEN = 4
"""A rule of thumb for English and JSON; models differ."""


def listed(entry: Entry, config: Config) -> Tool:
    """The definition as `tools/list` shows it under this configuration."""
    return Tool.model_validate(definition(entry, config), by_name=False)


def definition(entry: Entry, config: Config) -> dict[str, Any]:
    """The generated definition; a tool that asks for confirmation takes a token besides.

    The token stands in the schema because many clients let a model write only arguments that do.
    """
    if not policy.asks(entry, config):
        return entry.definition
    schema = entry.schema
    properties = {**schema.get("properties", {}), ARGUMENT: TOKEN_SCHEMA}
    return {**entry.definition, "inputSchema": {**schema, "properties": properties}}


def cost(shown: dict[str, Any]) -> int:
    """Bytes of a definition a model reads: name, description and input schema as compact JSON."""
    read = {key: shown[key] for key in ("name", "description", "inputSchema") if key in shown}
    return len(json.dumps(read, ensure_ascii=False, separators=(",", ":")).encode())


def shown_definitions(offer: Offer, config: Config) -> list[dict[str, Any]]:
    """Every definition `tools/list` would show."""
    return [definition(entry, config) for entry in offer.entries]
