"""Schemas of OpenAPI 3.0 become portable JSON Schema."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generator.api.combining import describe_kinds, either
from generator.api.schema import Schemas
from generator.errors import SpecError

NULL = {"type": "null"}


def portable(schema: dict[str, Any], **components: Any) -> dict[str, Any]:
    return Schemas({"components": {"schemas": components}}).portable(schema, "here")


@pytest.mark.parametrize(
    ("given_schema", "wanted"),
    [
        ({"type": "string", "nullable": True}, {"anyOf": [{"type": "string"}, NULL]}),
        ({"type": "string", "enum": ["a"], "nullable": True}, {"anyOf": [{"type": "string", "enum": ["a"]}, NULL]}),
        ({"enum": ["a", None], "nullable": True}, {"anyOf": [{"enum": ["a"]}, NULL]}),
        ({"type": "string", "enum": [None], "nullable": True}, NULL),
        (
            {"type": "integer", "minimum": 1, "default": 2, "nullable": True},
            {"anyOf": [{"type": "integer", "minimum": 1}, NULL], "default": 2},
        ),
        (
            {"anyOf": [{"type": "string", "nullable": True}, {"type": "number"}], "nullable": True},
            {"anyOf": [{"type": "string"}, {"type": "number"}, NULL]},
        ),
        (
            {"allOf": [{"type": "string", "nullable": True}, {"type": "object", "properties": {"brand": {}}}]},
            {"anyOf": [{"type": "string"}, NULL]},
        ),
        ({"nullable": True}, {}),
        ({"type": "string", "enum": ["a"], "nullable": False}, {"type": "string", "enum": ["a"]}),
        ({"type": "number", "format": "double", "minimum": 0}, {"type": "number", "minimum": 0}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": True}, {"type": "integer", "exclusiveMaximum": 9}),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": False}, {"type": "integer", "maximum": 9}),
        ({"type": "array"}, {"type": "array"}),
        ({"items": {"type": "string"}}, {"type": "array", "items": {"type": "string"}}),
        ({}, {}),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": "string"}},
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string", "readOnly": True}, "b": {}},
                "required": ["a", "b"],
            },
            {"type": "object", "properties": {"b": {}}, "required": ["b"]},
        ),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, {"anyOf": [{"type": "string"}, {"type": "number"}]}),
        (
            {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string", "enum": ["*"]}]},
            {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string", "enum": ["*"]}]},
        ),
        ({"anyOf": [{"type": "boolean", "enum": [False]}, {"type": "boolean", "enum": [True]}]}, {"type": "boolean"}),
        ({"allOf": [{"type": "string"}, {"type": "object", "properties": {"brand": {}}}]}, {"type": "string"}),
        (
            {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}]},
            {"type": "object", "properties": {"b": {}, "a": {}}, "required": ["a"]},
        ),
        ({"oneOf": []}, {}),
        (
            {
                "properties": {"name": {}},
                "required": ["name"],
                "oneOf": [{"properties": {"b": {}}}, {"required": ["c"]}],
            },
            {
                "anyOf": [
                    {"type": "object", "properties": {"b": {}, "name": {}}, "required": ["name"]},
                    {"type": "object", "properties": {"name": {}}, "required": ["name", "c"]},
                ]
            },
        ),
        (
            {"properties": {"x": {}, "y": {}}, "anyOf": [{"required": ["x"]}, {"required": ["y"]}]},
            {
                "anyOf": [
                    {"type": "object", "properties": {"x": {}, "y": {}}, "required": ["x"]},
                    {"type": "object", "properties": {"x": {}, "y": {}}, "required": ["y"]},
                ]
            },
        ),
        (
            {"type": "array", "items": {"allOf": [{"type": "string"}], "anyOf": [{"minLength": 1}, {"enum": ["*"]}]}},
            {
                "type": "array",
                "items": {"anyOf": [{"minLength": 1, "type": "string"}, {"enum": ["*"], "type": "string"}]},
            },
        ),
        (
            {"allOf": [{"type": "number", "minimum": 1, "maximum": 9}, {"type": "integer", "minimum": 3}]},
            {"type": "integer", "minimum": 3, "maximum": 9},
        ),
        (
            {"oneOf": [{"type": "boolean", "enum": [{"odd": 1}]}, {"type": "boolean", "enum": [True]}]},
            {"type": "boolean", "enum": [{"odd": 1}, True]},
        ),
        ({"type": "string", "pattern": "(a+)+$"}, {"type": "string"}),
    ],
)
def test_converts(given_schema: dict[str, Any], wanted: dict[str, Any]):
    assert portable(given_schema) == wanted


def test_a_nullable_choice_takes_null():
    schema = portable({"anyOf": [{"type": "string", "enum": ["*"]}, {"type": "array"}], "nullable": True})
    assert {"type": "null"} in schema["anyOf"]


def test_references_are_inlined_and_escaped_names_found():
    schema = Schemas({"components": {"schemas": {"a/b~c": {"type": "integer"}}}})
    assert schema.portable({"$ref": "#/components/schemas/a~1b~0c"}, "here") == {"type": "integer"}


def test_a_reference_may_lead_into_a_list():
    document = {"paths": {"/a": {"parameters": [{"schema": {"type": "integer"}}]}}}
    assert Schemas(document).portable({"$ref": "#/paths/~1a/parameters/0/schema"}, "here") == {"type": "integer"}
    with pytest.raises(SpecError, match="leads nowhere"):
        Schemas(document).portable({"$ref": "#/paths/~1a/parameters/1/schema"}, "here")


def test_what_a_body_asks_for_may_stand_beside_what_it_has():
    record = {"type": "object", "properties": {"x": {}, "y": {}}}
    schemas = Schemas({"components": {"schemas": {"B": record}}})
    both = schemas.flat({"allOf": [{"$ref": "#/components/schemas/B"}, {"required": ["x", "gone"]}]}, "here")
    assert both is not None
    assert (set(both.properties), both.required) == ({"x", "y", "gone"}, {"x", "gone"})
    either = schemas.flat(record | {"anyOf": [{"required": ["x"]}, {"required": ["y"]}]}, "here")
    assert either is not None
    assert (set(either.properties), either.required) == ({"x", "y"}, set())


def test_deep_nesting_is_cut():
    nested: dict[str, Any] = {"type": "string"}
    for _ in range(150):
        nested = {"type": "array", "items": nested}
    assert portable(nested)["type"] == "array"


def test_growing_references_are_refused():
    components = {
        f"L{level}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/L{level + 1}"} for name in "ab"},
        }
        for level in range(30)
    }
    with pytest.raises(SpecError, match="expands to more than"):
        portable({"$ref": "#/components/schemas/L0"}, **components, L30={"type": "string"})


KINDS = st.sampled_from(["string", "integer", "number", "boolean"])
LEAVES = st.fixed_dictionaries({"type": KINDS}) | st.fixed_dictionaries(
    {"type": st.just("string"), "enum": st.lists(st.text(max_size=3), min_size=1, max_size=3)}
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(st.text(max_size=3), inner)})
    ),
    max_leaves=12,
)


@given(TREES)
def test_whatever_comes_is_valid_2020_12(schema: dict[str, Any]):
    Draft202012Validator.check_schema(portable(schema))


@given(LEAVES, LEAVES, st.none() | st.booleans() | st.integers() | st.text(max_size=3))
def test_either_takes_what_one_of_them_takes(one: dict[str, Any], other: dict[str, Any], value: Any):
    merged = Draft202012Validator(either(one, other))
    if Draft202012Validator(one).is_valid(value) or Draft202012Validator(other).is_valid(value):
        assert merged.is_valid(value)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"anyOf": [{"type": "string"}, NULL]}, "string"),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, "any"),
        ({}, "any"),
    ],
)
def test_describes_kinds(schema: dict[str, Any], kind: str):
    assert describe_kinds(schema) == kind
