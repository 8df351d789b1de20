"""A new XO release in one go: import, compare, build, draft what a person writes, and only then replace anything.

Everything is made in a workshop beside the tree. Until the last step the tree is the old one; the last step is a few
renames, undone when one of them fails.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generator.commands.changelog import EMPTY, with_draft
from generator.compare.diff import Diff, diff
from generator.compare.sides import load_side
from generator.errors import DocumentError
from generator.exchanging import exchange
from generator.freshness import inputs, remember
from generator.history.history import load_history
from generator.history.tracing import record_release
from generator.importing.importer import ImportReport, import_spec
from generator.importing.methods import MethodsReport, import_methods, is_address
from generator.importing.sources import Source
from generator.layout import ROOT
from generator.model.builder import build_model
from generator.model.methods import known_methods
from generator.model.model import Model
from generator.model.overrides import load_overrides
from generator.rendering.output import build_tree, require_replaceable
from generator.review.blocks import open_arguments
from generator.review.todo import changelog_entry, page, stale_lines
from generator.specs.methods import FOLDER as METHODS_FOLDER
from generator.specs.releases import is_release, load_releases, order, spelling
from generator.specs.specs import load_documents, newest_spec, release_files

Step = Callable[[str], None]
FAST_TESTS = ("-m", "pytest", "-q", "-n", "4", "--depth", "fast")
"""What `make test-fast` runs."""


@dataclass(frozen=True)
class Tree:
    """The tree to upgrade."""

    root: Path = ROOT

    @property
    def specs(self) -> Path:
        """The facts."""
        return self.root / "specs"

    @property
    def overrides(self) -> Path:
        """The decisions."""
        return self.root / "overrides"

    @property
    def generated(self) -> Path:
        """The output."""
        return self.root / "generated"

    @property
    def changelog(self) -> Path:
        """Where the draft goes."""
        return self.root / "CHANGELOG.md"

    def draft(self, release: str) -> Path:
        """The draft as the last upgrade made it, to know whether a person has rewritten it; not committed."""
        return self.root / "build" / f"upgrade-{release}-changelog.md"

    def todo(self, release: str) -> Path:
        """The work list; not committed."""
        return self.root / "build" / f"upgrade-{release}.md"


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade did.

    Attributes:
        report: Of the import.
        before: The release before.
        diff: Against it.
        model: What was built.
        todo: The work list's file.
        tests: Whether the tests pass; nothing when they were not run.
        methods: What the import of JSON-RPC methods brought in, if there was one.
        drafted: Whether the draft is in the changelog; not where a person has rewritten an earlier one.
    """

    report: ImportReport
    before: str
    diff: Diff = field(repr=False)
    model: Model = field(repr=False)
    todo: Path
    tests: bool | None = None
    methods: MethodsReport | None = None
    drafted: bool = True

    @property
    def undecided_methods(self) -> list[str]:
        """JSON-RPC methods nobody decided about."""
        return list(self.model.methods.undecided) if self.model.methods else []

    @property
    def open_arguments(self) -> list[str]:
        """Arguments of tools that are described, of which nobody said what they are: `METHOD /path name`."""
        found = open_arguments(self.model, self.diff.new.overrides)
        return [f"{key} {name}" for key, names in found.items() for name in names]

    @property
    def stale(self) -> list[str]:
        """Decisions about what was removed, with the likely new key."""
        return list(stale_lines(self.model, self.diff.moved))

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "release": self.report.release,
            "before": self.before,
            "import": self.report.as_dict(),
            "diff": self.diff.as_dict(),
            "tools": len(self.model.tools),
            "uncurated": sorted(str(tool.name) for tool in self.model.uncurated),
            "undecided": sorted(str(tool.name) for tool in self.model.undecided),
            "methods": self.methods.as_dict() if self.methods else None,
            "open_arguments": self.open_arguments,
            "undecided_methods": self.undecided_methods,
            "stale": self.stale,
            "outlived": [entry.text for entry in self.model.outlived],
            "moved": dict(self.diff.moved),
            "todo": str(self.todo),
            "drafted": self.drafted,
            "tests": self.tests,
        }


