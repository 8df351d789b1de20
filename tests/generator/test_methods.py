"""XO's JSON-RPC methods: the dialect they are reported in, the facts, decisions, comparison."""

import json
from pathlib import Path
from typing import Any

import pytest
from fake_xo import running_fake_xo

from generator.commands.cli import main
from generator.compare.diff import diff
from generator.compare.sides import load_side
from generator.errors import GeneratorError, OverrideError, SourceError, SpecError
from generator.facts.dialect import convert, extract_methods
from generator.history.history import load_history
from generator.importing.methods import import_methods
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.decisions import OperationOverride
from generator.model.methods import MethodSource, known_methods
from generator.model.model import Model
from generator.model.overrides import Overrides, load_overrides
from generator.review.explain import explain
from generator.review.report import summary
from generator.specs.methods import method_files, read_methods
from generator.specs.releases import load_releases
from generator.specs.specs import load_documents, newest_spec

VM = {"id": {"type": "string"}}


@pytest.mark.parametrize(
    ("expected", "facts"),
    [
        ({}, {}),
        ({"enum": ["", "zstd"]}, {"type": "string", "enum": ["", "zstd"]}),
        ({"enum": [1, 2]}, {"enum": [1, 2]}),
        ({"type": "string"}, {"type": "string", "minLength": 1}),
        ({"type": "string", "minLength": 0}, {"type": "string", "minLength": 0}),
        ({"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^a"}),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]}),
        ({"type": "number", "nullable": True}, {"anyOf": [{"type": "number"}, {"type": "null"}]}),
        ({"type": "object"}, {"type": "object"}),
        (
            {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number", "optional": True}}},
            {
                "type": "object",
                "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
                "required": ["a"],
                "additionalProperties": False,
            },
        ),
        (
            {"type": "object", "properties": {"*": {"type": "number"}}},
            {"type": "object", "additionalProperties": {"type": "number"}},
        ),
        ({"type": "object", "properties": {"*": {}}}, {"type": "object"}),
        (
            {"type": "object", "properties": {"a": {"type": "boolean", "default": True}}},
            {
                "type": "object",
                "properties": {"a": {"type": "boolean", "default": True}},
                "additionalProperties": False,
            },
        ),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
        ),
        ({"type": "string", "description": "XO's own prose", "minLength": 2}, {"type": "string", "minLength": 2}),
    ],
)
def test_the_dialect_becomes_json_schema(expected: dict[str, Any], facts: dict[str, Any]):
    assert convert(expected, "here") == facts


def test_permissions_are_reported_by_presence_and_by_null():
    raw = {"a.open": {"permission": None}, "a.any": {}, "a.admin": {"permission": "admin", "params": VM}}
    found = extract_methods(raw)
    assert {name: entry["permission"] for name, entry in found.items()} == {
        "a.open": "none", "a.any": "signed-in", "a.admin": "admin",
    }  # fmt: skip
    assert found["a.any"]["params"] == {"type": "object"}, "what declares no parameter checks none"


@pytest.mark.parametrize(
    "raw",
    [
        {"import os": {}},
        {"a.b": None},
        {"a.b": {"params": []}},
        {"a.b": {"params": {"x": "string"}}},
        {"a.b": {"params": {"x": {"type": "text"}}}},
        {"a.b": {"permission": "root"}},
        {"a.b": {"objects": {"id": {"types": 5}}}},
    ],
)
def test_what_is_no_description_of_methods_is_refused(raw: dict[str, Any]):
    with pytest.raises(SpecError):
        extract_methods(raw)


def test_an_import_is_the_same_again_and_keeps_what_objects_parameters_name(tmp_path: Path):
    for release, path in method_files(SPECS).items():
        again = tmp_path / "again.json"
        assert import_methods(str(path), out=again).release == release
        assert again.read_bytes() == path.read_bytes()
    raw = tmp_path / "info.json"
    raw.write_text(json.dumps({"vm.insertCd": {"params": {**VM, "cd_id": {"type": "string"}}}}))
    report = import_methods(str(raw), release="99.1", out=tmp_path / "out.json")
    kept = read_methods(tmp_path / "out.json")
    assert (report.methods, report.change, kept.release) == (1, "new", "99.1")
    assert kept.facts["vm.insertCd"]["objects"]["id"]["types"] == ["VM"]


