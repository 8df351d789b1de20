"""One snapshot per tool, of what no committed file shows; `make snapshots` accepts what there is now.

`served` is what `tools/list` says beyond the committed definition with actions on, `question` what a person is asked,
`arguments` and `requests` one canonical call and what it sends to XO, each request once.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from canonical import CONSEQUENCES, beyond, canonical_call
from desk import ENTRIES, Desk, folders, variables
from fake_xo import FakeXo, running_fake_xo
from pytest_snapshot.plugin import Snapshot
from world import World

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=8, lag=0, task_seconds=0, busy_vdi_seconds=0, export_bytes=5000) as running:
        yield running


def served_and_asked(fake: FakeXo, where: Path, calls: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a client that can't ask a person gets of each tool: its definition, and the question."""
    found: dict[str, dict[str, Any]] = {}
    with Desk(variables(fake, **folders(where), XO_MCP_CONFIRM="destructive")) as desk:
        for tool in desk.tools():
            listed = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
            found[tool.name] = {"served": beyond(listed, ENTRIES[tool.name].definition)}
            if any("confirm_token" in path for path in found[tool.name]["served"]):
                content = desk.call(tool.name, calls[tool.name]["arguments"]).structured_content or {}
                found[tool.name]["question"] = content.get("question")
    return found


def test_every_tool_is_served_asks_and_sends_as_approved(fake: FakeXo, snapshot: Snapshot, tmp_path: Path):
    calls = {}
    world = World(fake)
    with Desk(variables(fake, **folders(tmp_path))) as desk:
        desk.look()
        # What a session learns once about its user shall be seen with no tool.
        desk.call("start_vm", id=fake.xo.store.every("vms")[0]["id"], timeout=0.3)
        for name in sorted(ENTRIES):
            calls[name] = canonical_call(fake, desk, world, ENTRIES[name])
        world.restore()
    shown = served_and_asked(fake, tmp_path, calls)
    snapshot.snapshot_dir = ROOT / "tests" / "snapshots"
    # Fails on a changed one, on a missing one and on one that has no tool any more.
    snapshot.assert_match_dir(
        {f"{name}.json": json.dumps({**shown[name], **call}, indent=2) + "\n" for name, call in calls.items()}, "tools"
    )


def test_what_each_tool_takes_as_names_says_beforehand_and_asks_about_is_as_approved(snapshot: Snapshot):
    rows = [
        "| tool | effect | arguments that take a name | said before | asks when | says afterwards |",
        "|---|---|---|---|---|---|",
    ]
    for name, entry in sorted(ENTRIES.items()):
        declared = CONSEQUENCES.get(name, {})
        cells = [
            name,
            entry.facts.effect,
            "; ".join(f"{location}: {kinds}" for location, kinds in sorted(entry.facts.kinds.items())),
            *(" ".join(each["text"] for each in declared.get(part, ())) for part in ("consequences", "asks_when")),
            "what moved where" if "moves" in declared else "",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    snapshot.snapshot_dir = ROOT / "tests" / "snapshots"
    snapshot.assert_match("\n".join(rows) + "\n", "consequences.md")
