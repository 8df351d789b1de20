"""Which release brought what: kept, worked out from the facts, and shown by every tool."""

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from newest import NEWEST, PINNED, RELEASES

from generator.api.contract import contracts
from generator.commands.cli import main
from generator.errors import OverrideError
from generator.history.history import FILE, History, load_history, render_history
from generator.history.tracing import read_folder, record_release, stale_records, trace
from generator.importing.importer import import_spec
from generator.importing.sources import Source
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.earlier import earlier_demands
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.review.report import summary
from generator.specs.releases import Release, load_releases, order, render_releases, spelling
from generator.specs.specs import load_documents, newest_spec

TABLE = """
5.110 2025-08-28 0.15.0 108
5.111 2025-09-30 0.17.0 150
5.112 2025-10-30 0.20.0 202
5.113 2025-11-27 0.21.1 206
6.0 2025-12-18 0.22.1 206
6.1.2 2026-02-10 0.24.1 215
6.2 2026-02-26 0.27.0 221
6.3 2026-03-31 0.28.1 227
6.4 2026-04-29 0.30.0 246
6.5 2026-05-28 0.33.0 250
6.6 2026-06-30 0.35.0 265
6.7 2026-07-30 0.37.0 270
"""
"""XO's releases until 6.7 as their announcements and packages tell them: what is past does not change."""
ROWS = [line.split() for line in TABLE.split("\n") if line]


@pytest.fixture(scope="module")
def history() -> History:
    return load_history(SPECS)


def model_of(release: str) -> Model:
    documents = load_documents(SPECS / f"xo-{release}.json")
    return build_model(documents, load_overrides(OVERRIDES), load_history(SPECS), load_releases(SPECS).values())


@cache
def offered_now() -> frozenset[str]:
    """Operations that are tools in the newest release."""
    return frozenset(tool.key for tool in model_of(NEWEST.name).tools)


def document(**paths: dict[str, Any]) -> dict[str, Any]:
    """Facts with a GET per path."""
    return {"paths": {f"/{name}": {"get": {"responses": {"200": {}}, **raw}} for name, raw in paths.items()}}


