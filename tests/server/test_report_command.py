"""`report` and `query` on the command line, as cron would call them."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_xo import FakeXo


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as found:
        yield found


def run(fake: FakeXo, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XO_")}
    environment |= {"XO_URL": fake.url, "XO_TOKEN": fake.tokens["admin"]}
    return subprocess.run(
        [sys.executable, "-m", "xo_mcp", *words], capture_output=True, text=True, env=environment, check=False
    )


def test_a_query_prints_rows_as_csv_into_a_file(fake: FakeXo, tmp_path: Path):
    target = tmp_path / "vms.csv"
    done = run(fake, "query", "SELECT name_label FROM vms ORDER BY 1", "--format", "csv", "--output", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    names = sorted(vm["name_label"] for vm in fake.xo.store.every("vms"))
    with target.open(newline="") as file:
        assert list(csv.reader(file)) == [["name_label"], *([name] for name in names)]


def test_a_report_takes_arguments_and_prints_json(fake: FakeXo):
    vm = fake.xo.store.every("vms")[0]
    done = run(fake, "report", "show_vm", f"vm={vm['name_label']}", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["rows"][0]["id"] == vm["id"]


def test_findings_decide_about_the_exit_code_when_asked(fake: FakeXo):
    assert run(fake, "report", "find_unprotected_vms").returncode == 0
    assert run(fake, "report", "find_unprotected_vms", "--fail-on-findings").returncode == 1
    assert run(fake, "report", "list_duplicate_addresses", "--fail-on-findings").returncode == 0


def test_a_limit_shows_fewer_rows_and_counts_all(fake: FakeXo):
    full = json.loads(run(fake, "report", "find_unprotected_vms", "--format", "json").stdout)[0]
    short = json.loads(run(fake, "report", "find_unprotected_vms", "--limit", "1", "--format", "json").stdout)[0]
    assert short["count"] == full["count"] == len(full["rows"]) > len(short["rows"]) == 1


def test_the_list_names_reports_and_their_arguments(fake: FakeXo):
    done = run(fake, "report", "--list")
    assert "find_unprotected_vms [max_age_days=...] [tag=...]" in done.stdout
    assert "show_vm vm=..." in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("report",), "--list"),
        (("report", "check_helth"), "check_health"),
        (("report", "show_vm"), "vm"),
        (("report", "show_vm", "web"), "write vm=web\n"),
        (("report", "find_unprotected_vms", "a b"), "write 'max_age_days=a b'\n"),
        (("report", "summarize_inventory", "web"), "takes no arguments"),
        (("report", "rank_vms", "by=speed"), "cpu"),
        (("report", "check_health", "pool=nosuch"), 'there is no pool whose id or exact name is "nosuch"'),
        (("query", "DROP TABLE vms"), "SELECT"),
        (("query", "SELECT nam_label FROM vms"), "name_label"),
        (("query",), "quotes"),
    ],
)
def test_mistakes_are_reported_in_a_line_and_end_with_2(fake: FakeXo, words: tuple[str, ...], says: str):
    done = run(fake, *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("command", "own"), [("report", "--fail-on-findings"), ("query", "--output"), ("setup", "--project")]
)
def test_help_shows_the_flags_of_a_command_before_those_of_the_server(fake: FakeXo, command: str, own: str):
    done = run(fake, command, "--help")
    assert done.returncode == 0
    usage, _, explained = done.stdout.partition("\n\n")
    assert own in usage
    assert "--metrics" not in usage
    assert explained.index(own) < explained.index("--metrics")


def test_what_no_object_has_is_remarked_on_beside_the_tables(fake: FakeXo):
    tagged = run(fake, "report", "find_unprotected_vms", "tag=nosuch", "--fail-on-findings")
    assert (tagged.returncode, 'No VM has the tag "nosuch".' in tagged.stderr) == (0, True)
    done = run(fake, "report", "recent_activity", "object=nosuch")
    assert (done.returncode, done.stdout) == (0, "none\n")
    assert 'has the id "nosuch".' in done.stderr
