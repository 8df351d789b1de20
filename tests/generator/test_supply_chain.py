"""What is installed is what was locked, and what is imported is declared."""

import ast
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "generated" / "pyproject.toml"
LOCKS = {
    "CI": (ROOT / ".ci" / "requirements.txt", ("dev", "charts"), (ROOT / "pyproject.toml", SERVER)),
    "container": (ROOT / "generated" / "requirements.txt", ("charts", "screens"), (SERVER,)),
}
DIGEST = "sha256:" + "ab" * 32
INDEX = f'{{"mediaType": "index", "digest": "{DIGEST}", "manifests": [{{"digest": "x"}}]}}'


def declared(file: Path, extras: tuple[str, ...]) -> Iterator[Requirement]:
    project = tomllib.loads(file.read_text())["project"]
    optional = project.get("optional-dependencies", {})
    for text in [*project["dependencies"], *(each for extra in extras for each in optional.get(extra, ()))]:
        yield Requirement(text)


def locked(file: Path) -> dict[str, list[tuple[Version, str | None, int]]]:
    """Version, marker and number of hashes of each entry of a lock."""
    found: dict[str, list[tuple[Version, str | None, int]]] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", file.read_text()):
        if named := re.match(r"([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? \\\n", entry):
            one = (Version(named[2]), named[3], entry.count("--hash=sha256:"))
            found.setdefault(canonicalize_name(named[1]), []).append(one)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_everything_that_is_declared_in_a_version_that_fits(name: str):
    file, extras, projects = LOCKS[name]
    entries = locked(file)
    behind = []
    for requirement in (each for project in projects for each in declared(project, extras)):
        here = [
            version
            for version, marker, _ in entries.get(canonicalize_name(requirement.name), ())
            if marker is None or Marker(marker).evaluate()
        ]
        if not any(requirement.specifier.contains(version, prereleases=True) for version in here):
            behind.append(str(requirement))
    assert behind == [], "run `make lock`"


@pytest.mark.parametrize("file", [*(lock[0] for lock in LOCKS.values()), ROOT / "generated" / "requirements-build.txt"])
def test_a_lock_has_a_hash_for_everything_and_names_no_place(file: Path):
    entries = locked(file)
    assert entries
    assert all(hashes for versions in entries.values() for _, _, hashes in versions)
    text = file.read_text()
    assert "://" not in text
    assert not re.search(r"(?m)^(-|\s+--(?!hash=sha256:))", text), "an option, such as an index"


def test_the_server_imports_what_it_declares():
    """Not what happens to come along with something else."""
    known = {
        canonicalize_name(each.name)
        for each in declared(SERVER, ("charts", "screens", "completion", "cluster", "setup", "telemetry"))
    }
    owners = packages_distributions()
    missing = {}
    for file in (ROOT / "generated" / "xo_mcp").rglob("*.py"):
        for name in _imported(ast.parse(file.read_text())):
            owned = {canonicalize_name(owner) for owner in owners.get(name, ())}
            if name not in sys.stdlib_module_names and name != "xo_mcp" and not owned & known:
                missing[name] = file.name
    # It is a part of pydantic, which names the one version that fits.
    missing.pop("pydantic_core", None)
    assert missing == {}


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def asked(folder: Path, program: str, prints: str, container_file: str) -> subprocess.CompletedProcess[str]:
    """Run pin_image.py where nothing but one program of that name can be asked."""
    tool = folder / program
    tool.write_text(f"#!/bin/sh\ncat <<'END'\n{prints}\nEND\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    (folder / "cat").symlink_to("/bin/cat")
    (folder / "Containerfile").write_text(container_file)
    command = [sys.executable, str(ROOT / "deploy" / "pin_image.py"), str(folder / "Containerfile")]
    environment = {**os.environ, "PATH": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("program", "prints"),
    [("skopeo", DIGEST), ("docker", INDEX)],
)
@pytest.mark.parametrize("before", ["", "@sha256:" + "00" * 32])
def test_the_base_image_is_pinned_by_its_digest(tmp_path: Path, program: str, prints: str, before: str):
    text = (ROOT / "deploy" / "Containerfile").read_text()
    (base,) = re.findall(r"(?m)^ARG BASE=([^@\n]+)", text)
    assert set(re.findall(r"(?m)^FROM (\S+)", text)) == {"${BASE}"}
    done = asked(tmp_path, program, prints, re.sub(r"(?m)^ARG BASE=.*$", f"ARG BASE={base}{before}", text))
    assert done.returncode == 0, done.stderr
    assert f"ARG BASE={base}@{DIGEST}\n" in (tmp_path / "Containerfile").read_text()


@pytest.mark.parametrize("prints", ["", "not a digest", "{}", '{"digest": "sha256:short"}', f"{DIGEST}\nRUN evil"])
def test_what_is_no_digest_is_not_written(tmp_path: Path, prints: str):
    text = (ROOT / "deploy" / "Containerfile").read_text()
    assert asked(tmp_path, "skopeo", prints, text).returncode != 0
    assert (tmp_path / "Containerfile").read_text() == text
