"""Builds of other releases than the newest: of each older one, and of the XO that an operator runs."""

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fake_xo.server import FakeXo
from live_document import live
from newest import NEWEST, PINNED, plugin_operations

from generator.commands.cli import main
from generator.compare.diff import diff
from generator.compare.sides import load_side
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.overrides import load_overrides
from generator.rendering.output import build_tree
from generator.specs.releases import load_releases, order
from generator.specs.specs import load_documents

PAIRS = list(pairwise(load_releases(SPECS)))
PAST = [name for name in load_releases(SPECS) if order(name) <= order(PINNED)]
"""Releases whose changes are known by heart."""
REMOVALS = {"operation-removed", "deprecated"}
"""Kinds of changes that end a tool."""


def quiet(_: str) -> None:
    """Steps are not shown in tests."""


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{one}-to-{other}" for one, other in PAIRS])
def test_every_upgrade_xo_made_builds_and_renames_no_tool(before: str, after: str, tmp_path: Path):
    overrides, history = load_overrides(OVERRIDES), load_history(SPECS)
    old, new = (
        build_model(load_documents(SPECS / f"xo-{release}.json"), overrides, history, load_releases(SPECS).values())
        for release in (before, after)
    )
    built = build_tree(new, tmp_path / "tree", step=quiet)
    assert built.tools == len(new.tools)
    assert new.stale == ()
    names: dict[str, set[str]] = {}
    for tool in new.tools:
        names.setdefault(tool.key, set()).update((str(tool.name), *tool.aliases))
    renamed = [
        f"{tool.key}: {tool.name}" for tool in old.tools if tool.key in names and tool.name not in names[tool.key]
    ]
    assert renamed == []
    dropped = {str(tool.name) for tool in old.tools} - {str(tool.name) for tool in new.tools}
    found = diff(*(load_side(release, SPECS, overrides, history) for release in (before, after)))
    lost = {name for change in found.changes if change.kind in REMOVALS for name in change.tools}
    assert dropped == lost
    assert after not in PAST or dropped == ({"get_users_me"} if after == "5.112" else set())


def test_an_upgrade_that_drops_a_route_reports_the_decision_about_it(tmp_path: Path):
    shutil.copytree(OVERRIDES, tmp_path / "overrides")
    (tmp_path / "overrides" / "me.yaml").write_text("operations:\n  GET /users/me:\n    title: Who am I\n")
    overrides = load_overrides(tmp_path / "overrides")
    for release, stale in (("5.111", []), ("5.112", ["me.yaml: XO 5.112 has no GET /users/me any more"])):
        model = build_model(load_documents(SPECS / f"xo-{release}.json"), overrides, load_history(SPECS))
        assert [entry.text for entry in model.stale] == stale


def test_building_from_ones_own_xo_takes_its_plugins_each_route_once(tmp_path: Path, capsys: Any):
    out = tmp_path / "out"
    with FakeXo(vms=2, swagger=live(tmp_path, "6.5")) as xo:
        assert main(["build", "--json", "--xo-url", xo.url, "--out", str(out)]) == 0
    capsys.readouterr()
    assert json.loads((out / "lock.json").read_text())["xo_release"] == "6.5"
    tools = {
        entry["tool"]["name"]: {"module": file.stem, **entry["tool"]["_meta"]["xo"]}
        for file in (out / "xo_mcp" / "definitions").glob("*.json")
        for entry in json.loads(file.read_text())["tools"]
    }
    plugins = {name: facts for name, facts in tools.items() if "plugin" in facts}
    assert len(plugins) == len(plugin_operations()) + 1  # the coffee
    assert plugins["update_network_traffic_rule"]["module"] == "networks"
    assert plugins["add_vif_traffic_rule"]["plugin"] == "sdn-controller"
    assert plugins["get_coffee_pots"]["plugin"] == "coffee"
    assert "update_vm" in tools
    assert "create_sr" not in tools


def test_an_xo_between_two_releases_is_called_by_the_nearest(tmp_path: Path, capsys: Any):
    file = live(tmp_path, NEWEST.name)
    facts = json.loads(file.read_text())
    del facts["paths"]["/srs"]["post"], facts["paths"]["/vdis/{id}"]["patch"]
    facts["paths"]["/brand-new"] = {"get": {"responses": {"200": {"description": "x"}}}}
    file.write_text(json.dumps(facts))
    with FakeXo(vms=2, swagger=file) as xo:
        assert main(["build", "--xo-url", xo.url, "--out", str(tmp_path / "out")]) == 0
    assert f"XO {NEWEST.name}, with 1 operation more, 2 operations fewer" in capsys.readouterr().err
