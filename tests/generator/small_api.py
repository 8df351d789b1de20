"""A small API with one of everything that can change, and two releases of it compared."""

import copy
from collections.abc import Callable
from typing import Any

from generator.compare.diff import Diff, diff
from generator.compare.sides import Side
from generator.model.overrides import Overrides

Json = dict[str, Any]
TEXT = {"type": "string"}


def start() -> Json:
    """A small API with one of everything that can change."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/vms": {
                "get": {
                    "operationId": "GetVms",
                    "tags": ["vms"],
                    "parameters": [
                        {"in": "query", "name": "sort", "schema": {"type": "string", "enum": ["up", "down"]}},
                        {"in": "query", "name": "size", "schema": {"type": "integer", "minimum": 1, "format": "int32"}},
                    ],
                    "responses": {"200": json_body({"type": "array", "items": {"$ref": "#/components/schemas/VM"}})},
                }
            },
            "/vms/{id}/actions/start": {
                "post": {
                    "operationId": "StartVm",
                    "tags": ["vms"],
                    "x-mcp-exposure": "allow",
                    "x-privileges": [{"resource": "vm", "action": "start"}],
                    "parameters": [{"in": "path", "name": "id", "required": True, "schema": TEXT}],
                    "requestBody": {"required": True, **json_body({"$ref": "#/components/schemas/Start"})},
                    "responses": {"204": {"description": ""}},
                }
            },
        },
        "components": {
            "schemas": {
                "VM": {
                    "type": "object",
                    "properties": {
                        "id": TEXT,
                        "state": {"type": "string", "enum": ["on", "off"]},
                        "host": {"$ref": "#/components/schemas/Host"},
                    },
                    "required": ["id"],
                },
                "Host": {"type": "object", "properties": {"name": TEXT, "vms": {"$ref": "#/components/schemas/VM"}}},
                "Start": {
                    "type": "object",
                    "properties": {
                        "host": TEXT,
                        "force": {"type": "boolean"},
                        "mode": {"enum": ["a", "b"], **TEXT},
                        "disk": {
                            "anyOf": [
                                {"type": "object", "properties": {"size": TEXT, "name": TEXT}, "required": ["size"]},
                                {"type": "object", "properties": {"copy": TEXT}, "required": ["copy"]},
                            ]
                        },
                    },
                    "required": ["host"],
                },
            }
        },
    }


def json_body(schema: Json) -> Json:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def compared(change: Callable[[Json], object], overrides: Overrides | None = None) -> Diff:
    new = copy.deepcopy(start())
    change(new)
    overrides = overrides or Overrides()
    return diff(Side("old", start(), overrides), Side("new", new, overrides))


def listing(document: Json) -> Json:
    result: Json = document["paths"]["/vms"]["get"]
    return result


def starting(document: Json) -> Json:
    result: Json = document["paths"]["/vms/{id}/actions/start"]["post"]
    return result


def schema(document: Json, name: str) -> Json:
    result: Json = document["components"]["schemas"][name]
    return result


def drop(node: Json, *keys: str) -> None:
    for key in keys:
        del node[key]
