"""The generator and the library: layers use only those above them, modules and functions stay short."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = 300
"""A module of one noun fits these; where one grows longer, a second noun hides in it."""
SCREEN = 50
"""Lines of a function without its docstring."""
TOP = "__init__", "__main__"
"""Modules at the top of a package that belong to no layer: they only start what the lowest layer holds."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Stack:
    """A package of layers.

    Attributes:
        package: Its name.
        folder: Where its source is.
        heading: The sentence in ARCHITECTURE.md before the table of its layers.
        strict: Whether folders and modules of one row must not use each other either.
        elsewhere: Rows that are rendered and have no source in the folder.
    """

    package: str
    folder: Path
    heading: str
    strict: bool
    elsewhere: frozenset[str] = frozenset()

    def rows(self) -> list[list[str]]:
        """The names of each row, from the top."""
        page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
        table = page.split(self.heading)[1].lstrip().split("\n\n")[0]
        return [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines() if line.startswith("| `")]

    def ranks(self) -> Mapping[str, int]:
        """Name -> its row; in the ground of single modules, each has a row of its own."""
        rows = self.rows()
        if not self.strict:
            return {name: rank for rank, row in enumerate(rows) for name in row}
        ground, *layers = rows
        order = [[name] for name in ground] + layers
        return {name: rank for rank, row in enumerate(order) for name in row}

    def modules(self) -> list[Path]:
        """Its source files, but those that belong to no layer."""
        return [path for path in self.folder.rglob("*.py") if path.parent != self.folder or path.stem not in TOP]

    def layer(self, path: Path) -> str:
        """The row that a source file belongs to."""
        return path.relative_to(self.folder).parts[0].removesuffix(".py")

    def used(self, path: Path) -> Iterator[str]:
        """The layers that a source file imports from, at any place in it, `import_module` included."""
        for node in ast.walk(tree_of(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{name}" for name in names] if node.level == 0 else [f"{self.package}.?"]
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                names = [beginning(node.args[0], path)]
                assert names[0] or not self.strict, f"{path}: begin what is imported with a constant"
            for name in names:
                package, _, rest = name.partition(".")
                first = rest.split(".")[0]
                if package == self.package and first and not first.startswith("__"):
                    yield first


STACKS = [
    Stack(
        "generator", ROOT / "generator", "The folders of `generator/`, each using only those above it:", strict=False
    ),
    Stack(
        "xo_mcp",
        ROOT / "templates" / "xo_mcp",
        "(lazy and type-checking imports count):",
        strict=True,
        elsewhere=frozenset({"release", "tools"}),
    ),
]


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.package)
def test_the_table_names_every_layer(stack: Stack):
    top = {path.name for path in stack.folder.iterdir() if (path / "__init__.py").is_file()}
    if stack.strict:
        top |= {path.stem for path in stack.folder.glob("*.py")} - set(TOP)
    assert stack.ranks().keys() == top | stack.elsewhere


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.package)
def test_no_layer_uses_one_that_is_not_above_it(stack: Stack):
    rank = stack.ranks()
    wrong = [
        f"{path.relative_to(ROOT)} uses {layer}"
        for path in stack.modules()
        for layer in stack.used(path)
        if layer != stack.layer(path) and layer in rank and rank[layer] >= rank[stack.layer(path)]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "import xo_mcp.server.calls",
        "def f():\n    from xo_mcp.server import calls",
        "from importlib import import_module\nimport_module('xo_mcp.server.calls')",
        "import importlib\nPACKAGE = 'xo_mcp'\ndef f(name):\n    importlib.import_module(f'{PACKAGE}.server.{name}')",
    ],
)
def test_every_way_to_import_counts(source: str, tmp_path: Path):
    module = tmp_path / "amounts.py"
    module.write_text(source)
    assert list(Stack("xo_mcp", tmp_path, "", strict=True).used(module)) == ["server"]


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.package)
def test_no_module_is_too_long(stack: Stack):
    lines = {path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in stack.modules()}
    assert {path: count for path, count in lines.items() if count > LINES} == {}


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.package)
def test_no_function_is_too_long(stack: Stack):
    lengths = {f"{path.relative_to(ROOT)}: {each.name}": lines_of(each) for path, each in functions(stack)}
    assert {name: lines for name, lines in lengths.items() if lines > SCREEN} == {}


@pytest.mark.parametrize("stack", STACKS, ids=lambda stack: stack.package)
def test_an_import_inside_a_function_has_its_reason_beside_it(stack: Stack):
    found = {(path, line) for path, function in functions(stack) for line in unexplained_imports(path, function)}
    assert sorted(f"{path.relative_to(ROOT)}:{line}" for path, line in found) == []


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def beginning(text: ast.expr, path: Path) -> str:
    """What is known of a text before it runs: constants, and names of them in this module."""
    constants = {
        target.id: node.value
        for node in tree_of(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    known = ""
    for part in text.values if isinstance(text, ast.JoinedStr) else [text]:
        value = part.value if isinstance(part, ast.FormattedValue) else part
        value = constants.get(value.id, value) if isinstance(value, ast.Name) else value
        if not isinstance(value, ast.Constant):
            break
        known += str(value.value)
    return known


def functions(stack: Stack) -> Iterator[tuple[Path, Function]]:
    for path in stack.modules():
        yield from ((path, node) for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def unexplained_imports(path: Path, function: Function) -> Iterator[int]:
    """The lines of imports without a comment beside or above them; those that follow each other share one."""
    source = path.read_text(encoding="utf-8").splitlines()
    imports = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
    ends = {node.end_lineno for node in imports}
    for line in (node.lineno for node in imports if node.lineno - 1 not in ends):
        if "  # " not in source[line - 1] and not source[line - 2].lstrip().startswith("# "):
            yield line
