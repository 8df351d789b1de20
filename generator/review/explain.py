"""Where a tool comes from: its operation, our decision, its hints, or why there is none."""

import ast
import json
from typing import Any

from generator.api.methods import CALL, method_of
from generator.errors import NamingError
from generator.model.arguments import Argument
from generator.model.model import Model
from generator.model.overrides import Overrides, nearest
from generator.model.tool import Tool
from generator.names.pytext import visible


def explain(model: Model, overrides: Overrides, wanted: str) -> list[dict[str, Any]]:
    """Explain a tool by its name, or every tool of an operation by `METHOD /path` or its operationId.

    Raises:
        NamingError: There is no such tool or operation; names the nearest.
    """
    drops = [drop for drop in model.drops if drop.key == wanted]
    if drops:
        return [
            {"operation": wanted, "tool": None, "dropped": drops[0].reason, "decided_in": _file_of(overrides, wanted)}
        ]
    if (method := _method(model, overrides, wanted)) is not None:
        return [method]
    # Names come first: one that is also the operationId of another operation means the tool.
    tools = [tool for tool in model.tools if wanted in (tool.name, tool.key, *tool.aliases)]
    tools = tools or [tool for tool in model.tools if tool.operation and tool.operation.operation_id == wanted]
    if not tools:
        ids = {tool.operation.operation_id for tool in model.tools if tool.operation and tool.operation.operation_id}
        known = {str(tool.name) for tool in model.tools} | set(model.operation_keys) | ids
        raise NamingError(f"there is no tool or operation {wanted!r}", hint=nearest(wanted, known))
    return [_explain(tool, overrides) for tool in tools]


def _method(model: Model, overrides: Overrides, wanted: str) -> dict[str, Any] | None:
    """Why a JSON-RPC method has no tool."""
    name = method_of(wanted)
    if model.methods is None:
        return None
    facts: dict[str, Any] = {"operation": f"{CALL} {name}", "tool": None}
    if name in model.methods.never:
        return {**facts, "dropped": model.methods.never[name], "decided_in": _file_of(overrides, f"{CALL} {name}")}
    if name in model.methods.served:
        return {**facts, "served_by": model.methods.served[name], "decided_in": _file_of(overrides, f"{CALL} {name}")}
    return {**facts, "dropped": "nobody decided about it"} if name in model.methods.undecided else None


def show(entry: dict[str, Any]) -> str:
    """What `explain` found, a fact a line; what there is nothing of is left out."""
    facts = {name: value for name, value in entry.items() if value not in (None, {}, [], "") and name != "arguments"}
    widest = max(map(len, facts), default=0)
    lines = [f"{name.replace('_', ' '):{widest}}  {visible(_value_text(value))}" for name, value in facts.items()]
    arguments = entry.get("arguments") or {}
    if arguments:
        lines += ["arguments"]
    for name, argument in arguments.items():
        needed = "required" if argument["required"] else "optional"
        if argument["default"] is not None:
            needed = f"default {json.dumps(argument['default'])}"
        lines.append(f"  {visible(name)} ({argument['sent_in']}, {needed}): {json.dumps(argument['schema'])}")
    return "\n".join([*lines, ""])


def _value_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}={inner}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _explain(tool: Tool, overrides: Overrides) -> dict[str, Any]:
    operation = tool.operation
    return {
        "tool": str(tool.name),
        "title": tool.title,
        "description": tool.description,
        "curated": tool.curated,
        "operation": operation.key if operation else None,
        "operation_id": operation.operation_id if operation else None,
        "decided_in": _file_of(overrides, tool.key),
        "module": f"xo_mcp.tools.{tool.module}",
        "kind": tool.kind.name,
        "effect": tool.hints.effect,
        "effect_decided": tool.hints.decided,
        "idempotent": tool.hints.idempotent,
        "denied": tool.hints.denied,
        "exposure": operation.exposure if operation else None,
        "privileges": tool.privileges,
        "permission": tool.permission,
        "plugin": tool.plugin,
        "fixed": dict(tool.fixed),
        "record": tool.record or None,
        "default_toolset": tool.default,
        "left_out": {entry.name: f"it {entry.why}" for entry in operation.unsent} if operation else {},
        "arguments": {entry.name: _argument(entry) for entry in tool.arguments},
    }


def _argument(entry: Argument) -> dict[str, Any]:
    default = None if entry.default in (None, "OMIT") else ast.literal_eval(entry.default or "")
    return {"sent_in": entry.sent_in, "required": entry.required, "default": default, "schema": entry.schema}


def _file_of(overrides: Overrides, key: str) -> str | None:
    file = overrides.files.get(key)
    return f"overrides/{file}" if file else None
