"""A tool as an older release has it: without what came later, with what that release asks for."""

import json
from typing import Any

import pytest
from newest import NEWEST
from xo_mcp.definitions import Entry, Facts, load_entries
from xo_mcp.releases.capabilities import Capabilities, newer
from xo_mcp.releases.pruning import as_earlier, prune


@pytest.mark.parametrize(
    ("since", "release", "lacks"),
    [
        ("6.5", "6.4", True),
        ("6.5", "6.5", False),
        ("90.5", "90.10", False),
        ("90.10", "90.9", True),
        ("5.112", "6.0", False),
        ("6.1.2", "6.1", False),
        ("6.1.2", "6.1.1", True),
        ("6.1", "6.1.0", False),
        ("6.7", "5.112", True),
        (None, "5.0", False),
    ],
)
def test_releases_are_compared_by_their_numbers(since: str | None, release: str, lacks: bool):
    assert (newer(since, release) is not None) is lacks


def late_tool(**facts: object) -> Entry:
    """A tool with arguments and values of different ages."""
    properties = {
        "id": {"type": "string"},
        "force": {"type": "boolean"},
        "format": {"type": "string", "enum": ["xva", "ova"]},
        "vdis": {
            "type": "array",
            "items": {"anyOf": [{"type": "object", "properties": {"size": {"type": "number"}, "sr": {}}}, {}]},
        },
        "level": {"type": "integer", "enum": [1, 2]},
        "other_config": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    schema = {"type": "object", "properties": properties, "required": ["id"], "additionalProperties": False}
    usual = {
        "operation": "POST /vms",
        "since": "6.0",
        "arguments_since": {"force": "6.4", "vdis[].size": "6.2", "other_config.*": "6.5"},
        "values_since": {"format": {"6.3": ["ova"]}, "level": {"6.6": ["2"]}},
    }
    return Entry({"name": "make_vm", "inputSchema": schema}, Facts.load({**usual, **facts}, "vms"))


def test_arguments_and_values_that_came_later_are_taken_out():
    entry = late_tool()
    before = json.dumps(entry.definition)
    old = Capabilities("6.1").fitted(entry).schema["properties"]
    assert "force" not in old
    assert old["format"]["enum"] == ["xva"]
    assert old["level"]["enum"] == [1]
    assert old["vdis"]["items"]["anyOf"][0]["properties"] == {"sr": {}}
    assert old["other_config"] == {"type": "object"}
    middle = Capabilities("6.4").fitted(entry).schema["properties"]
    assert "force" in middle
    assert middle["format"]["enum"] == ["xva", "ova"]
    assert middle["level"]["enum"] == [1]
    assert Capabilities(NEWEST.name).fitted(entry) is entry
    assert json.dumps(entry.definition) == before


def test_a_tool_that_needs_a_later_argument_is_hidden():
    entry = late_tool(arguments_since={"id": "6.4"})
    assert Capabilities("6.3").lacks(entry) == "its argument id came with XO 6.4"
    assert Capabilities("6.3", operations={"POST /vms"}).lacks(entry) == "its argument id came with XO 6.4"
    assert Capabilities("6.4").lacks(entry) is None


def test_pruning_reaches_into_a_list_that_may_be_null():
    disks = {"type": "array", "items": {"type": "object", "properties": {"size": {}, "sr": {}}}}
    schema = {"type": "object", "properties": {"vdis": {"anyOf": [disks, {"type": "null"}]}}}
    pruned = prune(schema, ["vdis[].size"], {})["properties"]["vdis"]["anyOf"]
    assert pruned[0]["items"]["properties"] == {"sr": {}}


def test_pruning_what_is_not_there_changes_nothing():
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    assert prune(schema, ["gone", "gone.deeper", "id.x", "list[].x"], {"gone": ["a"], "id": ["b"]}) == schema


def test_tools_of_plugins_depend_on_the_plugin_not_on_the_release():
    entry = late_tool(operation="GET /plugins/audit/records", plugin="audit", since=None, arguments_since={})
    assert Capabilities("5.110").lacks(entry) is None
    assert Capabilities(NEWEST.name, {"GET /vms"}, {"audit"}).lacks(entry) is None
    assert Capabilities(NEWEST.name, {"GET /vms"}, set()).lacks(entry) == "this XO does not run the plugin audit"
    own = late_tool(operation=None, since=None, arguments_since={})
    assert Capabilities("5.110", set(), set()).lacks(own) is None


def real(name: str) -> Entry:
    return next(entry for entry in load_entries() if entry.name == name)


def arguments_at(release: str, name: str) -> dict[str, Any]:
    return Capabilities(release).fitted(real(name)).schema


@pytest.mark.parametrize("name", ["export_vm_xva", "export_vm_snapshot", "export_vm_template"])
def test_an_argument_of_another_type_is_offered_as_that_release_wants_it(name: str):
    now, then = (arguments_at(release, name)["properties"]["compress"] for release in ("6.6", "6.5"))
    assert now["enum"] == ["gzip", "zstd"]
    assert then == {"type": "boolean", "description": now["description"]}
    assert arguments_at("5.111", name)["properties"]["compress"]["type"] == "boolean"


def test_an_argument_is_required_where_only_that_release_asks_for_it():
    assert "other_config" in arguments_at("6.4", "create_vdi")["required"]
    assert "other_config" not in arguments_at("6.5", "create_vdi")["required"]


def test_what_was_enumerated_once_is_offered_so_to_those_releases_alone():
    now, then, before = (arguments_at(release, "create_auth_token") for release in ("6.1.2", "6.0", "5.111"))
    assert then["properties"]["client"]["properties"]["id"]["enum"] == ["string"]
    assert "enum" not in now["properties"]["client"]["properties"]["id"]
    assert "enum" not in before["properties"].get("client", {}).get("properties", {}).get("id", {})


def test_what_only_the_changelog_says_is_hidden_from_older_releases():
    for name, argument, since, before in (
        ("snapshot_vm", "name_label", "6.4", "6.3"),
        ("start_vm", "hostId", "6.1.2", "6.0"),
    ):
        assert argument in arguments_at(since, name)["properties"]
        assert argument not in arguments_at(before, name)["properties"]


def test_retyping_and_requiring_reach_inside():
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "string", "enum": ["x"]}}}},
            "c": {"type": "string"},
        },
        "required": ["c"],
    }
    demands = [
        {"argument": "a[].b", "type": "integer|null"},
        {"argument": "a[].b", "required": True},
        {"argument": "c", "required": False},
    ]
    found = as_earlier(schema, demands)
    item = found["properties"]["a"]["items"]
    assert item["properties"]["b"] == {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    assert item["required"] == ["b"]
    assert "required" not in found
    assert "a" not in as_earlier(schema, [{"argument": "a", "type": "object"}])["properties"]
    assert as_earlier(schema, [{"argument": "a[].b", "value": "y"}])["properties"]["a"]["items"]["properties"]["b"][
        "enum"
    ] == ["x", "y"]
