"""Any two releases held against each other: what the kept history tells of arguments, values, fields and tools."""

from itertools import pairwise
from typing import Any

import pytest

from generator.compare.sides import load_side
from generator.history.history import History, load_history
from generator.history.tracing import trace
from generator.layout import OVERRIDES, SPECS
from generator.model.builder import build_model
from generator.model.comparison import Comparison
from generator.model.overrides import load_overrides
from generator.specs.specs import load_documents, newest_spec


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    model = build_model(load_documents(newest_spec(SPECS)), load_overrides(OVERRIDES), load_history(SPECS))
    return model.comparison


def there(row: dict[str, Any], release: int) -> bool:
    return sum(index <= release for index in row["there"]) % 2 == 1


def test_the_tools_of_every_release_are_those_a_build_of_it_has(comparison: Comparison):
    history, overrides = comparison.history, load_overrides(OVERRIDES)
    differing = {row["tool"] for row in comparison.data["rows"] if row["there"] != [0]}
    for index, release in enumerate(comparison.releases):
        side = load_side(release, SPECS, overrides, history)
        # An operation that XO moved is another one to the history, whatever its tool is called.
        keys = {tool.key for tool in comparison.tools}
        built = {str(tool.name) for key in history.operations if key in keys for tool in side.tools(key)}
        shown = {row["tool"] for row in comparison.data["rows"] if there(row, index)}
        today = {str(tool.name) for tool in comparison.tools}
        assert differing & built & today == differing & shown & today


def operation(*, outputs: dict[str, Any] | None = None, **raw: Any) -> dict[str, Any]:
    answer = {"content": {"application/json": {"schema": {"type": "object", "properties": outputs or {}}}}}
    return {"paths": {"/a": {"get": {"responses": {"200": answer}, **raw}}}}


def query(name: str, *values: str, required: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", **({"enum": list(values)} if values else {})}
    return {"in": "query", "name": name, "required": required, "schema": schema}


def traced(*documents: dict[str, Any]) -> History:
    return trace((f"1.{number}", document) for number, document in enumerate(documents))


def features(*documents: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return traced(*documents).operations["GET /a"].features


def test_what_comes_goes_and_comes_back_is_kept():
    with_x, without = operation(parameters=[query("x")]), operation()
    assert features(without, with_x, without, with_x) == {"argument query.x": ("1.1", "1.2", "1.3")}


def test_what_is_always_there_is_left_out_and_what_an_argument_brings_belongs_to_it():
    first = operation(parameters=[query("x", "one")])
    second = operation(parameters=[query("x", "one", "two"), query("y", "three", required=True)])
    assert features(first, second) == {
        "argument query.y": ("1.1",),
        "required query.y": ("1.1",),
        "value query.x=two": ("1.1",),
    }


def test_an_enumeration_that_closes_takes_the_same_values_as_before():
    first, second = operation(parameters=[query("x")]), operation(parameters=[query("x", "one")])
    assert features(first, second) == {"limited query.x": ("1.1",)}


def test_fields_within_a_new_field_belong_to_it():
    inner = {"type": "object", "properties": {"b": {"type": "string"}}}
    assert features(operation(), operation(outputs={"a": inner})) == {"field a": ("1.1",)}
    bare = {"type": "object", "properties": {}}
    assert features(operation(outputs={"a": bare}), operation(outputs={"a": inner})) == {"field a.b": ("1.1",)}


def test_what_xo_did_not_say_yet_is_no_difference():
    start, stop = ({"resource": "vm", "action": action} for action in ("start", "stop"))
    silent = operation()
    first = operation(**{"x-privileges": [start], "x-mcp-exposure": "allow"})
    second = operation(**{"x-privileges": [start, stop], "x-mcp-exposure": "deny"})
    assert features(silent, first, second) == {"privilege vm:stop": ("1.2",), "denied": ("1.2",)}


def test_a_deprecated_operation_has_no_tool_and_what_is_gone_keeps_its_name():
    first = operation(parameters=[query("old")])
    history = traced(first, operation(), operation(deprecated=True), operation())
    model = build_model([operation()], load_overrides(None), history)
    (row,) = model.comparison.data["rows"]
    assert row == {"tool": "get_a", "key": "GET /a", "there": [0, 2, 3], "features": [["argument", "old", 0, 1]]}


def test_the_rows_hold_only_what_differs(comparison: Comparison):
    for row in comparison.data["rows"]:
        assert row["there"] != [0] or row["features"]
        for kind, name, *indexes in row["features"]:
            assert name or kind in {"deprecated", "denied"}
            assert all(one < other for one, other in pairwise(indexes))
