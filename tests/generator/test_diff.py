"""What changed between two releases: nothing forgotten, nothing invented, judged for a tool's user."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from small_api import TEXT, Json, compared, drop, listing, schema, start, starting

from generator.compare.diff import Diff, diff
from generator.compare.diffview import markdown
from generator.compare.sides import Side


def renamed_schema(document: Json) -> None:
    text = json.dumps(document).replace("schemas/VM", "schemas/Machine")
    document.clear()
    document.update(json.loads(text))
    document["components"]["schemas"]["Machine"] = document["components"]["schemas"].pop("VM")


def inlined(document: Json) -> None:
    body = starting(document)["requestBody"]["content"]["application/json"]
    body["schema"] = schema(document, "Start")


def reversed_everywhere(document: Json) -> None:
    def turn(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: turn(value) for key, value in reversed(node.items())}
        return [turn(value) for value in reversed(node)] if isinstance(node, list) else node

    turned = turn(document)
    document.clear()
    document.update(turned)


def worded(document: Json) -> None:
    listing(document).update(summary="Lists", description="All of them", externalDocs={"url": "https://example.org"})
    listing(document)["parameters"][0]["description"] = "Which first"
    listing(document)["parameters"][0]["example"] = "up"
    listing(document)["responses"]["200"]["description"] = "Fine"
    schema(document, "VM").update(title="A VM", example={"id": "1"}, description="Runs")


@pytest.mark.parametrize("change", [worded, reversed_everywhere, renamed_schema, inlined])
def test_prose_order_and_schema_names_are_no_change(change: Callable[[Json], object]):
    found = compared(change)
    assert found.changes == ()
    assert found.level is None
    assert "No change" in markdown(found)


CASES: list[tuple[str, str, str, Callable[[Json], object]]] = [
    ("operation-added", "additive", "new tool", lambda d: d["paths"].update({"/srs": {"get": listing(d)}})),
    ("operation-removed", "breaking", "the tool was removed", lambda d: drop(d["paths"], "/vms")),
    ("operation-id", "internal", "", lambda d: listing(d).update(operationId="ListVms")),
    ("deprecated", "internal", "", lambda d: listing(d).update(deprecated=True)),
    ("exposure", "breaking", "needs --allow-denied now", lambda d: starting(d).update({"x-mcp-exposure": "deny"})),
    ("exposure", "internal", "", lambda d: starting(d).update({"x-mcp-exposure": "confirm"})),
    (
        "privilege-added",
        "breaking",
        "asks for the privilege `host:read` too",
        lambda d: starting(d)["x-privileges"].append({"resource": "host", "action": "read"}),
    ),
    ("privilege-removed", "additive", "no longer asks", lambda d: drop(starting(d), "x-privileges")),
    (
        "parameter-added",
        "additive",
        "argument `page` is new",
        lambda d: listing(d)["parameters"].append({"in": "query", "name": "page", "schema": TEXT}),
    ),
    (
        "parameter-added",
        "breaking",
        "argument `page` is new and required",
        lambda d: listing(d)["parameters"].append({"in": "query", "name": "page", "required": True, "schema": TEXT}),
    ),
    ("parameter-removed", "breaking", "argument `sort` was removed", lambda d: listing(d)["parameters"].pop(0)),
    (
        "parameter-required",
        "breaking",
        "argument `sort` must be given now",
        lambda d: listing(d)["parameters"][0].update(required=True),
    ),
    (
        "parameter-values-added",
        "additive",
        "argument `sort` takes more values: `shuffled`",
        lambda d: listing(d)["parameters"][0]["schema"]["enum"].append("shuffled"),
    ),
    (
        "parameter-values-removed",
        "breaking",
        "argument `sort` no longer takes `up`",
        lambda d: listing(d)["parameters"][0]["schema"]["enum"].remove("up"),
    ),
    (
        "parameter-values-opened",
        "additive",
        "argument `sort` takes more than",
        lambda d: drop(listing(d)["parameters"][0]["schema"], "enum"),
    ),
    (
        "parameter-type",
        "additive",
        "argument `size` takes `number`",
        lambda d: listing(d)["parameters"][1]["schema"].update(type="number"),
    ),
    (
        "parameter-type",
        "breaking",
        "argument `size` takes `string`",
        lambda d: listing(d)["parameters"][1]["schema"].update(type="string"),
    ),
    ("parameter-format", "internal", "", lambda d: listing(d)["parameters"][1]["schema"].update(format="int64")),
    (
        "parameter-format",
        "breaking",
        "argument `sort` takes the format `date-time`",
        lambda d: listing(d)["parameters"][0]["schema"].update(format="date-time"),
    ),
    (
        "parameter-limits",
        "breaking",
        "argument `size` has other bounds",
        lambda d: listing(d)["parameters"][1]["schema"].update(minimum=2),
    ),
    (
        "parameter-limits",
        "additive",
        "argument `size` has other bounds",
        lambda d: listing(d)["parameters"][1]["schema"].update(minimum=0),
    ),
    (
        "body-added",
        "additive",
        "argument `wait` is new",
        lambda d: schema(d, "Start")["properties"].update(wait={"type": "boolean"}),
    ),
    (
        "body-removed",
        "breaking",
        "argument `force` was removed",
        lambda d: drop(schema(d, "Start")["properties"], "force"),
    ),
    ("body-optional", "additive", "argument `host` may be left out", lambda d: schema(d, "Start").update(required=[])),
    (
        "body-values-closed",
        "breaking",
        "argument `host` takes only `h1` now",
        lambda d: schema(d, "Start")["properties"].update(host={"type": "string", "enum": ["h1"]}),
    ),
    (
        "response-added",
        "additive",
        "answers have `cpus` too",
        lambda d: schema(d, "VM")["properties"].update(cpus={"type": "integer"}),
    ),
    (
        "response-removed",
        "breaking",
        "answers no longer have `state`",
        lambda d: drop(schema(d, "VM")["properties"], "state"),
    ),
    (
        "response-values-added",
        "additive",
        "in answers, `state` can be `paused` too",
        lambda d: schema(d, "VM")["properties"]["state"]["enum"].append("paused"),
    ),
    (
        "response-type",
        "breaking",
        "in answers, `id` is `integer`",
        lambda d: schema(d, "VM")["properties"].update(id={"type": "integer"}),
    ),
    ("response-optional", "internal", "", lambda d: schema(d, "VM").update(required=[])),
    (
        "tags",
        "additive",
        "belongs to the toolsets `machines`, `vms` instead of `vms`",
        lambda d: listing(d).update(tags=["vms", "machines"]),
    ),
    ("tags", "breaking", "belongs to the toolsets `machines`", lambda d: listing(d).update(tags=["machines"])),
    (
        "response-status-added",
        "breaking",
        "starts a task of XO now",
        lambda d: d["paths"]["/vms/{id}/actions/start"]["post"]["responses"].update({"202": {"description": ""}}),
    ),
    (
        "parameter-limits",
        "breaking",
        "argument `size` has other bounds: exclusiveMinimum 1 instead of minimum 1",
        lambda d: listing(d)["parameters"][1]["schema"].update(exclusiveMinimum=True),
    ),
    (
        "parameter-default",
        "additive",
        "argument `sort`, when it is left out, means `up` instead of nothing",
        lambda d: listing(d)["parameters"][0]["schema"].update(default="up"),
    ),
    ("parameter-deprecated", "internal", "", lambda d: listing(d)["parameters"][0].update(deprecated=True)),
    ("body-deprecated", "internal", "", lambda d: schema(d, "Start")["properties"]["force"].update(deprecated=True)),
    (
        "body-removed",
        "breaking",
        "argument `force` was removed",
        lambda d: schema(d, "Start")["properties"]["force"].update(readOnly=True),
    ),
    (
        "response-removed",
        "breaking",
        "answers no longer have `state`",
        lambda d: schema(d, "VM")["properties"]["state"].update(writeOnly=True),
    ),
    (
        "argument-removed",
        "breaking",
        "argument `sort` was removed",
        lambda d: listing(d)["parameters"][0].update(style="deepObject"),
    ),
    (
        "body-type",
        "additive",
        "argument `host` takes `null`, `string` instead of `string`",
        lambda d: schema(d, "Start")["properties"].update(host={"type": "string", "nullable": True}),
    ),
    (
        "argument-narrowed",
        "breaking",
        "argument `disk` no longer takes every combination",
        lambda d: schema(d, "Start")["properties"]["disk"]["anyOf"][0].update(required=["size", "name"]),
    ),
    (
        "argument-widened",
        "additive",
        "argument `disk` takes combinations that it refused",
        lambda d: schema(d, "Start")["properties"]["disk"]["anyOf"][0].update(required=[]),
    ),
    (
        "body-narrowed",
        "breaking",
        "some arguments no longer go together, or need others: `host, force, mode`, `host, mode, disk`",
        lambda d: schema(d, "Start").update(
            type="object", properties={}, required=["host"], anyOf=ways(schema(d, "Start"), "disk", "force")
        ),
    ),
    (
        "operation-added",
        "internal",
        "",
        lambda d: d["paths"].update(
            {"/up": {"post": {"requestBody": {"required": True, "content": {"text/x": {}}}, "responses": {}}}}
        ),
    ),
]


def ways(whole: Json, *left_out: str) -> list[Json]:
    """A body as alternatives, each without one of its properties."""
    return [
        {"type": "object", "properties": {name: part for name, part in whole["properties"].items() if name != less}}
        for less in left_out
    ]


@pytest.mark.parametrize(
    ("kind", "level", "expected", "change"),
    CASES,
    ids=[f"{kind}-{level}-{at}" for at, (kind, level, *_) in enumerate(CASES)],
)
def test_a_change_is_found_once_and_judged(kind: str, level: str, expected: str, change: Callable[[Json], object]):
    found = compared(change)
    top = [entry for entry in found.changes if entry.kind == kind and entry.level == level]
    assert len(top) == len({entry.location for entry in top}) >= 1
    assert {entry.kind for entry in found.changes} == {kind}
    assert expected in top[0].text
    assert bool(expected) == bool(top[0].text)
    assert found.level == level
    for text in (markdown(found), json.dumps(found.as_dict())):
        assert top[0].operation in text


def test_an_answer_that_becomes_a_task_breaks_and_so_does_a_task_that_becomes_an_answer():
    started = copy.deepcopy(start())
    starting(started)["responses"] = {"202": {"description": ""}}
    for old, new, expected in (
        (start(), started, "starts a task of XO now"),
        (started, start(), "is no longer a task of XO"),
    ):
        found = diff(Side("old", old), Side("new", new))
        assert [change.text.partition(expected)[1] for change in found.of("breaking")] == [expected]
        assert {change.kind for change in found.changes} == {"response-status-added", "response-status-removed"}
        assert found.of("additive") == []


def reverted(change: Callable[[Json], object]) -> Diff:
    """A change taken back."""
    old = copy.deepcopy(start())
    change(old)
    return diff(Side("old", old), Side("new", start()))


REVERTED: list[tuple[str, str, Callable[[Json], object]]] = [
    ("argument `sort` may be left out now", "additive", lambda d: listing(d)["parameters"][0].update(required=True)),
    (
        "argument `size` has other bounds: minimum 1 instead of exclusiveMinimum 1",
        "additive",
        lambda d: listing(d)["parameters"][1]["schema"].update(exclusiveMinimum=True),
    ),
    (
        "argument `sort`, when it is left out, means nothing instead of `up`",
        "breaking",
        lambda d: listing(d)["parameters"][0]["schema"].update(default="up"),
    ),
    ("", "internal", lambda d: listing(d)["parameters"][0].update(deprecated=True)),
    ("argument `force` is new", "additive", lambda d: schema(d, "Start")["properties"]["force"].update(readOnly=True)),
    ("answers have `state` too", "additive", lambda d: schema(d, "VM")["properties"]["state"].update(writeOnly=True)),
    ("argument `sort` is new", "additive", lambda d: listing(d)["parameters"][0].update(style="deepObject")),
    (
        "argument `host` takes `string` instead of `null`, `string`",
        "breaking",
        lambda d: schema(d, "Start")["properties"].update(host={"type": "string", "nullable": True}),
    ),
    ("", "internal", lambda d: listing(d).update(deprecated=True)),
]


@pytest.mark.parametrize(
    ("expected", "level", "change"), REVERTED, ids=[expected or "untold" for expected, *_ in REVERTED]
)
def test_a_change_that_is_taken_back_is_judged_the_other_way_round(
    expected: str, level: str, change: Callable[[Json], object]
):
    found = reverted(change)
    assert [(entry.level, entry.text) for entry in found.changes if entry.text or not expected] == [(level, expected)]
