"""Whether `generated/` is up to date: tests, mypy and editors read it, people edit what it is made from.

What was last built or compared is remembered by its fingerprint, so that the answer mostly takes milliseconds.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

INPUTS = ("generator", "overrides", "specs", "templates")
TEMPLATES = "templates"
RENDERED = ".j2"
"""Ends the names of templates that are rendered; the others are copied."""
OUTPUT = "generated"
CONFIGURATION = "pyproject.toml"
"""Configures how ruff formats the output."""
PUBLISHED = ("overrides/schema.json", "specs/diff-*.md")
"""Written by a build, which reads none of them; `check` looks at them."""
REMEMBERED = "build/generated.sha256"
PASSING = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", "build", "dist"})
"""Folders that using a tree leaves behind; they are not part of it."""
STALE = "generated/ is not what templates/, overrides/ and specs/ give ({reason}). Run `make regenerate`."


def files(folder: Path) -> Iterator[Path]:
    """Every file of a tree in a fixed order, without what using it leaves behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part in PASSING or part.endswith(".egg-info") for part in parts):
            yield path


def inputs(root: Path) -> str:
    """Fingerprint of everything a build reads; take it before the build, for people edit on.

    Args:
        root: The repository.
    """
    configuration = [root / CONFIGURATION] if (root / CONFIGURATION).is_file() else []
    every = [*configuration, *(path for name in INPUTS for path in files(root / name))]
    return _digest(root, [path for path in every if not any(path.match(str(root / name)) for name in PUBLISHED)])


class Memory:
    """Remembers the state of folders in which something was found to be up to date.

    Args:
        root: The repository. One that can't be written to is looked at anew each time.
        name: Of what is up to date.
        folders: What it depends on, itself included.
    """

    def __init__(self, root: Path, name: str, *folders: str) -> None:
        self._root, self._folders = root, folders
        self._path = root / "build" / f"{name}.sha256"

    def is_same(self) -> bool:
        """Whether nothing changed since."""
        return self._path.is_file() and self._path.read_text(encoding="utf-8") == self._now()

    def keep(self) -> None:
        """Remember the state of now."""
        try:
            self._path.parent.mkdir(exist_ok=True)
            self._path.write_text(self._now(), encoding="utf-8")
        except OSError:
            return

    def _now(self) -> str:
        return _digest(self._root, [path for name in self._folders for path in files(self._root / name)])


def remember(root: Path, built_from: str) -> None:
    """Note that the output is what these inputs give.

    Args:
        root: The repository. One that can't be written to is looked at anew each time.
        built_from: The fingerprint of the inputs.
    """
    path = root / REMEMBERED
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(_both(root, built_from), encoding="utf-8")
    except OSError:
        return


def is_remembered(root: Path) -> bool:
    """Whether nothing changed since the output was known to be fresh."""
    path = root / REMEMBERED
    return path.is_file() and path.read_text(encoding="utf-8") == _both(root, inputs(root))


def differing_copy(root: Path) -> str:
    """The first file that is copied as it is and was edited since, which shows at once, where a build takes seconds.

    Args:
        root: The repository.
    """
    templates = root / TEMPLATES
    for path in files(templates):
        name = path.relative_to(templates)
        copy = root / OUTPUT / name
        if path.suffix == RENDERED or (copy.is_file() and copy.read_bytes() == path.read_bytes()):
            continue
        # A copy is formatted like all of the output.
        if path.suffix != ".py" or not copy.is_file() or _formatted(root, path) != copy.read_bytes():
            return name.as_posix()
    return ""


def _formatted(root: Path, path: Path) -> bytes:
    """What the build makes of a module; nothing where it is not valid Python."""
    command = [sys.executable, "-m", "ruff", "format", "--no-cache", "--config", str(root / CONFIGURATION), "-"]
    return subprocess.run(command, input=path.read_bytes(), capture_output=True, check=False).stdout  # noqa: S603 - a fixed command


def _both(root: Path, built_from: str) -> str:
    return f"{built_from}  inputs\n{_digest(root, files(root / OUTPUT))}  {OUTPUT}\n"


def _digest(root: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def staleness(root: Path) -> str:
    """What to say about a stale output, in a line; empty when it is fresh.

    Args:
        root: The repository. One without a generator, such as a copy for mutation tests, has nothing to go stale.
    """
    if not (root / "generator").is_dir() or is_remembered(root):
        return ""
    if differing := differing_copy(root):
        return STALE.format(reason=f"{differing} differs")
    command = [sys.executable, "-m", "generator", "check", "--only-output"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    if done.returncode == 0:
        return ""
    lines = [line.removeprefix("output: ") for line in done.stderr.splitlines() if line.strip()]
    return STALE.format(reason=lines[0] if lines else "it could not be built")
