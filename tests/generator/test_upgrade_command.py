"""`python -m generator upgrade`: what it takes, what it says, and its exit code."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from newest import NEWEST, NEXT, PREVIOUS

from generator.commands import upgrade
from generator.commands.cli import main
from generator.commands.upgrade import FAST_TESTS, Tree, run_tests
from generator.commands.upgradecli import source_of
from generator.importing.sources import Source
from generator.layout import OVERRIDES, SPECS

CONFTEST = "def pytest_addoption(parser): parser.addoption('--depth')\n"
PASSES = "def test_it(request): assert request.config.getoption('--depth') == 'fast'\n"
FAILS = "def test_it(): raise RuntimeError('as planned')\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tree that is upgraded: a copy, with one test."""
    root = tmp_path / "tree"
    shutil.copytree(SPECS, root / "specs")
    shutil.copytree(OVERRIDES, root / "overrides")
    (root / "conftest.py").write_text(CONFTEST)
    (root / "test_tree.py").write_text(PASSES)
    monkeypatch.setattr(upgrade, "Tree", lambda: Tree(root))
    return root


@pytest.mark.usefixtures("root")
def test_nothing_is_left_to_do_after_a_release_we_have(capfd: pytest.CaptureFixture[str]):
    assert main(["upgrade", "--from", str(NEWEST.spec), "--release", NEWEST.name]) == 0
    reported = capfd.readouterr().err
    assert f"XO {PREVIOUS.name} to XO {NEWEST.name}:" in reported
    stages = [match[1].strip() for match in re.finditer(r"^(.+) \d+\.\d s$", reported, re.MULTILINE)]
    assert [stages[0], stages[1], stages[-2], stages[-1]] == ["import", "compare", "replace", "fast tests"]
    assert "nothing is left to decide" in reported
    assert "every test: make check test-ci" in reported


@pytest.mark.usefixtures("root")
def test_a_release_that_changes_nothing_but_fails_a_test_is_not_done(root: Path, capfd: pytest.CaptureFixture[str]):
    (root / "test_tree.py").write_text(FAILS)
    assert main(["upgrade", "--from", str(NEWEST.spec), "--release", NEWEST.name]) == 1
    assert "left to do: tests that fail" in capfd.readouterr().err


def test_what_is_left_is_counted_and_reported_to_scripts(root: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    facts = NEWEST.facts
    facts["info"]["version"] = "90.0.0"
    del facts["x-xo-release"], facts["paths"]["/gui-routes"]
    facts["paths"]["/vms/{id}/actions/dance"] = facts["paths"]["/vms/{id}/actions/pause"]
    del facts["paths"]["/vms/{id}/actions/dance"]["post"]["operationId"]
    body = {"schema": {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]}}
    suspend = facts["paths"]["/vms/{id}/actions/suspend"]["post"]
    suspend["requestBody"] = {"required": True, "content": {"application/json": body}}
    (tmp_path / "swagger.json").write_text(json.dumps(facts))
    command = ["upgrade", "--from", str(tmp_path / "swagger.json"), "--release", f"{NEXT}.0"]
    assert main([*command, "--no-tests", "--json"]) == 1
    data = json.loads(capfd.readouterr().out)
    assert (data["release"], data["before"], data["tests"], data["drafted"]) == (NEXT, NEWEST.name, None, True)
    changelog = root / "CHANGELOG.md"
    changelog.write_text(rewritten := changelog.read_text().replace("- For maintainers:", "- Rewritten:"))
    assert main(command) == 1
    reported = capfd.readouterr().err
    assert f"stale: xoa.yaml: XO {NEXT} has no GET /gui-routes any more" in reported
    assert "left to do: 1 tool to describe" in reported
    assert "1 argument of described tools to decide about" in reported
    assert "1 stale decision; the work list ends with the steps" in reported
    assert "no test was run" in reported
    assert "CHANGELOG.md keeps what you wrote in place of the draft, which is" in reported
    assert changelog.read_text() == rewritten
    steps = (root / "build" / f"upgrade-{NEXT}.md").read_text().split("## What to do next\n\n")[1].splitlines()
    assert [line[:2] for line in steps] == ["1.", "2.", "3.", "4.", "5.", "6."]
    for step, part in zip(
        steps, ("effect", "removed", "must be given", "snapshots", "make check test-ci", "CHANGELOG"), strict=True
    ):
        assert part in step


def test_an_upgrade_runs_what_make_test_fast_runs():
    makefile = (Path(upgrade.__file__).resolve().parents[2] / "Makefile").read_text()
    (habit,) = re.findall(r"^test-fast:.*\n\t(.+)", makefile, re.MULTILINE)
    assert shlex.split(habit)[1:] == list(FAST_TESTS)


@pytest.mark.parametrize(("test", "hold"), [(PASSES, True), (FAILS, False)])
def test_the_tests_of_the_upgraded_tree_are_what_runs(tmp_path: Path, test: str, hold: bool):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_tree.py").write_text(test)
    assert run_tests(tmp_path) is hold


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("npm", Source(npm="latest")),
        ("npm:0.39.0", Source(npm="0.39.0")),
        ("https://xo.example.org", Source(url="https://xo.example.org")),
        ("swagger.json", Source(file=Path("swagger.json"))),
    ],
)
def test_where_a_document_is_said_in_one_word(origin: str, expected: Source):
    assert source_of(origin) == expected


def test_a_mistake_on_the_command_line_is_reported_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["upgrade", "--from", str(tmp_path / "nothing.json"), "--release", NEXT, "--no-tests"]) == 2
    assert "cannot be read" in capsys.readouterr().err
