"""What changed between two releases: nothing forgotten, nothing invented, judged for a tool's user."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.compare.diff import Change, Diff, diff
from generator.compare.diffview import markdown
from generator.compare.sides import Side
from generator.model.conventions import Shared
from generator.model.decisions import OperationOverride
from generator.model.overrides import Overrides

Json = dict[str, Any]
TEXT = {"type": "string"}


def start() -> Json:
    """A small API with one of everything that can change."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/vms": {
                "get": {
                    "operationId": "GetVms",
                    "tags": ["vms"],
                    "parameters": [
                        {"in": "query", "name": "sort", "schema": {"type": "string", "enum": ["up", "down"]}},
                        {"in": "query", "name": "size", "schema": {"type": "integer", "minimum": 1, "format": "int32"}},
                    ],
                    "responses": {"200": _json({"type": "array", "items": {"$ref": "#/components/schemas/VM"}})},
                }
            },
            "/vms/{id}/actions/start": {
                "post": {
                    "operationId": "StartVm",
                    "tags": ["vms"],
                    "x-mcp-exposure": "allow",
                    "x-privileges": [{"resource": "vm", "action": "start"}],
                    "parameters": [{"in": "path", "name": "id", "required": True, "schema": TEXT}],
                    "requestBody": {"required": True, **_json({"$ref": "#/components/schemas/Start"})},
                    "responses": {"204": {"description": ""}},
                }
            },
        },
        "components": {
            "schemas": {
                "VM": {
                    "type": "object",
                    "properties": {
                        "id": TEXT,
                        "state": {"type": "string", "enum": ["on", "off"]},
                        "host": {"$ref": "#/components/schemas/Host"},
                    },
                    "required": ["id"],
                },
                "Host": {"type": "object", "properties": {"name": TEXT, "vms": {"$ref": "#/components/schemas/VM"}}},
                "Start": {
                    "type": "object",
                    "properties": {"host": TEXT, "force": {"type": "boolean"}, "mode": {"enum": ["a", "b"], **TEXT}},
                    "required": ["host"],
                },
            }
        },
    }


def _json(schema: Json) -> Json:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def compared(change: Callable[[Json], object], overrides: Overrides | None = None) -> Diff:
    new = copy.deepcopy(start())
    change(new)
    overrides = overrides or Overrides()
    return diff(Side("old", start(), overrides), Side("new", new, overrides))


def listing(document: Json) -> Json:
    result: Json = document["paths"]["/vms"]["get"]
    return result


def starting(document: Json) -> Json:
    result: Json = document["paths"]["/vms/{id}/actions/start"]["post"]
    return result


def schema(document: Json, name: str) -> Json:
    result: Json = document["components"]["schemas"][name]
    return result


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


def drop(node: Json, *keys: str) -> None:
    for key in keys:
        del node[key]


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


def named(document: Json, answer: Json) -> Side:
    """The list under a name of ours, with another answer."""
    listing(document)["responses"] = {"200": {"description": "", "content": answer}}
    return Side("x", document, Overrides(operations={"GET /vms": OperationOverride(name="the_vms")}))


def test_a_tool_that_makes_another_kind_of_call_breaks_though_its_name_stays():
    as_file = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    found = diff(named(start(), _json({"type": "array"})["content"]), named(start(), as_file))
    assert [(entry.kind, entry.text) for entry in found.of("breaking") if entry.tools] == [
        ("tool-kind", "is another kind of call: `download` instead of `read`")
    ]


def test_a_body_that_becomes_one_argument_takes_the_others_away():
    found = compared(lambda d: schema(d, "Start").update(additionalProperties=True))
    assert {entry.text for entry in found.of("breaking")} == {
        "argument `body` is new",
        *(f"argument `{name}` was removed" for name in ("force", "host", "mode")),
    }


def test_an_argument_that_can_no_longer_be_sent_was_removed_and_did_not_change():
    found = compared(lambda d: listing(d)["parameters"][0].update(schema={"type": "object", "properties": {"a": TEXT}}))
    assert [entry.text for entry in found.changes if entry.text] == ["argument `sort` was removed"]


def test_deprecating_takes_a_tool_away_where_our_rule_drops_it():
    rule = Overrides(Shared(drop_deprecated="gone soon"))
    found = compared(lambda d: listing(d).update(deprecated=True), rule)
    assert [(entry.kind, entry.level) for entry in found.changes] == [("deprecated", "breaking")]
    assert found.changes[0].text == "the tool was removed: XO deprecated its operation"


def move(document: Json, old: str, new: str) -> Json:
    document["paths"][new] = document["paths"].pop(old)
    result: Json = document["paths"][new]
    return result


def test_a_moved_operation_is_no_loss():
    def change(document: Json) -> None:
        move(document, "/vms/{id}/actions/start", "/vms/{vmId}/actions/boot")["post"]["parameters"][0]["name"] = "vmId"

    found = {entry.kind: entry for entry in compared(change).changes}
    assert set(found) == {"operation-moved", "tool-renamed", "parameter-renamed"}
    assert found["operation-moved"].old == "POST /vms/{id}/actions/start"
    assert found["operation-moved"].level == "internal"
    assert found["tool-renamed"].text == "was called `start_vm`; the old name was removed"
    assert found["parameter-renamed"].text == "argument `id` is called `vmId` now"


def test_a_rename_with_an_alias_breaks_nothing():
    decided = {"POST /vms/{id}/actions/boot": OperationOverride(aliases=["start_vm"])}
    overrides = Overrides(operations=decided)
    old, new = Side("old", start()), copy.deepcopy(start())
    move(new, "/vms/{id}/actions/start", "/vms/{id}/actions/boot")
    found = diff(old, Side("new", new, overrides))
    assert found.level == "additive"
    assert [entry.text for entry in found.changes if entry.text] == ["was called `start_vm`; the old name still works"]


def test_the_same_schema_under_another_path_and_id_is_a_move_when_the_paths_are_alike():
    def change(document: Json) -> None:
        move(document, "/vms", "/vms-all")["get"]["operationId"] = "GetAllVms"

    assert {entry.kind for entry in compared(change).changes} >= {"operation-moved", "operation-id"}

    def unlike(document: Json) -> None:
        drop(document["paths"], "/vms")
        document["paths"]["/pools/{id}"] = {"delete": {"operationId": "x", "responses": {"204": {"description": ""}}}}

    assert {entry.kind for entry in compared(unlike).changes} == {"operation-removed", "operation-added"}


def test_what_a_hostile_document_says_stays_text():
    def change(document: Json) -> None:
        starting(document)["x-privileges"].append({"resource": "a`|<b>\n# x", "action": "`"})
        schema(document, "Start")["properties"]["`](http://x)\n\n# y"] = {"type": "boolean"}

    text = markdown(compared(change))
    assert "\n# x" not in text
    assert "\n# y" not in text


def test_a_document_no_tool_can_be_made_of_is_still_compared():
    broken = copy.deepcopy(start())
    del listing(broken)["operationId"]
    old = copy.deepcopy(broken)
    broken["paths"]["/vms/"] = {"get": listing(broken)}
    found = diff(Side("old", old), Side("new", broken))
    assert [(entry.kind, entry.level) for entry in found.changes] == [("operation-added", "additive")]
    assert all(isinstance(entry, Change) for entry in found.changes)
