"""What a decision's value is held against: the part of JSON Schema that tools use, without loading a validator."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator.model.validity import misfit

NESTED = {
    "type": "object",
    "properties": {"at": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}},
    "required": ["at"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("value", "schema", "wrong"),
    [
        ("soon", {"type": "number"}, "'soon' is no number"),
        (True, {"type": "integer"}, "True is no integer"),
        (1.0, {"type": "integer"}, None),
        (1.5, {"type": "integer"}, "1.5 is no integer"),
        (2, {"type": "number", "minimum": 3}, "2 is against minimum 3"),
        (3, {"type": "number", "exclusiveMaximum": 3}, "3 is against exclusiveMaximum 3"),
        ("a", {"type": "string", "minLength": 2}, "'a' is against minLength 2"),
        ("ab", {"type": "string", "pattern": "^b"}, "'ab' is against pattern '^b'"),
        ("c", {"enum": ["a", "b"]}, "'c' is none of a, b"),
        ("c", {"const": "a"}, "'c' is not 'a'"),
        ([1], {"type": "array", "minItems": 2}, "[1] is against minItems 2"),
        ([1, "x"], {"items": {"type": "integer"}}, "'x' is no integer"),
        ("x", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "'x' is no integer"),
        (None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
        ({"at": [1, None]}, NESTED, None),
        ({"at": ["x"]}, NESTED, "at: 'x' is no integer"),
        ({}, NESTED, "'at' is missing"),
        ({"at": [], "to": 1}, NESTED, "there is no property 'to'"),
        ({"any": 1}, {"type": "object", "additionalProperties": {"type": "string"}}, "any: 1 is no string"),
        ({"any": 1}, {}, None),
    ],
)
def test_says_what_is_wrong_where_a_validator_finds_something(value: Any, schema: dict[str, Any], wrong: str | None):
    assert misfit(value, schema) == wrong
    assert Draft202012Validator(schema).is_valid(value) is (wrong is None)
