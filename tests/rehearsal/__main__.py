"""`make rehearse`: take in two releases that XO has not made, in a copy of the tree, and run the tests after each.

The first is the newest document once more and must end green without any edit; the second has every kind of change
(`documents.py`) and must end green with the decisions of `decisions.yaml` alone. `--quick` runs tests after the second
only, and of these the fast ones and what looks at the newest release (`tests/selection.py`); `--keep` leaves the copy
for a look.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from newest import LATER, NEWEST, NEXT

from rehearsal.documents import changed, changed_methods, unchanged
from rehearsal.maintainer import decide

ROOT = Path(__file__).resolve().parents[2]
LEFT = shutil.ignore_patterns(".git", ".venv", "build", ".*_cache", ".hypothesis", "*.egg-info", ".coverage*")
"""What stays behind; compiled files come along, so that nothing is compiled again."""
NOTHING_LEFT, SOMETHING_LEFT = 0, 1


class RehearsalError(Exception):
    """The upgrade did not go as it must."""


@dataclass(frozen=True)
class Stage:
    """The copy in which it happens.

    Attributes:
        root: The copy.
        quick: Whether only the tests run that look at the newest release, after the second upgrade.
    """

    root: Path
    quick: bool

    def run(self, *command: str, expected: int = 0) -> None:
        """Run a Python module in the copy.

        Raises:
            RehearsalError: It ended with another code.
        """
        print(f"\n$ python -m {' '.join(command)}", flush=True)
        since = time.monotonic()
        # What is installed is the original; the copy comes before it, in programs that tests start too.
        paths = os.pathsep.join([str(self.root / "generated"), str(self.root)])
        environment = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run([sys.executable, "-m", *command], cwd=self.root, env=environment, check=False)
        print(f"{time.monotonic() - since:.0f} s", flush=True)
        if done.returncode != expected:
            raise RehearsalError(f"`{' '.join(command)}` ended with {done.returncode}, not {expected}")

    def upgrade(
        self, document: dict[str, object], release: str, methods: dict[str, object] | None = None, *, expected: int
    ) -> None:
        """Take a release in.

        Args:
            document: What its REST API tells.
            release: Its number.
            methods: What its JSON-RPC API tells; absent: the methods stay those we know.
            expected: The exit code.
        """
        command = ["upgrade", "--from", self._written(f"swagger-{release}", document), "--release", release]
        if methods is not None:
            command += ["--jsonrpc", self._written(f"methods-{release}", methods)]
        self.run("generator", *command, "--no-tests", expected=expected)

    def _written(self, name: str, content: dict[str, object]) -> str:
        file = self.root / "build" / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")
        return str(file)

    def accept_snapshots(self) -> None:
        """Accept what the tools look like now.

        Raises:
            RehearsalError: One does not do what it must, whatever it looks like.
        """
        found = self.root / "build" / "snapshots.xml"
        command = (
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--junit-xml={found}",
            "tests/generator/test_snapshots.py",
        )
        # pytest-snapshot ends with an error where it wrote.
        self.run(*command, "--snapshot-update", "--allow-snapshot-deletion", expected=SOMETHING_LEFT)
        if 'failures="0"' not in found.read_text(encoding="utf-8"):
            raise RehearsalError("a test of the snapshots failed")

    def test(self) -> None:
        """Run the tests of the copy; those with the marker `newest` in the quick form."""
        chosen = ["-m", "newest", "--depth", "ci"] if self.quick else []
        self.run("pytest", "-q", "-n", str(2 * (os.cpu_count() or 1)), "-p", "no:cacheprovider", *chosen)

    def tools(self) -> dict[str, bytes]:
        """The tool modules, and what else an assistant sees of them."""
        package = self.root / "generated" / "xo_mcp"
        every = [*(package / "tools").glob("*.py"), *(package / "definitions").glob("*.json")]
        return {path.name: path.read_bytes() for path in every}


def rehearse_unchanged(stage: Stage) -> None:
    """A release without a change: nothing to edit, no tool module differs.

    Raises:
        RehearsalError: Something is left to do, or differs, or a test fails.
    """
    before = stage.tools()
    stage.upgrade(unchanged(NEWEST.facts), f"{NEXT}.0", expected=NOTHING_LEFT)
    differing = sorted(name for name, content in stage.tools().items() if before.get(name) != content)
    if differing:
        raise RehearsalError(f"a release without a change changed {', '.join(differing)}")
    if not stage.quick:
        stage.test()


def rehearse_changed(stage: Stage) -> None:
    """A release with every kind of change: green with the decisions alone.

    Raises:
        RehearsalError: The upgrade left nothing to decide, or a test fails after all was decided.
    """
    stage.upgrade(changed(NEWEST.facts), LATER, changed_methods(), expected=SOMETHING_LEFT)
    decide(stage.root / "overrides")
    stage.run("generator", "build")
    stage.accept_snapshots()
    stage.run("generator", "check")
    stage.test()


def main() -> int:
    """Rehearse both; 0 when all is as it must be."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only the tests that look at the newest release")
    parser.add_argument("--keep", type=Path, help="a folder for the copy, which stays for a look")
    parser.add_argument("--only", choices=("unchanged", "changed"), help="one of the two")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        root = options.keep or Path(folder) / "tree"
        shutil.copytree(ROOT, root, ignore=LEFT)
        stage = Stage(root.resolve(), options.quick)
        try:
            if options.only != "changed":
                rehearse_unchanged(stage)
            if options.only != "unchanged":
                rehearse_changed(stage)
        except RehearsalError as error:
            print(f"\nThe rehearsal failed: {error}.", file=sys.stderr)
            return 1
    print("\nBoth upgrades end green." if options.only is None else "\nThe upgrade ends green.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