def query(name: str, values: list[str] | None = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    return {"in": "query", "name": name, "schema": {**schema, "enum": values} if values else schema}


def test_the_table_of_releases_is_the_one_xo_reports():
    found = load_releases(SPECS)
    reported = [[row.release, row.date, row.rest_api, str(row.operations)] for row in found.values()]
    assert reported[: len(ROWS)] == ROWS
    assert all(re.fullmatch("[0-9a-f]{64}", row.sha256) for row in found.values())
    assert newest_spec(SPECS) == NEWEST.spec


def test_the_newest_release_is_the_highest_number_not_the_last_name(tmp_path: Path):
    for release in ("90.9", "90.10", "89.111"):
        (tmp_path / f"xo-{release}.json").write_text("{}")
    assert newest_spec(tmp_path).name == "xo-90.10.json"


def test_the_kept_history_is_what_the_facts_give():
    assert stale_records(SPECS) == []


def test_the_history_knows_the_operations_of_every_release(history: History):
    for release, facts in read_folder(SPECS).items():
        assert history.keys_of(release) == contracts(facts).keys()


def test_reading_what_was_written_gives_the_same(history: History, tmp_path: Path):
    (tmp_path / FILE).write_text(render_history(history))
    assert load_history(tmp_path) == history
    assert load_history(tmp_path / "nowhere") == History()


@pytest.mark.parametrize(
    ("key", "since", "removed", "deprecated"),
    [
        ("GET /vms", "5.110", None, None),
        ("PATCH /vms/{id}", "6.5", None, None),
        ("POST /srs", "6.7", None, None),
        ("POST /hosts/{id}/actions/scan_pifs", PINNED, None, None),
        ("GET /users/me", "5.111", "5.112", None),
        ("GET /backup/logs", "5.111", None, "5.111"),
    ],
)
def test_operations_know_their_releases(
    history: History, key: str, since: str, removed: str | None, deprecated: str | None
):
    life = history.operations[key]
    assert (life.span.since, life.span.removed, life.deprecated) == (since, removed, deprecated)


def test_arguments_and_values_know_their_releases(history: History):
    create = "POST /pools/{id}/actions/create_vm"
    assert history.inputs_since(create, "body.createVtpm") == {"body.createVtpm": "6.1.2"}
    assert history.inputs_since(create, "body.name_label") == {}
    assert history.inputs_since("GET /vms", "query.markdown") == {"query.markdown": "6.4"}
    actions = history.values_since("POST /acl-privileges", "body.action")["body.action"]
    assert (actions["scan-pifs"], actions["scan"], actions["enable"]) == (PINNED, "6.6", "6.5")
    assert "read" not in actions


def test_what_comes_back_counts_from_its_return():
    first = document(a={"parameters": [query("x", ["one", "two"]), query("y")]}, b={})
    second = document(a={"parameters": [query("x", ["one"])], "deprecated": True})
    third = document(a={"parameters": [query("x", ["one", "two", "three"]), query("y")]}, b={})
    history = trace([("1.0", first), ("1.1", second), ("1.2", third)])
    a, b = history.operations["GET /a"], history.operations["GET /b"]
    assert (b.span.since, b.span.removed, a.span.since, a.deprecated) == ("1.2", None, "1.0", None)
    assert history.inputs_since("GET /a", "query.y") == {"query.y": "1.2"}
    assert history.values_since("GET /a", "query.x") == {"query.x": {"two": "1.2", "three": "1.2"}}
    middle = trace([("1.0", first), ("1.1", second)])
    assert middle.operations["GET /b"].span.removed == "1.1"
    assert middle.operations["GET /a"].deprecated == "1.1"
    assert middle.operations["GET /a"].inputs["query.y"].span.removed == "1.1"
    assert middle.operations["GET /a"].inputs["query.x"].values["two"].removed == "1.1"
    assert middle.keys_of("1.1") == {"GET /a"}


def test_what_was_dropped_from_an_operation_is_listed():
    first = document(a={"parameters": [query("x", ["one", "two"]), query("y")]}, b={"parameters": [query("z")]})
    second = document(a={"parameters": [query("x", ["one"])]})
    model = build_model([second], load_overrides(None), trace([("1.0", first), ("1.1", second)]))
    assert model.removed == {"GET /b": "1.1"}
    assert model.dropped_inputs == {("GET /a", "query.x=two"): "1.1", ("GET /a", "query.y"): "1.1"}


def test_a_release_is_spelled_one_way(tmp_path: Path):
    shutil.copy(SPECS / "xo-6.7.json", tmp_path)
    assert spelling("6.7.0", tmp_path) == "6.7"
    assert spelling(PINNED, tmp_path) == PINNED
    assert [spelling(text, tmp_path) for text in ("90.8", "90.8.0", "90.8.0.0")] == ["90.8"] * 3
    assert spelling("90.8.1", tmp_path) == "90.8.1"
    assert spelling("90.0", tmp_path) == spelling("90.0.0", tmp_path) == "90.0"
    (tmp_path / "xo-90.8.0.json").write_text("{}")
    assert spelling("90.8", tmp_path) == "90.8.0"


def test_an_import_takes_the_release_into_table_and_history(tmp_path: Path):
    for name in ("xo-6.6.json", "xo-6.7.json"):
        shutil.copy(SPECS / name, tmp_path)
    report = import_spec(Source(file=SPECS / "xo-6.7.json"), release="6.7", out=tmp_path / "xo-6.7.json")
    record_release(tmp_path, report, date="2026-07-30")
    assert load_history(tmp_path).releases == ("6.6", "6.7")
    assert load_releases(tmp_path)["6.7"].operations == 270
    (line,) = stale_records(tmp_path)
    assert line.startswith("releases.toml does not name 6.6; `python -m generator import ")
    # What is imported again unchanged keeps its date and fingerprint.
    row = load_releases(tmp_path)["6.7"]
    (tmp_path / "releases.toml").write_text(render_releases([Release("6.7", "0.37.0", "ab" * 32, 270, row.date)]))
    record_release(tmp_path, import_spec(Source(file=SPECS / "xo-6.7.json"), out=tmp_path / "xo-6.7.json"))
    assert load_releases(tmp_path)["6.7"] == Release("6.7", "0.37.0", "ab" * 32, 270, "2026-07-30")
    (tmp_path / "xo-6.6.json").write_text((SPECS / "xo-6.5.json").read_text())
    assert f"{FILE} is not what the facts give; `make regenerate` writes it anew" in stale_records(tmp_path)


def test_every_tool_shows_its_release():
    model = model_of(NEWEST.name)
    by_name = {str(tool.name): tool for tool in model.tools}
    assert all(tool.since.tool for tool in model.tools if tool.operation and not tool.plugin)
    vm = by_name["create_vm"]
    assert vm.since.facts["since"] == "5.110"
    assert vm.since.facts["arguments_since"]["secureBoot"] == "6.1.2"
    assert vm.definition["_meta"]["xo"]["arguments_since"]["high_availability"] == "6.7"
    assert vm.input_schema["properties"]["high_availability"]["description"].endswith("XO 6.7+.")
    assert not vm.definition["description"].endswith("+.")
    update = by_name["update_vm"]
    assert update.definition["description"].endswith(" XO 6.5+.")
    assert update.definition["_meta"]["xo"]["since"] == "6.5"
    assert "since XO 6.5" in update.docstring
    assert by_name["create_acl_privilege"].since.facts["values_since"]["action"][PINNED] == ["scan-pifs"]
    assert model.removed["GET /users/me"] == "5.112"
    assert json.loads(model.releases_json)["since"]["POST /srs"] == "6.7"


@pytest.mark.parametrize(
    "release", [pytest.param(RELEASES[0].name, marks=pytest.mark.newest), *(row.name for row in RELEASES[1:])]
)
def test_todays_decisions_build_every_release(release: str):
    model = model_of(release)
    data = summary(model)
    assert data["stale"] == []
    # Nobody decides any more about what the newest release has no tool for: it removed or deprecated the operation.
    uncurated = set(data["uncurated"])
    assert not {tool.key for tool in model.tools if tool.name in uncurated} & offered_now()
    newer = {key for key, life in model.history.operations.items() if order(life.span.since) > order(release)}
    assert not newer & {tool.key for tool in model.tools}
    assert set(model.ahead) == newer & load_overrides(OVERRIDES).files.keys()
    for tool in model.tools:
        assert not tool.since.tool or order(tool.since.tool) <= order(release)


def test_building_an_old_release_from_the_command_line(tmp_path: Path):
    assert main(["build", "--json", "--spec", str(SPECS / "xo-6.4.json"), "--out", str(tmp_path / "out")]) == 0
    lock = json.loads((tmp_path / "out" / "lock.json").read_text())
    files = (tmp_path / "out" / "xo_mcp" / "definitions").glob("*.json")
    built = [entry["tool"] for file in files for entry in json.loads(file.read_text())["tools"]]
    # The methods of JSON-RPC are known of one release only, and are tools here too.
    rest = [tool for tool in built if not str(tool["_meta"]["xo"].get("operation", "")).startswith("CALL ")]
    assert (lock["xo_release"], lock["tools"]) == ("6.4", len(built))
    assert {tool["name"] for tool in rest} == {str(tool.name) for tool in model_of("6.4").tools}
    tools = (tmp_path / "out" / "TOOLS.md").read_text()
    assert "`list_acl_roles`" in tools
    assert "`update_vdi`" not in tools


def test_what_xo_marks_as_dangerous_later_is_dangerous_in_an_older_release(tmp_path: Path):
    facts = json.loads((SPECS / "xo-6.6.json").read_text())
    for item in facts["paths"].values():
        for part in item.values():
            if isinstance(part, dict):
                part.pop("x-mcp-exposure", None)
    (tmp_path / "xo-6.6.json").write_text(json.dumps(facts))
    unmarked = build_model(load_documents(tmp_path / "xo-6.6.json"), _without_plugins(), load_history(SPECS))
    denied = {str(tool.name) for tool in unmarked.tools if tool.hints.denied}
    assert denied == {str(tool.name) for tool in model_of("6.6").tools if tool.hints.denied} != set()


def _without_plugins() -> Any:
    overrides = load_overrides(OVERRIDES)
    for key in [key for key in overrides.operations if "/plugins/" in key]:
        del overrides.operations[key], overrides.files[key]
    return overrides


def test_decisions_about_what_is_gone_are_reported_and_about_nothing_refused(tmp_path: Path, capsys: Any):
    folder = tmp_path / "overrides"
    shutil.copytree(OVERRIDES, folder)
    (folder / "gone.yaml").write_text("operations:\n  GET /users/me:\n    title: Who am I\n")
    model = build_model(load_documents(newest_spec(SPECS)), load_overrides(folder), load_history(SPECS))
    assert [entry.text for entry in model.stale] == ["gone.yaml: XO 5.112 has no GET /users/me any more"]
    assert build_model(load_documents(SPECS / "xo-5.111.json"), load_overrides(folder), load_history(SPECS)).stale == ()
    (folder / "gone.yaml").write_text("operations:\n  GET /userz:\n    title: Nothing\n")
    assert main(["report", "--overrides", str(folder)]) == 2
    assert "GET /userz is not an operation" in capsys.readouterr().err


def test_a_release_that_documents_know_better_is_no_decision(tmp_path: Path):
    decision = "operations: {'POST /vms/{id}/actions/start': {arguments: {hostId: {since: '5.110'}}}}\n"
    (tmp_path / "vms.yaml").write_text(decision)
    with pytest.raises(OverrideError, match=r"'hostId' is decided to work since 5\.110, and XO's documents say"):
        build_model(load_documents(newest_spec(SPECS)), load_overrides(tmp_path), load_history(SPECS))


def test_types_and_duties_are_kept_by_release():
    lives = load_history(SPECS).operations
    assert lives["GET /vms/{id}.{format}"].features["type query.compress=boolean"] == ("5.111", "6.6")
    assert lives["POST /vdis"].features["required body.other_config"] == ("6.4", "6.5")


def test_what_was_enumerated_for_a_time_is_demanded_of_that_time():
    def release(schema: dict[str, Any]) -> dict[str, Any]:
        parameter = {"in": "query", "name": "mode", "schema": schema}
        operation = {"parameters": [parameter], "responses": {"204": {"description": ""}}}
        return {"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "paths": {"/vms": {"get": operation}}}

    text = {"type": "string"}
    documents = [
        ("90.1", release(text)),
        ("90.2", release({**text, "enum": ["a"]})),
        ("90.3", release({**text, "enum": ["a", "b"]})),
        ("90.4", release(text)),
    ]
    life = trace(documents).operations["GET /vms"]
    found = [entry.as_dict() for entry in earlier_demands(life, {"query.mode": "mode"})]
    assert [entry for entry in found if "values" in entry] == [
        {"argument": "mode", "since": "90.2", "before": "90.3", "values": ["a"]},
        {"argument": "mode", "since": "90.3", "before": "90.4", "values": ["a", "b"]},
    ]
