"""Whatever a document or an override says, what is rendered is inert, or a named error says why nothing was."""

import contextlib
import copy
import json
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inert import Page, assert_inert
from pets import document, places

from generator.errors import GeneratorError
from generator.facts.document import parse_document
from generator.facts.facts import import_document
from generator.model.builder import build_model
from generator.model.model import Model
from generator.model.overrides import Overrides, load_overrides
from generator.rendering.output import TEMPLATES
from generator.rendering.render import SUFFIX, Renderer, render_page

OVERRIDES: dict[str, Any] = {
    "description": "Pets - all of them.",
    "operations": {
        "GET /pets/{id}": {
            "name": "get_pet",
            "title": "Get pet",
            "description": "Says all about one pet that has a name and an id.",
            "kind": "read",
            "effect": "read",
            "idempotent": True,
            "denied": {"because": "payload", "why": "It tells only names."},
            "default": True,
            "synonyms": ["cat"],
            "aliases": ["read_pet"],
            "arguments": {
                "id": "Id (list_pets)",
                "words": {"description": "Words", "schema": {"type": "string"}, "default": "*", "required": False},
            },
            "query": {"full": True},
        },
        "POST /pets": {
            "kind": "action",
            "creates": "/pets/{id}",
            "arguments": {"body": {"description": "A pet", "required": True}},
            "final_state": {"name": "new"},
        },
        "DELETE /pets/{id}": {"drop": "Nobody deletes pets."},
    },
    "local_tools": {
        "count_pets": {
            "kind": "read_events",
            "title": "Count pets",
            "description": "Counts every pet there is, by kind and by age.",
            "effect": "read",
            "idempotent": True,
            "arguments": {"kind": {"schema": {"type": "string", "enum": ["cat", "dog"]}}},
        }
    },
}
SHARED: dict[str, Any] = {
    "conventions": {
        "list_parameters": ["full", "limit"],
        "task_status": "202",
        "absorbed": {"limit": "The library cuts."},
        "record_wrappers": ["Unbranded"],
        "verbs": {"start": "write"},
    },
    "arguments": {"id": {"description": "Which one"}},
    "described_in_instructions": ["words"],
}
HOSTILE = st.sampled_from(
    (
        '"""\nraise SystemExit(1)\n"""',
        "'''\\",
        "\\",
        "\\N{DIGIT ONE}",
        "{{ 7*7 }}{% raise %}",
        "</script><script>alert(1)</script><!--",
        '" onload="alert(1)',
        "../../../etc/passwd",
        "__import__('os').system('touch pwned')",
        "__proto__",
        "class",
        "self",
        "api",
        "a\x00b",
        "\u202e\u2028\ufeff",
        "\ud800",
        "x" * 5000,
        "- `|<b>]\n\n# ",
    )
)
TEXTS = HOSTILE | st.text(max_size=12)
KEYS = HOSTILE | st.sampled_from(
    ("$ref", "type", "properties", "items", "required", "allOf", "anyOf", "enum", "default", "nullable", "schema")
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | TEXTS | st.just("#/components/schemas/Pet"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
Change = tuple[tuple[Any, ...], Any, str | None]


def changes_of(whole: Any) -> st.SearchStrategy[list[Change]]:
    """Other texts where texts are, now and then anything anywhere, or another key."""
    everywhere = list(places(whole))
    texts = [path for path in everywhere if isinstance(at(whole, path), str)]
    text = st.tuples(st.sampled_from(texts), TEXTS, st.none())
    anything = st.tuples(st.sampled_from(everywhere), VALUES, st.none() | TEXTS)
    return st.lists(st.one_of(text, text, text, anything), min_size=1, max_size=3)


def at(whole: Any, path: Iterable[Any]) -> Any:
    for part in path:
        whole = whole[part]
    return whole


def changed(whole: Any, changes: Iterable[Change]) -> Any:
    """A copy with other values, or other keys, in some places; an earlier change may have taken a place away."""
    result = copy.deepcopy(whole)
    for (*path, last), value, key in changes:
        node = result
        for part in path:
            node = node[part] if holds(node, part) else None
        if not holds(node, last):
            continue
        if key is None or isinstance(node, list):
            node[last] = value
        else:
            node[key] = node.pop(last)
    return result


def holds(node: Any, part: Any) -> bool:
    if isinstance(node, list):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node


@cache
def drawn_only() -> Path:
    """The templates without the files that are copied as they are: drawing takes no time then."""
    folder = Path(tempfile.mkdtemp())
    for path in TEMPLATES.rglob(f"*{SUFFIX}"):
        target = folder / path.relative_to(TEMPLATES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


def assert_drawn_inert(model: Model) -> None:
    with tempfile.TemporaryDirectory() as folder:
        renderer = Renderer(model, drawn_only(), Path(folder))
        renderer.render_package()
        renderer.render_pages()
        assert_inert(Path(folder), Page(render_page(model)))


@given(changes_of(document()))
@settings(max_examples=250)
def test_a_document_with_anything_anywhere(changes: list[Change]):
    try:
        text = json.dumps(changed(document(), changes))
        facts, _ = import_document(parse_document(text.encode(), "spec.json"), "spec.json")
        model = build_model([facts], Overrides())
    except GeneratorError:
        return
    assert_drawn_inert(model)


@cache
def pets() -> dict[str, Any]:
    pets = document()
    paths = pets["paths"]
    paths["/pets/{id}"]["get"]["parameters"] += [
        {"in": "query", "name": name, "schema": {"type": "string"}} for name in ("words", "full", "limit")
    ]
    paths["/pets/actions/start"] = {"post": {"responses": {"204": {"description": ""}}}}
    return import_document(pets, "spec.json")[0]


def decided(**files: str) -> Model:
    """The model that overrides in these files give."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, f"{name}.yaml").write_text(text, "utf-8", "surrogatepass")
        return build_model([pets()], load_overrides(Path(folder)))


def test_the_overrides_that_are_changed_here_are_right():
    model = decided(pets=json.dumps(OVERRIDES), _shared=json.dumps(SHARED))
    assert {tool.name for tool in model.tools} >= {"count_pets"}
    assert_drawn_inert(model)


@given(changes_of(OVERRIDES), changes_of(SHARED) | st.just([]))
@settings(max_examples=250)
@example([(("local_tools", "count_pets", "arguments", "kind"), None, '"""\nraise SystemExit(1)')], [])
@example([(("local_tools", "count_pets", "arguments", "kind", "schema", "type"), [None], None)], [])
def test_overrides_with_anything_anywhere(own: list[Change], shared: list[Change]):
    try:
        model = decided(pets=json.dumps(changed(OVERRIDES, own)), _shared=json.dumps(changed(SHARED, shared)))
    except GeneratorError:
        return
    assert_drawn_inert(model)


@pytest.mark.parametrize("name", ["pets", "_shared"])
@given(text=st.text(alphabet="{}[]:,&*!|>-?#%@`'\" \n\tabn01.~<=", max_size=80) | st.text(max_size=40))
@settings(max_examples=150)
def test_no_text_of_markup_crashes_the_reader_of_overrides(name: str, text: str):
    with contextlib.suppress(GeneratorError):
        assert decided(**{name: text}).tools
