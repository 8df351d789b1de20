"""Facts: everything a caller must know, nothing its authors wrote, the same however often it is asked."""

import copy
import hashlib
from typing import Any

import pytest
from newest import PINNED
from pets import PROSE, answering, document

from generator.facts.facts import extract_facts, facts_sha256, serialize, validate
from generator.facts.paths import METHODS


def answer(facts: dict[str, Any]) -> Any:
    return facts["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_every_fact_is_kept_and_no_prose():
    facts = extract_facts(document(), release=PINNED)
    assert PROSE not in serialize(facts).decode()
    assert facts["x-xo-release"] == PINNED
    assert facts["info"] == {"title": "Pets", "version": "1"}
    assert facts["servers"] == [{"url": "/rest/v0"}]
    assert facts["paths"]["/pets/{id}"]["get"] == {
        "deprecated": True,
        "operationId": "getPet",
        "parameters": [
            {
                "in": "query",
                "name": "fields",
                "explode": False,
                "schema": {"items": {"type": "string"}, "type": "array"},
                "style": "form",
            }
        ],
        "responses": {
            "200": {
                "description": "",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
            "404": {"description": ""},
        },
        "security": [{"token": []}],
        "tags": ["pets", "animals"],
        "x-mcp-exposure": "deny",
        "x-privileges": [{"action": "read", "resource": "pet"}],
    }
    assert facts["components"]["schemas"]["Pet"] == {
        "additionalProperties": {"nullable": True, "type": "string"},
        "properties": {
            "id": {"exclusiveMinimum": True, "format": "int32", "minimum": 1, "type": "integer"},
            "name": {"default": "Rex", "type": "string"},
            "note": {"type": "string"},
            "owner": {"$ref": "#/components/schemas/Owner"},
        },
        "required": ["id", "name"],
        "type": "object",
    }
    assert facts["components"]["securitySchemes"]["login"]["flows"]["implicit"]["scopes"] == {"read": ""}
    validate(facts)


def test_properties_named_like_keywords_survive():
    names = ["$ref", "default", "deprecated", "description", "enum", "example", "examples", "properties", "required",
             "summary", "title", "type", "x-mcp-exposure"]  # fmt: skip
    schema = {
        "type": "object",
        "title": PROSE,
        "required": names,
        "properties": {name: {"type": "string", "description": PROSE} for name in names},
    }
    facts = extract_facts(answering(schema))
    assert answer(facts) == {
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
        "type": "object",
    }
    assert extract_facts(facts) == facts


@pytest.mark.parametrize(
    ("default", "kept"),
    [
        (1500, True),
        (None, True),
        ("", True),
        ({"a": [1, "x"]}, True),
        ("x" * 101, False),
        ("two\nlines", False),
        ({"a": ["x" * 101]}, False),
        ({"x" * 101: 1}, False),
    ],
)
def test_a_default_is_a_value_unless_it_is_prose(default: Any, kept: bool):
    assert answer(extract_facts(answering({"default": default}))) == ({"default": default} if kept else {})


def test_a_parameter_may_have_a_media_type_instead_of_a_schema():
    raw = answering({})
    raw["paths"]["/a"]["get"]["parameters"] = [
        {"name": "q", "in": "query", "content": {"application/json": {"schema": {"title": PROSE}}}}
    ]
    facts = extract_facts(raw)
    assert facts["paths"]["/a"]["get"]["parameters"][0]["content"] == {"application/json": {"schema": {}}}


def test_the_facts_of_facts_are_the_same():
    facts = extract_facts(document(), release=PINNED)
    again = extract_facts(facts)
    assert serialize(again) == serialize(facts)
    assert facts_sha256(again) == facts_sha256(facts) == hashlib.sha256(serialize(facts)).hexdigest()


def test_order_of_the_document_does_not_show():
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(entry) for key, entry in reversed(value.items())}
        return [turned(entry) for entry in value] if isinstance(value, list) else value

    assert serialize(extract_facts(turned(document()))) == serialize(extract_facts(document()))


def test_paths_are_sorted_and_methods_as_people_say_them():
    item = {method: {"responses": {}} for method in ("delete", "patch", "post", "put", "get", "head", "trace")}
    facts = extract_facts({"paths": {"/b": item, "/a": item, "x-more": PROSE, "/none": {"head": {"responses": {}}}}})
    assert list(facts["paths"]) == ["/a", "/b", "/none"]
    assert list(METHODS) == ["get", "put", "post", "patch", "delete"]
    assert list(facts["paths"]["/a"]) == [*METHODS, "head", "trace"]


def test_the_document_is_not_changed():
    before = document()
    after = copy.deepcopy(before)
    extract_facts(after)
    assert after == before


def test_what_no_operation_reaches_is_dropped():
    assert set(extract_facts(document())["components"]["schemas"]) == {"Owner", "Pet"}
