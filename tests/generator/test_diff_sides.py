"""What may be compared: releases, files, live XOs with their plugins; each pair in full, and on the command line."""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fake_xo.jsonrpc.facts import facts_beside, load_methods
from fake_xo.server import FakeXo
from newest import NEWEST

from generator.commands.cli import main
from generator.compare.diff import diff
from generator.compare.sides import load_side
from generator.facts.paths import METHODS
from generator.history.history import Span, load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.overrides import Overrides, load_overrides
from generator.specs.releases import load_releases

Json = dict[str, Any]


def operations_of(document: Json) -> Iterator[tuple[str, Json, Json]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method], item


PAIRS = list(pairwise(load_releases(SPECS)))
LAST = pytest.param(*PAIRS[-1], marks=pytest.mark.newest)


@pytest.fixture(scope="module")
def inputs() -> tuple[Overrides, Any]:
    return load_overrides(OVERRIDES), load_history(SPECS)


@pytest.mark.parametrize(("one", "other"), [*PAIRS[:-1], LAST], ids=["-to-".join(pair) for pair in PAIRS])
def test_counts_are_those_of_the_documents(one: str, other: str, inputs: tuple[Overrides, Any]):
    found = diff(*(load_side(name, SPECS, *inputs) for name in (one, other)))
    files = [SPECS / f"xo-{name}.json" for name in (one, other)]
    old, new = ({key: raw for key, raw, _ in operations_of(json.loads(file.read_bytes()))} for file in files)
    methods = [facts_beside(file) for file in files]
    if methods[0] != methods[1]:
        # Methods, which have neither parameters nor tags, are compared where each release has its own.
        for known, file in zip((old, new), methods, strict=True):
            known.update({f"CALL {name}": {"operationId": name} for name in load_methods(file)})
    stayed = [(old[key], new[goal]) for key in old if (goal := found.moved.get(key, key)) in new]
    kinds = found.counts
    assert kinds["operations_old"] == len(old)
    assert kinds["operations_new"] == len(new)
    moved = kinds.get("operation-moved", 0)
    assert kinds.get("operation-added", 0) + moved == len(new.keys() - old.keys())
    assert kinds.get("operation-removed", 0) + moved == len(old.keys() - new.keys())

    def parameters(raw: Json) -> set[tuple[str, str]]:
        return {(entry["in"], entry["name"]) for entry in raw.get("parameters", ())}

    added = sum(len(parameters(after) - parameters(before)) for before, after in stayed)
    removed = sum(len(parameters(before) - parameters(after)) for before, after in stayed)
    assert (kinds.get("parameter-added", 0), kinds.get("parameter-removed", 0)) == (added, removed)
    for kind, what in (("operation-id", "operationId"), ("exposure", "x-mcp-exposure")):
        assert kinds.get(kind, 0) == sum(before.get(what) != after.get(what) for before, after in stayed)
    assert kinds.get("deprecated", 0) == sum(
        bool(after.get("deprecated")) > bool(before.get("deprecated")) for before, after in stayed
    )
    assert kinds.get("tags", 0) == sum(
        set(before.get("tags", ())) != set(after.get("tags", ())) for before, after in stayed
    )
    assert kinds.get("tool-renamed", 0) == 0
    assert sum(kinds[level] for level in ("breaking", "additive", "internal")) == len(found.changes)


