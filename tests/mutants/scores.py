"""Reads what mutmut found."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SURVIVED = {0, 33}
"""Outcomes of pytest for a change that no test noticed, and of mutmut for one that no test comes by."""
SKIPPED = {34}
SHOW = """
import sys
from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant
for name in sys.stdin.read().split():
    print("#", name)
    print(get_diff_for_mutant(name, path=find_mutant(name).path))
"""


@dataclass(frozen=True)
class Score:
    """What became of the mutants of one module."""

    total: int
    survivors: tuple[str, ...]

    @property
    def percent(self) -> float:
        """The share that was noticed, a hang counting as noticed."""
        return 100 * (1 - len(self.survivors) / self.total) if self.total else 100.0


def scores(folder: Path) -> dict[str, Score]:
    """Every module that was changed in a staged copy."""
    found: dict[str, Score] = {}
    package = folder / "mutants" / "src" / "xo_mcp"
    for path in sorted(package.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(path.read_text())["exit_code_by_key"]
        tried = {name: code for name, code in codes.items() if code is not None and code not in SKIPPED}
        survivors = tuple(name for name, code in tried.items() if code in SURVIVED)
        found[str(path.relative_to(package)).removesuffix(".py.meta")] = Score(len(tried), survivors)
    return found


def differences(folder: Path, survivors: list[str], tools: Path) -> str:
    """Show the changes that no test noticed."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(tools)},
        input="\n".join(survivors),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
