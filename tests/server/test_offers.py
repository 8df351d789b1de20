"""What an operator reads about tools that are not offered, and about settings that name none."""

import re
from typing import Any

import pytest
import tiny_package
from xo_mcp.config.config import Config, resolve
from xo_mcp.definitions import Entry, Facts, load_entries
from xo_mcp.errors import ConfigError
from xo_mcp.safety.policy import Offer, offer

ENTRIES = [
    Entry(item["tool"], Facts.load(item["facts"], tag))
    for tag, items in tiny_package.definitions().items()
    for item in items
]
_TOOLSETS = re.compile(r"none of the chosen toolsets: --toolsets (\S+) adds it")


def offered(config: Config) -> Offer:
    return offer(ENTRIES, config)


@pytest.mark.parametrize(
    ("tool", "flags", "reason"),
    [
        ("get_host", {"toolsets": ["vms"]}, "it is in none of the chosen toolsets: --toolsets vms,hosts adds it"),
        ("start_vm", {}, "the server was started without --enable-actions"),
        (
            "delete_vm",
            {"enable_actions": True, "disable_destructive": True},
            "the server was started with --disable-destructive",
        ),
    ],
)
def test_the_reason_names_the_switch(tool: str, flags: dict[str, Any], reason: str):
    assert offered(resolve({"toolsets": ["all"], **flags}, {})).hidden[tool] == reason


@pytest.mark.parametrize("flags", [{}, {"toolsets": ["default", "hosts"]}, {"tools": ["get_vm"]}])
def test_the_toolsets_that_a_reason_names_add_the_tool_and_keep_the_others(flags: dict[str, Any]):
    entries = load_entries()
    before = offer(entries, resolve({**flags, "enable_actions": True}, {}))
    named = {tool: _TOOLSETS.search(reason) for tool, reason in before.hidden.items()}
    wider = {found[1]: tool for tool, found in named.items() if found}
    assert len(wider) > 1
    for toolsets, tool in wider.items():
        after = offer(entries, resolve({**flags, "toolsets": [toolsets], "enable_actions": True}, {}))
        assert {tool, *(entry.name for entry in before.entries)} <= {entry.name for entry in after.entries}


@pytest.mark.parametrize(
    ("config", "place"),
    [
        (resolve({}, {"XO_MCP_TOOLSETS": "zzzz"}), "XO_MCP_TOOLSETS"),
        (resolve({"toolsets": ["zzzz"]}, {"XO_MCP_TOOLSETS": "vms"}), "--toolsets"),
        (Config(toolsets=("zzzz",)), "--toolsets"),
        (resolve({}, {"XO_MCP_TOOLS": "zzzz"}), "XO_MCP_TOOLS"),
        (Config(tools=("zzzz",)), "tools"),
        (Config(exclude_tools=("zzzz",)), "exclude_tools"),
        (Config(deny_list=("zzzz",)), "deny_list"),
    ],
)
def test_a_mistake_is_reported_by_the_setting_it_is_in(config: Config, place: str):
    with pytest.raises(ConfigError, match=rf"^{place}: there is no (toolset|tool or operationId) 'zzzz'"):
        offered(config)


@pytest.mark.parametrize(
    ("flags", "warnings"),
    [
        ({}, ()),
        ({"allow_denied": True}, ("--allow-denied does nothing without --enable-actions.",)),
        ({"disable_destructive": True}, ("--disable-destructive does nothing without --enable-actions.",)),
        ({"disable_destructive": True, "enable_actions": True}, ()),
        ({"allow_denied": True, "enable_actions": True}, ()),
    ],
)
def test_a_switch_without_effect_is_said(flags: dict[str, bool], warnings: tuple[str, ...]):
    assert offered(resolve(flags, {})).warnings == warnings
