"""Text from a spec leaves only as inert Python, Markdown or TOML."""

import ast
import tomllib

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.names.pytext import code, docstring, literal, markdown, toml

TEXTS = st.text(max_size=40)


@given(TEXTS)
@example('"""')
@example("\\")
@example('ends with "')
@example('\\"""\nraise SystemExit(1)')
def test_a_docstring_is_one_constant(text: str):
    source = f'def f():\n    """{docstring(text)}\n    """\n    return 1\n'
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert len(function.body) == 2
    read = ast.get_docstring(function, clean=False) or ""
    assert [line.strip() for line in read.split()] == [line.strip() for line in text.split()]


@given(TEXTS)
def test_a_literal_reads_back(text: str):
    assert ast.literal_eval(literal({text: [text]})) == {text: [text]}


@given(TEXTS)
@example("| a | b |")
@example("<script>alert(1)</script>")
@example("![x](y)")
def test_a_cell_is_text_only(text: str):
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(f"| a |\n|---|\n| x {markdown(text)} x |\n")
    assert [token.type for token in tokens].count("td_open") == 1
    cell = next(token for token in tokens if token.type == "inline" and token.content.startswith("x "))
    kinds = {child.type for child in cell.children or ()}
    assert kinds <= {"text", "text_special"}


@given(TEXTS)
@example("`")
@example("``|``")
def test_code_is_one_span(text: str):
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| a |\n|---|\n| {code('x' + text + 'x')} |\n")
    assert [token.type for token in tokens].count("td_open") == 1
    cell = [token for token in tokens if token.type == "inline"][1]
    kinds = [child.type for child in cell.children or ()]
    assert set(kinds) <= {"text", "text_special"} if "<" in text else kinds == ["code_inline"]


@given(TEXTS)
def test_toml_reads_back(text: str):
    assert tomllib.loads(f"a = {toml(text)}")["a"] == text
