"""From a model to a tree that is known to work: render, format once, import everything, only then replace."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from generator.errors import BuildError
from generator.exchanging import exchange
from generator.freshness import files
from generator.layout import ROOT, TEMPLATES
from generator.model.model import Model
from generator.rendering.render import Renderer
from generator.rendering.verifier import verify


@dataclass(frozen=True)
class Built:
    """What was written."""

    files: int
    modules: int
    tools: int


def build_tree(
    model: Model, folder: Path, *, templates: Path = TEMPLATES, step: Callable[[str], None] = print
) -> Built:
    """Draw, format and check a tree in an empty folder.

    Args:
        model: What to draw.
        folder: Where; must be empty.
        templates: What to draw it with.
        step: Called with what is being done.

    Raises:
        BuildError: What was drawn is not valid Python, or does not import.
    """
    draw_tree(model, folder, templates=templates, step=step)
    step("import every module")
    modules, tools = verify(folder)
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    return Built(sum(path.is_file() for path in folder.rglob("*")), modules, tools)


def draw_tree(model: Model, folder: Path, *, templates: Path, step: Callable[[str], None]) -> None:
    """Draw and format a tree in an empty folder; arguments and errors as for `build_tree`."""
    renderer = Renderer(model, templates, folder)
    step("draw the package")
    renderer.render_package()
    step("format it")
    format_tree(folder)
    step("draw the pages")
    renderer.render_pages()


def format_tree(folder: Path) -> None:
    """One ruff run over the whole tree, with the repository's own configuration.

    Raises:
        BuildError: Something drawn is not valid Python.
    """
    command = [find_ruff_bin(), "format", "--quiet", "--no-cache"]
    command += ["--config", str(ROOT / "pyproject.toml"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["ruff format failed"]
        raise BuildError(f"what was drawn is not valid Python: {lines[0].replace(str(folder), '')}")


def build(model: Model, out: Path, *, templates: Path = TEMPLATES, step: Callable[[str], None] = print) -> Built:
    """Build beside `out` and swap: a failure leaves the old output untouched.

    Raises:
        BuildError: As for `build_tree`, or `out` is something else than an earlier output, or can't be written to.
    """
    try:
        require_replaceable(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as workshop:
            fresh = Path(workshop) / "new"
            built = build_tree(model, fresh, templates=templates, step=step)
            exchange([(fresh, out)], Path(workshop) / "old")
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise BuildError(f"cannot be written: {reason}", place=str(error.filename or out)) from error
    return built


def require_replaceable(out: Path) -> None:
    """Refuse to replace a folder that is not an earlier output.

    Raises:
        BuildError: It is something else.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise BuildError("is not a folder", place=str(out))
    if out.is_dir() and any(out.iterdir()) and not (out / "lock.json").is_file():
        raise BuildError(
            "is not empty and holds no earlier output (no lock.json)",
            place=str(out),
            hint="Name another folder with --out, or empty this one yourself.",
        )


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a tree by its path, without what using it leaves behind."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}
