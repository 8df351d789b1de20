"""One tiny document per hazard (`tests/hazards/<hazard>.yaml`): right and inert output, or a named error."""

import ast
import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from inert import Page, assert_only_tools, tame
from jsonschema import Draft202012Validator

from generator.api.contract import contracts
from generator.api.portable import problems
from generator.commands.cli import main
from generator.errors import DocumentError, NamingError, SpecError
from generator.facts.document import parse_document, read_document
from generator.facts.facts import import_document
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import Overrides
from generator.rendering.output import build
from generator.rendering.render import render_page
from generator.specs.specs import load_document

HAZARDS = Path(__file__).resolve().parent.parent / "hazards"
CALLED = {"refused-names", "typed-path-parameters"}
"""Those that tests/server/test_unusual_documents.py calls too."""


def model_of(hazard: str) -> Model:
    return build_model([load_document(HAZARDS / f"{hazard}.yaml")], Overrides())


def built(hazard: str, folder: Path) -> dict[str, dict]:
    """Build for real (render, format, import); answers the definitions by operation."""
    build(model_of(hazard), folder / "out", step=lambda _: None)
    found = {}
    for path in sorted((folder / "out/xo_mcp/definitions").glob("*.json")):
        for entry in json.loads(path.read_text())["tools"]:
            found[entry["tool"]["_meta"]["xo"]["operation"]] = {"module": path.stem, **entry}
    return found


def arguments(entry: dict) -> dict[str, dict]:
    return entry["tool"]["inputSchema"]["properties"]


REFUSED = {
    "colliding-tool-names": (NamingError, "/backup-logs/{id} and GET /backup/logs/{id}"),
    "ref-to-file": (SpecError, "secrets.json"),
    "ref-to-url": (SpecError, "127.0.0.1"),
    "ref-nowhere": (SpecError, "#/components/schemas/Lost"),
    "ref-circle": (SpecError, "#/components/schemas/(A|B)"),
    "undeclared-path-parameter": (SpecError, r"GET /one/\{id\}.*'id'"),
    "hostile-release": (SpecError, "x-xo-release"),
    "hostile-exposure": (SpecError, "GET /one.*x-mcp-exposure"),
    "doubling-references": (SpecError, "POST /one.*expands to more than"),
}


