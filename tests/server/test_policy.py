"""What is offered under which configuration."""

from typing import Any

import pytest
import tiny_package
from xo_mcp.config.config import Config, resolve
from xo_mcp.definitions import Entry, Facts
from xo_mcp.errors import ConfigError
from xo_mcp.safety.policy import Offer, asks, offer, toolsets
from xo_mcp.server.surface import cost, definition


def entries() -> list[Entry]:
    return [
        Entry(item["tool"], Facts.load(item["facts"], tag))
        for tag, items in tiny_package.definitions().items()
        for item in items
    ]


def offered(**flags: Any) -> Offer:
    return offer(entries(), resolve(flags, {}))


def names(**flags: Any) -> set[str]:
    return {entry.name for entry in offered(**flags).entries}


READS = {"list_vms", "get_vm", "get_host", "ping", "break_down", "list_archives"}
WRITES = {"start_vm", "update_vm", "add_vm_tag"}
ALL = ["all"]


def test_read_only_by_default():
    assert names(toolsets=ALL) == READS


def test_actions_come_with_a_switch_and_denied_ones_with_another():
    assert names(toolsets=ALL, enable_actions=True) == READS | WRITES | {"delete_vm"}
    assert names(toolsets=ALL, enable_actions=True, disable_destructive=True) == READS | WRITES
    assert names(toolsets=ALL, enable_actions=True, allow_denied=True) == READS | WRITES | {
        "delete_vm",
        "shutdown_host",
    }
    assert names(toolsets=ALL, allow_denied=True) == READS


def test_what_is_denied_and_destructive_needs_both():
    assert "shutdown_host" not in names(toolsets=ALL, enable_actions=True, allow_denied=True, disable_destructive=True)


def test_the_curated_tools_are_the_default_where_there_are_any():
    assert names() == {"list_vms", "get_vm"}
    assert names(surface="search") == READS
    plain = [Entry(entry.definition, Facts(effect="read")) for entry in entries()]
    assert len(offer(plain, Config()).entries) == len(plain)


def test_toolsets_are_tags_default_or_all():
    assert names(toolsets=["hosts"]) == {"get_host"}
    assert names(toolsets=["default,hosts"]) == {"list_vms", "get_vm", "get_host"}


def test_a_tool_belongs_to_every_tag_of_its_operation():
    facts = Facts.load({"tag": "alarms", "tags": ["alarms", "vms"], "effect": "read"}, "alarms")
    entry = Entry(tiny_package.tool("list_vm_alarms", None, {})["tool"], facts)
    config = resolve({"toolsets": ["vms"]}, {})
    assert [found.name for found in offer([*entries(), entry], config).entries] == [
        "list_vms",
        "get_vm",
        "list_vm_alarms",
    ]


def test_single_tools_stand_alone_or_join_toolsets():
    assert names(tools=["ping"]) == {"ping"}
    assert names(tools=["GetVm"]) == {"get_vm"}
    assert names(tools=["ping"], toolsets=["hosts"]) == {"ping", "get_host"}


def test_exclusion_wins_by_name_operation_id_and_alias():
    everything = {"toolsets": ALL, "enable_actions": True}
    assert "delete_vm" not in names(**everything, exclude_tools=["delete_vm"])
    assert "delete_vm" not in names(**everything, exclude_tools=["deletevm"])
    assert "start_vm" not in names(**everything, exclude_tools=["boot_vm"])
    assert names(tools=["ping"], exclude_tools=["Ping"]) == set()
    config = resolve({"toolsets": ALL, "enable_actions": True}, {"XO_MCP_DENY_LIST": "DeleteVm,StartVm"})
    assert {"delete_vm", "start_vm"}.isdisjoint(entry.name for entry in offer(entries(), config).entries)


@pytest.mark.parametrize(
    ("flags", "place", "nearest"),
    [
        ({"tools": ["list_vm"]}, "--tools", "list_vms"),
        ({"exclude_tools": ["DeletVm"]}, "--exclude-tools", "DeleteVm"),
        ({"tools": ["zzzz"]}, "--tools", "`xen-orchestra-mcp tools --toolsets all --enable-actions` lists them"),
        ({"toolsets": ["host"]}, "--toolsets", "hosts"),
        ({"toolsets": ["zzzz"]}, "--toolsets", "there are all, default, hosts, rest, vms"),
    ],
)
def test_an_unknown_name_is_an_error_that_lists_the_nearest(flags: dict[str, Any], place: str, nearest: str):
    with pytest.raises(ConfigError) as caught:
        offered(**flags)
    assert str(caught.value).startswith(place)
    assert nearest in str(caught.value)


def test_a_misspelled_deny_list_never_starts_with_the_tool_offered():
    with pytest.raises(ConfigError, match=r"XO_MCP_DENY_LIST.*StartVm"):
        offer(entries(), resolve({}, {"XO_MCP_DENY_LIST": "StartVM2"}))


def test_what_was_asked_for_and_is_not_offered_is_said():
    assert offered(tools=["start_vm"]).warnings == (
        "start_vm is not offered: the server was started without --enable-actions.",
    )
    assert "without --enable-actions" in offered(allow_denied=True).warnings[0]
    assert offered(enable_actions=True).warnings == ()


def test_every_absent_tool_has_its_reason():
    result = offered(toolsets=ALL, enable_actions=True, exclude_tools=["ping"])
    assert result.hidden == {
        "ping": "it is excluded",
        "shutdown_host": "Xen Orchestra keeps it from AI as dangerous, and the server was started without"
        " --allow-denied",
    }


def test_what_the_xo_lacks_is_hidden():
    result = offer(entries(), resolve({"toolsets": ALL}, {}), lambda entry: "too new" if "vm" in entry.name else None)
    assert result.hidden["list_vms"] == "too new"
    assert {entry.name for entry in result.entries} == READS - {"list_vms", "get_vm"}


@pytest.mark.parametrize(
    ("confirm", "expected"),
    [
        ("none", set[str]()),
        ("destructive", {"delete_vm", "shutdown_host"}),
        ("all", {"delete_vm", "shutdown_host"} | WRITES),
    ],
)
def test_who_is_asked(confirm: str, expected: set[str]):
    config = resolve({"confirm": confirm}, {})
    assert {entry.name for entry in entries() if asks(entry, config)} == expected


def test_toolsets_are_counted():
    assert toolsets(entries()) == {"all": 11, "default": 3, "hosts": 2, "rest": 3, "vms": 6}


def test_a_tool_that_asks_takes_a_token_in_its_schema_and_others_stay_as_they_are():
    by_name = {entry.name: entry for entry in entries()}
    config = resolve({}, {})
    asking = definition(by_name["delete_vm"], config)
    assert asking["inputSchema"]["properties"]["confirm_token"] == {"type": "string"}
    assert "confirm_token" not in by_name["delete_vm"].schema["properties"]
    assert asking["inputSchema"]["required"] == ["id"]
    assert definition(by_name["start_vm"], config) is by_name["start_vm"].definition


def test_cost_counts_what_a_model_reads():
    shown = {"name": "a", "description": "\u00e9", "inputSchema": {}, "annotations": {"readOnlyHint": True}}
    assert cost(shown) == len('{"name":"a","description":"--","inputSchema":{}}')
