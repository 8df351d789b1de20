"""One tiny document per hazard (`tests/hazards/<hazard>.yaml`): right and inert output, or a named error."""

import ast
import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hazard import HAZARDS, arguments, built, model_of
from inert import Page, assert_only_tools, tame

from generator.commands.cli import main
from generator.errors import DocumentError, NamingError, SpecError
from generator.facts.document import parse_document, read_document
from generator.facts.facts import import_document
from generator.model.builder import build_model
from generator.model.overrides import Overrides
from generator.rendering.render import render_page
from generator.review.report import losses

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


CALLED = {"refused-names", "sent-bodies", "typed-path-parameters"}
"""Hazards whose tools tests/server/test_unusual_documents.py calls as well."""


def test_every_hazard_is_tried():
    source = "".join(path.read_text() for path in Path(__file__).parent.glob("test_hazard*.py"))
    untried = [path.stem for path in HAZARDS.glob("*.yaml") if f'"{path.stem}' not in source]
    assert untried == []


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
        "HEAD /fine": "the method is HEAD",
        "HEAD /looked-at": "the method is HEAD",
        "OPTIONS /looked-at": "the method is OPTIONS",
    }


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
    "csv_or_null": "is a list written with commas",
    "pipe": "is written in the style pipeDelimited",
    "where": "is a JSON document of its own",
    "whole": "is an object, or a list of objects",
    "objects": "is an object, or a list of objects",
    "of_objects": "is an object, or a list of objects",
    "of_lists": "is an object, or a list of objects",
    "items_of_objects": "is an object, or a list of objects",
    "X-Trace": "goes into a header",
    "session": "goes into a cookie",
}


def test_parameters_that_are_left_out_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    spec = ["--spec", str(HAZARDS / "left-out-parameters.yaml")]
    found = built("left-out-parameters", tmp_path)
    assert arguments(found["GET /things"]) == {
        "csv_or_text": {"type": "string"},
        "plain": {"type": "string"},
        "some": {"type": "string"},
        "some_values": {"type": "string", "enum": ["a"]},
    }
    assert arguments(found["GET /kinds/{kind}"]) == {"kind": {"type": "string", "enum": ["a", "b"]}}
    assert "GET /nothing/{kind}" not in found
    assert main(["build", *spec, "--out", str(tmp_path / "again")]) == 0
    said = capsys.readouterr().err
    assert "left out 5 parameters: it is an object, or a list of objects (whole of GET /things, " in said
    assert all(f": it {why} (" in said and f"{name} of GET /things" in said for name, why in LEFT_OUT.items())
    assert main(["report", *spec, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {entry["parameter"]: entry["why"] for entry in report["left_out"]} == LEFT_OUT
    assert main(["explain", *spec, "GET /things"]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}=it {why}" in said for name, why in LEFT_OUT.items())


def test_of_many_parameters_that_are_left_out_the_first_are_named():
    parameters = [{"in": "header", "name": f"X-{number}\n", "schema": {"type": "string"}} for number in range(7)]
    item = {"get": {"parameters": parameters, "responses": {"200": {"description": ""}}}}
    document = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": item}}
    (line,) = losses(build_model([document], Overrides()))
    assert line.isprintable()
    assert line.startswith(r"left out 7 parameters: it goes into a header (X-0\n of GET /a, ")
    assert line.endswith(r", X-4\n of GET /a, and 2 more)")


def test_why_operations_are_no_tool_is_counted_by_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["build", "--spec", str(HAZARDS / "unsendable-parameters.yaml"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().err
    assert "no tool for 1 operation: a required parameter goes into a header" in said
    assert "no tool for 2 operations: the method is HEAD" in said
    assert "left out 1 parameter: it goes into a header (X-Trace of GET /fine)" in said


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
    raw["paths"]["/one\r\n\x1b[31m"]["get"]["responses"] = {"200": {"content": {"a\n\nerror: lost": 1}}}
    with pytest.raises(SpecError) as caught:
        import_document(raw, "x")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "levels"), [("x.json", 300), ("x.json", 1_100), ("x.json", 100_000), ("x.yaml", 300), ("x.yaml", 900)]
)
def test_nesting_without_end_names_the_place(name: str, levels: int):
    deep = "[1, " * levels + "2" + "]" * levels
    side = '{"x": [{"{[\\"": [1, 2], "b": {}}]}'
    text = f'{{"openapi": "3.0.0", "x-side": {side}, "paths": {{"/a": {{"get": {{"x-deep": {deep}}}}}}}}}'
    with pytest.raises(DocumentError, match=r"nested deeper than 200 levels at paths > /a > get > x-deep > 1 > 1 >"):
        parse_document(text.encode(), name)


def test_paths_that_clients_and_servers_resolve_are_no_tools():
    dropped = {drop.key for drop in model_of("typed-path-parameters").drops if "`..`" in drop.reason}
    assert dropped == {"GET /up/../there", "GET /%2e%2e/there"}


@pytest.mark.parametrize("path", ["/a/{b", "/a/b}", "/a/{}", "/a/{{b}}"])
def test_braces_that_do_not_match_are_named(path: str):
    parameter = {"in": "path", "name": "b", "required": True, "schema": {"type": "string"}}
    item = {"get": {"parameters": [parameter], "responses": {"200": {"description": ""}}}}
    document = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {path: item}}
    with pytest.raises(SpecError, match="the braces in its path"):
        build_model([document], Overrides())


def test_a_form_body_is_dropped_with_its_reason():
    model = model_of("form-body")
    assert [(drop.key, "multipart/form-data" in drop.reason) for drop in model.drops] == [("POST /one", True)]
    assert [tool.key for tool in model.tools] == ["GET /two"]


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
