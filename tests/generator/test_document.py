"""Documents come from the network: every byte string gives JSON of bounded size, or an error that says why not."""

import contextlib
import json
from pathlib import Path

import pytest
import ruamel.yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import DocumentError, SourceError
from generator.facts import document as module
from generator.facts.document import MAX_DEPTH, check_version, parse_document, read_document

SPEC = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {}}
TEXT = json.dumps(SPEC)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_every_json_encoding_is_read(encoding: str):
    assert parse_document(TEXT.encode(encoding), "spec.json") == SPEC


def test_tabs_are_read_as_indentation_and_inside_text():
    indented = json.dumps({**SPEC, "x": "y"}, indent="\t").replace('"y"', '"y\tz"')
    assert parse_document(indented.encode(), "spec.json")["x"] == "y\tz"


@pytest.mark.parametrize(
    "text",
    [
        f'{TEXT}\n{{"id": 1}}\n{{"id": 2}}\n',
        f'{{"id": 1}}\n\n{TEXT}\n',
        f"{TEXT}\r\nnot json\r\n{{broken\r\n",
    ],
    ids=["first line", "last line", "broken neighbours"],
)
def test_the_document_line_of_ndjson_is_taken(text: str):
    assert parse_document(text.encode(), "stream.ndjson") == SPEC


def test_two_documents_in_one_stream_are_refused():
    with pytest.raises(DocumentError, match="holds 2 documents"):
        parse_document(f"{TEXT}\n{TEXT}\n".encode(), "stream.ndjson")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<!DOCTYPE html><title>Sign in</title>", "HTML or XML, not JSON"),
        (b"[1, 2]", "an OpenAPI document is an object, this is an array"),
        (b'"text"', "this is a string"),
        (b"null", "this is null"),
        (b"true", "this is a boolean"),
        (b"12", "this is a number"),
        (b'{"a": 1,}', "not JSON: .* at line 1, column"),
        (b'{"a": 1} {"b": 2}', "not JSON: Extra data at line 1"),
        (b'{"a": {"same": 1, "same": 2}}', "the key 'same' is twice in one object"),
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1e999}', "the number '1e999' is out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number is too long"),
        (b'{"a": "\\ud800"}', "text that is not Unicode"),
        (b'{"\\udfff": 1}', "text that is not Unicode"),
        (b'{"a": "\xff"}', "not text: .* at byte 7"),
        (b'{"a":' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}", "nested deeper than 200 levels"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested deeper than 200 levels at "),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, message: str):
    with pytest.raises(DocumentError, match=message) as caught:
        parse_document(data, "spec.json")
    assert caught.value.place == "spec.json"


def test_depth_within_the_bound_is_read():
    text = '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH
    assert parse_document(text.encode(), "spec.json")


def test_a_duplicate_key_of_enormous_length_is_named_in_short():
    key = "k" * 100_000
    with pytest.raises(DocumentError) as caught:
        parse_document(f'{{"{key}": 1, "{key}": 2}}'.encode(), "spec.json")
    assert len(str(caught.value)) < 200


def test_an_error_carries_no_terminal_commands():
    with pytest.raises(DocumentError) as caught:
        parse_document(b'{"\\u001b[2J": 1, "\\u001b[2J": 2}', "spec.json")
    assert "\x1b" not in str(caught.value)


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1024 * 1024)
    assert parse_document(TEXT.encode() + b" " * 1000, "spec.json")
    with pytest.raises(DocumentError, match="larger than 1 MiB"):
        parse_document(TEXT.encode() + b" " * 1024 * 1024, "spec.json")


YAML = """\
openapi: 3.0.3
info: {title: t, version: '1'}
on: no
date: 2026-01-02
shared: &one [1]
again: *one
paths:
  /a:
    get:
      responses:
        200: {description: ''}
"""


