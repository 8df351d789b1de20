"""How much a model must read: what the running server lists, with everything it adds to the definitions.

`xen-orchestra-mcp tools` must tell the same figures.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, text_of
from fake_xo import FakeXo
from mcp.types import Tool
from xo_mcp.definitions import load_entries
from xo_mcp.program.inspection import surface_report

ALL = {"XO_MCP_TOOLSETS": "all"}
ACTIONS = {"XO_MCP_ENABLE_ACTIONS": "1"}
EVERYTHING = ALL | ACTIONS | {"XO_MCP_ALLOW_DENIED": "1"}
LIMITS: dict[str, tuple[dict[str, str], int, int]] = {
    "default": ({}, 80, 32_000),
    "default with actions": (ACTIONS, 80, 32_000),
    "all that reads": (ALL, 280, 95_000),
    "everything": (EVERYTHING, 450, 230_000),
    "everything, each write asked": (EVERYTHING | {"XO_MCP_CONFIRM": "all"}, 450, 235_000),
    "search": (EVERYTHING | {"XO_MCP_SURFACE": "search"}, 6, 2_500),
}
"""Surface to its settings, and the most tools and bytes it may have."""


README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
ROUGHLY = 0.25
"""How far a release may move a figure of the README before somebody must write it anew."""
TOLD = ("default", "default with actions", "all that reads", "everything", "search")
"""Surfaces in the order in which the README tells their sizes."""


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=2, lag=0) as fake:
        yield fake


def size(tool: Tool) -> int:
    """Bytes a model reads: compact JSON of name, description and input schema, as they go over the wire."""
    wire = tool.model_dump(by_alias=True, include={"name", "description", "input_schema"}, exclude_none=True)
    assert set(wire) == {"name", "description", "inputSchema"}
    return len(json.dumps(wire, separators=(",", ":"), ensure_ascii=False).encode())


@pytest.mark.parametrize("era", ["legacy", "auto"])
@pytest.mark.parametrize("name", LIMITS)
def test_a_model_can_read_what_is_listed(xo: FakeXo, name: str, era: str):
    settings, most, limit = LIMITS[name]
    with Desk({"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **settings}, era=era) as desk:
        tools = desk.tools()
        report = surface_report(desk.config)
    total = sum(map(size, tools))
    print(f"{name}: {len(tools)} tools, {total:,} bytes")
    assert len(tools) <= most
    assert total <= limit
    assert f"{len(tools)} tools, {total:,} bytes" in report


@pytest.mark.parametrize("budget", [2_000, 5_000, 20_000])
def test_descriptions_keep_to_the_budget_and_name_what_is_left_out(xo: FakeXo, budget: int):
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **LIMITS["search"][0]}
    longest = sorted(load_entries(), key=lambda entry: len(json.dumps(entry.schema)), reverse=True)
    names = [entry.name for entry in longest[:20]]
    with Desk({**settings, "XO_MCP_OUTPUT_BUDGET": str(budget)}) as desk:
        described = desk.call("describe_tools", names=names)
        found = desk.call("search_tools", query="vm", limit=20)
    for answer in (described, found):
        data = answer.structured_content
        assert data is not None
        assert len(text_of(answer).encode()) <= budget
        assert len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) <= budget
    shown = [tool["name"] for tool in described.structured_content["tools"]]  # type: ignore[index]
    assert shown == names[: len(shown)]
    assert f"`{names[len(shown)]}`" in text_of(described)
    assert "describe them in another call" in text_of(described)
    assert ("--output-budget" in text_of(described)) == (budget == 2_000)


def test_what_fits_is_described_whole_and_once(xo: FakeXo):
    settings = {"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **LIMITS["search"][0]}
    with Desk(settings) as desk:
        described = desk.call("describe_tools", names=["create_vm", "get_vm", "create_vm"])
    data = described.structured_content
    assert data is not None
    assert list(data) == ["tools"]
    assert [tool["name"] for tool in data["tools"]] == ["create_vm", "get_vm"]
    for tool in data["tools"]:
        (entry,) = [each for each in load_entries() if each.name == tool["name"]]
        assert set(tool["inputSchema"]["properties"]) - {"confirm_token"} == set(entry.schema["properties"])


def test_the_figures_of_the_readme_are_right(xo: FakeXo):
    (reported,) = re.findall(
        r"names, descriptions and arguments: ([\d,]+), ([\d,]+), ([\d,]+), ([\d,]+) and ([\d,]+)", README
    )
    for name, figure in zip(TOLD, reported, strict=True):
        with Desk({"XO_URL": xo.url, "XO_TOKEN": xo.admin_token, **LIMITS[name][0]}) as desk:
            assert sum(map(size, desk.tools())) == pytest.approx(
                int(figure.replace(",", "")), rel=ROUGHLY, abs=1_000
            ), name
