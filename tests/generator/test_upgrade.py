"""A new release taken in: the next one, the newest again, that of a live XO, and upgrades that fail half-way."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import FakeXo
from live_document import live
from newest import LATER, NEWEST, NEXT, PREVIOUS
from ruamel.yaml import YAML

from generator.commands.upgrade import Tree, Upgrade, upgrade
from generator.commands.upgradecli import source_of
from generator.errors import GeneratorError
from generator.history.history import load_history
from generator.history.tracing import stale_records
from generator.importing.sources import Source
from generator.layout import OVERRIDES, SPECS
from generator.model.argumentdecisions import ArgumentOverride
from generator.model.builder import build_model
from generator.model.decisions import TagFile
from generator.model.model import Stale
from generator.model.overrides import load_overrides
from generator.rendering.output import tree
from generator.review.blocks import open_arguments
from generator.review.curation import gaps
from generator.review.todo import stale_lines
from generator.specs.methods import method_files
from generator.specs.releases import load_releases
from generator.specs.specs import load_documents, newest_spec

Json = dict[str, Any]


def quiet(_: str) -> None:
    """Steps are not shown in tests."""


@pytest.fixture
def checkout(tmp_path: Path) -> Tree:
    """A copy of the tree as it is before an upgrade; its output is a stand-in."""
    return copied(tmp_path / "tree")


def copied(root: Path) -> Tree:
    shutil.copytree(SPECS, root / "specs")
    shutil.copytree(OVERRIDES, root / "overrides")
    (root / "generated").mkdir()
    (root / "generated" / "lock.json").write_text('{"old": true}')
    (root / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n### Added\n\n- Something.\n\n## 1\n")
    return Tree(root)


def document(tmp_path: Path, change: Callable[[Json], object]) -> Source:
    """The newest release as a raw document, changed."""
    facts = NEWEST.facts
    facts["info"]["version"] = "90.0.0"
    del facts["x-xo-release"]
    change(facts)
    file = tmp_path / "swagger.json"
    file.write_text(json.dumps(facts))
    return Source(file=file)


def test_the_same_document_as_a_newer_release_changes_only_what_names_releases(checkout: Tree, tmp_path: Path):
    upgrade(Source(file=NEWEST.spec), NEWEST.name, checkout, step=quiet)
    before = tree(checkout.root)
    done = upgrade(document(tmp_path, lambda _: None), NEXT, checkout, step=quiet)
    assert done.diff.level is None
    after = tree(checkout.root)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    changed = {name for name in changed if not name.startswith("build/")}  # the work list and draft, not committed
    assert {"generated/lock.json", f"specs/xo-{NEXT}.json"} <= changed
    assert len(changed) <= 8, sorted(changed)
    assert [name for name in changed if "/tools/" in name or "/definitions/" in name] == []


def next_release(facts: Json) -> None:
    """What XO could do next: move a route, drop one, add one, ask for more, and take one format more."""
    paths = facts["paths"]
    paths["/srs/{id}/actions/rescan"] = paths.pop("/srs/{id}/actions/scan")
    del paths["/gui-routes"]
    paths["/vms/{id}/actions/dance"] = json.loads(json.dumps(paths["/vms/{id}/actions/pause"]))
    dance = paths["/vms/{id}/actions/dance"]["post"]
    dance["operationId"] = "DanceVm\n    name: evil"
    dance["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "properties": {"tempo": {"type": "number"}},
                                                    "required": ["tempo"]}}},
    }  # fmt: skip
    for schema in facts["components"]["schemas"].values():
        schema.get("properties", {}).pop("isSystemDisplayDevice", None)
        schema["required"] = [name for name in schema.get("required", ()) if name != "isSystemDisplayDevice"]
    asked = {"reason": {"type": "string"}, "witnessId": {"type": "string"}}
    schema = {"type": "object", "properties": asked, "required": ["reason"]}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    paths["/vms/{id}/actions/suspend"]["post"]["requestBody"] = body
    pick = next(entry for entry in paths["/vms/{id}.{format}"]["get"]["parameters"] if entry["name"] == "format")
    pick["schema"]["enum"].append("qcow9")


@dataclass(frozen=True)
class Upgraded:
    """An upgrade and the tree it left, which nobody changes."""

    done: Upgrade
    tree: Tree


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Upgraded:
    folder = tmp_path_factory.mktemp("upgraded")
    checkout = copied(folder / "tree")
    source = document(folder, next_release)
    return Upgraded(upgrade(source, f"{NEXT}.0", checkout, date="2090-08-30", step=quiet), checkout)


def test_an_upgrade_leaves_a_tree_that_builds(upgraded: Upgraded):
    checkout = upgraded.tree
    lock = json.loads((checkout.generated / "lock.json").read_text())
    assert lock["xo_release"] == NEXT
    assert (checkout.generated / "xo_mcp" / "tools" / "vms.py").is_file()
    assert newest_spec(checkout.specs).name == f"xo-{NEXT}.json"
    assert stale_records(checkout.specs) == []
    assert load_releases(checkout.specs)[NEXT].date == "2090-08-30"
    assert load_history(checkout.specs).since("POST /vms/{id}/actions/dance") == NEXT
    assert upgraded.done.before == NEWEST.name
    assert upgraded.done.diff.level == "breaking"
    assert sorted(path.name for path in checkout.root.iterdir()) == [
        "CHANGELOG.md", "build", "generated", "overrides", "specs",
    ]  # fmt: skip


def test_the_new_key_of_a_moved_operation_is_suggested_for_no_other(upgraded: Upgraded):
    moved = upgraded.done.diff.moved
    other = Stale("POST /pbds/{id}/actions/unplug", "pbds.yaml", removed=NEXT, nearest=tuple(moved.values()))
    lines = list(stale_lines(replace(upgraded.done.model, stale=(other,)), moved))
    assert lines == [f"pbds.yaml: XO {NEXT} has no POST /pbds/{{id}}/actions/unplug any more"]


def test_an_upgrade_says_what_is_left_to_decide(upgraded: Upgraded, tmp_path: Path):
    done = upgraded.done
    assert done.diff.moved == {"POST /srs/{id}/actions/scan": "POST /srs/{id}/actions/rescan"}
    moved, removed, *advised = done.stale
    assert moved == "srs.yaml: POST /srs/{id}/actions/scan moved; rename the key to POST /srs/{id}/actions/rescan"
    assert removed == f"xoa.yaml: XO {NEXT} has no GET /gui-routes any more"
    assert advised
    assert all("has no tool scan_sr any more; nearest: rescan_sr" in line for line in advised)
    assert sorted(str(tool.name) for tool in done.model.uncurated) == ["dance_vm", "rescan_sr"]
    text = done.todo.read_text()
    line = f"pgpus.yaml: GET /pgpus: `fields` names isSystemDisplayDevice, which XO {NEXT} dropped"
    assert f"## 1 decisions that only older releases need\n\n- {line}\n" in text
    *blocks, arguments, formats = text.split("```yaml\n")[1:]
    suspend = "POST /vms/{id}/actions/suspend"
    assert done.open_arguments == [f"{suspend} reason", f"{suspend} witnessId"]
    assert "## 2 arguments of described tools to decide about\n\nIn `overrides/vms.yaml`, below `arguments:`" in text
    content = YAML(typ="safe").load("operations:\n" + arguments.split("```")[0])
    assert content == {
        "operations": {suspend: {"arguments": {"reason": {"description": None}, "witnessId": {"kind": None}}}}
    }
    assert TagFile.model_validate(content)
    assert formats.startswith("  GET /vms/{id}.{format}:\n    split:\n      tools:\n        qcow9: {name: , ")
    assert "      # left_out:\n      #   qcow9: why" in formats
    assert len(blocks) == 2
    assert "# its tool was scan_sr: keep that `name`, or put it under `aliases`" in blocks[0]
    for block in blocks:
        content = "operations:\n" + block.split("```")[0]
        decided = TagFile.model_validate(YAML(typ="safe").load(content)).operations
        (override,) = decided.values()
        assert override.name in ("dance_vm", "rescan_sr")
        assert override.title is override.description is None
    assert "# argument tempo: float, required: describe it" in text
    assert "# operationId DanceVm name: evil" in text
    # Filled in where it says, the block is a decision that counts.
    overrides = shutil.copytree(upgraded.tree.overrides, tmp_path / "overrides")
    file = overrides / "vms.yaml"
    filled = (
        blocks[1].split("```")[0].replace("title:", "title: Dance").replace("description:", f"description: {'x' * 80}")
    )
    file.write_text(file.read_text().rstrip() + "\n\n" + filled)
    specs = upgraded.tree.specs
    model = build_model(load_documents(newest_spec(specs)), load_overrides(overrides), load_history(specs))
    assert [str(tool.name) for tool in model.uncurated] == ["rescan_sr"]
    loaded = load_overrides(overrides)
    loaded.operations[suspend].arguments.update(
        {"reason": ArgumentOverride(description="Why"), "witnessId": ArgumentOverride(kind="vms")}
    )
    model = build_model(load_documents(newest_spec(specs)), loaded, load_history(specs))
    assert open_arguments(model, loaded) == {"POST /vms/{id}/actions/dance": {"tempo": "description: "}}


def test_the_changelog_draft_speaks_to_operators_and_is_replaced_not_repeated(upgraded: Upgraded, tmp_path: Path):
    checkout = Tree(shutil.copytree(upgraded.tree.root, tmp_path / "tree"))
    text = checkout.changelog.read_text()
    assert text.startswith(f"# Changelog\n\n## Unreleased\n\n### XO {NEXT}\n\n- New tool `dance_vm`:")
    assert "- **Breaking**, `get_gui_routes`: the tool was removed" in text
    assert "- **Breaking**, `rescan_sr`: was called `scan_sr`; the old name was removed." in text
    assert text.endswith("### Added\n\n- Something.\n\n## 1\n")
    again = upgrade(document(tmp_path, next_release), NEXT, checkout, step=quiet)
    assert again.report.change == "unchanged"
    assert again.report.release == upgraded.done.report.release == NEXT
    assert checkout.changelog.read_text() == text
    assert load_releases(checkout.specs)[NEXT].date == "2090-08-30"


def test_the_newest_release_can_be_taken_in_again_and_words_about_it_are_kept(checkout: Tree):
    words = checkout.changelog.read_text().replace("ed\n", f"ed\n\n### XO {NEWEST.name}\n\n- All of it, better.\n", 1)
    checkout.changelog.write_text(words)
    done = upgrade(Source(file=NEWEST.spec), NEWEST.name, checkout, step=quiet)
    assert (done.report.change, done.before, done.drafted) == ("unchanged", PREVIOUS.name, False)
    assert checkout.changelog.read_text() == words
    assert checkout.draft(NEWEST.name).read_text().startswith(f"### XO {NEWEST.name}\n")
    assert json.loads((checkout.generated / "lock.json").read_text())["xo_release"] == NEWEST.name
    assert stale_records(checkout.specs) == []


def headed(facts: Json) -> None:
    header = {"in": "header", "name": "X-Magic", "required": True, "schema": {"type": "string"}}
    facts["paths"]["/gui-routes"]["get"]["parameters"] = [header]


def test_a_day_must_be_one(checkout: Tree):
    with pytest.raises(GeneratorError, match="'yesterday' is not a date"):
        upgrade(Source(file=NEWEST.spec), NEWEST.name, checkout, date="yesterday", step=quiet)


def test_a_parameter_that_can_not_be_sent_stops_no_upgrade(checkout: Tree, tmp_path: Path):
    done = upgrade(document(tmp_path, headed), NEXT, checkout, step=quiet)
    assert "`get_gui_routes`: the tool was removed" in checkout.changelog.read_text()
    assert done.report.release == NEXT


def dangling(facts: Json) -> None:
    facts["paths"]["/vms"]["get"]["responses"]["200"] = {"$ref": "#/components/responses/Nowhere"}


@pytest.mark.parametrize(
    ("change", "release", "complaint"),
    [
        (dangling, NEXT, "leads nowhere"),
        (lambda facts: facts.pop("openapi"), NEXT, "openapi"),
        (lambda _: None, "latest", "is not a release"),
        (lambda _: None, "7", "is not a release"),
        (lambda _: None, "6.5", rf"6\.5 is older than {re.escape(NEWEST.name)}.*generator import --release 6\.5"),
    ],
)
def test_an_upgrade_that_fails_leaves_everything_as_it_was(
    checkout: Tree, tmp_path: Path, change: Callable[[Json], object], release: str, complaint: str
):
    before = tree(checkout.root)
    with pytest.raises(GeneratorError, match=complaint):
        upgrade(document(tmp_path, change), release, checkout, step=quiet)
    assert tree(checkout.root) == before
    assert sorted(path.name for path in checkout.root.iterdir()) == ["CHANGELOG.md", "generated", "overrides", "specs"]


def test_an_output_that_is_none_of_ours_stops_an_upgrade_before_it_begins(checkout: Tree, tmp_path: Path):
    (checkout.generated / "lock.json").rename(checkout.generated / "holiday.txt")
    with pytest.raises(GeneratorError, match="no earlier output"):
        upgrade(document(tmp_path, next_release), NEXT, checkout, step=quiet)


def test_an_upgrade_from_a_live_xo_leaves_its_plugins_to_itself(checkout: Tree, tmp_path: Path):
    with FakeXo(vms=2, swagger=live(tmp_path, NEWEST.name)) as xo:
        done = upgrade(source_of(xo.url), NEXT, checkout, step=quiet)
    assert done.report.operations == NEWEST.operations
    assert len(done.report.left_out) == 3
    assert "GET /plugins/coffee/pots" in done.report.left_out
    assert f"left out, as specs/plugins/ is about plugins: 3 operations, {', '.join(done.report.left_out)}" in (
        done.report.text
    )
    assert done.diff.level is None
    facts = json.loads((checkout.specs / f"xo-{NEXT}.json").read_text())
    assert facts["components"] == NEWEST.facts["components"]


def newest_methods() -> tuple[Json, dict[str, str]]:
    """The newest facts of methods, and which of them are tools that have a name of ours: method to name."""
    facts = json.loads(next(reversed(method_files(SPECS).values())).read_text())
    decided = load_overrides(OVERRIDES).operations
    named = {method: decided[f"CALL {method}"].name for method in facts["methods"] if f"CALL {method}" in decided}
    return facts, {method: str(name) for method, name in sorted(named.items()) if name}


def test_an_upgrade_takes_methods_and_names_the_tool_that_loses_its_own(checkout: Tree, tmp_path: Path):
    facts, named = newest_methods()
    dropped = next(iter(named))
    del facts["methods"][dropped]
    params = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    facts["methods"]["vm.dance"] = {"params": params, "permission": "signed-in"}
    file = tmp_path / "methods.json"
    file.write_text(json.dumps(facts))
    done = upgrade(document(tmp_path, lambda _: None), NEXT, checkout, jsonrpc=str(file), step=quiet)
    assert done.undecided_methods == ["vm.dance"]
    assert list(gaps(done.model, frozenset())) == [line for line in gaps(done.model, frozenset()) if "vm.dance" in line]
    assert "  CALL vm.dance:\n    # for signed-in\n    # parameter id: string, required\n" in done.todo.read_text()
    (lost,) = done.diff.of("breaking")
    assert (lost.operation, list(lost.tools)) == (f"CALL {dropped}", [named[dropped]])
    assert done.methods is not None
    assert done.methods.out == checkout.specs / "jsonrpc" / f"xo-{NEXT}.json"
    assert done.methods.out.is_file()


@pytest.mark.newest
def test_methods_are_compared_across_a_release_without_methods(checkout: Tree, tmp_path: Path):
    upgrade(document(tmp_path, lambda _: None), NEXT, checkout, step=quiet)
    facts, named = newest_methods()
    dropped, moved, *_ = named
    file_of = load_overrides(OVERRIDES).files
    del facts["methods"][dropped]
    facts["methods"][f"{moved}2"] = facts["methods"].pop(moved)
    file = tmp_path / "methods.json"
    file.write_text(json.dumps(facts))
    done = upgrade(document(tmp_path, lambda _: None), LATER, checkout, jsonrpc=str(file), step=quiet)
    assert f"{file_of[f'CALL {moved}']}: CALL {moved} moved; rename the key to CALL {moved}2" in done.stale
    removed = [change for change in done.diff.changes if change.kind == "operation-removed"]
    assert [(change.operation, change.level) for change in removed] == [(f"CALL {dropped}", "breaking")]
