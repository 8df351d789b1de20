"""What is said of arguments that break a schema, whole sentences and at the edges of what is allowed."""

from typing import Any

import pytest
from xo_mcp.errors import ArgumentError
from xo_mcp.safety.validation import MAX_DEPTH, MAX_INTEGER, MAX_SHOWN, Validator

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def said(properties: dict[str, Any], **arguments: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        Validator("go", schema(**properties)).check(arguments)
    return str(caught.value)


def checked(rule: Any, value: Any) -> dict[str, Any]:
    return Validator("go", schema(a=rule)).check({"a": value})


@pytest.mark.parametrize(
    ("rule", "value", "complaint"),
    [
        (NUMBER, "x", 'a must be a whole number, not "x".'),
        ({"type": "array", "minItems": 1}, [], "a must not be empty."),
        ({"type": "array", "minItems": 2}, [1], "a breaks the rule minItems 2."),
        ({"type": "string", "maxLength": 1}, "xx", "a breaks the rule maxLength 1."),
        ({"type": "string", "pattern": "^v"}, "x", "a must be text that matches ^v."),
        ({"exclusiveMinimum": 1}, 1, "a must be more than 1."),
        ({"exclusiveMaximum": 1}, 1, "a must be less than 1."),
        ({"const": 1}, 2, "a must be exactly 1."),
        ({"enum": ["x", 5, None, True]}, "y", 'a must be one of x, 5, null, true, not "y".'),
        ({"type": "object", "required": ["b", "c", "d"]}, {"c": 1}, "a needs 'b', 'd'."),
        (schema(b=NUMBER), {"c": 1}, "a takes b; 'c' is not among them."),
        ({"type": "object", "additionalProperties": False}, {"c": 1}, "a takes nothing; 'c' is not among them."),
        (schema(b={"type": "array", "items": NUMBER}), {"b": [1, "x"]}, 'a.b[1] must be a whole number, not "x".'),
        ({"type": ["string", "boolean"]}, 1, "a must be text or true or false, not 1."),
        ({"anyOf": [TEXT, NUMBER]}, [], "a must be a whole number or text, not []."),
        ({"anyOf": [TEXT, {}]}, 1, None),
        ({"anyOf": [{"minimum": 5}, {"minimum": 7}]}, 1, "a must be at least 5."),
        # The alternative whose type fits was meant, and the one with the fewest faults.
        ({"oneOf": [TEXT, schema(b=NUMBER)]}, {"b": "x"}, 'a.b must be a whole number, not "x".'),
        (
            {"oneOf": [schema(b=NUMBER, c=NUMBER), schema(b=NUMBER, c=TEXT)]},
            {"b": "x", "c": "x"},
            'a.b must be a whole number, not "x".',
        ),
        ({"oneOf": [{"type": "object", "required": ["x", "y"]}, {"type": "object", "required": ["z"]}]}, {}, "a needs"),
    ],
)
def test_one_sentence_says_what_would_do(rule: Any, value: Any, complaint: str | None):
    if complaint is None:
        assert checked(rule, value) == {"a": value}
    else:
        text = said({"a": rule}, a=value)
        assert text.startswith(f"go was not called. {complaint}")
        assert text.count(".") >= 2


def test_a_fault_of_the_whole_call_is_reported_as_such():
    rule = {"type": "object", "properties": {"a": NUMBER}, "minProperties": 1}
    with pytest.raises(ArgumentError) as caught:
        Validator("go", rule).check({})
    assert str(caught.value) == "go was not called. The call breaks the rule minProperties 1."


@pytest.mark.parametrize(("count", "end"), [(4, ""), (5, " 1 more."), (7, " 3 more.")])
def test_four_faults_are_reported_and_the_rest_counted(count: int, end: str):
    names = "abcdefg"[:count]
    text = said(dict.fromkeys(names, NUMBER), **dict.fromkeys(names, "x"))
    reported = " ".join(f'{name} must be a whole number, not "x".' for name in names[:4])
    assert text == f"go was not called. {reported}{end}"


@pytest.mark.parametrize(
    ("known", "given", "text"),
    [
        (("name", "size"), ("nmae",), "go has no argument 'nmae'; did you mean name. It takes name, size."),
        (("name", "names"), ("nam",), "go has no argument 'nam'; did you mean name. It takes name, names."),
        (("size",), ("x", "yy"), "go has no argument 'x', 'yy'. It takes size."),
        ((), ("x",), "go has no argument 'x'. It takes no arguments."),
    ],
)
def test_an_unknown_argument_is_reported_with_the_one_that_was_meant(
    known: tuple[str, ...], given: tuple[str, ...], text: str
):
    assert said(dict.fromkeys(known, TEXT), **dict.fromkeys(given, 1)) == text


def test_a_tool_may_have_no_properties_at_all():
    assert Validator("go", {"type": "object"}).check({}) == {}


def test_what_is_required_and_not_described_is_a_value():
    with pytest.raises(ArgumentError) as caught:
        Validator("go", {"type": "object", "properties": {"a": {}, "c": True}, "required": ["a", "b", "c"]}).check({})
    assert str(caught.value) == "go needs a (a value), b (a value), c (a value)."


@pytest.mark.parametrize("length", [MAX_SHOWN - 2, MAX_SHOWN - 1])
def test_what_was_given_is_repeated_up_to_sixty_characters(length: int):
    text = "x" * length
    shown = f'"{text}"' if length + 2 <= MAX_SHOWN else f'"{text}...'
    assert said({"a": NUMBER}, a=text) == f"go was not called. a must be a whole number, not {shown}."


@pytest.mark.parametrize("length", [MAX_SHOWN, MAX_SHOWN + 1])
def test_a_name_is_repeated_up_to_sixty_characters(length: int):
    shown = "x" * MAX_SHOWN + ("..." if length > MAX_SHOWN else "")
    assert said({}, **{"x" * length: 1}) == f"go has no argument '{shown}'. It takes no arguments."


def test_a_secret_is_not_repeated():
    assert said({"password": NUMBER}, password="planted") == (
        "go was not called. password must be a whole number, not what was given."
    )


@pytest.mark.parametrize(
    ("rule", "value", "taken"),
    [
        ({"type": ["integer", "null"]}, 5.0, 5),
        ({"anyOf": [NUMBER, {"type": "null"}]}, 5.0, 5),
        ({"oneOf": [NUMBER, {"type": "null"}]}, 5.0, 5),
        ({"type": "number"}, 5.0, 5.0),
        ({"anyOf": [NUMBER, {}]}, 5.0, 5.0),
        ({"type": ["object", "array", "null"]}, ' \n{"b": 1}', {"b": 1}),
        ({"type": ["array", "null"]}, "[1]", [1]),
        ({"type": "array"}, "[1] ", [1]),
        ({"type": ["array", "string"]}, "[1]", "[1]"),
        (NUMBER, MAX_INTEGER, MAX_INTEGER),
        (NUMBER, -MAX_INTEGER, -MAX_INTEGER),
    ],
)
def test_what_can_be_meant_in_one_way_only_is_taken_so(rule: Any, value: Any, taken: Any):
    result = checked(rule, value)["a"]
    assert (result, type(result)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ({"enum": ["x"]}, False),
        ({"enum": ["x", None]}, True),
        ({}, True),
        (True, True),
        ({"type": ["string", "null"]}, True),
        (TEXT, False),
        ({"oneOf": [TEXT, {"type": "null"}]}, True),
    ],
)
def test_null_means_absent_only_where_it_is_no_value(rule: Any, kept: bool):
    assert checked(rule, None) == ({"a": None} if kept else {})


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_nesting_has_an_end():
    assert checked({}, nested(MAX_DEPTH)) == {"a": nested(MAX_DEPTH)}
    assert said({"a": {}}, a=nested(MAX_DEPTH + 1)) == f"a is nested more than {MAX_DEPTH} levels deep."


@pytest.mark.parametrize("value", [MAX_INTEGER + 1, -MAX_INTEGER - 1, [{"b": MAX_INTEGER + 1}]])
def test_integers_are_exact_or_refused(value: Any):
    place = "a[0].b" if isinstance(value, list) else "a"
    assert said({"a": {}}, a=value) == f"{place} must not be beyond {MAX_INTEGER}, where XO's numbers become inexact."
