"""What is installed is what was locked, and what is imported is declared."""

import ast
import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "generated" / "pyproject.toml"
CONTAINER = ROOT / "generated" / "requirements.txt"
BILLS = ROOT / ".venv" / "release" / "bin" / "cyclonedx-py"
MADE_TO_BE_EXTENDED = {"argcomplete", "httpx2"}
"""Packages that document the classes which the server extends."""
DIGEST = "sha256:" + "ab" * 32
INDEX = f'{{"mediaType": "index", "digest": "{DIGEST}", "manifests": [{{"digest": "x"}}]}}'


@cache
def commands(target: str) -> list[list[str]]:
    """What `make` runs for a target, and for all that it needs, in words."""
    # These tests may run under `make` themselves, with variables of their own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    run = subprocess.run(["make", "-nB", target], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    printed = run.stdout
    lines = printed.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines]


def test_no_variable_for_people_has_another_meaning_in_the_makefile():
    text = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"\b([A-Z_]+)=", "".join(line.partition("##")[2] for line in text.splitlines())))
    assert {"FROM", "RELEASE"} <= named
    assert not named & set(re.findall(r"^([A-Z_]+) *:?=", text, re.MULTILINE))


def value(command: list[str], option: str) -> list[str]:
    """What follows an option, as often as it is given."""
    return [after for word, after in pairwise(command) if word == option]


@dataclass(frozen=True)
class Lock:
    """A lock that `make lock` writes.

    Attributes:
        file: Where.
        projects: Whose dependencies it holds.
        extras: Which of the optional ones.
        more: What else is locked, such as what builds.
        command: The command.
    """

    file: Path
    projects: tuple[Path, ...]
    extras: tuple[str, ...]
    more: tuple[str, ...]
    command: tuple[str, ...]

    def declared(self) -> Iterator[Requirement]:
        """What must be in it."""
        for project in self.projects:
            yield from declared(project, self.extras)
        yield from map(Requirement, self.more)


def locks() -> dict[str, Lock]:
    """By where they are written."""
    found = {}
    for command in commands("lock"):
        for output in value(command, "--output-file"):
            projects = tuple(ROOT / word for word in command if word.endswith("pyproject.toml"))
            more = tuple(command[1].split("\\n")[:-1]) if command[0] == "printf" else ()
            found[output] = Lock(ROOT / output, projects, tuple(value(command, "--extra")), more, tuple(command))
    return found


LOCKS = locks()


def declared(file: Path, extras: tuple[str, ...]) -> Iterator[Requirement]:
    project = tomllib.loads(file.read_text())["project"]
    more = optional(file)
    for text in [*project["dependencies"], *(each for extra in extras for each in more.get(extra, ()))]:
        yield Requirement(text)


@cache
def owners_of_packages() -> Mapping[str, list[str]]:
    """Which distributions bring a package that can be imported."""
    return packages_distributions()


def optional(file: Path) -> dict[str, list[str]]:
    """The optional dependencies of a project, by extra."""
    found: dict[str, list[str]] = tomllib.loads(file.read_text())["project"].get("optional-dependencies", {})
    return found


def locked(file: Path) -> dict[str, list[tuple[Version, str | None, int]]]:
    """Version, marker and number of hashes of each entry of a lock."""
    found: dict[str, list[tuple[Version, str | None, int]]] = {}
    for entry in re.split(r"\n(?=[a-z0-9])", file.read_text()):
        if named := re.match(r"([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+?))? \\\n", entry):
            one = (Version(named[2]), named[3], entry.count("--hash=sha256:"))
            found.setdefault(canonicalize_name(named[1]), []).append(one)
    return found


def fits(requirement: Requirement, entries: dict[str, list[tuple[Version, str | None, int]]]) -> bool:
    """Whether a lock has a version that is asked for, on this machine."""
    here = [
        version
        for version, marker, _ in entries.get(canonicalize_name(requirement.name), ())
        if marker is None or Marker(marker).evaluate()
    ]
    return any(requirement.specifier.contains(version, prereleases=True) for version in here)


def test_make_locks_ci_the_container_and_what_builds_it():
    assert set(LOCKS) == {".ci/requirements.txt", "templates/requirements.txt", "templates/requirements-build.txt"}
    assert all("--generate-hashes" in lock.command for lock in LOCKS.values())
    # What a person at a terminal wants is no use in a container.
    assert set(LOCKS["templates/requirements.txt"].extras) == set(optional(SERVER)) - {"completion", "setup"}
    for name in ("requirements.txt", "requirements-build.txt"):
        assert (ROOT / "templates" / name).read_bytes() == (ROOT / "generated" / name).read_bytes()


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_everything_that_is_declared_in_a_version_that_fits(name: str):
    lock = LOCKS[name]
    entries = locked(lock.file)
    known = {extra for file in lock.projects for extra in optional(file)}
    assert set(lock.extras) <= known
    assert [str(each) for each in lock.declared() if not fits(each, entries)] == [], "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_its_entries_need(name: str):
    """With hashes, pip installs nothing that the lock lacks, and fails."""
    entries = locked(LOCKS[name].file)
    waiting = list(LOCKS[name].declared())
    seen, behind, read = set(), [], 0
    while waiting:
        each = waiting.pop()
        if not fits(each, entries):
            behind.append(str(each))
        try:
            needs = requires(each.name) or ()
        except PackageNotFoundError:
            continue  # nothing that this environment has
        read += 1
        for extra in ("", *each.extras):
            if (each.name, extra) in seen:
                continue
            seen.add((each.name, extra))
            needed = map(Requirement, needs)
            waiting += [one for one in needed if one.marker is None or one.marker.evaluate({"extra": extra})]
    assert behind == [], "run `make lock`"
    assert read >= min(2, len(entries))


