"""One tiny document per hazard (`tests/hazards/<hazard>.yaml`): right and inert output, or a named error."""

import ast
import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from inert import Page, assert_only_tools

from generator.errors import NamingError, SpecError
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import Overrides
from generator.rendering.output import build
from generator.specs.specs import load_document

HAZARDS = Path(__file__).resolve().parent.parent / "hazards"


def model_of(hazard: str) -> Model:
    return build_model([load_document(HAZARDS / f"{hazard}.yaml")], Overrides())


def built(hazard: str, folder: Path) -> dict[str, dict]:
    """Build for real (render, format, import); answers the definitions by operation."""
    build(model_of(hazard), folder / "out", step=lambda _: None)
    found = {}
    for path in sorted((folder / "out/xo_mcp/definitions").glob("*.json")):
        for entry in json.loads(path.read_text())["tools"]:
            found[entry["facts"]["operation"]] = entry
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
    untried = [path.stem for path in HAZARDS.glob("*.yaml") if f'"{path.stem}"' not in source]
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
        "GET /header": "its parameter 'X-Tenant' goes into the header",
        "GET /document": "its parameter 'where' is a document of its own",
        "GET /style": "its parameter 'size' is written in the style 'deepObject', explode true",
    }


def test_keywords_become_parameters_under_their_own_names(tmp_path: Path):
    found = built("keyword-names", tmp_path)
    names = set(arguments(found["GET /class/{import}"]))
    assert names == {"import", "from", "None", "self", "xo", "OMIT", "__class__", "backup-repository", "9 lives"}
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


def test_a_body_property_named_like_a_parameter_is_told_apart(tmp_path: Path):
    found = built("colliding-arguments", tmp_path)["PUT /things/{id}"]
    assert set(arguments(found)) == {"id", "body_id", "name"}
    assert arguments(found)["name"]["anyOf"] == [{"type": "string"}, {"type": "null"}]
    source = (tmp_path / "out/xo_mcp/tools/things.py").read_text()
    assert 'body={"id": body_id, "name": name}' in source


def test_parameters_with_one_python_name_are_told_apart(tmp_path: Path):
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


def test_operations_that_share_even_the_full_name_tell_what_picks_the_object_or_their_operation_id(tmp_path: Path):
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
    assert entry["facts"]["tag"] == "default"
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
    assert "<b>" not in (tmp_path / "out/TOOLS.md").read_text().replace("\\<b\\>", "")


def test_hostile_markup_stays_text_on_the_reference_page(tmp_path: Path):
    built("hostile-markup", tmp_path)
    hostile, tame = Page(tmp_path / "out/tools.html"), Page(HAZARDS.parents[1] / "generated/tools.html")
    assert hostile.elements.keys() <= tame.elements.keys()
    assert {name for name, _ in hostile.attributes} <= {name for name, _ in tame.attributes}
    assert [value for name, value in hostile.attributes if name == "href" and not value.startswith("#")] == []
    # The only code is the template's own, and the policy lets no other run.
    assert hostile.elements["script"] == hostile.elements["style"] == hostile.elements["form"] == 1
    assert hostile.code == tame.code
    policy = next(value for name, value in hostile.attributes if value.startswith("default-src 'none'"))
    assert policy in [value for _, value in tame.attributes]
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
