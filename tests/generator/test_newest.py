"""No test depends on which release is the newest: it asks `tests/newest.py`, or pins the release it is about.

The rehearsal (`make rehearse`) takes in two releases and runs the tests; this finds the usual mistake at once.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import selection
from newest import NEWEST, PREVIOUS, RELEASES, number

TESTS = Path(__file__).resolve().parents[1]
ITSELF = {"newest.py", "test_newest.py"}
RELEASE = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?:\.(\d+))?(?![\w]|\.\d)")
WRITTEN = frozenset({".yaml", ".json", ".tsv", ".txt", ".md"})
MADE_UP = 90
"""From here on, XO will never get: tests that need a release of the future by a number take such a one."""


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Every text in a module that is no docstring, with its line."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def releases_from(text: str, release: str) -> list[str]:
    """The numbers in a text that name a release, or a later one of the same major version."""
    newest = number(release)
    named = [match[0] for match in RELEASE.finditer(text) if int(match[1]) == newest[0]]
    return [name for name in named if newest <= number(name) and number(name)[0] < MADE_UP]


def dependent(source: str, release: str, date: str) -> list[str]:
    """Literals that name a release, or one that XO is still to make, or its date."""
    found = []
    for line, text in literals(source):
        found += [f"line {line}: {name}" for name in releases_from(text, release)]
        found += [f"line {line}: {date}"] if date and date in text else []
    return found


def test_no_test_names_the_newest_release_or_its_date():
    files = [path for path in sorted(TESTS.rglob("*.py")) if path.name not in ITSELF]
    found = {path.name: dependent(path.read_text(encoding="utf-8"), NEWEST.name, NEWEST.date) for path in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_file_beside_the_tests_names_a_release_xo_has_not_made():
    """Snapshots and measurements are made from what is there; everything else is written by hand."""
    files = [path for path in sorted(TESTS.rglob("*")) if path.suffix in WRITTEN and not path.match("RESULTS.md")]
    found = {
        path.name: releases_from(path.read_text(encoding="utf-8"), NEWEST.name)
        for path in files
        if "snapshots" not in path.parts
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_planted_literal_is_found():
    source = '"About XO 6.7.1."\nx = {"6.7.1": 1, "6.7": 2}\ny = f"XO 6.8.0, {x}"\nz = "2026-08-04, 192.6.7.1"\n'
    assert sorted(dependent(source, "6.7.1", "2026-08-04")) == ["line 2: 6.7.1", "line 3: 6.8.0", "line 4: 2026-08-04"]


def test_the_modules_that_are_marked_are_there():
    for name in selection.USUAL | selection.CI | selection.REPEATS:
        assert (TESTS / f"{name}.py").is_file(), name
    assert not selection.USUAL & selection.CI


@pytest.mark.parametrize(
    ("test", "old"),
    [
        (f"test_it[{RELEASES[0].name}]", True),
        (f"test_it[xo-{RELEASES[0].name}]", True),
        (f"test_it[{RELEASES[0].name}-to-{PREVIOUS.name}]", True),
        (f"test_it[{PREVIOUS.name}-to-{NEWEST.name}]", False),
        (f"test_it[{RELEASES[0].name} is old]", False),
        ("test_it[192.0.2.1-]", False),
        ("test_it", False),
    ],
)
def test_a_test_of_older_releases_is_known_by_its_parameters(test: str, old: bool):
    assert selection.is_of_older(test) is old