def test_an_import_from_a_live_xo_needs_no_login_and_brings_the_same_facts(tmp_path: Path):
    release, path = list(method_files(SPECS).items())[-1]
    with running_fake_xo(vms=0, lag=0) as fake:
        report = import_methods(fake.url, release=release, out=tmp_path / "out.json")
    assert report.methods == len(read_methods(path).facts)
    assert read_methods(tmp_path / "out.json").facts == read_methods(path).facts


def test_an_import_without_a_release_or_without_methods_says_so(tmp_path: Path):
    file = tmp_path / "info.json"
    file.write_text(json.dumps({"vm.insertCd": {}}))
    with pytest.raises(SourceError, match="--release"):
        import_methods(str(file), out=tmp_path / "out.json")
    file.write_text("[]")
    with pytest.raises(GeneratorError, match="does not hold"):
        import_methods(str(file), release="90.8", out=tmp_path / "out.json")
    assert main(["import", "--jsonrpc", str(tmp_path / "nowhere"), "--release", "90.8"]) == 2


@pytest.fixture(scope="module")
def model() -> Model:
    documents = load_documents(newest_spec(SPECS))
    methods = known_methods(SPECS, str(documents[0]["x-xo-release"]))
    return build_model(
        documents, load_overrides(OVERRIDES), load_history(SPECS), load_releases(SPECS).values(), methods
    )


def test_every_method_is_a_tool_or_served_or_never_offered_or_undecided(model: Model):
    expected = summary(model)["methods"]
    parts = [set(expected[part]) for part in ("tools", "served", "never", "undecided")]
    assert sum(map(len, parts)) == expected["total"] == len(set().union(*parts))
    assert all(expected["never"].values()), "each with its reason"


@pytest.mark.parametrize("method", ["test.wait", "job.create", "xo.getAllObjects", "acl.add"])
def test_what_must_not_be_offered_is_not(model: Model, method: str):
    assert model.methods is not None
    assert method in model.methods.never
    (found,) = explain(model, load_overrides(OVERRIDES), f"CALL {method}")
    assert found["tool"] is None


SOURCE = MethodSource(
    "1.0", "1", extract_methods({"vm.a": {"params": VM}, "vm.b": {"params": VM, "permission": "admin"}, "test.x": {}})
)
TOOL = {"name": "do_a", "title": "Do a", "effect": "write", "description": "Does a to a machine " + "and more " * 5}


def built(source: MethodSource = SOURCE, **decisions: dict[str, Any]) -> Model:
    keys = {f"CALL {name}": OperationOverride.model_validate(value) for name, value in decisions.items()}
    overrides = Overrides(operations=keys, files=dict.fromkeys(keys, "vms.yaml"))
    return build_model([{"paths": {}, "info": {"version": "1"}}], overrides, methods=source)


def test_a_method_is_a_tool_only_by_decision():
    found = built(**{"vm.a": TOOL, "test.*": {"drop": "for tests"}})
    assert [str(tool.name) for tool in found.tools] == ["do_a"]
    (tool,) = found.tools
    assert tool.call == "xo.call('vm.a', {'id': id}, effect='write')"
    assert tool.definition["_meta"]["xo"] == {"operation": "CALL vm.a", "permission": "signed-in"}
    assert (str(tool.module), found.methods.undecided if found.methods else None) == ("vms", ("vm.b",))


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        ({"vm.aa": TOOL}, "CALL vm.a"),
        ({"nope.*": {"drop": "because"}}, "matches no method"),
        ({"vm.a": {"instead_of": "GET /vms"}}, "there is no 'GET /vms'"),
        ({"vm.a": {"instead_of": "CALL vm.a"}}, "there is no"),
        ({"vm.a": {"effect": "write"}}, "only under a `name`"),
        ({"vm.a": {**TOOL, "kind": "action"}}, "not for CALL"),
        ({"vm.a": {**TOOL, "arguments": {"nope": {"description": "What"}}}}, "no argument 'nope'"),
    ],
)
def test_a_decision_about_a_method_must_match(decisions: dict[str, Any], said: str):
    with pytest.raises(OverrideError) as caught:
        built(**decisions)
    assert said in str(caught.value)


def released(folder: Path, *releases: tuple[str, dict[str, Any]]) -> MethodSource:
    """The newest of several releases, the others behind it."""
    files = folder / "jsonrpc"
    files.mkdir(parents=True)
    for release, params in releases:
        written(files, release, {"vm.a": {"params": params}})
    source = known_methods(folder, releases[-1][0])
    assert source is not None
    return source


