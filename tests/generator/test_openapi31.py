"""OpenAPI 3.1 is read through a normalisation: the same API gives the same facts, however it is written."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from generator.api.contract import contracts
from generator.facts.document import check_version
from generator.facts.facts import import_document
from generator.facts.normalisation import lowered
from generator.model.builder import build_model
from generator.model.overrides import Overrides
from generator.specs.specs import newest_spec

SPECS = Path(__file__).resolve().parents[2] / "specs"


def raised(node: Any) -> Any:
    """A document of 3.0 in the words of 3.1: the opposite of what is tested, written independently of it."""
    if isinstance(node, list):
        return [raised(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    result = {key: raised(value) for key, value in node.items()}
    if result.pop("nullable", False) is True:
        if isinstance(result.get("type"), str):
            result["type"] = [result["type"], "null"]
        elif "enum" not in result:
            result = {"anyOf": [result, {"type": "null"}]} if result else {}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if result.get(exclusive) is True:
            result[exclusive] = result.pop(bound)
    if isinstance(result.get("enum"), list) and len(result["enum"]) == 1 and "type" in result:
        result["const"] = result.pop("enum")[0]
    return result


def test_the_newest_release_written_as_3_1_gives_the_same_contract_and_tools():
    facts = json.loads(newest_spec(SPECS).read_text())
    document = raised(copy.deepcopy(facts)) | {"openapi": "3.1.0"}
    again, _ = import_document(document, "3.1")
    assert contracts(again) == contracts(facts)
    before, after = (build_model([each], Overrides()) for each in (facts, again))
    assert [tool.definition for tool in after.tools] == [tool.definition for tool in before.tools]


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": "null"}, {"enum": [None], "nullable": True}),
        ({"const": 5}, {"enum": [5]}),
        ({"enum": ["a", None]}, {"enum": ["a", None], "nullable": True}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"allOf": [{"type": "string"}], "nullable": True}),
        (
            {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            {"oneOf": [{"type": "string"}, {"type": "number"}], "nullable": True},
        ),
        (
            {"type": ["string", "integer"], "minLength": 1, "minimum": 0},
            {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}]},
        ),
        ({"exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
        ({"minimum": 5, "exclusiveMinimum": 0}, {"minimum": 5}),
        ({"$ref": "#/a", "description": "prose"}, {"$ref": "#/a"}),
        ({"$ref": "#/a", "minLength": 1}, {"allOf": [{"$ref": "#/a"}, {"minLength": 1}]}),
        ({"type": "string", "contentMediaType": "application/octet-stream"}, {"type": "string", "format": "binary"}),
        (
            {"prefixItems": [{"type": "string"}, {"type": "number"}]},
            {"anyOf": [{"type": "string"}, {"type": "number"}]},
        ),
        (True, {}),
        (False, {"not": {}}),
    ],
)
def test_says_3_1_in_the_words_of_3_0(newer: Any, older: dict[str, Any]):
    found = lowered(newer)
    found = found["items"] if "prefixItems" in found else found
    assert {key: value for key, value in found.items() if key not in ("contentMediaType", "description")} == older


def test_definitions_inside_schemas_and_path_items_that_are_components_are_followed():
    pet = {
        "type": "object",
        "properties": {"kind": {"$ref": "#/components/schemas/Pet/$defs/Kind"}},
        "$defs": {"Kind": {"const": "cat"}},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/pets": {"$ref": "#/components/pathItems/Pets"}},
        "components": {
            "schemas": {"Pet": pet},
            "pathItems": {"Pets": {"post": {"requestBody": body}}},
        },
        "webhooks": {"new": {"post": {}}},
    }
    check_version(document, "x")
    facts, _ = import_document(document, "x")
    (tool,) = build_model([facts], Overrides()).tools
    assert tool.input_schema["properties"] == {"kind": {"type": "string", "enum": ["cat"]}}