def test_yaml_says_what_json_can_say():
    found = parse_document(YAML.encode(), "spec.YAML")
    assert found["on"] == "no"
    assert found["date"] == "2026-01-02"
    assert found["again"] == [1]
    assert list(found["paths"]["/a"]["get"]["responses"]) == ["200"]
    json.dumps(found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not YAML"),
        ("a: 1\na: 2\n", "not YAML: .*duplicate key"),
        ("200: 1\n'200': 2\n", "once as a number and once as text"),
        ("a: .nan\n", "nan is not a JSON number"),
        ("a: .inf\n", "inf is not a JSON number"),
        ("? [1]\n: 2\n", "not text|not YAML"),
        ("~: 2\n", "not text"),
        ("a: !!python/object/apply:os.system [echo]\n", "not YAML"),
        ("a: !mine 1\n", "not YAML"),
        ("a: !!binary aGVsbG8=\n", "bytes is not JSON"),
        ("a: !!set {x, y}\n", "is not JSON|not YAML"),
        ("a: &a [*a]\n", "nested deeper"),
        ("- 1\n", "an OpenAPI document is an object"),
        ("a: " + "[" * 3000, "nested deeper than 200 levels at a > 0 > 0"),
    ],
)
def test_yaml_that_json_can_not_say_is_refused(text: str, message: str):
    with pytest.raises(DocumentError, match=message):
        parse_document(text.encode(), "spec.yml")


def test_aliases_can_not_expand_without_end():
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(DocumentError, match="expands to more than"):
        parse_document("\n".join(lines).encode(), "spec.yaml")


def test_a_yaml_timestamp_elsewhere_stays_a_date():
    parse_document(YAML.encode(), "spec.yaml")
    assert ruamel.yaml.YAML(typ="safe", pure=True).load("2026-01-02").year == 2026


def test_read_document_says_what_is_wrong_with_a_file(tmp_path: Path):
    path = tmp_path / "spec.json"
    path.write_text(TEXT, encoding="utf-8")
    assert read_document(path) == SPEC
    for wrong, reason in ((tmp_path / "none.json", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(SourceError, match=reason) as caught:
            read_document(wrong)
        assert caught.value.place == str(wrong)


@pytest.mark.parametrize("version", ["3.0", "3.0.0", "3.0.3", "3.0.4-rc1", 3.0])
def test_openapi_3_0_is_taken(version: object):
    check_version({**SPEC, "openapi": version}, "spec.json")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"swagger": "2.0", "paths": {}},
            "Swagger '2.0'; OpenAPI 3.0 or 3.1 is needed. Convert it first, .*swagger2openapi",
        ),
        ({"openapi": "3.2.0", "paths": {}}, "OpenAPI '3.2.0'; only 3.0 and 3.1 are read"),
        ({"openapi": "3.01", "paths": {}}, "OpenAPI '3.01'"),
        ({"openapi": {"a": 1}, "paths": {}}, "OpenAPI "),
        ({"paths": {}}, "`openapi` is missing"),
        ({"openapi": "3.0.0"}, "`paths` must be an object"),
        ({"openapi": "3.0.0", "paths": []}, "`paths` must be an object"),
    ],
)
def test_other_versions_are_refused_by_name(document: dict[str, object], message: str):
    with pytest.raises(DocumentError, match=message):
        check_version(document, "spec.json")


@given(st.binary(max_size=300), st.sampled_from(["a.json", "a.yaml"]))
@settings(deadline=None, max_examples=200)
def test_no_bytes_crash_the_reader(data: bytes, origin: str):
    with contextlib.suppress(DocumentError):
        json.dumps(parse_document(data, origin), allow_nan=False).encode()


@given(st.text(alphabet="{}[]:,&*!|>-?#%@`'\" \n\tabn01.~<=", max_size=80), st.sampled_from(["a.json", "a.yaml"]))
@settings(deadline=None, max_examples=300)
def test_no_text_of_markup_crashes_the_reader(text: str, origin: str):
    with contextlib.suppress(DocumentError):
        json.dumps(parse_document(text.encode(), origin), allow_nan=False).encode()
