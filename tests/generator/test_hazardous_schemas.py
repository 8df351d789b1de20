"""Odd schemas in a document: each becomes a schema that every client accepts and that means the same."""

from pathlib import Path

from hazard import HAZARDS, arguments, built, model_of, strict
from jsonschema import Draft202012Validator

from generator.api.contract import contracts
from generator.facts.facts import import_document
from generator.model.builder import build_model
from generator.model.overrides import Overrides
from generator.review.report import losses, summary
from generator.specs.specs import load_document

ANYTHING = [{"type": kind} for kind in ("string", "number", "boolean", "object")]


def test_an_enumeration_is_text_that_is_not_empty_or_said_in_bounds_and_words(tmp_path: Path):
    entry = built("odd-enums", tmp_path)["POST /things"]
    assert strict(entry["tool"]) == []
    found = arguments(entry)
    assert found["sizes"] == {"type": "integer", "minimum": 1, "maximum": 4, "description": "One of 1, 2, 4."}
    assert found["range"] == {"type": "integer", "minimum": 1, "maximum": 3}
    assert found["share"] == {"type": "number", "minimum": 0.5, "maximum": 1, "description": "One of 0.5, 1."}
    assert found["only"] == {"type": "boolean", "description": "Only true."}
    assert found["either"] == found["against"] == {"type": "boolean"}
    assert found["blank"] == {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "maxLength": 0}]}
    assert found["just_blank"] == {"type": "string", "maxLength": 0}
    assert found["untyped"] == {"type": "string", "enum": ["a", "b"]}
    assert [choice["type"] for choice in found["mixed"]["anyOf"]] == ["string", "number", "boolean"]
    assert found["text_of_numbers"] == {"type": "string", "enum": ["1", "2"]}
    assert found["numbers_as_text"] == {"type": "integer", "minimum": 5, "maximum": 6}
    assert found["endless"] == {"type": "number", "minimum": 1, "maximum": 1000, "description": "One of 1, 1000."}
    assert found["inexact"] == {"type": "integer", "minimum": 2**53 - 1, "maximum": 2**53 - 1}
    assert found["beyond"] == {"type": "number"}
    assert found["of_items"] == {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}
    assert found["null_alone"] == {"type": "null"}
    assert found["null_or_more"]["anyOf"] == [{"type": "string", "enum": ["a"]}, {"type": "null"}]
    assert found["of_objects"] == {"type": "object", "description": 'One of {"a": 1}, {"b": 2}.'}
    assert (found["of_lists"]["type"], found["of_lists"]["description"]) == ("array", "Only [1].")
    assert found["with_null"] == {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}
    assert found["deep"]["additionalProperties"]["items"]["description"] == "One of 7, 9."


def test_what_a_schema_forbids_is_not_offered_and_its_default_fits(tmp_path: Path):
    entries = built("odd-constraints", tmp_path)
    assert all(strict(entry["tool"]) == [] for entry in entries.values())
    found = arguments(entries["POST /things"])
    assert not {"never", "nothing", "shown"} & found.keys()
    assert "required" not in entries["POST /things"]["tool"]["inputSchema"]
    assert found["possible"] == found["prose"] == {"type": "string"}
    assert (found["pair"]["maxItems"], found["empty"]["maxItems"]) == (2, 0)
    assert found["extended"] == {"type": "object", "additionalProperties": {"type": "string"}}
    assert "default" not in found["text_for_number"].keys() | found["outside"].keys() | found["too_small"].keys()
    assert found["inner"]["properties"] == {"flag": {"type": "boolean"}, "fits": {"default": True, "type": "boolean"}}
    assert arguments(entries["POST /free"]) == {"body": {"type": "object"}}
    assert arguments(entries["POST /none"]) == {}
    assert arguments(entries["POST /circle"]) == {"a": {"type": "string"}}


def test_references_by_name_from_around_and_in_chains_are_followed(tmp_path: Path):
    found = {key: arguments(entry) for key, entry in built("odd-references", tmp_path).items()}
    kind = {"type": "string", "enum": ["big"]}
    assert found["POST /anchored"] == {"young": {"type": "array", "items": {"type": "object"}}, "order": kind}
    assert found["POST /named"] == {"kind": kind, "same": {"type": "object"}}
    assert found["POST /inside"] == {"a": {"type": "integer"}}
    assert found["POST /beside"] == {"name": {"type": "string", "enum": ["a"]}}
    assert found["GET /first"] == found["GET /second"] == {}
    assert found["GET /encoded/{id}"] == {"id": {"type": "string"}}


