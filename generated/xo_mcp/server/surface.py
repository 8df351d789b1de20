"""The tools that clients see: the offered ones themselves, or the few of the search surface."""

import json
from typing import Any, Final

from mcp.types import Tool

from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.safety import policy
from xo_mcp.safety.policy import TOKEN_ARGUMENT, Offer

TOKEN_SCHEMA: Final = {"type": "string"}
BYTES_PER_TOKEN: Final = 4
"""A rule of thumb for English and JSON; models differ."""
SEARCH: Final = "search_tools"
DESCRIBE: Final = "describe_tools"
CALL_READ: Final = "call_tool_read"
CALL_WRITE: Final = "call_tool_write"
MOST: Final = 20
NAME: Final = {"type": "string"}
CALL: Final = {"name": NAME, "arguments": {"type": "object"}}


def _tool(name: str, title: str, description: str, properties: dict[str, Any], *required: str) -> dict[str, Any]:
    writes = name == CALL_WRITE
    return {
        "name": name,
        "title": title,
        "description": description,
        "inputSchema": {
            "type": "object",
            "properties": properties,
            "required": list(required),
            "additionalProperties": False,
        },
        "annotations": {
            "readOnlyHint": not writes,
            "destructiveHint": writes,
            "idempotentHint": not writes,
            "openWorldHint": False,
        },
    }


READING: Final = (
    _tool(
        SEARCH,
        "Search tools",
        "Finds tools for Xen Orchestra by what you want to do, in your own words: 'running VMs', 'take a snapshot',"
        " 'why did the backup fail'. Returns names, what they do and the arguments they need, best first.",
        {"query": {"type": "string", "minLength": 1}, "limit": {"type": "integer", "minimum": 1, "maximum": MOST}},
        "query",
    ),
    _tool(
        DESCRIBE,
        "Describe tools",
        "Returns the full description and argument schema of tools by name, or of the `arguments` you name only. Ask"
        " before calling one with more arguments than search_tools showed.",
        {
            "names": {"type": "array", "items": NAME, "minItems": 1, "maxItems": MOST},
            "arguments": {"type": "array", "items": NAME},
        },
        "names",
    ),
    _tool(
        CALL_READ,
        "Call a reading tool",
        "Calls a tool that only reads, with its arguments as an object. Find its name with search_tools.",
        CALL,
        "name",
    ),
)
WRITING: Final = _tool(
    CALL_WRITE,
    "Call a writing tool",
    "Calls a tool that changes or destroys something, with its arguments as an object. The user may be asked first.",
    CALL,
    "name",
)


def listed_tools(offer: Offer, config: Config) -> list[Tool]:
    """Every definition `tools/list` shows."""
    return [Tool.model_validate(shown, by_name=False) for shown in definitions(offer, config)]


def definitions(offer: Offer, config: Config) -> list[dict[str, Any]]:
    """The same as wire JSON. Under the search surface, writing is shown only where something can be written."""
    if config.surface == "full":
        return [definition(entry, config) for entry in offer.entries]
    writes = any(entry.facts.effect != "read" for entry in offer.entries)
    beside = [definition(entry, config) for entry in offer.entries if entry.facts.beside_search]
    return [*READING, *([WRITING] if writes else []), *beside]


def definition(entry: Entry, config: Config) -> dict[str, Any]:
    """The generated definition; a tool that may ask for confirmation takes a token besides.

    The token is in the schema because many clients let a model write only arguments that are.
    """
    if not policy.may_ask(entry, config):
        return entry.definition
    schema = entry.schema
    properties = {**schema.get("properties", {}), TOKEN_ARGUMENT: TOKEN_SCHEMA}
    return {**entry.definition, "inputSchema": {**schema, "properties": properties}}


def cost(shown: dict[str, Any]) -> int:
    """Bytes of a definition a model reads: name, description and input schema as compact JSON."""
    read = {key: shown[key] for key in ("name", "description", "inputSchema") if key in shown}
    return len(json.dumps(read, ensure_ascii=False, separators=(",", ":")).encode())
