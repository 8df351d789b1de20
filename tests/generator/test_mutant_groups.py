"""What `make mutants` changes and runs is there: it runs too seldom to say so itself."""

from pathlib import Path

import pytest
from mutants.groups import GROUPS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_names_modules_and_tests_that_exist(name: str):
    group = GROUPS[name]
    absent = [each for each in group.modules if not (ROOT / f"templates/xo_mcp/{each}.py").is_file()]
    absent += [each for each in group.tests if not list((ROOT / "tests/server").glob(f"test_{each}.py"))]
    assert not absent
