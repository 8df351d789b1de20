"""What two releases change of tools: other calls, other names, arguments that go with them; hostile documents too."""

import copy

from small_api import TEXT, Json, compared, drop, json_body, listing, schema, start, starting

from generator.compare.diff import Change, diff
from generator.compare.diffview import markdown
from generator.compare.sides import Side
from generator.model.conventions import Shared
from generator.model.decisions import OperationOverride
from generator.model.overrides import Overrides


def under_our_name(document: Json, answer: Json) -> Side:
    """The list under a name of ours, with another answer."""
    listing(document)["responses"] = {"200": {"description": "", "content": answer}}
    return Side("x", document, Overrides(operations={"GET /vms": OperationOverride(name="the_vms")}))


def test_a_tool_that_makes_another_kind_of_call_breaks_though_its_name_stays():
    as_file = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    found = diff(under_our_name(start(), json_body({"type": "array"})["content"]), under_our_name(start(), as_file))
    assert [(entry.kind, entry.text) for entry in found.of("breaking") if entry.tools] == [
        ("tool-kind", "is another kind of call: `download` instead of `read`")
    ]


def test_a_body_that_becomes_one_argument_takes_the_others_away():
    found = compared(lambda d: schema(d, "Start").update(additionalProperties=True))
    assert {entry.text for entry in found.of("breaking")} == {
        "argument `body` is new",
        *(f"argument `{name}` was removed" for name in ("disk", "force", "host", "mode")),
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


def test_an_answer_that_is_gone_breaks_and_the_same_under_another_status_does_not():
    made = {"type": "object", "properties": {"id": {"type": "string"}}}
    answers = ({"201": json_body(made)}, {"200": json_body(made)}, {"201": {"description": ""}})
    old, moved, gone = (Side("x", {**start(), "paths": {"/a": {"post": {"responses": each}}}}) for each in answers)
    assert diff(old, moved).level == "internal"
    assert [entry.text for entry in diff(old, gone).of("breaking")] == ["no longer answers with data"]
    assert [entry.text for entry in diff(gone, old).of("additive")] == ["answers with data now"]


def test_what_a_new_body_requires_need_not_be_given_where_the_body_need_not():
    schema = {"type": "object", "required": ["why"], "properties": {"why": {"type": "string"}}}
    old, new = ({"responses": {}}, {"responses": {}, "requestBody": json_body(schema)})
    sides = [Side("x", {**start(), "paths": {"/a": {"post": each}}}) for each in (old, new)]
    (change,) = diff(*sides).of("additive")
    assert change.text == "argument `why` is new"
