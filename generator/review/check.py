"""Runs `check`: output up to date, overrides matching the API, all tools curated, schemas portable."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from generator.api.portable import problems
from generator.history.tracing import stale_records
from generator.layout import TEMPLATES
from generator.model.model import Model, dump
from generator.model.overrides import SHARED, Overrides, json_schema
from generator.rendering.output import build_tree, draw_tree, tree
from generator.review.curation import gaps
from generator.review.derived import stale_examples

SCHEMA = "schema.json"


@dataclass(frozen=True)
class Findings:
    """What `check` found, by question; all empty when everything is in order."""

    output: list[str]
    curation: list[str]
    schemas: list[str]
    overrides: list[str]
    specs: list[str]

    @property
    def count(self) -> int:
        """How many things are out of order."""
        return len(self.output) + len(self.curation) + len(self.schemas) + len(self.overrides) + len(self.specs)


def check(model: Model, overrides: Overrides, out: Path, folder: Path | None, specs: Path | None = None) -> Findings:
    """Look at everything; building the model has already shown that every override matches.

    Args:
        model: What the inputs give.
        overrides: For the names that need no description.
        out: The committed output to compare with.
        folder: The overrides folder, whose published JSON Schema is compared too.
        specs: The folder of all releases, whose table and history are compared with the facts.

    Raises:
        BuildError: The inputs do not even build.
    """
    silent = frozenset(overrides.shared.described_in_instructions)
    return Findings(
        output=compare(model, out),
        curation=list(gaps(model, silent)),
        schemas=[problem for tool in model.tools for problem in problems(tool.definition)],
        overrides=[*_published_schema(folder), *(entry.text for entry in model.stale)],
        specs=[*stale_records(specs), *stale_examples(specs, overrides, model.history)] if specs else [],
    )


def check_output(model: Model, out: Path) -> Findings:
    """Look only at whether the committed output is what the inputs give; arguments and errors as for `check`.

    It is not imported: what is as it was built worked then.
    """
    return Findings(output=compare(model, out, draw_tree), curation=[], schemas=[], overrides=[], specs=[])


def compare(model: Model, out: Path, make: Callable[..., object] = build_tree) -> list[str]:
    """Every file that differs between `out` and what the inputs give, byte for byte.

    Args:
        model: What the inputs give.
        out: The committed output.
        make: `build_tree`, or `draw_tree` for one that need not import.
    """
    with tempfile.TemporaryDirectory(prefix="generator-check-") as workshop:
        fresh = Path(workshop) / "tree"
        make(model, fresh, templates=TEMPLATES, step=lambda _: None)
        wanted, found = tree(fresh), tree(out) if out.is_dir() else {}
    missing = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    stale = [f"{name} should not be there" for name in sorted(found.keys() - wanted.keys())]
    changed = [f"{name} differs" for name in sorted(wanted.keys() & found.keys()) if wanted[name] != found[name]]
    return [*missing, *stale, *changed]


def _published_schema(folder: Path | None) -> list[str]:
    if folder is None or not (folder / SHARED).is_file():
        return []
    path = folder / SCHEMA
    if not path.is_file() or path.read_text(encoding="utf-8") != dump(json_schema()):
        return [f"{SCHEMA} is not what generator/model/overrides.py says; run `make regenerate`"]
    return []
