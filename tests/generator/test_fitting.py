"""Decisions about XO that name what XO does not have: refused for the release they are about, passed over before it."""

import shutil
from pathlib import Path

import pytest

from generator.errors import OverrideError
from generator.history.history import load_history
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.places import OVERRIDES, SPECS
from generator.specs.specs import load_documents, newest_spec


def model(folder: Path, file: str, old: str, new: str, spec: Path | None = None) -> Model:
    shutil.copytree(OVERRIDES, folder, dirs_exist_ok=True)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    return build_model(load_documents(spec or newest_spec(SPECS)), load_overrides(folder), load_history(SPECS))


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "vms.yaml",
            "fields: [name_label, power_state",
            "fields: [name_label, power_stat",
            "'power_stat'.*power_state",
        ),
        ("vms.yaml", "settle: {power_state: Halted}", "settle: {power_stat: Halted}", "'power_stat'.*power_state"),
        ("vms.yaml", "settle: {power_state: Halted}", "query: {synk: true}", "query parameter 'synk'.*nearest: sync"),
        ("vms.yaml", "settle: {power_state: Halted}", "kind: read_events", "kind read_events is for tools of the"),
        ("vms.yaml", "settle: {power_state: Halted}", "setle: {power_state: Halted}", "no such key.*nearest: settle"),
    ],
)
def test_what_fits_nothing_is_refused(tmp_path: Path, file: str, old: str, new: str, complaint: str):
    with pytest.raises(OverrideError, match=complaint):
        model(tmp_path, file, old, new)


def test_a_field_that_came_later_is_no_default_of_an_older_release(tmp_path: Path):
    """6.7.1 is what the decision is about; an XO before it would refuse the call."""
    old, new = "fields: [name_label, power_state", "fields: [name_label, power_stat"
    made = model(tmp_path, "vms.yaml", old, new, SPECS / "xo-6.4.json")
    (tool,) = (tool for tool in made.tools if tool.name == "list_vms")
    (fields,) = (entry.default for entry in tool.arguments if entry.name == "fields")
    assert fields is not None
    assert "name_label" in fields
    assert "power_stat" not in fields


def test_a_local_tool_is_decided_once(tmp_path: Path):
    shutil.copytree(OVERRIDES, tmp_path, dirs_exist_ok=True)
    lines = (tmp_path / "events.yaml").read_text()
    (tmp_path / "more.yaml").write_text(lines[lines.index("local_tools:") :])
    with pytest.raises(OverrideError, match=r"read_events is decided twice"):
        load_overrides(tmp_path)
