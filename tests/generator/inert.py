"""What output is when it only says things and does nothing by itself."""

import ast
import json
import tomllib
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from generator.history.history import load_history
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.overrides import load_overrides
from generator.rendering.render import render_page
from generator.specs.releases import load_releases
from generator.specs.specs import load_documents, newest_spec


class Page(HTMLParser):
    """What a browser would make of the reference page: elements, attributes, text, and what runs or paints."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.code: list[str] = []
        self._is_data = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]):
        self.elements[tag] += 1
        self._is_data = ("type", "application/json") in attrs
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str):
        if self.cdata_elem and self._is_data:
            json.loads(data)
        else:
            (self.code if self.cdata_elem else self.texts).append(data)

    def handle_comment(self, data: str):
        raise AssertionError(data)


@cache
def tame() -> Page:
    """The reference page of what ships: of a document that means no harm."""
    model = build_model(
        load_documents(newest_spec(SPECS)),
        load_overrides(OVERRIDES),
        load_history(SPECS),
        load_releases(SPECS).values(),
    )
    return Page(render_page(model))


def assert_only_tools(module: ast.Module):
    """A tool module holds imports, a docstring, tuples of names and functions of one call; nothing runs at import."""
    for node in module.body:
        assert isinstance(node, ast.Expr | ast.ImportFrom | ast.AsyncFunctionDef | ast.Assign), ast.dump(node)
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant)
        if isinstance(node, ast.AsyncFunctionDef):
            documentation, answer = node.body
            assert isinstance(documentation, ast.Expr)
            assert isinstance(documentation.value, ast.Constant)
            assert isinstance(answer, ast.Return)
            calls = [ast.unparse(entry.func) for entry in ast.walk(answer) if isinstance(entry, ast.Call)]
            # The library is called once, with the request as a value.
            assert len([name for name in calls if name != "Call"]) == 1
            assert calls.count("Call") <= 1


def assert_inert(folder: Path, page: Page) -> None:
    """Nothing that was drawn runs, leaves its folder, or is more than text on the reference page.

    Args:
        folder: What was drawn.
        page: The reference page of it.
    """
    for path in folder.rglob("*"):
        assert path.resolve().is_relative_to(folder.resolve())
        if path.suffix == ".json":
            json.loads(path.read_text())
        if path.suffix == ".py" and path.parent.name == "tools":
            assert_only_tools(ast.parse(path.read_text()))
        elif path.suffix == ".py":
            assert_only_constants(ast.parse(path.read_text()))
        elif path.suffix == ".toml":
            tomllib.loads(path.read_text())
    assert page.elements.keys() <= tame().elements.keys()
    assert {name for name, _ in page.attributes} <= {name for name, _ in tame().attributes}
    assert page.code == tame().code


def assert_only_constants(module: ast.Module) -> None:
    """Imports, texts and values, no call."""
    for node in module.body:
        assert isinstance(node, ast.Expr | ast.ImportFrom | ast.Assign | ast.AnnAssign), ast.dump(node)
        assert not any(isinstance(inner, ast.Call) for inner in ast.walk(node)), ast.dump(node)