def test_what_has_no_type_takes_anything_in_words_that_every_client_takes(tmp_path: Path):
    entry = built("untyped-values", tmp_path)["POST /things"]
    assert strict(entry["tool"]) == []
    found = arguments(entry)
    for part in (found["anything"], found["list"]["items"], found["inner"]["properties"]["lost"], found["nowhere"]):
        assert part["anyOf"][:4] == ANYTHING
        Draft202012Validator(part).validate({"a": [1, {"b": None}]})
    assert found["map"] == {"type": "object"}
    assert found["free"] == {"type": "string"}
    assert found["several"] == {"type": "array", "items": {"type": "string"}}
    assert entry["tool"]["inputSchema"]["required"] == ["anything", "nowhere"]


def test_required_beside_a_reference_is_kept(tmp_path: Path):
    found = built("required-beside-a-reference", tmp_path)
    one, two = found["POST /one"]["tool"]["inputSchema"], arguments(found["POST /two"])["inner"]
    assert one["required"] == two["required"] == ["name"]
    assert set(one["properties"]) == {"name", "size"}
    assert set(two["properties"]) == {"name", "size", "more"}
    facts = contracts(load_document(HAZARDS / "required-beside-a-reference.yaml"))
    assert facts["POST /one"].inputs["body.name"].required
    assert facts["POST /two"].inputs["body.inner.name"].required


def test_small_mistakes_of_a_document_are_taken_as_they_are_meant(tmp_path: Path):
    entry = built("lenient-document", tmp_path)["POST /pets"]
    assert (entry["facts"].get("operationId"), entry["module"]) == (None, "default")
    assert entry["tool"]["inputSchema"]["required"] == ["name"]
    found = arguments(entry)
    assert (found["friend"], found["kind"]) == ({"type": "object"}, {"type": "string"})
    assert found["ears"] == {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "number"}]}}
    assert found["free"]["anyOf"][:4] == ANYTHING
    facts = load_document(HAZARDS / "lenient-document.yaml")
    assert facts["servers"] == []
    assert set(facts["paths"]["/pets"]["post"]["responses"]) == {"2XX", "4XX"}


def test_a_small_mistake_leaves_out_its_own_part_and_is_named(tmp_path: Path):
    found = built("small-mistakes", tmp_path)
    assert set(found) == {"GET /statuses", "GET /no-responses"}
    assert arguments(found["GET /no-responses"]) == {}
    model, facts = model_of("small-mistakes"), load_document(HAZARDS / "small-mistakes.yaml")
    operation = facts["paths"]["/statuses"]["get"]
    assert (operation["operationId"], operation["tags"]) == ("5", ["7"])
    assert set(operation["responses"]) == {"200", "default"}
    assert import_document(facts, "facts")[0] == facts
    place = "GET /statuses > responses >"
    said = list(losses(model))
    assert [line for line in said if line.startswith("left out what is")] == [
        f"left out what is no HTTP status: {place} 200 OK",
        f"left out what is no HTTP status: {place} 204,404",
        f"left out what is no HTTP status: {place} 20X",
        rf"left out what is no HTTP status: {place} bell\x07",
        "left out what is a tag that is null: GET /statuses > tags",
    ]
    assert "left out 2 parameters: it has no name ((no name) of GET /no-responses, " in "\n".join(said)
    assert [drop.key for drop in model.drops] == ["GET /needs-what-has-no-name"]


