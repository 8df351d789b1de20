"""Small documents: one that uses every part facts are made of, and one with a single answer."""

from collections.abc import Iterator
from typing import Any

PROSE = "Some long-winded prose, with a comma."


def document(**schemas: Any) -> dict[str, Any]:
    """A small document that uses every part facts are made of."""
    return {
        "openapi": "3.0.2",
        "info": {
            "title": "Pets",
            "version": "1",
            "description": PROSE,
            "contact": {"name": PROSE},
            "license": {"name": PROSE},
        },
        "servers": [{"url": "/rest/v0", "description": PROSE}],
        "tags": [{"name": "pets", "description": PROSE}],
        "externalDocs": {"url": "http://x", "description": PROSE},
        "paths": _paths(),
        "components": _components(schemas),
    }


def _paths() -> dict[str, Any]:
    return {
        "/pets/{id}": {
            "summary": PROSE,
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "delete": {"responses": {"204": {"description": PROSE}}},
            "get": _get(),
        },
        "/pets": {
            "post": {
                "requestBody": {"$ref": "#/components/requestBodies/Pet"},
                "responses": {"201": {"$ref": "#/components/responses/Made"}},
                "callbacks": {"x": {"http://x": {"post": {"responses": {}}}}},
            }
        },
    }


def _get() -> dict[str, Any]:
    return {
        "operationId": "getPet",
        "summary": PROSE,
        "description": f"{PROSE}\n- resource: pet, action: read",
        "tags": ["pets", "pets", "animals"],
        "deprecated": True,
        "x-mcp-exposure": "deny",
        "x-prose": PROSE,
        "security": [{"token": []}],
        "parameters": [
            {
                "name": "fields",
                "in": "query",
                "description": PROSE,
                "example": PROSE,
                "style": "form",
                "explode": False,
                "required": False,
                "schema": {"type": "array", "items": {"type": "string", "title": PROSE}},
            }
        ],
        "responses": {
            "404": {"description": PROSE},
            "200": {
                "description": PROSE,
                "headers": {"X-A": {"description": PROSE, "schema": {"type": "string"}}},
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/Pet"},
                        "examples": {"one": {"value": PROSE}},
                    }
                },
            },
        },
    }


def _components(schemas: dict[str, Any]) -> dict[str, Any]:
    return {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
        "requestBodies": {
            "Pet": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            }
        },
        "responses": {"Made": {"description": PROSE, "content": {"text/plain": {}}}},
        "schemas": {**_schemas(), **schemas},
        "securitySchemes": {
            "token": {"type": "apiKey", "in": "cookie", "name": "t", "description": PROSE},
            "login": {
                "type": "oauth2",
                "flows": {"implicit": {"authorizationUrl": "http://x", "scopes": {"read": PROSE}}},
            },
        },
        "examples": {"one": {"value": PROSE}},
    }


def _schemas() -> dict[str, Any]:
    return {
        "Unused": {"type": "string"},
        "Pet": {
            "title": PROSE,
            "description": PROSE,
            "type": "object",
            "example": {"name": PROSE},
            "externalDocs": {"url": "http://x"},
            "xml": {"name": "pet"},
            "nullable": False,
            "required": ["name", "id"],
            "properties": {
                "name": {"type": "string", "description": PROSE, "default": "Rex"},
                "id": {"type": "integer", "format": "int32", "minimum": 1, "exclusiveMinimum": True},
                "owner": {"$ref": "#/components/schemas/Owner", "description": PROSE},
                "note": {"type": "string", "default": PROSE * 10},
            },
            "additionalProperties": {"type": "string", "nullable": True},
        },
        "Owner": {"anyOf": [{"type": "string", "enum": ["me", "you"]}, {"$ref": "#/components/schemas/Pet"}]},
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything inside a document."""
    if path:
        yield path
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(entry, (*path, key))


def answering(schema: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """The smallest document that answers with a schema."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "", "version": ""},
        "paths": {
            "/a": {
                "get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}
            }
        },
        "components": {"schemas": schemas},
    }
