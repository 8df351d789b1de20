"""Where a tool comes from: its operation, our decision, its hints, or why there is none."""

from typing import Any

from generator.errors import NamingError
from generator.model.model import Model
from generator.model.overrides import Overrides, nearest
from generator.model.tool import Tool


def explain(model: Model, overrides: Overrides, wanted: str) -> list[dict[str, Any]]:
    """Explain a tool by its name, or every tool of an operation by `METHOD /path`.

    Raises:
        NamingError: There is no such tool or operation; names the nearest.
    """
    drops = [drop for drop in model.drops if drop.key == wanted]
    if drops:
        return [
            {"operation": wanted, "tool": None, "dropped": drops[0].reason, "decided_in": _place(overrides, wanted)}
        ]
    tools = [tool for tool in model.tools if wanted in (tool.name, tool.key, *tool.aliases)]
    if not tools:
        known = {str(tool.name) for tool in model.tools} | set(model.operation_keys)
        raise NamingError(f"there is no tool or operation {wanted!r}", hint=nearest(wanted, known))
    return [_explain(tool, overrides) for tool in tools]


def _explain(tool: Tool, overrides: Overrides) -> dict[str, Any]:
    operation = tool.operation
    return {
        "tool": str(tool.name),
        "title": tool.title,
        "description": tool.description,
        "curated": tool.curated,
        "operation": operation.key if operation else None,
        "operation_id": operation.operation_id if operation else None,
        "decided_in": _place(overrides, tool.key),
        "module": f"xo_mcp.tools.{tool.module}",
        "kind": tool.kind.name,
        "effect": tool.hints.effect,
        "effect_decided": tool.hints.decided,
        "idempotent": tool.hints.idempotent,
        "denied": tool.hints.denied,
        "exposure": operation.exposure if operation else None,
        "privileges": tool.privileges,
        "plugin": tool.plugin,
        "fixed": dict(tool.fixed),
        "record": tool.record or None,
        "default_toolset": tool.default,
        "arguments": {entry.name: _argument(entry.place, entry.required, entry.schema) for entry in tool.arguments},
    }


def _argument(place: str, required: bool, schema: dict[str, Any]) -> dict[str, Any]:
    return {"place": place, "required": required, "schema": schema}


def _place(overrides: Overrides, key: str) -> str | None:
    place = overrides.places.get(key)
    return f"overrides/{place}" if place else None
