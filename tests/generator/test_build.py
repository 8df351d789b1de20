"""Building: all or nothing, the same on every machine, and proven by importing what was drawn."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from newest import NEWEST

from generator.errors import BuildError
from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import Overrides, load_overrides
from generator.rendering.output import ROOT, TEMPLATES, build, tree
from generator.specs.specs import load_document, load_documents, newest_spec

TINY = Path(__file__).resolve().parent.parent / "hazards" / "duplicate-operation-id.yaml"


@pytest.fixture
def model() -> Model:
    return build_model([load_document(TINY)], Overrides())


def quiet(_: str) -> None:
    """Steps are not shown in tests."""


def templates_with(folder: Path, name: str, text: str) -> Path:
    copy = folder / "templates"
    shutil.copytree(TEMPLATES, copy)
    path = copy / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return copy


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("xo_mcp/broken.py.j2", "def (:\n", "not valid Python"),
        ("xo_mcp/broken.py", "import xo_mcp.nothing_like_this\n", "xo_mcp.broken: ModuleNotFoundError"),
        ("xo_mcp/broken.py.j2", "x = {{ model.nothing }}\n", "what the model has not"),
        (
            "xo_mcp/broken.py",
            "import xo_mcp.program.completion\n",
            "xo_mcp.broken: .*argcomplete comes with an optional",
        ),
        ("xo_mcp/server/serve.py", "import matplotlib.figure\n", "matplotlib comes with an optional"),
        ("xo_mcp/tools/[module].py.j2", "\n", "AttributeError"),
        (
            "xo_mcp/tools/[module].py.j2",
            "async def get_apples(xo, more): ...\nget_pears = get_apples\n",
            "its definition says",
        ),
    ],
)
def test_a_failure_leaves_the_old_output_untouched(model: Model, tmp_path: Path, name: str, text: str, complaint: str):
    out = tmp_path / "out"
    build(model, out, step=quiet)
    before = tree(out)
    with pytest.raises(BuildError, match=complaint):
        build(model, out, templates=templates_with(tmp_path, name, text), step=quiet)
    assert tree(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "templates"]


def test_a_rebuild_replaces_everything(model: Model, tmp_path: Path):
    out = tmp_path / "out"
    build(model, out, step=quiet)
    wanted = tree(out)
    (out / "xo_mcp" / "tools" / "stale.py").write_text("x = 1\n")
    (out / "lock.json").write_text("{}")
    build(model, out, step=quiet)
    assert tree(out) == wanted


def test_a_folder_that_is_no_output_is_not_replaced(model: Model, tmp_path: Path):
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(BuildError, match="no earlier output"):
        build(model, tmp_path, step=quiet)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(BuildError, match="not a folder"):
        build(model, tmp_path / "link", step=quiet)


def test_two_hash_seeds_give_the_same_bytes(tmp_path: Path):
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "generator", "build", "--json", "--out", str(tmp_path / seed)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    assert tree(tmp_path / "1") == tree(tmp_path / "2")


def test_the_lock_says_what_the_tree_was_made_from(tmp_path: Path):
    model = build_model(load_documents(newest_spec(SPECS)), load_overrides(OVERRIDES), load_history(SPECS))
    build(model, tmp_path / "out", step=quiet)
    lock = json.loads((tmp_path / "out" / "lock.json").read_text())
    assert lock["xo_release"] == NEWEST.name
    assert lock["rest_api"] == NEWEST.rest_api
    assert len(lock["spec_sha256"]) == 64
    assert lock["tools"] == len(model.tools)


def _name(requirement: str) -> str:
    return re.split(r"[<>=\[]", requirement)[0]


def test_a_build_needs_no_optional_extra(tmp_path: Path):
    """Other than the modules that are about it; the check is the same whether it is installed or not."""
    project = tomllib.loads((ROOT / "generated" / "pyproject.toml").read_text())["project"]
    own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    extras = {_name(each) for every in project["optional-dependencies"].values() for each in every}
    absent = sorted(extras - {_name(each) for each in own})
    assert {"argcomplete", "matplotlib"} <= set(absent)
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
        "from generator.commands.cli import main\n"
        f"sys.exit(main(['build', '--spec', {str(TINY)!r}, '--out', {str(tmp_path / 'out')!r}, '--json']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
