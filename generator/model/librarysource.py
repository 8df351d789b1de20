"""The source of the run-time library, read once for all the checks of what it says about XO."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from generator.layout import TEMPLATES

PACKAGE = "xo_mcp"
LIBRARY = TEMPLATES / PACKAGE
_DOCSTRING = re.compile(r'"""[\s\S]*?"""')


@dataclass(frozen=True)
class SourceModule:
    """One module; it is parsed when the first check looks inside.

    Attributes:
        path: Below the library: `objects/finding.py`.
        text: Of the file.
    """

    path: str
    text: str

    @property
    def folder(self) -> str:
        """The first part of its path; for a module at the top, its own name."""
        return self.path.partition("/")[0]

    @cached_property
    def code(self) -> str:
        """The text without docstrings."""
        return without_docstrings(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of its syntax tree."""
        return tuple(ast.walk(ast.parse(self.text)))

    @cached_property
    def imports(self) -> Mapping[str, str]:
        """Name -> the module it is imported from."""
        nodes = [node for node in self.nodes if isinstance(node, ast.ImportFrom)]
        return {alias.asname or alias.name: node.module or "" for node in nodes for alias in node.names}

    @cached_property
    def assigned(self) -> Mapping[str, ast.expr]:
        """Every name that is assigned to once, at any place."""
        found: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                found.setdefault(node.target.id, []).append(node.value)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.setdefault(node.targets[0].id, []).append(node.value)
        return {name: values[0] for name, values in found.items() if len(values) == 1}


@dataclass(frozen=True)
class LibrarySource:
    """The modules of a library.

    Attributes:
        modules: Path below the library -> module, in order.
    """

    modules: Mapping[str, SourceModule]

    def __iter__(self) -> Iterator[SourceModule]:
        """Iterate over the modules."""
        return iter(self.modules.values())

    def imported(self, name: str) -> SourceModule | None:
        """The module that an import calls `xo_mcp.objects.finding`; none for one of another package."""
        package, _, inner = name.partition(".")
        return self.modules.get(f"{inner.replace('.', '/')}.py") if package == PACKAGE else None


def read_library(folder: Path = LIBRARY) -> LibrarySource:
    """Read every module below a folder."""
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}
    return LibrarySource({path: SourceModule(path, texts[path]) for path in sorted(texts)})


def without_docstrings(source: str) -> str:
    """The source with empty lines for docstrings, so that what is found keeps its line."""
    return _DOCSTRING.sub(lambda match: "\n" * match[0].count("\n"), source)
