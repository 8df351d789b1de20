"""The real release: figures that add up, and decisions that must fit."""

from pathlib import Path

import pytest
from newest import NEWEST, operations, plugin_operations

from generator.api.methods import is_call
from generator.errors import OverrideError
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import Overrides, load_overrides
from generator.review.report import summary
from generator.specs.specs import load_documents, newest_spec

NAMES = Path(__file__).with_name("tool-names.tsv")


@pytest.fixture(scope="module")
def model() -> Model:
    return build_model(load_documents(newest_spec(SPECS)), load_overrides(OVERRIDES), load_history(SPECS))


def test_the_report_adds_up(model: Model):
    data = summary(model)
    decided = [entry for key, entry in load_overrides(OVERRIDES).operations.items() if not is_call(key)]
    splits = [entry.split.tools for entry in decided if entry.split]
    deprecated = sum(operation.get("deprecated", False) for operation in operations().values())
    assert data["release"] == NEWEST.name
    assert data["operations"] == NEWEST.operations == len(operations())
    assert data["plugin_operations"] == len(plugin_operations())
    assert data["dropped"] == deprecated + sum(bool(entry.drop) for entry in decided)
    assert data["split"] == len(splits)
    assert data["added_by_splits"] == sum(len(tools) - 1 for tools in splits)
    total = data["operations"] + data["plugin_operations"] - data["dropped"] + data["added_by_splits"] + data["local"]
    assert data["tools"] == total == len(model.tools)


def test_every_operation_is_a_tool_or_dropped_with_a_reason(model: Model):
    covered = {tool.key for tool in model.tools} | {drop.key for drop in model.drops}
    assert model.operation_keys <= covered
    assert all(drop.reason for drop in model.drops)


def test_the_splits_give_the_names_users_know(model: Model):
    by_name = {str(tool.name): tool for tool in model.tools}
    for name, value in (
        ("export_vm_xva", "xva"),
        ("export_vm_ova", "ova"),
        ("export_vdi_vhd", "vhd"),
        ("export_vdi_raw", "raw"),
        ("import_vdi_to_existing", "vhd"),
        ("import_vdi_to_existing_raw", "raw"),
    ):
        assert dict(by_name[name].fixed) == {"format": value}
        assert "format" not in by_name[name].input_schema["properties"]
    for name in ("export_vm_template", "export_vm_snapshot", "export_vdi_snapshot"):
        assert by_name[name].input_schema["properties"]["format"]["enum"]


def test_what_a_tool_makes_can_be_looked_for(model: Model):
    making = [tool for tool in model.tools if tool.operation and "201" in tool.operation.responses]
    by_name = {str(tool.name): tool.creates for tool in making}
    assert by_name["create_vdi"] == "/vdis/{id}"
    assert by_name["snapshot_vm"] == "/vm-snapshots/{id}"
    # A token shows only once, a subscription nowhere.
    assert {name for name, creates in by_name.items() if not creates} == {"create_auth_token", "add_event_subscription"}
    assert "creates='/vm-snapshots/{id}'" in next(tool.call for tool in making if tool.name == "snapshot_vm")


def test_all_names_users_know_exist_on_their_routes(model: Model):
    rows = [line.split("\t") for line in NAMES.read_text().splitlines() if line and not line.startswith("#")]
    assert len(rows) == 245
    by_name = {str(tool.name): tool.key for tool in model.tools}
    # What XO itself dropped or moved since is no promise of ours.
    kept = {
        key for key, operation in operations().items() if not operation.get("deprecated")
    } | plugin_operations().keys()
    assert len(kept) > len(rows)
    wrong = [name for name, *route in rows if " ".join(route) in kept and by_name.get(name) != " ".join(route)]
    assert wrong == []


def test_an_override_that_matches_nothing_is_refused_with_the_nearest_route(tmp_path: Path):
    (tmp_path / "vms.yaml").write_text("operations:\n  GET /vmz:\n    title: List VMs\n")
    with pytest.raises(OverrideError, match=r"vms\.yaml: GET /vmz .*nearest: GET /vms"):
        build_model(load_documents(newest_spec(SPECS)), load_overrides(tmp_path))


def test_without_overrides_the_real_release_still_needs_names_only():
    document = load_documents(newest_spec(SPECS))[0]
    paths = {path: item for path, item in document["paths"].items() if not path.startswith(("/backup", "/restore"))}
    model = build_model([{**document, "paths": paths}], Overrides())
    assert model.uncurated == model.tools


def test_a_new_format_value_surfaces(tmp_path: Path):
    (tmp_path / "vms.yaml").write_text(
        "operations:\n  GET /vms/{id}.{format}:\n    split:\n      parameter: format\n"
        "      tools:\n        xva: {name: export_vm_xva}\n"
    )
    document = load_documents(newest_spec(SPECS))[0]
    path = "/vms/{id}.{format}"
    model = build_model([{**document, "paths": {path: document["paths"][path]}}], load_overrides(tmp_path))
    pick = next(entry for entry in document["paths"][path]["get"]["parameters"] if entry["name"] == "format")
    others = [value for value in pick["schema"]["enum"] if value != "xva"]
    assert summary(model)["splits"][f"GET {path}"]["undecided"] == others != []


def test_a_format_value_that_is_gone_is_refused(tmp_path: Path):
    (tmp_path / "vms.yaml").write_text(
        "operations:\n  GET /vms/{id}.{format}:\n    split:\n      parameter: format\n"
        "      tools:\n        xvb: {name: export_vm_xvb}\n"
    )
    document = load_documents(newest_spec(SPECS))[0]
    path = "/vms/{id}.{format}"
    with pytest.raises(OverrideError, match=r"no value 'xvb'.*xva"):
        build_model([{**document, "paths": {path: document["paths"][path]}}], load_overrides(tmp_path))
