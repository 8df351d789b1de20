"""The whole committed inventory: unique names, explicit hints, portable schemas, a function behind every name."""

import importlib
import inspect
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from generator.api.portable import problems
from generator.rendering.verify import hold

ROOT = Path(__file__).resolve().parent.parent.parent
DEFINITIONS = ROOT / "generated" / "xo_mcp" / "definitions"
FILES = sorted(DEFINITIONS.glob("*.json"))
ENTRIES: list[dict[str, Any]] = [entry for path in FILES for entry in json.loads(path.read_text())["tools"]]
CAREFUL = {"destructive", "grants_access"}
"""Effects that are announced to clients as destructive, so that a person is asked."""
ANNOTATIONS = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}


def test_names_and_aliases_are_unique():
    names = [name for entry in ENTRIES for name in (entry["tool"]["name"], *entry["facts"].get("aliases", ()))]
    assert sorted(names) == sorted(set(names))


def complaints(entry: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a definition and its hints."""
    yield from problems(entry["tool"])
    hints, effect = entry["tool"]["annotations"], entry["facts"]["effect"]
    if hints.keys() != ANNOTATIONS or not all(isinstance(value, bool) for value in hints.values()):
        yield f"hints {hints}"
    # What run_on_many calls may destroy, though it destroys nothing by itself.
    elif (hints["readOnlyHint"], hints["destructiveHint"]) != (
        effect == "read",
        effect in CAREFUL or entry["facts"].get("kind") == "run_on_many",
    ):
        yield f"hints {hints} of what is {effect}"


def test_schemas_are_portable_and_hints_are_explicit():
    found = {entry["tool"]["name"]: list(complaints(entry)) for entry in ENTRIES}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_planted_wrong_hints_are_found():
    (read, *_) = (entry for entry in ENTRIES if entry["facts"]["effect"] == "read")
    hints = read["tool"]["annotations"]
    for wrong in ({**hints, "destructiveHint": True}, {**hints, "readOnlyHint": None}, {"readOnlyHint": True}):
        assert list(complaints({**read, "tool": {**read["tool"], "annotations": wrong}}))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_definition_has_its_function(path: Path):
    content = json.loads(path.read_text())
    assert hold(content, path.stem) == len(content["tools"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_function_has_its_definition(path: Path):
    content = json.loads(path.read_text())
    module = importlib.import_module(f"xo_mcp.tools.{path.stem}")
    functions = {name for name, value in vars(module).items() if inspect.iscoroutinefunction(value)}
    assert functions == {entry["tool"]["name"] for entry in content["tools"]}


def test_a_planted_bad_schema_is_found():
    properties = {"title": {"title": "x"}, "size": {"type": ["number", "null"]}}
    bad = {"name": "Bad-Name", "inputSchema": {"type": "array", "anyOf": [], "properties": properties}}
    found = " ".join(problems(bad))
    complaints = ("Bad-Name", "not an object", "anyOf at the root", "free keys", "title at inputSchema.title")
    for complaint in (*complaints, "a list of types at inputSchema.size"):
        assert complaint in found


def test_no_two_tools_are_distinguished_by_name_only():
    for one, other in combinations(ENTRIES, 2):
        assert one["tool"]["description"] != other["tool"]["description"], one["tool"]["name"]
