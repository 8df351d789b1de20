"""A copy that was edited is found without a build."""

from pathlib import Path

import pytest

from generator.freshness import differing_copy, staleness
from generator.layout import ROOT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "generator").mkdir()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for folder in ("templates", "generated"):
        (tmp_path / folder / "xo_mcp").mkdir(parents=True)
        (tmp_path / folder / "xo_mcp" / "a.py").write_text("x = 1\n")
        (tmp_path / folder / "LICENSE").write_text("free\n")
    (tmp_path / "templates" / "lock.json.j2").write_text("{{ model.release }}\n")
    return tmp_path


def test_what_is_copied_or_rendered_or_only_laid_out_otherwise_is_not_stale(root: Path):
    assert differing_copy(root) == ""
    (root / "templates" / "xo_mcp" / "a.py").write_text("x  =  1\n")
    assert differing_copy(root) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [("xo_mcp/a.py", "x = 2\n"), ("xo_mcp/a.py", "x = (\n"), ("LICENSE", "free \n"), ("xo_mcp/new.py", "x = 1\n")],
)
def test_a_copy_that_was_edited_is_named(root: Path, name: str, text: str):
    (root / "templates" / name).write_text(text)
    assert staleness(root) == (
        f"generated/ is not what templates/, overrides/ and specs/ give ({name} differs). Run `make regenerate`."
    )
