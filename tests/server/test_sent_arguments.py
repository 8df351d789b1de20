"""Bodies as they are sent, and what is said of arguments that can't be."""

import json
import math
from typing import Any

import pytest
from xo_mcp.api.paths import encode_body, encode_query, fill
from xo_mcp.errors import ArgumentError
from xo_mcp.types import OMIT


def refused(name: str, value: object) -> str:
    with pytest.raises(ArgumentError) as caught:
        fill(f"/vms/{{{name}}}", {name: value})
    return str(caught.value)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": 1, "b": OMIT, "c": None}, b'{"a":1,"c":null}'),
        ({"a": {"b": [1, True]}}, b'{"a":{"b":[1,true]}}'),
        ({}, b"{}"),
        (["x", None], b'["x",null]'),
        ("\u00fc\U0001f600", rb'"\u00fc\ud83d\ude00"'),
        (None, b"null"),
        (5, b"5"),
    ],
)
def test_a_body_is_the_shortest_json_in_ascii(body: Any, sent: bytes):
    assert encode_body(body) == sent
    assert encode_body(body).isascii()


def nested(levels: int) -> Any:
    body: Any = []
    for _ in range(levels):
        body = [body]
    return body


@pytest.mark.parametrize("body", [{"a": math.nan}, [math.inf], {"a": {1, 2}}, nested(100_000)])
def test_what_is_no_json_is_refused_in_words(body: Any):
    with pytest.raises(ArgumentError) as caught:
        encode_body(body)
    assert str(caught.value) == ("The arguments can't be written as JSON: use finite numbers and no deep nesting.")


def test_json_itself_would_write_what_xo_can_not_read():
    assert json.dumps(math.nan) == "NaN"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "`id` is required."),
        ({"a": 5}, "`id` must be text, a number, a boolean, or a list of these."),
        ("", "`id` must not be empty."),
        ("..", "`id` can't be '..': take one that XO gave, a list tool's `id`."),
        ("a\\b", "`id` must not hold backslashes: 'a\\\\b'."),
        ("/vms/a", "`id` must not hold slashes: '/vms/a'. Give the bare id, without the path or `href` around it."),
    ],
)
def test_an_id_that_can_be_none_is_reported_with_what_to_give(value: object, said: str):
    assert refused("id", value) == said


@pytest.mark.parametrize("value", ["x" * 200 + "/", "x" * 200 + "\\", "x" * 200 + "\0"])
def test_a_long_value_is_shown_as_it_was_sent(value: str):
    assert "x" * 200 in refused("id", value)


def test_a_query_value_that_is_not_a_text_is_reported_by_its_name():
    with pytest.raises(ArgumentError) as caught:
        encode_query({"filter": "x" * 200 + "\udcff"})
    assert str(caught.value).startswith(f"`filter` holds an invalid character: '{'x' * 200}")
    with pytest.raises(ArgumentError, match="`\udcff` holds"):
        encode_query({"\udcff": "x"})
