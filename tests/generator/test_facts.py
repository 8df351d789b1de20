"""Facts: everything a caller must know, nothing its authors wrote, the same however often it is asked."""

import contextlib
import copy
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pets import PROSE, document, places

from generator import facts as module
from generator.document import parse_document, read_document
from generator.errors import GeneratorError, SpecError
from generator.facts import METHODS, extract_facts, facts_sha256, serialize, validate, write_facts
from generator.importer import import_document
from generator.repairs import repair

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = sorted((ROOT / "specs").rglob("xo-*.json")) + sorted((ROOT / "specs" / "plugins").glob("*.json"))
RAW = sorted((ROOT.parent / "shared" / "specs").glob("xo-*.json"))


def answering(schema: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """The smallest document that answers with a schema."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "", "version": ""},
        "paths": {
            "/a": {
                "get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}
            }
        },
        "components": {"schemas": schemas},
    }


def answer(facts: dict[str, Any]) -> Any:
    return facts["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from strings(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry)
    elif isinstance(value, str):
        yield value


def test_every_fact_is_kept_and_no_prose():
    facts = extract_facts(document(), release="6.7.1")
    assert PROSE not in serialize(facts).decode()
    assert facts["x-xo-release"] == "6.7.1"
    assert facts["info"] == {"title": "Pets", "version": "1"}
    assert facts["servers"] == [{"url": "/rest/v0"}]
    assert facts["paths"]["/pets/{id}"]["get"] == {
        "deprecated": True,
        "operationId": "getPet",
        "parameters": [
            {
                "in": "query",
                "name": "fields",
                "explode": False,
                "schema": {"items": {"type": "string"}, "type": "array"},
                "style": "form",
            }
        ],
        "responses": {
            "200": {
                "description": "",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
            "404": {"description": ""},
        },
        "security": [{"token": []}],
        "tags": ["pets", "animals"],
        "x-mcp-exposure": "deny",
        "x-privileges": [{"action": "read", "resource": "pet"}],
    }
    assert facts["components"]["schemas"]["Pet"] == {
        "additionalProperties": {"nullable": True, "type": "string"},
        "properties": {
            "id": {"exclusiveMinimum": True, "format": "int32", "minimum": 1, "type": "integer"},
            "name": {"default": "Rex", "type": "string"},
            "note": {"type": "string"},
            "owner": {"$ref": "#/components/schemas/Owner"},
        },
        "required": ["id", "name"],
        "type": "object",
    }
    assert facts["components"]["securitySchemes"]["login"]["flows"]["implicit"]["scopes"] == {"read": ""}
    validate(facts)


def test_properties_named_like_keywords_survive():
    names = ["$ref", "default", "deprecated", "description", "enum", "example", "examples", "properties", "required",
             "summary", "title", "type", "x-mcp-exposure"]  # fmt: skip
    schema = {
        "type": "object",
        "title": PROSE,
        "required": names,
        "properties": {name: {"type": "string", "description": PROSE} for name in names},
    }
    facts = extract_facts(answering(schema))
    assert answer(facts) == {
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
        "type": "object",
    }
    assert extract_facts(facts) == facts


@pytest.mark.parametrize(
    ("default", "kept"),
    [
        (1500, True),
        (None, True),
        ("", True),
        ({"a": [1, "x"]}, True),
        ("x" * 101, False),
        ("two\nlines", False),
        ({"a": ["x" * 101]}, False),
        ({"x" * 101: 1}, False),
    ],
)
def test_a_default_is_a_value_unless_it_is_prose(default: Any, kept: bool):
    assert answer(extract_facts(answering({"default": default}))) == ({"default": default} if kept else {})


def test_a_parameter_may_have_a_media_type_instead_of_a_schema():
    raw = answering({})
    raw["paths"]["/a"]["get"]["parameters"] = [
        {"name": "q", "in": "query", "content": {"application/json": {"schema": {"title": PROSE}}}}
    ]
    facts = extract_facts(raw)
    assert facts["paths"]["/a"]["get"]["parameters"][0]["content"] == {"application/json": {"schema": {}}}


def test_the_facts_of_facts_are_the_same():
    facts = extract_facts(document(), release="6.7.1")
    again = extract_facts(facts)
    assert serialize(again) == serialize(facts)
    assert facts_sha256(again) == facts_sha256(facts) == hashlib.sha256(serialize(facts)).hexdigest()


def test_order_of_the_document_does_not_show():
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(entry) for key, entry in reversed(value.items())}
        return [turned(entry) for entry in value] if isinstance(value, list) else value

    assert serialize(extract_facts(turned(document()))) == serialize(extract_facts(document()))


def test_paths_are_sorted_and_methods_as_people_say_them():
    item = {method: {"responses": {}} for method in ("delete", "patch", "post", "put", "get", "head", "trace")}
    facts = extract_facts({"paths": {"/b": item, "/a": item, "x-more": PROSE, "/none": {"head": {"responses": {}}}}})
    assert list(facts["paths"]) == ["/a", "/b"]
    assert list(facts["paths"]["/a"]) == list(METHODS) == ["get", "put", "post", "patch", "delete"]


def test_the_document_is_not_changed():
    before = document()
    after = copy.deepcopy(before)
    extract_facts(after)
    assert after == before


def test_what_no_operation_reaches_is_dropped():
    assert set(extract_facts(document())["components"]["schemas"]) == {"Owner", "Pet"}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("other.json#/components/schemas/A", "leaves the document"),
        ("https://example.org/a.json", "leaves the document"),
        ("file:///etc/passwd", "leaves the document"),
        ("A", "leaves the document"),
        ("#A", "leaves the document"),
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
        ("paths./pets.post", {}, "POST /pets"),
        ("paths./pets.post.responses", [], "POST /pets > responses"),
        ("paths./pets.post.responses.teapot", {}, "POST /pets > responses > teapot"),
        ("paths./pets.post.responses.201", "made", "POST /pets > responses > 201"),
        ("paths./pets.post.requestBody", 1, "POST /pets > requestBody"),
        ("paths./pets.post.requestBody", {"content": []}, "POST /pets > requestBody > content"),
        ("paths./pets.post.parameters", {"a": 1}, "POST /pets > parameters"),
        ("paths./pets.post.parameters", [{"in": "query"}], "POST /pets > parameters > 0 > name"),
        ("paths./pets.post.parameters", [{"name": "x"}], "POST /pets > parameters > x > in"),
        ("paths./pets.post.tags", "pets", "POST /pets > tags"),
        ("paths./pets.post.tags", [1], "POST /pets > tags"),
        ("paths./pets.post.operationId", 1, "POST /pets > operationId"),
        ("paths./pets.post.x-mcp-exposure", "see below", "POST /pets > x-mcp-exposure"),
        ("paths./pets.post.x-privileges", "all", "POST /pets > x-privileges"),
        ("paths./pets.post.security", {}, "POST /pets > security"),
        ("components", [], "components"),
        ("components.schemas", [], "components > schemas"),
        ("components.schemas.Pet", True, "components > schemas > Pet"),
        ("components.schemas.Pet.type", ["string", "null"], "components > schemas > Pet > type"),
        ("components.schemas.Pet.required", "all", "components > schemas > Pet > required"),
        ("components.schemas.Pet.required", [None], "components > schemas > Pet > required"),
        ("components.schemas.Pet.nullable", "yes", "components > schemas > Pet > nullable"),
        ("components.schemas.Pet.minimum", "1", "components > schemas > Pet > minimum"),
        ("components.schemas.Pet.exclusiveMinimum", 5, "components > schemas > Pet > exclusiveMinimum"),
        ("components.schemas.Pet.enum", "a", "components > schemas > Pet > enum"),
        ("components.schemas.Pet.items", [{}], "components > schemas > Pet > items"),
        ("components.schemas.Pet.allOf", {}, "components > schemas > Pet > allOf"),
        ("components.schemas.Pet.properties", [], "components > schemas > Pet > properties"),
        ("components.schemas.Pet.properties.p", None, "components > schemas > Pet > properties > p"),
        ("paths./pets.post.deprecated", "yes", "POST /pets > deprecated"),
        ("components.requestBodies.Pet.required", 1, "components > requestBodies > Pet > required"),
        ("components.parameters.Id.required", "true", "components > parameters > id > required"),
        ("components.parameters.Id.explode", None, "components > parameters > id > explode"),
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


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "new" / "facts.json"
    facts = extract_facts(document())
    write_facts(facts, path)
    assert path.read_bytes() == serialize(facts)
    assert read_document(path) == facts
    assert path.read_bytes().endswith(b"}\n")

    def broken(_facts: Any) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "serialize", broken)
    with pytest.raises(OSError, match="No space"):
        write_facts({}, path)
    assert path.read_bytes() == serialize(facts)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_every_release_becomes_valid_facts_without_a_sentence(path: Path):
    raw = read_document(path)
    facts, _ = import_document(raw, path.name, release="6.0")
    assert import_document(facts, path.name)[0] == facts
    assert not [text for text in strings(facts) if re.search(r"\s", text)]
    kept = [(path, method) for path, item in facts["paths"].items() for method in item]
    assert sorted(kept) == sorted((path, method) for path, item in raw["paths"].items() for method in item)
    assert set(facts["components"]["schemas"]) == set(raw["components"]["schemas"])


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_files_are_what_an_import_writes(path: Path):
    facts = read_document(path)
    again, repairs = import_document(facts, path.name)
    assert repairs == []
    assert path.read_bytes() == serialize(again)
    assert not [text for text in strings(facts) if re.search(r"\s", text)]


def test_the_plugin_routes_are_those_that_xo_omits():
    found = {
        facts["x-xo-plugin"]: [f"{method} {path}" for path, item in facts["paths"].items() for method in item]
        for facts in map(read_document, (ROOT / "specs" / "plugins").glob("*.json"))
    }
    rules = "post /plugins/sdn-controller/{}/{{id}}/actions/{}_traffic_rule"
    assert found == {
        "audit": ["get /plugins/audit/records", "get /plugins/audit/records/{id}"],
        "ipmi-sensors": ["get /plugins/ipmi-sensors/hosts/{id}/ipmi"],
        "sdn-controller": [
            rules.format(kind, verb) for kind in ("networks", "vifs") for verb in ("add", "delete", "update")
        ],
    }


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5), st.just("#/components/schemas/Pet")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["$ref", "type", "properties", "items", "required", "allOf", "get", "200", "schema", "/a", ""]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)


PLACES = list(places(document()))


@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
@settings(deadline=None, max_examples=400)
def test_a_document_with_anything_anywhere_is_an_error_or_inert(changes: list[tuple[tuple[Any, ...], Any]]):
    wrong: Any = document()
    for path, value in changes:
        node = wrong
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for part in path[:-1]:
                node = node[part]
            node[path[-1]] = value
    try:
        facts, _ = import_document(wrong, "spec.json")
    except GeneratorError:
        return
    assert serialize(extract_facts(facts)) == serialize(facts)
