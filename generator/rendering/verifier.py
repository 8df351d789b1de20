"""Verifies a rendered tree in a separate process, which imports every module."""

import json
import subprocess
import sys
from pathlib import Path

from generator.errors import BuildError

PROGRAM = Path(__file__).with_name("verify.py")


def verify(root: Path) -> tuple[int, int]:
    """Import every module below `root`; answers how many modules and tools hold.

    Raises:
        BuildError: One does not import, or a function and its definition disagree.
    """
    command = [sys.executable, "-I", "-B", str(PROGRAM), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    lines = done.stdout.strip().splitlines()
    if not lines:
        last = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        raise BuildError(f"the rendered package could not be checked: {last[0]}")
    answer = json.loads(lines[-1])
    if answer["problem"]:
        raise BuildError(f"the rendered package does not hold: {answer['problem']}")
    return answer["modules"], answer["tools"]
