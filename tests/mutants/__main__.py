"""`make mutants`: mutation scores of the client, the safety and the transfer modules, with mutmut, in a copy.

`python -m mutants retry paths` takes some groups only (`groups.py` names them). What survived is below
`build/mutants/<group>/survivors.txt`, as differences.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mutants.groups import GROUPS, Group
from mutants.scores import Score, differences, scores

MUTMUT = "mutmut==3.8.1"
ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "mutants"
TOOLS = BUILD / "tools"
COPIED = ("tests", "templates", "specs")
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = ["templates", "specs"]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
timeout_constant = 5.0
timeout_multiplier = 5.0
"""


def install() -> None:
    """Fetch mutmut, apart from the environment that everything else runs in."""
    if not TOOLS.is_dir():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--target", str(TOOLS), MUTMUT], check=True)


def stage(name: str, group: Group) -> Path:
    """Copy what the tests of a group need; the library goes to `src`, where it is changed."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "generated" / "xo_mcp", folder / "src" / "xo_mcp", ignore=ignored)
    for part in COPIED:
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    modules = [f"src/xo_mcp/{module}.py" for module in group.modules]
    settings = SETTINGS.format(modules=modules, tests=_files(group))
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + settings)
    return folder


def _files(group: Group) -> list[str]:
    found = [path for name in group.tests for path in sorted(ROOT.glob(f"tests/server/test_{name}.py"))]
    return [str(path.relative_to(ROOT)) for path in found]


def run(folder: Path) -> None:
    """Let mutmut change one thing at a time and run the tests that come by it."""
    code = "from mutmut.__main__ import cli; cli()"
    environment = {**os.environ, "PYTHONPATH": str(TOOLS)}
    subprocess.run(["nice", sys.executable, "-c", code, "run"], cwd=folder, env=environment, check=True)


def show(found: dict[str, Score]) -> None:
    """Print the scores by module."""
    table = Table("module", "mutants", "survived", "score")
    for module, score in found.items():
        table.add_row(module, str(score.total), str(len(score.survivors)), f"{score.percent:.0f} %")
    Console().print(table)


def main() -> None:
    """Run the groups that are asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(GROUPS))
    asked = parser.parse_args().groups or list(GROUPS)
    install()
    found: dict[str, Score] = {}
    for name in asked:
        folder = stage(name, GROUPS[name])
        run(folder)
        these = scores(folder)
        survivors = [name for score in these.values() for name in score.survivors]
        (folder / "survivors.txt").write_text(differences(folder, survivors, TOOLS))
        found |= these
    show(found)


if __name__ == "__main__":
    main()
