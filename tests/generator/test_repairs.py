"""Each repair on a document that has nothing else wrong."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from newest import PREVIOUS, RELEASES, Release
from wordy import wordy

from generator.errors import SpecError
from generator.facts.document import read_document
from generator.facts.facts import extract_facts, validate
from generator.facts.repairs import REPAIRS, AppliedRepair, repair, unneeded

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = sorted((ROOT / "specs").glob("xo-*.json"))


def document(schema: Any = None, **operation: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {"get": {"responses": {}, **operation}},
            "/b": {"get": {"responses": {}}},
        },
        "components": {
            "schemas": {"A": schema or {}},
            "securitySchemes": {
                "token": {"type": "apiKey", "name": "t", "in": "cookie"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def names(applied: list[AppliedRepair]) -> dict[str, int]:
    return {entry.name: entry.places for entry in applied}


def test_every_repair_has_a_name_and_a_reason():
    assert [entry.name for entry in REPAIRS] == ["required-null", "required-empty", "security-none", "security-any"]
    assert all(entry.why for entry in REPAIRS)


def test_a_sound_document_is_left_alone():
    sound = document({"type": "object", "required": ["a"]})
    repaired, applied = repair(sound)
    assert (repaired, applied) == (sound, [])
    assert unneeded(repaired) == [entry.name for entry in REPAIRS]


def test_required_null_is_removed():
    wrong = document({"type": "object", "required": ["a", None, "b"]})
    untouched = copy.deepcopy(wrong)
    repaired, applied = repair(wrong)
    assert repaired["components"]["schemas"]["A"]["required"] == ["a", "b"]
    assert names(applied) == repaired["x-repairs"] == {"required-null": 1}
    assert wrong == untouched
    assert "required-null" not in unneeded(repaired)


def test_required_that_lists_only_null_goes():
    repaired, applied = repair(document({"allOf": [{"type": "string"}, {"type": "object", "required": [None]}]}))
    assert repaired["components"]["schemas"]["A"]["allOf"][1] == {"type": "object"}
    assert names(applied) == {"required-null": 1}


def test_required_empty_goes():
    repaired, applied = repair(document({"type": "object", "required": []}))
    assert repaired["components"]["schemas"]["A"] == {"type": "object"}
    assert names(applied) == {"required-empty": 1}


def test_schemas_are_found_wherever_they_stand():
    wrong = {"type": "object", "required": [None]}
    found = document(
        {"properties": {"p": wrong}, "items": wrong, "additionalProperties": wrong, "not": wrong, "oneOf": [wrong]},
        parameters=[{"in": "query", "name": "q", "schema": wrong}],
        requestBody={"content": {"application/json": {"schema": wrong}}},
        responses={"200": {"description": "", "content": {"application/json": {"schema": wrong}}}},
    )
    found["paths"]["/a"]["parameters"] = [{"in": "query", "name": "r", "schema": wrong}]
    found["components"]["parameters"] = {"P": {"in": "query", "name": "s", "schema": wrong}}
    _, applied = repair(json.loads(json.dumps(found)))  # no part shared
    assert names(applied) == {"required-null": 10}


def test_a_property_or_a_value_called_required_is_none():
    schema = {
        "properties": {"required": {"type": "array", "enum": [[None]]}},
        "default": {"required": [None]},
        "enum": [{"required": [None]}],
        "example": {"required": [None]},
    }
    sound = document(schema)
    assert repair(sound) == (sound, [])


def test_any_security_becomes_every_declared_scheme_once():
    repaired, applied = repair(document(security=[{"*": ["acl"]}]))
    assert repaired["security"] == [{"basic": []}, {"token": []}]
    assert "security" not in repaired["paths"]["/a"]["get"]
    assert repaired["paths"]["/b"]["get"]["security"] == [], "what asked for nothing must go on asking for nothing"
    assert names(applied) == {"security-any": 1}


def test_any_security_under_another_default_is_said_where_it_stands():
    wrong = document(security=[{"*": []}])
    wrong["security"] = [{"token": []}]
    repaired, _ = repair(wrong)
    assert repaired["security"] == [{"token": []}]
    assert repaired["paths"]["/a"]["get"]["security"] == [{"basic": []}, {"token": []}]
    assert "security" not in repaired["paths"]["/b"]["get"]


def test_no_security_becomes_the_empty_list():
    repaired, applied = repair(document(security=[{"none": []}]))
    assert repaired["paths"]["/a"]["get"]["security"] == []
    assert names(applied) == {"security-none": 1}


def test_declared_schemes_are_left_alone_whatever_their_name():
    sound = document(security=[{"*": []}])
    sound["paths"]["/b"]["get"]["security"] = [{"none": []}]
    sound["components"]["securitySchemes"] |= {name: {"type": "http", "scheme": "basic"} for name in ("*", "none")}
    assert repair(sound) == (sound, [])


@pytest.mark.parametrize(
    "shape",
    [
        {"paths": []},
        {"paths": {"/a": None}},
        {"paths": {"/a": {"get": []}}},
        {"paths": {"/a": {"get": {"security": [7], "parameters": 1, "responses": [], "requestBody": 2}}}},
        {"components": 3},
        {"components": {"schemas": [], "securitySchemes": 1, "parameters": None}},
        {"components": {"schemas": {"A": {"properties": 1, "allOf": 2, "items": 3, "required": 4}}}},
        {"x-repairs": 1},
    ],
)
def test_malformed_parts_are_left_for_validation(shape: dict[str, Any]):
    assert repair(shape) == (shape, [])


def test_what_was_repaired_before_is_remembered():
    repaired, _ = repair(document({"type": "object", "required": [None]}))
    again, applied = repair(repaired)
    assert applied == []
    assert again == repaired


@pytest.mark.parametrize("release", [RELEASES[0], PREVIOUS], ids=lambda release: release.name)
def test_a_document_as_xo_serves_it_needs_its_repairs(release: Release):
    raw = wordy(release.facts)
    with pytest.raises(SpecError, match="required"):
        validate(raw)
    repaired, applied = repair(raw)
    validate(extract_facts(repaired))
    assert names(applied)["required-null"] == 4
    assert {entry.name for entry in applied} | set(unneeded(repaired)) == {entry.name for entry in REPAIRS}
    assert "required-empty" in unneeded(repaired)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_facts_need_none(path: Path):
    facts = read_document(path)
    assert repair(facts) == (facts, [])
    assert set(facts.get("x-repairs", {})) <= {entry.name for entry in REPAIRS}


def test_facts_remember_what_was_repaired():
    assert RELEASES[0].facts["x-repairs"]["required-null"] == 4