def upgrade(
    source: Source,
    release: str,
    tree: Tree | None = None,
    *,
    jsonrpc: str | None = None,
    date: str = "",
    step: Step = print,
) -> Upgrade:
    """Take a release in.

    Args:
        source: Where its document is.
        release: Its number, e.g. `6.8.0`.
        tree: The tree.
        jsonrpc: Where its JSON-RPC methods are, a live XO or a file; absent: the newest that are known stay.
        date: ISO date of the release, when it is known.
        step: Called with what is being done.

    Raises:
        GeneratorError: It can't be had, or nothing can be built of it; the tree is as it was.
    """
    tree = tree or Tree()
    release = _spelling(release, tree.specs)
    require_replaceable(tree.generated)
    with tempfile.TemporaryDirectory(prefix=".upgrade-", dir=tree.root) as folder:
        workshop = Path(folder)
        specs = workshop / "specs"
        shutil.copytree(tree.specs, specs)
        step("import")
        methods: MethodsReport | None = None
        report = import_spec(source, release=release, out=specs / f"xo-{release}.json", plugins=False)
        record_release(specs, report, date=date)
        if jsonrpc is not None:
            step("import methods")
            methods = _import_methods(source, jsonrpc, release, specs)
        step("compare")
        found, model = _compare(specs, tree, release)
        step("build")
        build_tree(model, workshop / "generated", step=step)
        report = replace(report, out=tree.specs / report.out.name)
        if methods is not None:
            methods = replace(methods, out=tree.specs / METHODS_FOLDER / methods.out.name)
        drafted = _drafted(tree, release, workshop, changelog_entry(found, model))
        is_drafted = tree.changelog in [place for _, place in drafted]
        done = Upgrade(report, found.old.name, found, model, tree.todo(release), methods=methods, drafted=is_drafted)
        fresh = [*_changed(tree.specs, specs), *_changed(tree.specs / METHODS_FOLDER, specs / METHODS_FOLDER)]
        fresh.append((workshop / "generated", tree.generated))
        fresh += drafted
        page_file = workshop / "todo.md"
        page_file.write_text(page(found, model), encoding="utf-8")
        fresh.append((page_file, done.todo))
        step("replace")
        exchange(fresh, workshop / "old")
        remember(tree.root, inputs(tree.root))
    return done


def _import_methods(source: Source, jsonrpc: str, release: str, specs: Path) -> MethodsReport:
    """Take methods in; a live XO is trusted as far as the one that the document comes from."""
    insecure, ca_file = (source.insecure, source.ca_file) if is_address(jsonrpc) else (False, None)
    return import_methods(jsonrpc, release=release, specs=specs, insecure=insecure, ca_file=ca_file)


def run_tests(root: Path) -> bool:
    """Run the fast tests of a tree, their output passing to standard error; answers whether they hold."""
    done = subprocess.run([sys.executable, *FAST_TESTS], cwd=root, stdout=sys.stderr, check=False)  # noqa: S603 - a fixed command
    return done.returncode == 0


def _spelling(release: str, specs: Path) -> str:
    """The release as we write it already: 6.7.0 is our 6.7.

    Raises:
        DocumentError: It is not a release, or older than the one the tree is built from.
    """
    if not is_release(release) or "." not in release:
        raise DocumentError(f"{release!r} is not a release", place="--release", hint="Give one like 6.8.0.")
    newest = next(reversed(release_files(specs)), None)
    if newest is not None and order(release) < order(newest):
        raise DocumentError(
            f"{release} is older than {newest}, which the tree is built from",
            place="--release",
            hint=f"Take it in with `python -m generator import --release {release}` and --npm, --url or --file.",
        )
    return spelling(release, specs)


def _compare(specs: Path, tree: Tree, release: str) -> tuple[Diff, Model]:
    overrides, history = load_overrides(tree.overrides), load_history(specs)
    older = [known for known in release_files(specs) if order(known) < order(release)]
    before = older[-1] if older else release
    old, new = (load_side(name, specs, overrides, history) for name in (before, release))
    documents = load_documents(newest_spec(specs))
    model = build_model(documents, overrides, history, load_releases(specs).values(), known_methods(specs, release))
    return diff(old, new), model


def _changed(old: Path, new: Path) -> list[tuple[Path, Path]]:
    """The files of a folder that differ from the old ones, with their places."""
    return [
        (path, old / path.name)
        for path in sorted(new.iterdir() if new.is_dir() else ())
        if path.is_file() and not ((old / path.name).is_file() and (old / path.name).read_bytes() == path.read_bytes())
    ]


def _drafted(tree: Tree, release: str, workshop: Path, entry: str) -> list[tuple[Path, Path]]:
    """The changelog with the draft and the draft itself, each with its place; no changelog that would lose words."""
    text = tree.changelog.read_text(encoding="utf-8") if tree.changelog.is_file() else EMPTY
    # An upgrade that was undone with git leaves its draft behind in build/, but not its facts.
    draft, is_again = tree.draft(release), (tree.specs / f"xo-{release}.json").is_file()
    last = draft.read_text(encoding="utf-8") if is_again and draft.is_file() else ""
    changelog = with_draft(text, entry, last)
    contents = [(entry, draft), *([(changelog, tree.changelog)] if changelog is not None else [])]
    fresh = [(workshop / target.name, target) for _, target in contents]
    for (content, _), (file, _) in zip(contents, fresh, strict=True):
        file.write_text(content, encoding="utf-8")
    return fresh