def test_a_parameter_that_is_gone_leaves_a_stale_decision_and_stops_no_build(tmp_path: Path):
    more = {"speed": {"type": "number", "optional": True}}
    described = {**TOOL, "arguments": {"speed": {"description": "How fast"}}}
    found = built(released(tmp_path / "two", ("1.1", {**VM, **more}), ("1.2", VM)), **{"vm.a": described})
    assert [entry.text for entry in found.stale] == ["vms.yaml: XO 1.2 has no argument speed of CALL vm.a any more"]
    assert built(released(tmp_path / "one", ("1.1", {**VM, **more})), **{"vm.a": described}).stale == ()
    # A decision about what only a newer release has does not count for this one.
    source = released(tmp_path / "ahead", ("1.1", VM), ("1.2", {**VM, **more}))
    older = known_methods(tmp_path / "ahead", "1.1")
    assert older is not None
    assert built(older, **{"vm.a": described}).stale == built(source, **{"vm.a": described}).stale == ()


def test_parameters_are_reported_as_each_release_wants_them(tmp_path: Path):
    later = {"id": {"type": "number"}, "count": {"type": "number", "optional": True}}
    (tool,) = built(released(tmp_path, ("1.1", VM), ("1.2", later)), **{"vm.a": TOOL}).tools
    assert tool.facts["earlier"] == [{"argument": "id", "since": "0", "before": "1.2", "type": "string"}]
    assert tool.definition["_meta"]["xo"]["arguments_since"] == {"count": "1.2"}
    assert "since" not in tool.definition["_meta"]["xo"]


def test_what_names_one_method_goes_before_what_names_several():
    found = built(**{"vm.*": {"drop": "not these"}, "vm.a": TOOL})
    assert found.methods is not None
    assert (set(found.methods.tools), set(found.methods.never)) == ({"vm.a"}, {"vm.b"})


def test_arguments_of_our_own_need_a_builder():
    own = {"vms": {"schema": {"type": "array"}, "required": True}, "id": {"drop": "vms says it"}}
    with pytest.raises(OverrideError):
        built(**{"vm.a": {**TOOL, "arguments": own}})
    (tool,) = built(**{"vm.a": {**TOOL, "arguments": own, "builder": "some_job"}}).tools
    assert tool.call == "xo.call('vm.a', {'vms': vms}, effect='write', builder='some_job')"


def written(folder: Path, release: str, methods: dict[str, Any]) -> str:
    file = folder / f"xo-{release}.json"
    content = {"x-xo-release": release, "xo-server": "", "methods": extract_methods(methods)}
    file.write_text(json.dumps(content))
    return str(file)


@pytest.mark.parametrize(
    ("after", "level", "kind"),
    [
        ({}, "breaking", "operation-removed"),
        ({"vm.a": {"params": {}}}, "breaking", "body-removed"),
        ({"vm.a": {"params": {**VM, "more": {"type": "string"}}}}, "breaking", "body-added"),
        ({"vm.a": {"params": {**VM, "more": {"type": "string", "optional": True}}}}, "additive", "body-added"),
    ],
)
def test_what_changes_under_a_tool_is_named(tmp_path: Path, after: dict[str, Any], level: str, kind: str):
    keys = {"CALL vm.a": OperationOverride.model_validate(TOOL)}
    overrides = Overrides(operations=keys, files={"CALL vm.a": "vms.yaml"})
    rest = {"vm.b": {"params": {}}}
    files = [written(tmp_path, "1.1", {"vm.a": {"params": VM}, **rest}), written(tmp_path, "1.2", {**after, **rest})]
    # A method that was removed is known from the facts of the release that had it.
    folder = tmp_path / "specs" / "jsonrpc"
    folder.mkdir(parents=True)
    written(folder, "1.1", {"vm.a": {"params": VM}})
    one, other = (load_side(file, tmp_path / "specs", overrides, load_history(SPECS)) for file in files)
    found = diff(one, other)
    assert found.level == level
    assert [(change.kind, change.operation) for change in found.changes if change.level == level] == [
        (kind, "CALL vm.a")
    ]
    assert "do_a" in found.changes[0].tools


def test_a_change_of_a_method_without_a_tool_is_internal(tmp_path: Path):
    files = [written(tmp_path, "1.1", {"vm.b": {"params": VM}}), written(tmp_path, "1.2", {"vm.c": {}})]
    one, other = (load_side(file, SPECS, Overrides(), load_history(SPECS)) for file in files)
    assert diff(one, other).level == "internal"