def test_the_committed_example_is_what_a_reader_gets():
    command = [sys.executable, "-m", "generator", "diff", "6.6", "6.7", "--markdown"]
    done = subprocess.run(command, cwd=SPECS.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == (SPECS / "diff-6.6-to-6.7.md").read_text()


@pytest.mark.parametrize(("old", "new", "code"), [("6.7", "6.7", 0), ("6.6", "6.7", 1), ("5.111", "5.112", 2)])
def test_the_exit_code_says_how_grave_it_is(old: str, new: str, code: int, capsys: Any):
    assert main(["diff", old, new, "--json"]) == code
    data = json.loads(capsys.readouterr().out)
    assert data["level"] == {0: "none", 1: "additive", 2: "breaking"}[code]
    assert data["counts"]["operations_new"] == load_releases(SPECS)[new].operations
    assert len(data["changes"]) == sum(data["counts"][level] for level in ("breaking", "additive", "internal"))


def test_a_mistake_has_an_exit_code_of_its_own(capsys: Any):
    assert main(["diff", "6.7", "9.9"]) == 3
    assert re.search(rf"9\.9: is not a release we have.*{re.escape(NEWEST.name)}", capsys.readouterr().err)
    for arguments in (["diff", "6.7"], ["diff", "6.6", "6.7", "--loudly"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 3


def test_sides_are_releases_files_and_a_live_xo(tmp_path: Path, capsys: Any):
    raw = json.loads((SPECS / "xo-6.7.json").read_text())
    del raw["x-xo-release"], raw["paths"]["/srs"]["post"]
    raw["paths"]["/plugins/x/y"] = {"get": {"tags": ["external"], "responses": {"200": {"description": "x"}}}}
    file = tmp_path / "swagger.json"
    file.write_text(json.dumps(raw))
    with FakeXo(vms=2, swagger=file) as xo:
        for side in (str(file), xo.url):
            assert main(["diff", "6.7", side, "--json"]) == 2
            changes = json.loads(capsys.readouterr().out)["changes"]
            assert [(entry["kind"], entry["operation"], entry["tools"]) for entry in changes] == [
                ("operation-removed", "POST /srs", ["create_sr"]),
                ("operation-added", "GET /plugins/x/y", ["get_x_y"]),
            ]
    assert main(["diff", "6.7.0", str(SPECS / "xo-6.7.json")]) == 0


def with_plugin(folder: Path, *routes: str) -> str:
    """A document of XO 6.7 as it is with a plugin, from a live XO: no operationId, the tag `external`."""
    raw = json.loads((SPECS / "xo-6.7.json").read_text())
    for route in routes:
        item = copy.deepcopy(raw["paths"]["/vms/{id}/actions/start"]["post"])
        raw["paths"][route] = {"post": {**drop_keys(item, "operationId"), "tags": ["external"]}}
    file = folder / f"{len(routes)}.json"
    file.write_text(json.dumps(raw))
    return str(file)


def drop_keys(data: Json, *names: str) -> Json:
    return {name: value for name, value in data.items() if name not in names}


def test_routes_of_plugins_are_compared_where_a_document_lists_them(tmp_path: Path, inputs: tuple[Overrides, Any]):
    one, two = "/plugins/sdn-controller/a/{id}", "/plugins/sdn-controller/b/{id}"
    none, some, more = (with_plugin(tmp_path, *routes) for routes in ((), (one,), (one, two)))

    def changes(old: str, new: str) -> set[tuple[str, str, str]]:
        found = diff(*(load_side(name, SPECS, *inputs) for name in (old, new)))
        return {(entry.kind, entry.level, entry.operation) for entry in found.changes}

    assert changes(some, more) == {("operation-added", "additive", f"POST {two}")}
    assert changes(more, some) == {("operation-removed", "breaking", f"POST {two}")}
    assert changes(none, "6.7") == changes("6.7", none) == set()
    # One that no longer lists plugins: those that nobody here knows are removed with their routes.
    unknown = with_plugin(tmp_path, "/plugins/coffee/pots/{id}", one, two)
    assert ("operation-removed", "breaking", "POST /plugins/coffee/pots/{id}") in changes(unknown, none)
    # What says nothing of plugins is held to what we know of those that the other side tells.
    assert ("operation-added", "additive", f"POST {one}") in changes("6.7", some)


def test_a_new_value_of_a_split_route_is_no_internal_change(tmp_path: Path, inputs: tuple[Overrides, Any]):
    raw = json.loads((SPECS / "xo-6.7.json").read_text())
    values = raw["paths"]["/vms/{id}.{format}"]["get"]["parameters"][1]["schema"]["enum"]
    more, fewer = tmp_path / "more.json", tmp_path / "fewer.json"
    values.append("qcow9")
    more.write_text(json.dumps(raw))
    values[:] = values[:1]
    fewer.write_text(json.dumps(raw))
    (added,) = diff(*(load_side(name, SPECS, *inputs) for name in ("6.7", str(more)))).changes
    assert (added.kind, added.level) == ("parameter-values-added", "additive")
    assert "XO has the `format` `qcow9` too" in added.text
    (gone,) = diff(*(load_side(name, SPECS, *inputs) for name in ("6.7", str(fewer)))).of("breaking")
    assert gone.text == "XO no longer has the `format` `xva`: its tool was removed"


def test_a_new_value_of_a_split_route_that_is_decided_is_a_new_tool(tmp_path: Path, inputs: tuple[Overrides, Any]):
    overrides, history = copy.deepcopy(inputs)
    raw = json.loads((SPECS / "xo-6.7.json").read_text())
    raw["paths"]["/vms/{id}.{format}"]["get"]["parameters"][1]["schema"]["enum"] += ["qcow9", "vhd9", "vmdk9"]
    file = tmp_path / "more.json"
    file.write_text(json.dumps(raw))
    known = history.operations["GET /vms/{id}.{format}"].inputs["path.format"].values
    known.update(dict.fromkeys(("qcow9", "vhd9", "vmdk9"), Span("90.0")))
    split = overrides.operations["GET /vms/{id}.{format}"].split
    assert split is not None
    words = {"name": "export_vm_qcow9", "title": "Export VM as QCOW9", "description": "Saves a VM as QCOW9."}
    split.tools["qcow9"] = split.tools["xva"].model_copy(update=words)
    split.left_out["vhd9"] = "disks have it"
    found = diff(*(load_side(name, SPECS, overrides, history) for name in ("6.7", str(file)))).of("additive")
    assert {(entry.kind, entry.tools, entry.text.partition(":")[2]) for entry in found} == {
        (
            "parameter-values-added",
            ("export_vm_xva", "export_vm_ova", "export_vm_qcow9"),
            " a tool more is possible, decide about it in overrides/",
        ),
        ("tool-added", ("export_vm_qcow9",), " Saves a VM as QCOW9."),
    }
    assert any("XO has the `format` `vmdk9` too" in entry.text for entry in found)