def test_null_says_nothing_and_words_of_3_1_say_in_3_0_what_they_say_there(tmp_path: Path):
    found = built("nulls-and-borrowed-words", tmp_path)
    assert set(found) == {"POST /untold", "POST /borrowing"}
    assert all(strict(entry["tool"]) == [] for entry in found.values())
    given = arguments(found["POST /borrowing"])
    assert given["nothing"] == arguments(found["POST /untold"])["body"]
    assert given["page"] == {"type": "string"}
    assert given["text_or_null"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert given["of_choice"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert given["only"] == {"type": "string", "enum": ["a"]}
    assert given["null_alone"] == {"type": "null"}
    assert given["above"] == {"type": "number", "exclusiveMinimum": 1}


def test_null_in_required_is_repaired(tmp_path: Path):
    schema = built("required-null", tmp_path)["POST /things"]["tool"]["inputSchema"]
    assert schema["properties"] == {"name": {"type": "string"}}
    assert "required" not in schema


def test_any_of_at_the_root_becomes_one_flat_list(tmp_path: Path):
    entry = built("root-any-of", tmp_path)["POST /things"]
    schema = entry["tool"]["inputSchema"]
    assert schema["required"] == ["name"]
    assert schema["properties"]["mode"] == {"type": "string", "enum": ["fast", "slow"]}
    assert schema["properties"]["size"] == {"type": "integer", "exclusiveMinimum": 0}
    assert "(mode, name) or (mode, name, size)" in entry["tool"]["description"]


def test_recursion_is_cut(tmp_path: Path):
    tree = arguments(built("recursion", tmp_path)["POST /trees"])
    assert tree["children"]["items"] == {"type": "object"}
    assert tree["parent"] == {"type": "object"}


def test_a_body_that_is_no_object_is_one_argument(tmp_path: Path):
    found = built("body-is-no-object", tmp_path)
    assert arguments(found["PUT /names"])["body"] == {"type": "array", "items": {"type": "string"}}
    assert arguments(found["PUT /free"])["body"]["type"] == "object"
    assert "body=body" in (tmp_path / "out/xo_mcp/tools/a.py").read_text()


def test_bytes_go_to_files_and_text_to_the_answer():
    kinds = {tool.key: tool.kind.name for tool in model_of("binary-and-text").tools}
    assert kinds == {"GET /disk": "download", "PUT /disk": "upload", "GET /log": "read"}


def test_subtypes_that_a_discriminator_names_are_ways_to_give_a_body_and_the_lost_ones_are_named(tmp_path: Path):
    found = built("subtypes-by-mapping", tmp_path)
    assert all(strict(entry["tool"]) == [] for entry in found.values())
    assert list(arguments(found["POST /pets"])) == ["kind", "name", "legs", "bark", "fins"]
    assert found["POST /pets"]["tool"]["inputSchema"]["required"] == ["kind"]
    assert found["POST /pets"]["facts"]["alternatives"] == [
        {"takes": ["kind", "name", "legs", "bark"], "needs": ["bark"], "values": {"kind": ["dog", "hound"]}},
        {"takes": ["kind", "name", "fins"], "values": {"kind": ["fish"]}},
    ]
    dog, fish, null = arguments(found["POST /shops"])["pet"]["anyOf"]
    assert dog["properties"].keys() == {"kind", "name", "legs", "bark"}
    assert fish["properties"]["kind"]["enum"] == ["fish"]
    assert null == {"type": "null"}
    assert arguments(found["POST /vehicles"])["type"]["enum"] == ["Vehicle", "sports", "car"]
    assert {"doors", "spoiler"} <= arguments(found["POST /vehicles"]).keys()
    model = model_of("subtypes-by-mapping")
    assert summary(model)["lost_subtypes"] == {"Pet": 1, "inner": 1}
    assert "left out 1 subtype of Pet: its discriminator leads to no schema here" in list(losses(model))


def test_facts_of_subtypes_are_facts():
    facts = load_document(HAZARDS / "subtypes-by-mapping.yaml")
    assert import_document(facts, "facts")[0] == facts


def test_a_body_that_need_not_be_given_and_is_not_sent_is_left_out_and_named():
    model = model_of("optional-bodies")
    (tool,) = model.tools
    assert (tool.key, [entry.name for entry in tool.arguments]) == ("POST /touch", ["at"])
    assert [drop.key for drop in model.drops] == ["POST /upload"]
    why = "is multipart/form-data, and only JSON and binary bodies are sent"
    assert [(entry.key, entry.name, entry.why) for entry in model.left_out] == [("POST /touch", "body", why)]
    assert f"left out 1 parameter: it {why} (body of POST /touch)" in list(losses(model))


def test_five_thousand_operations_build():
    paths = {
        f"/kinds{number}/{{id}}": {
            "get": {
                "tags": [f"tag{number % 50}"],
                "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": ""}},
            }
        }
        for number in range(5000)
    }
    document = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    model = build_model([document], Overrides())
    assert len({tool.name for tool in model.tools}) == 5000
    assert len(model.modules) == 50
