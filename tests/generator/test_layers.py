"""The folders of the generator use only those that ARCHITECTURE.md lists above them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "generator"
TABLE = "The folders of `generator/`, each using only those above it:"


def ranks() -> dict[str, int]:
    """Folder -> its row."""
    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split(TABLE)[1].split("\n- ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {folder: rank for rank, row in enumerate(rows) for folder in re.findall(r"`(\w+)`", row)}


def used(path: Path) -> Iterator[str]:
    """The folders of the generator that a module imports from, at any place in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, rest = node.module.partition(".")
            if package == "generator" and (GENERATOR / rest.split(".")[0]).is_dir() and rest:
                yield rest.split(".")[0]


def test_the_table_names_every_folder():
    folders = {path.name for path in GENERATOR.iterdir() if (path / "__init__.py").is_file()}
    assert ranks().keys() == folders


def test_no_folder_uses_one_below_it():
    rank = ranks()
    wrong = [
        f"{path.relative_to(ROOT)} uses {folder}"
        for path in GENERATOR.glob("*/*.py")
        for folder in used(path)
        if folder != path.parent.name and rank[folder] >= rank[path.parent.name]
    ]
    assert wrong == []
