"""The committed results are of the tools that are pinned, and of every scenario that is asked for."""

from pathlib import Path
from typing import Any

import pytest

from conformance import toolbox
from conformance.checks import ABSENT, SCENARIOS, Result, judged, linted
from conformance.report import FILE, write
from conformance.toolbox import PINS, MissingToolError, install

WARNED = """Warning: tool "update_vm"
  Path: inputSchema.properties.cpuCap
  Issue: `type` is an array

0 errors, 1 warnings across 1 tools.
"""


def rows() -> list[list[str]]:
    """The cells of the committed tables."""
    lines = FILE.read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def test_the_results_are_of_the_pinned_versions():
    known = rows()
    assert [row for row in known if row[0] in PINS] == [[name, version] for name, version in PINS.items()]


def test_every_scenario_has_a_result_and_none_fails():
    found = {(row[0], row[1]): row[2] for row in rows() if len(row) == 7 and row[0] in SCENARIOS}
    assert found.keys() == {(release, scenario) for release, each in SCENARIOS.items() for scenario in each}
    assert set(found.values()) <= {"pass", ABSENT}


def test_what_was_written_is_what_would_be_written():
    heads = [line for line in FILE.read_text().splitlines() if line and not line.startswith("|")]
    again = [line for line in write(PINS, [], []).splitlines() if line and not line.startswith("|")]
    assert heads == again


def check(name: str, status: str, **details: Any) -> dict[str, Any]:
    return {"id": name, "status": status, "details": details}


def test_checks_are_summed_up():
    checks = [
        check("good", "SUCCESS"),
        check("good", "SUCCESS"),
        check("bad", "FAILURE"),
        check("bad", "FAILURE", untestable=False),
        check("sample", "FAILURE", untestable=True),
        check("wish", "WARNING"),
        check("news", "INFO"),
        {"id": "bare", "status": "SUCCESS"},
    ]
    result = judged("ping", "2025-11-25", checks)
    assert result == Result("ping", "2025-11-25", 3, ("bad",), ("wish",), ("sample",))
    assert result.verdict == "fail"
    assert judged("ping", "2025-11-25", checks[:1]).verdict == "pass"


def test_a_scenario_that_did_not_run_fails():
    assert judged("ping", "2025-11-25", [], "connection refused").failures == ("connection refused",)


def test_a_schema_that_is_warned_about_fails():
    listed = '{"result": {"tools": [{"name": "update_vm"}]}}'
    assert linted("default", listed, WARNED).failures == ("update_vm: inputSchema.properties.cpuCap",)
    assert linted("default", listed, "2 errors, 0 warnings across 1 tools.").failures == ("2 errors, 0 warnings",)
    assert linted("default", listed, "").verdict == "pass"
    assert linted("default", "", "no such program").failures == ("no such program",)


def test_a_scenario_the_tool_lacks_is_reported():
    text = write(PINS, [], [Result("caching", "2026-07-28", absent=True)])
    assert f"| 2026-07-28 | caching | {ABSENT} |" in text


def test_without_npm_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(toolbox.shutil, "which", lambda _: None)
    with pytest.raises(MissingToolError, match="apt-get install npm"):
        install(tmp_path)
