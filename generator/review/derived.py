"""Brings up to date what is committed under `specs/` and follows from the rest: the history, and examples of `diff`."""

import re
from collections.abc import Iterator
from pathlib import Path

from generator.compare.diff import diff
from generator.compare.diffview import markdown
from generator.compare.sides import load_side
from generator.freshness import Memory
from generator.history.history import FILE, History, render_history
from generator.history.tracing import trace_folder
from generator.library import replace_file
from generator.model.overrides import Overrides

EXAMPLE = re.compile(r"diff-(.+)-to-(.+)\.md")
"""Names the two releases whose comparison it shows."""


def refresh_history(specs: Path, memory: Memory) -> list[Path]:
    """Write the history anew where it is not what the facts give; answers what was written.

    Args:
        specs: The folder of all releases.
        memory: Knows whether anything changed since it was last looked at, which takes longer than a build otherwise.

    Raises:
        DocumentError: A file is no facts file.
    """
    if memory.is_same():
        return []
    written = _write(specs / FILE, render_history(trace_folder(specs)))
    memory.keep()
    return written


def refresh_examples(specs: Path, overrides: Overrides, history: History, memory: Memory) -> list[Path]:
    """Write the examples of `diff` anew that show what it said before; answers those.

    Args:
        specs: The folder of all releases.
        overrides: Whose words they show.
        history: Of the API.
        memory: As for `refresh_history`.

    Raises:
        GeneratorError: An example names a release that we do not have.
    """
    if memory.is_same():
        return []
    written = [each for path, text in _examples(specs, overrides, history) for each in _write(path, text)]
    memory.keep()
    return written


def stale_examples(specs: Path, overrides: Overrides, history: History) -> list[str]:
    """The examples of `diff` that show what it said before, a line each; arguments and errors as for the refreshing."""
    return [
        f"{path.name} is not what `python -m generator diff` says now; `make regenerate` writes it anew"
        for path, text in _examples(specs, overrides, history)
        if path.read_bytes() != text.encode()
    ]


def _examples(specs: Path, overrides: Overrides, history: History) -> Iterator[tuple[Path, str]]:
    for path in sorted(specs.glob("diff-*.md")):
        if named := EXAMPLE.fullmatch(path.name):
            old, new = (load_side(release, specs, overrides, history) for release in named.groups())
            yield path, markdown(diff(old, new))


def _write(path: Path, text: str) -> list[Path]:
    content = text.encode()
    if path.is_file() and path.read_bytes() == content:
        return []
    replace_file(path, content)
    return [path]