@pytest.mark.parametrize("hazard", REFUSED)
def test_is_refused_and_names_the_place(hazard: str, tmp_path: Path):
    kind, text = REFUSED[hazard]
    with pytest.raises(kind, match=text):
        built(hazard, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_hazard_is_tried():
    source = Path(__file__).read_text()
    untried = [path.stem for path in HAZARDS.glob("*.yaml") if f'"{path.stem}' not in source]
    assert untried == []


def test_duplicate_operation_ids_give_a_tool_each(tmp_path: Path):
    found = built("duplicate-operation-id", tmp_path)
    assert {entry["tool"]["name"] for entry in found.values()} == {"get_apples", "get_pears"}


def test_parameters_that_can_not_be_sent_are_left_out_and_required_ones_drop_their_operation_alone(tmp_path: Path):
    found = built("unsendable-parameters", tmp_path)
    assert set(found) == {"GET /fine"}
    assert arguments(found["GET /fine"]) == {
        "several": {"type": "array", "items": {"type": "string"}},
        "first": {"type": "integer"},
    }
    reasons = {drop.key: drop.reason for drop in model_of("unsendable-parameters").drops}
    assert reasons == {
        "GET /header": "its required parameter 'X-Tenant' goes into a header",
        "GET /document": "its required parameter 'where' is a JSON document of its own",
        "GET /style": "its required parameter 'size' is written in the style deepObject",
    }


def strict(definition: dict) -> list[str]:
    """What some client refuses in a definition."""
    return list(problems(definition))


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
    assert found["of_items"] == {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}
    assert found["with_null"] == {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}
    assert found["deep"]["additionalProperties"]["items"]["description"] == "One of 7, 9."


def test_what_has_no_type_takes_anything_in_words_that_every_client_takes(tmp_path: Path):
    entry = built("untyped-values", tmp_path)["POST /things"]
    assert strict(entry["tool"]) == []
    found = arguments(entry)
    for place in (found["anything"], found["list"]["items"], found["inner"]["properties"]["lost"], found["nowhere"]):
        assert place["anyOf"][:4] == ANYTHING
        Draft202012Validator(place).validate({"a": [1, {"b": None}]})
    assert found["map"] == {"type": "object"}
    assert found["free"] == {"type": "string"}
    assert found["several"] == {"type": "array", "items": {"type": "string"}}
    assert entry["tool"]["inputSchema"]["required"] == ["anything", "nowhere"]


def test_names_that_clients_refuse_are_written_otherwise(tmp_path: Path):
    entry = built("refused-names", tmp_path)["POST /things"]
    assert strict(entry["tool"]) == []
    found = arguments(entry)
    assert {"filter", "filter_name", "uids", "a_b", "grosse", "first_name", "body_first_name"} <= found.keys()
    assert entry["tool"]["inputSchema"]["required"] == ["first_name"]
    disk = found["disks"]["items"]
    assert disk["required"] == ["size"]
    assert set(disk["properties"]["by_key"]["additionalProperties"]["properties"]) == {"a_b", "a_b_2"}


def test_long_names_are_cut_and_distinguished(tmp_path: Path):
    found = built("long-names", tmp_path)
    assert len({entry["tool"]["name"] for entry in found.values()}) == 3
    assert [strict(entry["tool"]) for entry in found.values()] == [[], [], []]


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
    assert arguments(entry)["friend"] == {"type": "object"}
    facts = load_document(HAZARDS / "lenient-document.yaml")
    assert facts["servers"] == []
    assert set(facts["paths"]["/pets"]["post"]["responses"]) == {"2XX", "4XX"}


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


def test_a_document_of_which_no_tool_can_be_made_is_refused_with_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code = main(["build", "--spec", str(HAZARDS / "nothing-usable.yaml"), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert code == 2
    assert "the request body is multipart/form-data; a required parameter goes into a header" in " ".join(said.split())
    assert not (tmp_path / "out").exists()


LEFT_OUT = {
    "deep": "is written in the style deepObject",
    "csv": "is a list written with commas",
    "pipe": "is written in the style pipeDelimited",
    "where": "is a JSON document of its own",
    "whole": "is an object, or a list of objects",
    "objects": "is an object, or a list of objects",
    "X-Trace": "goes into a header",
    "session": "goes into a cookie",
}


def test_parameters_that_are_left_out_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    spec = ["--spec", str(HAZARDS / "left-out-parameters.yaml")]
    assert arguments(built("left-out-parameters", tmp_path)["GET /things"]) == {"some": {"type": "string"}}
    assert main(["build", *spec, "--out", str(tmp_path / "again")]) == 0
    said = capsys.readouterr().err
    assert "left out 2 parameters: it is an object, or a list of objects" in said
    assert all(f": it {why}" in said for why in LEFT_OUT.values())
    assert main(["report", *spec, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {entry["parameter"]: entry["why"] for entry in report["left_out"]} == LEFT_OUT
    assert main(["explain", *spec, "GET /things"]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}=it {why}" in said for name, why in LEFT_OUT.items())


def test_why_operations_are_no_tool_is_counted_by_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["build", "--spec", str(HAZARDS / "unsendable-parameters.yaml"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert "no tool for 1 operation: a required parameter goes into a header" in said
    assert "left out 1 parameter: it goes into a header" in said


@pytest.mark.parametrize("command", ["build", "report", "explain", "diff", "diff --markdown"])
def test_control_characters_and_line_breaks_never_reach_the_terminal(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    hostile, name = str(HAZARDS / "control-characters.yaml"), command.partition(" ")[0]
    rest = {
        "build": ["--spec", hostile, "--out", str(tmp_path / "out")],
        "report": ["--spec", hostile],
        "explain": ["--spec", hostile, next(iter(model_of("control-characters").tools)).name],
        "diff": [str(HAZARDS / "form-body.yaml"), hostile, *command.split()[1:]],
    }[name]
    main([name, *rest])
    said = "".join(capsys.readouterr())
    assert [char for char in said if not char.isprintable() and char != "\n"] == []
    assert "error: all is lost" not in [line.strip() for line in said.splitlines()]


def test_an_error_about_a_hostile_place_is_one_paragraph():
    raw = read_document(HAZARDS / "control-characters.yaml")
    raw["paths"]["/one\r\n\x1b[31m"]["get"]["responses"] = {"200\n\nerror: lost": {}}
    with pytest.raises(SpecError) as caught:
        import_document(raw, "x")
    assert str(caught.value).isprintable()


def test_nesting_without_end_names_the_place():
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    text = json.dumps({"openapi": "3.0.0", "paths": {"/a": {"get": {"x-deep": deep}}}})
    with pytest.raises(DocumentError, match=r"nested deeper than 200 levels at paths > /a > get > x-deep > 0 >"):
        parse_document(text.encode(), "x.json")


def test_keywords_become_parameters_under_their_own_names(tmp_path: Path):
    found = built("keyword-names", tmp_path)
    names = set(arguments(found["GET /class/{import}"]))
    assert names == {"import", "from", "None", "self", "xo", "OMIT", "__class__", "backup-repository", "9_lives"}
    assert found["GET /class/{import}"]["facts"]["python"]["from"] != "from"


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


def test_a_body_property_named_like_a_parameter_is_distinguished(tmp_path: Path):
    found = built("colliding-arguments", tmp_path)["PUT /things/{id}"]
    assert set(arguments(found)) == {"id", "body_id", "name"}
    assert arguments(found)["name"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    source = (tmp_path / "out/xo_mcp/tools/things.py").read_text()
    assert 'body={"id": body_id, "name": name}' in source


def test_parameters_with_one_python_name_are_distinguished(tmp_path: Path):
    found = built("colliding-python-names", tmp_path)["GET /things/{id}"]
    assert set(arguments(found)) == {"id", "query_id", "a-b", "query_a_b"}
    source = (tmp_path / "out/xo_mcp/tools/things.py").read_text()
    assert '"id": query_id' in source
    assert '"a-b": a_b' in source
    assert '"a_b": query_a_b' in source


def test_tags_with_one_module_name_share_it(tmp_path: Path):
    found = built("colliding-modules", tmp_path)
    assert {entry["tool"]["name"] for entry in found.values()} == {"get_one", "get_two"}
    assert [path.name for path in (tmp_path / "out/xo_mcp/tools").glob("[!_]*.py")] == ["a_b.py"]


def test_operations_that_share_even_the_full_name_say_what_picks_the_object_or_their_operation_id(tmp_path: Path):
    found = built("names-told-apart", tmp_path)
    assert {key: entry["tool"]["name"] for key, entry in found.items()} == {
        "GET /app": "get_app",
        "GET /apps/{slug}": "get_app_by_slug",
        "GET /reports/daily": "report_of_the_day",
        "GET /reports-daily": "daily_reports",
    }


def test_a_tag_is_no_path(tmp_path: Path):
    found = built("path-escape-by-tag", tmp_path / "deep" / "er")
    assert len(found) == 5
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["out"]
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]


def test_a_form_body_is_dropped_with_its_reason():
    model = model_of("form-body")
    assert [(drop.key, "multipart/form-data" in drop.reason) for drop in model.drops] == [("POST /one", True)]
    assert [tool.key for tool in model.tools] == ["GET /two"]


def test_a_body_that_is_no_object_is_one_argument(tmp_path: Path):
    found = built("body-is-no-object", tmp_path)
    assert arguments(found["PUT /names"])["body"] == {"type": "array", "items": {"type": "string"}}
    assert arguments(found["PUT /free"])["body"]["type"] == "object"
    assert "body=body" in (tmp_path / "out/xo_mcp/tools/a.py").read_text()


def test_bytes_go_to_files_and_text_to_the_answer():
    kinds = {tool.key: tool.kind.name for tool in model_of("binary-and-text").tools}
    assert kinds == {"GET /disk": "download", "PUT /disk": "upload", "GET /log": "read"}


def test_no_tag_and_no_operation_id_still_build(tmp_path: Path):
    entry = built("no-tags-no-operation-id", tmp_path)["GET /one"]
    assert entry["module"] == "default"
    assert set(arguments(entry)) == {"shared"}


def test_hostile_strings_stay_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    found = built("hostile-strings", tmp_path)
    assert not (tmp_path / "pwned").exists()
    assert len(found) == 2
    for path in (tmp_path / "out").rglob("*.py"):
        if path.parent.name == "tools":
            assert_only_tools(ast.parse(path.read_text()))
    assert "49" not in (tmp_path / "out/TOOLS.md").read_text()
    assert "<" not in (tmp_path / "out/TOOLS.md").read_text()


def test_hostile_markup_stays_text_on_the_reference_page(tmp_path: Path):
    built("hostile-markup", tmp_path)
    assert "<" not in (tmp_path / "out/TOOLS.md").read_text()
    hostile = Page(render_page(model_of("hostile-markup")))
    assert hostile.elements.keys() <= tame().elements.keys()
    assert {name for name, _ in hostile.attributes} <= {name for name, _ in tame().attributes}
    assert [value for name, value in hostile.attributes if name == "href" and not value.startswith("#")] == []
    # The only code is the template's own, and the policy lets no other run.
    assert hostile.elements["script"] == hostile.elements["style"] == hostile.elements["form"] == 1
    assert hostile.code == tame().code
    policy = next(value for name, value in hostile.attributes if value.startswith("default-src 'none'"))
    assert policy in [value for _, value in tame().attributes]
    for source in hostile.code:
        assert f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'" in policy
    text = "".join(hostile.texts)
    for shown in (
        "<img src=x onerror=alert(2)>",
        "</select><script>alert(4)",
        "&lt;i&gt;",
        "javascript:alert(6)",
        r"\u202e",
    ):
        assert shown in text
    assert "\u202e" not in text
    assert "{{ 7*7 }}" in text


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
