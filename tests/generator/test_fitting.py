"""Decisions about XO that name what XO does not have: refused for the release they are about, passed over before it."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from newest import NEXT

from generator.errors import OverrideError
from generator.history.history import History, Input, Span, load_history
from generator.layout import OVERRIDES, SPECS
from generator.library import Location
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.review.report import summary
from generator.specs.specs import load_documents, newest_spec


def model(
    folder: Path, file: str, old: str, new: str, *, spec: Path | None = None, history: History | None = None
) -> Model:
    shutil.copytree(OVERRIDES, folder, dirs_exist_ok=True)
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))
    documents = load_documents(spec or newest_spec(SPECS))
    return build_model(documents, load_overrides(folder), history or load_history(SPECS))


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "vms.yaml",
            "fields: [name_label, power_state",
            "fields: [name_label, power_stat",
            "'power_stat'.*power_state",
        ),
        (
            "vms.yaml",
            "final_state: {power_state: Halted}",
            "final_state: {power_stat: Halted}",
            "'power_stat'.*power_state",
        ),
        (
            "vms.yaml",
            "cpus: CPUs.number",
            "cpus: CPUs.numbr",
            r"`shows_in`.*'CPUs.numbr'; nearest: CPUs.number",
        ),
        ("vms.yaml", "memory: memory.size", "memory: memory.sise", r"`made`.*'memory.sise'; nearest: memory.size"),
        (
            "vms.yaml",
            "final_state: {power_state: Halted}",
            "query: {synk: true}",
            "query parameter 'synk'.*nearest: sync",
        ),
        ("vms.yaml", "final_state: {power_state: Halted}", "kind: read_events", "kind read_events is for tools of the"),
        (
            "vms.yaml",
            "final_state: {power_state: Halted}",
            "final_stat: {power_state: Halted}",
            "no key 'final_stat'.*nearest: final_state",
        ),
    ],
)
def test_what_fits_nothing_is_refused(tmp_path: Path, file: str, old: str, new: str, complaint: str):
    with pytest.raises(OverrideError, match=complaint):
        model(tmp_path, file, old, new)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("  timeout: Sec", "  timeowt: Sec", "no argument 'timeowt'; nearest: timeout"),
        (
            "  timeout: Sec",
            "  timeout: {description: Sec, drop: Sec}\n  x: ",
            "timeout: what many tools share is a descr",
        ),
        ("limit, format, timeout]", "limt]", "no argument 'limt'; nearest: limit"),
        ("    sync: ", "    synk: ", "no query parameter 'synk'; nearest: sync"),
        ("    hard_reboot: ", "    hard_rebot: ", "no action 'hard_rebot'; nearest: hard_reboot"),
        ("drop_deprecated: XO", "drop_depricated: XO", "no key 'drop_depricated'; nearest: drop_deprecated"),
    ],
)
def test_what_many_tools_share_is_there(tmp_path: Path, old: str, new: str, complaint: str):
    with pytest.raises(OverrideError, match=complaint):
        model(tmp_path, "_shared.yaml", old, new)


def test_what_only_another_release_has_may_be_decided_on(tmp_path: Path):
    history = load_history(SPECS)
    lives = dict(history.operations)
    for key in ("GET /vms", "GET /vms/{id}"):
        removed = {Location("query.old_query"): Input(Span("5.110", "6.5"))}
        lives[key] = replace(
            lives[key], features={"field old_field": ("5.110", "6.5")}, inputs={**lives[key].inputs, **removed}
        )
    history = replace(history, operations=lives)
    model(tmp_path, "_shared.yaml", "    sync: ", "    old_query: Set here\n    sync: ", history=history)
    model(
        tmp_path, "vms.yaml", "final_state: {power_state: Halted}", "final_state: {old_field: Halted}", history=history
    )
    made = model(tmp_path, "vms.yaml", "fields: [name_label,", "fields: [name_label, old_field,", history=history)
    (tool,) = (tool for tool in made.tools if tool.name == "list_vms")
    (fields,) = (entry.default for entry in tool.arguments if entry.name == "fields")
    assert fields is not None
    assert "old_field" not in fields


def test_a_toolset_that_no_release_has(tmp_path: Path):
    (tmp_path / "vmz.yaml").write_text("description: Virtual machines.\n")
    with pytest.raises(OverrideError, match=r"vmz\.yaml: no operation has the tag 'vmz'; nearest: vms"):
        model(tmp_path, "vms.yaml", "name_label", "name_label")


def test_an_xo_that_is_none_of_ours_may_lack_what_is_decided_on(tmp_path: Path):
    """It says it is 6.7.1, as an XO of ones own does that is nearest to it, and has an operation less."""
    shutil.copytree(OVERRIDES, tmp_path, dirs_exist_ok=True)
    text = (tmp_path / "vms.yaml").read_text()
    (tmp_path / "vms.yaml").write_text(text.replace("final_state: {power_state", "final_state: {power_stat"))
    document, *plugins = load_documents(newest_spec(SPECS))
    decided, history = load_overrides(tmp_path), load_history(SPECS)
    with pytest.raises(OverrideError, match="power_stat"):
        build_model([document, *plugins], decided, history)
    del document["paths"]["/gui-routes"]
    assert build_model([document, *plugins], decided, history).tools


def test_a_field_that_came_later_is_no_default_of_an_older_release(tmp_path: Path):
    """6.7.1 is what the decision is about; an XO before it would refuse the call."""
    old, new = "fields: [name_label, power_state", "fields: [name_label, power_stat"
    made = model(tmp_path, "vms.yaml", old, new, spec=SPECS / "xo-6.4.json")
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


def without_property(release: str, name: str) -> Model:
    """A release after the newest: records of GPUs, and whatever else had it, lack a property."""
    documents = load_documents(newest_spec(SPECS))
    facts, others = documents[0], documents[1:]

    def strip(node: object) -> None:
        for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            strip(part)
        if isinstance(node, dict) and isinstance(node.get("properties"), dict) and name in node["properties"]:
            del node["properties"][name]
            node["required"] = [entry for entry in node.get("required", ()) if entry != name]

    strip(facts)
    facts["x-xo-release"] = release
    history = load_history(SPECS)
    key = "GET /pgpus"
    life = history.operations[key]
    presence = (life.span.since, release)
    features = {**life.features, f"field {name}": presence}
    lives = {**history.operations, key: replace(life, features=features)}
    known = replace(history, releases=(*history.releases, release), operations=lives)
    return build_model([facts, *others], load_overrides(OVERRIDES), known)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("isSystemDisplayDevice", "pgpus.yaml: GET /pgpus: `fields`"),
        ("installTime", "_shared.yaml: `conventions`"),
    ],
)
def test_a_decision_that_names_a_property_which_this_release_drops_is_listed_and_stays(name: str, where: str):
    built = without_property(NEXT, name)
    assert [entry.text for entry in built.outlived] == [f"{where} names {name}, which XO {NEXT} dropped"]
    assert built.stale == ()
    fields = {str(tool.name): tool for tool in built.tools}["list_pgpus"].arguments[1]
    assert name not in str(fields.default)
    assert summary(built)["outlived"] == [entry.text for entry in built.outlived]
