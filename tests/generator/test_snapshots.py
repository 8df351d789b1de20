"""One snapshot per tool: the review unit of a change. `make snapshots` accepts what the tools look like now."""

import json
from pathlib import Path

from pytest_snapshot.plugin import Snapshot

ROOT = Path(__file__).resolve().parent.parent.parent
DEFINITIONS = ROOT / "generated" / "xo_mcp" / "definitions"


def test_every_tool_looks_as_approved(snapshot: Snapshot):
    snapshot.snapshot_dir = ROOT / "tests" / "snapshots"
    shown = {}
    for path in sorted(DEFINITIONS.glob("*.json")):
        for entry in json.loads(path.read_text())["tools"]:
            shown[f"{entry['tool']['name']}.json"] = json.dumps(entry, indent=2) + "\n"
    # Fails on a changed one, on a missing one and on one that has no tool any more.
    snapshot.assert_match_dir(shown, "tools")
