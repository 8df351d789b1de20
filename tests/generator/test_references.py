"""References, recursion, depth and odd shapes in a document: followed and kept, or an error that names the place."""

import contextlib
import json
import re
from typing import Any

import pytest
from pets import answering, document

from generator.errors import SpecError
from generator.facts.document import parse_document
from generator.facts.facts import extract_facts, validate
from generator.facts.repairs import repair


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("other.json#/components/schemas/A", "leaves the document"),
        ("https://example.org/a.json", "leaves the document"),
        ("file:///etc/passwd", "leaves the document"),
        ("A", "leaves the document"),
        ("#A", "leads nowhere"),
        ("#/components/schemas/Gone", "leads nowhere"),
        ("#/components/schemas/Obj/properties/gone", "leads nowhere"),
        ("#/components/examples/A", "leads nowhere"),
        (7, "must be a string"),
        ("", "must be a string"),
    ],
)
def test_a_reference_that_can_not_be_followed_names_its_place(reference: Any, message: str):
    wrong = answering({"$ref": "#/components/schemas/Obj"}, Obj={"properties": {"p": {"items": {"$ref": reference}}}})
    with pytest.raises(SpecError, match=message) as caught:
        extract_facts(wrong)
    assert str(caught.value).startswith("components > schemas > Obj > properties > p > items")


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/Obj/properties/p",
        "#/components/schemas/A~1B",
        "#/components/schemas/A%20B",
        "#/paths/~1a/get/responses/200/content/application~1json/schema/properties/inner",
        "#/components/schemas/Any/anyOf/0",
    ],
)
def test_local_references_of_any_kind_stay_whole(reference: str):
    schema = {"properties": {"inner": {"type": "string"}, "it": {"$ref": reference}}}
    schemas = {
        "Obj": {"properties": {"p": {"type": "string"}}},
        "A/B": {},
        "A B": {},
        "Any": {"anyOf": [{"type": "string"}]},
    }
    facts = extract_facts(answering(schema, **schemas))
    assert extract_facts(facts) == facts
    assert len(facts["components"].get("schemas", {})) == (0 if reference.startswith("#/paths") else 1)


def test_recursion_is_no_problem():
    schemas = {
        "Tree": {"properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
        "A": {"allOf": [{"$ref": "#/components/schemas/B"}]},
        "B": {"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/Tree"}]},
        "C": {"$ref": "#/components/schemas/C"},
    }
    schema = {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/C"}]}
    facts = extract_facts(answering(schema, **schemas))
    assert set(facts["components"]["schemas"]) == set(schemas)
    validate(facts)


@pytest.mark.parametrize("keyword", ["items", "not", "additionalProperties", "allOf", "properties"])
def test_as_deep_as_a_document_may_be(keyword: str):
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(90):
        inner: Any = {"allOf": [schema], "properties": {"p": schema}}.get(keyword, schema)
        schema = {keyword: inner}
    text = json.dumps(answering({}, Deep=schema) | {"paths": answering({"$ref": "#/components/schemas/Deep"})["paths"]})
    repaired, _ = repair(parse_document(text.encode(), "spec.json"))
    facts = extract_facts(repaired)
    with contextlib.suppress(SpecError):
        validate(facts)
    assert extract_facts(facts) == facts


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("paths", [], "paths"),
        ("paths./pets", 1, "/pets"),
        ("paths./pets", {"$ref": "#/paths/~1x"}, "/pets"),
        ("paths.pets", {}, "paths > pets"),
        ("paths./pets.post", [], "POST /pets"),
        ("paths./pets.post.responses", [], "POST /pets > responses"),
        ("paths./pets.post.responses.201", "made", "POST /pets > responses > 201"),
        ("paths./pets.post.requestBody", 1, "POST /pets > requestBody"),
        ("paths./pets.post.requestBody", {"content": []}, "POST /pets > requestBody > content"),
        ("paths./pets.post.parameters", {"a": 1}, "POST /pets > parameters"),
        ("paths./pets.post.parameters", [{"in": "query"}], "POST /pets > parameters > 0 > name"),
        ("paths./pets.post.parameters", [{"name": "x"}], "POST /pets > parameters > x > in"),
        ("paths./pets.post.tags", "pets", "POST /pets > tags"),
        ("paths./pets.post.tags", [[]], "POST /pets > tags"),
        ("paths./pets.post.operationId", [1], "POST /pets > operationId"),
        ("paths./pets.post.x-mcp-exposure", "see below", "POST /pets > x-mcp-exposure"),
        ("paths./pets.post.x-privileges", "all", "POST /pets > x-privileges"),
        ("paths./pets.post.security", {}, "POST /pets > security"),
        ("components", [], "components"),
        ("components.schemas", [], "components > schemas"),
        ("components.schemas.Pet", 1, "components > schemas > Pet"),
        ("components.schemas.Pet.type", 1, "components > schemas > Pet > type"),
        ("components.schemas.Pet.required", "all", "components > schemas > Pet > required"),
        ("components.schemas.Pet.required", [None], "components > schemas > Pet > required"),
        ("components.schemas.Pet.nullable", "yes", "components > schemas > Pet > nullable"),
        ("components.schemas.Pet.minimum", "1", "components > schemas > Pet > minimum"),
        ("components.schemas.Pet.exclusiveMinimum", "5", "components > schemas > Pet > exclusiveMinimum"),
        ("components.schemas.Pet.enum", "a", "components > schemas > Pet > enum"),
        ("components.schemas.Pet.items", 1, "components > schemas > Pet > items"),
        ("components.schemas.Pet.allOf", {}, "components > schemas > Pet > allOf"),
        ("components.schemas.Pet.properties", [], "components > schemas > Pet > properties"),
        ("components.schemas.Pet.properties.p", 1, "components > schemas > Pet > properties > p"),
        ("paths./pets.post.deprecated", "yes", "POST /pets > deprecated"),
        ("components.requestBodies.Pet.required", 1, "components > requestBodies > Pet > required"),
        ("components.parameters.Id.required", "true", "components > parameters > id > required"),
        ("components.parameters.Id.explode", 1, "components > parameters > id > explode"),
        ("components.parameters.Id.style", "in any way", "components > parameters > id > style"),
        ("servers", {}, "servers"),
        ("servers", [{"url": 1}], "servers > 0 > url"),
        ("security", [1], "security"),
        ("info", 1, "info"),
        ("x-xo-release", "../../etc/passwd", "x-xo-release"),
        ("x-xo-plugin", ["a"], "x-xo-plugin"),
        ("x-repairs", [], "x-repairs"),
    ],
)
def test_a_wrong_shape_is_an_error_that_names_its_place(path: str, value: Any, place: str):
    wrong = document()
    *parents, last = re.split(r"\.(?!\d)|\.(?=2)", path)
    node: Any = wrong
    for part in parents:
        node = node[part]
    node[last] = value
    with pytest.raises(SpecError) as caught:
        extract_facts(wrong)
    assert caught.value.place == place


def test_validation_names_at_most_five_places_and_dumps_nothing():
    wrong = {f"S{number}": {"type": "nonsense", "minLength": -1} for number in range(20)}
    facts = extract_facts(answering({"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in wrong]}, **wrong))
    with pytest.raises(SpecError) as caught:
        validate(facts)
    message = str(caught.value)
    assert "components > schemas > S0 > type: Input should be 'string'" in message
    assert "and 35 more" in message
    assert len(message) < 1000
    assert "Reference" not in message
    assert "pydantic" not in message
