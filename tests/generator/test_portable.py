"""`check` finds what some client refuses in a definition, wherever in a schema it is."""

from collections.abc import Callable
from typing import Any

import pytest

from generator.api.portable import problems

Json = dict[str, Any]
PLACES: dict[str, Callable[[Json], Json]] = {
    "a property": lambda bad: {"x": bad},
    "a property of a property": lambda bad: {"x": {"type": "object", "properties": {"y": bad}}},
    "items": lambda bad: {"x": {"type": "array", "items": bad}},
    "a choice": lambda bad: {"x": {"anyOf": [{"type": "string"}, bad]}},
    "free keys": lambda bad: {"x": {"type": "object", "additionalProperties": bad}},
}
REFUSED: dict[str, tuple[Json, str]] = {
    "numbers": ({"type": "integer", "enum": [1, 2]}, "an enumeration of something else"),
    "booleans": ({"type": "boolean", "enum": [True]}, "an enumeration of something else"),
    "empty text": ({"type": "string", "enum": ["", "a"]}, "an enumeration of something else"),
    "no value": ({"type": "string", "enum": []}, "an enumeration of something else"),
    "without a type": ({"enum": ["a"]}, "an enumeration of something else"),
    "against its type": ({"type": "boolean", "enum": ["a"]}, "an enumeration of something else"),
    "no items": ({"type": "array"}, "an array without items"),
    "nothing": ({}, "a value without a type"),
    "several types": ({"type": ["string", "null"]}, "a list of types"),
    "a dollar": ({"type": "object", "properties": {"$filter": {"type": "string"}}}, "the property name '$filter'"),
    "brackets": ({"type": "object", "properties": {"uids[]": {"type": "string"}}}, "the property name 'uids[]'"),
    "a space": ({"type": "object", "properties": {"a b": {"type": "string"}}}, "the property name 'a b'"),
    "long": ({"type": "object", "properties": {"x" * 65: {"type": "string"}}}, "the property name 'xxx"),
    "undescribed": ({"type": "object", "properties": {}, "required": ["a"]}, "'a', required and not described,"),
    "endless": ({"type": "number", "maximum": float("inf")}, "a number that is not finite at"),
    "prose": ({"type": "string", "title": "A text"}, "title at"),
    "a reference": ({"$ref": "#/$defs/a"}, "$ref at"),
}
FINE: Json = {"type": "string", "enum": ["a", "b"]}


def definition(properties: Json, name: str = "get_it") -> Json:
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"name": name, "inputSchema": schema}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", REFUSED)
def test_what_a_client_refuses_is_found_wherever_it_is(kind: str, place: str):
    bad, said = REFUSED[kind]
    found = list(problems(definition(PLACES[place](bad))))
    assert [line for line in found if said in line], found


@pytest.mark.parametrize("place", PLACES)
def test_what_every_client_takes_is_no_problem(place: str):
    assert list(problems(definition(PLACES[place](FINE)))) == []


@pytest.mark.parametrize(("name", "is_fine"), [("a" * 40, True), ("a" * 41, False), ("Get", False), ("get-it", False)])
def test_a_name_has_up_to_40_plain_characters(name: str, is_fine: bool):
    assert (list(problems(definition({}, name))) == []) is is_fine
