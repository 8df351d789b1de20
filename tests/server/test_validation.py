"""Arguments against schemas: what is refused and in which words, and the little that is put right."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xo_mcp.errors import ArgumentError
from xo_mcp.safety.validation import Validator

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string", "description": "Name of the VM", "minLength": 1},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        "timeout": {"type": "number", "minimum": 0},
        "format": {"type": "string", "enum": ["json", "markdown"]},
        "fields": {"type": "string"},
        "clear": {"type": ["string", "null"]},
        "password": {"type": "string"},
        "force": {"type": "boolean"},
        "vdis": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"size": {"type": "integer"}, "sr": {"type": "string"}},
                "required": ["size"],
                "additionalProperties": False,
            },
        },
        "affinity": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "target": {
            "oneOf": [
                {"type": "string"},
                {"type": "object", "properties": {"sr": {"type": "string"}}, "required": ["sr"]},
            ]
        },
        "free": {"type": "object", "additionalProperties": True},
    },
    "required": ["id"],
    "additionalProperties": False,
}


def check(**arguments: Any) -> dict[str, Any]:
    return Validator("create_vm", SCHEMA).check({"id": "1"} | arguments)


def refusal(**arguments: Any) -> str:
    with pytest.raises(ArgumentError) as caught:
        check(**arguments)
    return str(caught.value)


def test_good_arguments_pass_unchanged():
    arguments = {"id": "1", "limit": 5, "timeout": 1.5, "format": "json", "clear": None, "vdis": [{"size": 1}]}
    before = copy.deepcopy(arguments)
    assert Validator("create_vm", SCHEMA).check(arguments) == before
    assert arguments == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": "five"}, 'limit must be a whole number, not "five".'),
        ({"limit": True}, "limit must be a whole number, not true."),
        ({"limit": 1.5}, "limit must be a whole number, not 1.5."),
        ({"limit": 0}, "limit must be at least 1."),
        ({"limit": 101}, "limit must be at most 100."),
        ({"format": "xml"}, 'format must be one of json, markdown, not "xml".'),
        ({"force": "yes"}, 'force must be true or false, not "yes".'),
        ({"name": ""}, "name must not be empty."),
        ({"name": [7, 8]}, "name must be text, not [7, 8]."),
        ({"vdis": [{}]}, "vdis[0] needs 'size'."),
        ({"vdis": [{"size": 1}, {"size": "x"}]}, 'vdis[1].size must be a whole number, not "x".'),
        ({"vdis": [{"size": 1, "name": "x"}]}, "vdis[0] takes size, sr; 'name' is not among them."),
        ({"affinity": [4, 5]}, "affinity must be text or null, not [4, 5]."),
        ({"target": {}}, "target needs 'sr'."),
        ({"target": {"sr": {}}}, "target.sr must be text, not {}."),
        ({"target": {"sr": "x", "name": 1}}, "target takes sr; 'name' is not among them."),
        ({"vdis": [{"size": 1, "srId": "x"}]}, "vdis[0] takes size, sr; 'srId' is not among them; did you mean sr?"),
        ({"timeout": float("inf")}, "timeout must be a finite number."),
        ({"limit": 10**5_000}, "limit must not be beyond 9007199254740991"),
        ({"free": {"a": [float("nan")]}}, "free.a[0] must be a finite number."),
    ],
)
def test_a_refusal_names_the_argument_and_what_it_accepts(arguments: dict[str, Any], message: str):
    assert message in refusal(**arguments)


def test_an_unknown_argument_is_refused_with_the_nearest_name():
    text = refusal(nmae="x")
    assert text.startswith("create_vm has no argument 'nmae'; did you mean name")
    assert "It takes id, name, limit" in text


def test_a_tool_without_arguments_says_so():
    with pytest.raises(ArgumentError, match=r"ping has no argument 'host'. It takes no arguments."):
        Validator("ping", {"type": "object", "properties": {}, "additionalProperties": False}).check({"host": 1})


def test_free_keys_are_let_through_where_the_schema_says_so():
    schema = {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": {"type": "string"}}
    assert Validator("t", schema).check({"id": "1", "x": "y"}) == {"id": "1", "x": "y"}
    with pytest.raises(ArgumentError, match="x must be text"):
        Validator("t", schema).check({"x": []})


def test_every_missing_argument_is_named_with_what_it_is():
    schema = {**SCHEMA, "required": ["id", "name", "format"]}
    with pytest.raises(ArgumentError) as caught:
        Validator("create_vm", schema).check({"id": "1"})
    assert str(caught.value) == "create_vm needs name (text: Name of the VM), format (one of json, markdown)."


def test_several_faults_are_reported_at_once_but_not_without_end():
    text = refusal(limit="x", format="y", force=1, name=[], timeout="z", password=[])
    assert text.startswith("create_vm was not called. ")
    assert text.count(" must be ") == 4
    assert text.endswith("2 more.")


def test_null_for_an_optional_argument_means_not_given():
    assert check(limit=None, name=None) == {"id": "1"}
    assert check(clear=None, affinity=None) == {"id": "1", "clear": None, "affinity": None}
    assert "id must be text, not null." in refusal(id=None)


def test_a_list_of_fields_is_joined():
    assert check(fields=["name_label", "tags"])["fields"] == "name_label,tags"
    assert "fields must be text" in refusal(fields=[1, 2])


def test_a_whole_float_is_a_whole_number():
    checked = check(limit=5.0)
    assert checked["limit"] == 5
    assert isinstance(checked["limit"], int)
    assert isinstance(check(timeout=5.0)["timeout"], float)


def test_an_object_written_as_text_is_read_only_where_no_text_is_meant():
    assert check(vdis='[{"size": 1}]')["vdis"] == [{"size": 1}]
    assert check(free='{"a": 1}')["free"] == {"a": 1}
    assert check(name='{"a": 1}')["name"] == '{"a": 1}'
    assert check(target='{"sr": "x"}')["target"] == '{"sr": "x"}'
    assert "vdis must be a list" in refusal(vdis="[{")


def test_a_secret_is_not_repeated():
    assert "planted" not in refusal(password=["planted", "planted"])
    assert "planted" not in refusal(limit={"token": "planted"})


def test_long_values_and_names_are_cut():
    assert len(refusal(limit="x" * 10_000)) < 300
    assert len(refusal(**{"y" * 10_000: 1})) < 500


def test_nesting_without_end_is_refused():
    value: Any = 1
    for _ in range(200):
        value = {"a": value}
    assert "nested more than" in refusal(free=value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), JSON, max_size=5))
def test_whatever_is_sent_is_either_accepted_or_refused_in_words(arguments: dict[str, Any]):
    validator = Validator("create_vm", SCHEMA)
    refused: str | None = None
    checked: dict[str, Any] = {}
    try:
        checked = validator.check(arguments)
    except ArgumentError as error:
        refused = str(error)
    if refused is None:
        assert validator.check(checked) == checked
    else:
        assert "\n" not in refused
        assert len(refused) < 2_000


@pytest.mark.parametrize(
    ("given_as", "means"),
    [(["id", "name"], ["id", "name"]), ([], []), ('["id"]', ["id"]), ("*", "*")],
)
def test_fields_that_xo_takes_as_a_list_stay_one(given_as: Any, means: Any):
    either = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string", "enum": ["*"]}]}
    schema = {"type": "object", "properties": {"fields": either}, "additionalProperties": False}
    assert Validator("add_event_subscription", schema).check({"fields": given_as}) == {"fields": means}