def test_what_is_installed_here_is_what_is_locked_for_it():
    (pinned,) = (command for command in commands("install") if "-r" in command)
    assert "--require-hashes" in pinned
    assert value(pinned, "-r") == [".ci/requirements.txt"]
    (editable,) = (command for command in commands("install") if "--editable" in command)
    named = {extra for word in value(editable, "--editable") for extra in re.findall(r"[\w-]+(?=[],])", word)}
    assert named
    assert named <= set(LOCKS[".ci/requirements.txt"].extras)


def test_the_container_installs_what_is_locked_and_nothing_else():
    text = (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " ")
    installing = re.findall(r"pip (?:install|wheel)[^&\n]*", text)
    assert installing
    for command in installing:
        by_hashes = re.search(r"--require-hashes -r /src/(requirements\S*)", command)
        if by_hashes:
            assert (ROOT / "generated" / by_hashes[1]).is_file()
        else:
            assert "--no-deps" in command
            assert "--no-index" in command or "--no-build-isolation" in command


def test_the_bill_is_made_of_what_the_container_installs():
    (command,) = (each for each in commands("sbom") if each[:1] == [".venv/release/bin/cyclonedx-py"])
    assert command[1:3] == ["requirements", "generated/requirements.txt"]
    assert ROOT / command[2] == CONTAINER
    assert "--validate" in command
    (wheel,) = (each for each in commands("sbom") if "wheel" in each)
    assert wheel[-1] == "./generated"
    assert value(wheel, "--wheel-dir") == [Path(value(command, "--output-file")[0]).parent.name]


@pytest.mark.skipif(not BILLS.exists(), reason="`make sbom` was never run here")
def test_the_bill_names_everything_that_is_locked(tmp_path: Path):
    (command,) = (each for each in commands("sbom") if each[:1] == [".venv/release/bin/cyclonedx-py"])
    bill = tmp_path / "bill.json"
    made = [str(bill) if word == value(command, "--output-file")[0] else word for word in command]
    subprocess.run(made, cwd=ROOT, capture_output=True, check=True)
    components = json.loads(bill.read_text())["components"]
    named = {(canonicalize_name(each["name"]), Version(each["version"])) for each in components}
    assert named == {(name, version) for name, found in locked(CONTAINER).items() for version, _, _ in found}
    assert all(reference["hashes"] for each in components for reference in each["externalReferences"])


@pytest.mark.parametrize("file", [lock.file for lock in LOCKS.values()], ids=str)
def test_a_lock_has_a_hash_for_everything_and_names_no_address(file: Path):
    entries = locked(file)
    assert entries
    assert len(re.findall(r"(?m)^\S+==", file.read_text())) == sum(map(len, entries.values()))
    assert all(hashes for versions in entries.values() for _, _, hashes in versions)
    text = file.read_text()
    assert "://" not in text
    assert not re.search(r"(?m)^(-|\s+--(?!hash=sha256:))", text), "an option, such as an index"


def test_the_server_imports_what_it_declares():
    """Not what happens to come along with something else."""
    known = {canonicalize_name(each.name) for each in declared(SERVER, tuple(optional(SERVER)))}
    owners = owners_of_packages()
    missing = {}
    for file in (ROOT / "generated" / "xo_mcp").rglob("*.py"):
        for name in _imported(ast.parse(file.read_text())):
            owned = {canonicalize_name(owner) for owner in owners.get(name, ())}
            if name not in sys.stdlib_module_names and name != "xo_mcp" and not owned & known:
                missing[name] = file.name
    # It is a part of pydantic, which names the one version that fits.
    missing.pop("pydantic_core", None)
    assert missing == {}


def test_what_is_extended_has_an_upper_bound():
    """A class that another package may change as it likes: its next version is tried before anybody gets it."""
    bounded = {
        canonicalize_name(each.name): any(part.operator in {"<", "<=", "==", "~="} for part in each.specifier)
        for each in declared(SERVER, tuple(optional(SERVER)))
    }
    owners = owners_of_packages()
    extended = {
        canonicalize_name(owner)
        for file in (ROOT / "generated" / "xo_mcp").rglob("*.py")
        for name in _extended(ast.parse(file.read_text()))
        for owner in owners.get(name, ())
    } & bounded.keys()
    assert {"mcp", "starlette", "uvicorn"} <= extended
    assert {name for name in extended - MADE_TO_BE_EXTENDED if not bounded[name]} == set()


def _extended(tree: ast.AST) -> Iterator[str]:
    """The packages whose classes a module extends."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            origins |= {(alias.asname or alias.name).partition(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            origins |= {alias.asname or alias.name: node.module for alias in node.names}
    for node in ast.walk(tree):
        for base in node.bases if isinstance(node, ast.ClassDef) else ():
            yield origins.get(re.split(r"[.\[]", ast.unparse(base))[0], "").partition(".")[0]


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
