"""`make demo` in a process of its own: every step a newcomer is promised shows, and nothing else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
README = TESTS.parent / "README.md"
JUDGED = """
import runpy, sys
from fake_xo.requests import watchers
from watch import WATCH
watchers.append(WATCH.whole)
try:
    runpy.run_module("demo", run_name="__main__", alter_sys=True)
finally:
    print(*WATCH.complaints(), sep="\\n", end="", file=sys.stderr)
"""
"""Does what `python -m demo` does, and then says which requests of the server's break XO's contract."""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the demo prints, its files in a folder of the test's."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", JUDGED],
        cwd=TESTS,
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_machines_are_listed_and_one_starts_with_progress(shown: str):
    assert re.search(r"db-prod-001 +4 +16 GiB +[0-9a-f-]{36}", shown)
    assert re.search(r"█+░+ +\d+% start VM\n", shown)
    assert re.search(r"█{24} 100% start VM\n   success \(XO's task \w+-\w+\)", shown)


def test_statistics_come_with_a_chart(shown: str):
    (chart,) = re.findall(r"chart: (\S+\.png)", shown)
    assert Path(chart).read_bytes().startswith(b"\x89PNG")


def test_an_export_is_a_file_of_the_size_and_sum_that_were_announced(shown: str):
    (path,) = re.findall(r"path +(\S+\.xva)", shown)
    assert f"size    {Path(path).stat().st_size:,} bytes" in shown
    assert re.search(r"sha256  [0-9a-f]{64}\n +checked: the file has that size and sum", shown)


def test_deleting_waits_for_a_person_whose_agreement_holds_once(shown: str):
    refusal, agreement, misuse = (
        shown.index(text) for text in ("Nothing was done yet", "deleted; still", "another call")
    )
    assert refusal < agreement < misuse
    (left,) = re.findall(r"still switched off: (.*)", shown)
    assert "ci-prod-004" not in left


def test_the_audit_log_records_the_write_without_its_token(shown: str):
    started, done = (line for line in shown.splitlines() if '"tool": "delete_vm"' in line)
    assert '"outcome": "started"' in started
    assert '"outcome": "done"' in done
    assert '"confirmation": "token"' in done
    assert "confirm_token" not in done
    assert "README.md says how" in shown.splitlines()[-1]


def test_the_transcript_of_the_readme_is_what_the_demo_prints(shown: str):
    (transcript,) = re.findall(r"<!-- demo -->\n```text\n(.*?)```", README.read_text(), re.DOTALL)
    printed = {steady(line) for line in shown.splitlines()}
    assert [line for line in transcript.splitlines() if steady(line) not in printed] == []


def steady(line: str) -> str:
    """A line without what differs from run to run: the folder, XO's task."""
    return re.sub(r"\S*/exports/|task [\w-]+", "", line)
