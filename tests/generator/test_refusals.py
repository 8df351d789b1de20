"""What a document or a decision can't mean is refused, by its place and in words."""

from pathlib import Path
from typing import Any

import pytest

from generator.errors import GeneratorError, NamingError, OverrideError, SpecError
from generator.facts.facts import extract_facts
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import load_overrides

Json = dict[str, Any]
ID = {"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}
DONE = {"204": {"description": ""}}


def document(path: str, method: str, **operation: Any) -> Json:
    """A document of one operation."""
    item = {method: {"tags": ["disks"], "responses": DONE, **operation}}
    return extract_facts({"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {path: item}})


def takes(schema: Json) -> Json:
    """A request body."""
    return {"content": {"application/json": {"schema": schema}}}


def model(folder: Path, *documents: Json, decided: str = "") -> Model:
    if decided:
        (folder / "disks.yaml").write_text(decided)
    return build_model(list(documents), load_overrides(folder))


@pytest.mark.parametrize(
    ("path", "parameters", "complaint"),
    [
        ("/disks/{id}/parts/{id}", [ID], "is in the path twice"),
        ("/disks", [ID], "'id' is not in the path"),
        ("/disks/{id}", [ID, {"in": "matrix", "name": "x", "schema": {}}], "'x' is in 'matrix'; known: path, query"),
    ],
)
def test_parameters_that_can_not_be_sent(tmp_path: Path, path: str, parameters: list[Json], complaint: str):
    with pytest.raises(SpecError, match=complaint) as caught:
        model(tmp_path, document(path, "get", parameters=parameters))
    assert f"GET {path}" in str(caught.value)


def test_an_argument_named_like_one_that_every_list_has_is_distinguished_by_its_place(tmp_path: Path):
    own = {"in": "query", "name": "format", "schema": {"type": "string"}}
    record = {"type": "object", "properties": {"id": {"type": "string"}}}
    rows = {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": record}}}}}
    one = {"200": {"description": "", "content": {"application/json": {"schema": record}}}}
    both = document("/disks", "get", parameters=[own], responses=rows)
    both["paths"] |= document("/disks/{id}", "get", parameters=[ID], responses=one)["paths"]
    tool = model(tmp_path, both, decided="operations:\n  GET /disks: {kind: list}\n").tools[0]
    placed = {argument.name: (argument.sent_in, argument.sent_as) for argument in tool.arguments}
    assert placed["query_format"] == ("query", "format")
    assert placed["format"] == ("extra", "format")


def test_a_body_named_twice_is_distinguished_by_its_place(tmp_path: Path):
    body = takes({"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "number"}}})
    (tool,) = model(tmp_path, document("/disks/{id}", "patch", parameters=[ID], requestBody=body)).tools
    assert list(tool.input_schema["properties"]) == ["id", "body_id", "size"]
    taken = takes({"type": "object", "properties": {"id": {"type": "string"}, "body_id": {"type": "string"}}})
    (tool,) = model(tmp_path, document("/disks/{id}", "patch", parameters=[ID], requestBody=taken)).tools
    assert {argument.name: argument.sent_as for argument in tool.arguments} == {
        "id": "id", "body_id": "body_id", "body_id_2": "id",
    }  # fmt: skip


def test_a_body_without_content_is_none(tmp_path: Path):
    (tool,) = model(tmp_path, document("/disks", "post", requestBody={"content": {}})).tools
    assert tool.input_schema["properties"] == {}


def test_a_parameter_with_content_has_its_schema(tmp_path: Path):
    odd = {"in": "query", "name": "where", "content": {"application/json": {"schema": {"type": "integer"}}}}
    (tool,) = model(tmp_path, document("/disks/all", "put", parameters=[odd])).tools
    assert tool.input_schema["properties"]["where"]["type"] == "integer"


def test_the_same_route_in_two_documents(tmp_path: Path):
    with pytest.raises(OverrideError, match=r"the route is in two documents"):
        model(tmp_path, *(document("/disks", "post"),) * 2)


@pytest.mark.parametrize(
    ("decided", "kind", "complaint"),
    [
        (
            "operations:\n  POST /disks/{kind}:\n    split: {parameter: kind, tools: {slow: {}}}\n",
            OverrideError,
            "kind has no value 'slow'",
        ),
        (
            (
                "local_tools:\n  look: {kind: read, title: Look, description: Looks., effect: read, idempotent: true,"
                " arguments: {at: Where}}\n"
            ),
            OverrideError,
            "'at' of a local tool needs a schema",
        ),
        (
            (
                "local_tools:\n  look: {kind: read, title: Look, description: Looks., effect: read, idempotent: true,"
                " arguments: {look-at: {schema: {type: string}}}}\n"
            ),
            OverrideError,
            "'look-at' of a local tool must be a Python name",
        ),
    ],
)
def test_decisions_about_what_is_not_there(tmp_path: Path, decided: str, kind: type[GeneratorError], complaint: str):
    query = {"in": "path", "name": "kind", "required": True, "schema": {"type": "string", "enum": ["fast", "safe"]}}
    with pytest.raises(kind, match=complaint):
        model(tmp_path, document("/disks/{kind}", "post", parameters=[query]), decided=decided)


def test_two_tools_by_one_name(tmp_path: Path):
    decided = "operations:\n  POST /disks: {name: go}\n  PUT /disks: {name: stop, aliases: [go]}\n"
    both = document("/disks", "post")
    both["paths"]["/disks"] |= document("/disks", "put")["paths"]["/disks"]
    with pytest.raises(NamingError, match="PUT /disks and POST /disks would both be called go"):
        model(tmp_path, both, decided=decided)


def test_an_inner_argument_gets_another_schema_and_its_own_words(tmp_path: Path):
    part = {"type": "object", "properties": {"at": {"type": "number"}}}
    schema = {"type": "object", "properties": {"parts": {"type": "array", "items": part}}}
    decided = (
        "operations:\n  POST /disks:\n    arguments:\n"
        "      'parts[].at': {schema: {type: integer}, description: Offset in bytes}\n"
    )
    (tool,) = model(tmp_path, document("/disks", "post", requestBody=takes(schema)), decided=decided).tools
    parts = tool.input_schema["properties"]["parts"]
    assert parts["items"]["properties"]["at"] == {"type": "integer", "description": "Offset in bytes"}
