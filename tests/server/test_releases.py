"""What an older XO lacks is hidden, by its release or by its own list of operations."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny_package
from fake_xo.server import FakeXo
from serving import over_stdio, text_of, variables
from xo_mcp.config import resolve
from xo_mcp.definitions import Entry, Facts
from xo_mcp.errors import ConfigError
from xo_mcp.policy import offer
from xo_mcp.releases import lacking, newer

pytestmark = pytest.mark.anyio
EVERYTHING = {"list_vms", "get_vm", "get_host", "ping", "break_down", "list_archives"} | {
    "start_vm",
    "update_vm",
    "delete_vm",
    "add_vm_tag",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_package.build(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


@pytest.mark.parametrize(
    ("since", "release", "lacks"),
    [
        ("6.5", "6.4", True),
        ("6.5", "6.5", False),
        ("6.5", "6.10", False),
        ("6.10", "6.9", True),
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


def test_what_a_release_lacks_is_hidden_with_the_release_that_has_it():
    config = resolve({"xo_release": "6.4", "toolsets": ["all"], "enable_actions": True}, {})
    entries = [
        Entry(item["tool"], Facts.load(item["facts"], tag))
        for tag, items in tiny_package.definitions().items()
        for item in items
    ]
    offered = offer(entries, config, lacking(config))
    assert offered.hidden["update_vm"] == "XO 6.4 lacks it; it came with XO 6.5"
    assert "get_host" not in offered.hidden
    assert lacking(resolve({}, {})) is None


@pytest.mark.parametrize("release", ["6", "six", "6.x", "6.4.1.2", ""])
def test_what_is_no_release_is_refused(release: str):
    with pytest.raises(ConfigError, match=r"--xo-release is a release of Xen Orchestra such as 6\.4, or auto"):
        lacking(resolve({"xo_release": release}, {}))


async def test_auto_asks_the_xo(package: Path, xo: FakeXo, tmp_path: Path):
    async with over_stdio(package, variables(xo, XO_MCP_XO_RELEASE="auto")) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == EVERYTHING

    older = tmp_path / "swagger.json"
    older.write_text(json.dumps({"paths": {"/vms": {"get": {}}, "/vms/{name}": {"get": {}, "parameters": []}}}))
    with FakeXo(vms=3, swagger=older) as old:
        async with over_stdio(package, variables(old, XO_MCP_XO_RELEASE="auto")) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            # The two without an operation are the server's own.
            assert names == {"list_vms", "get_vm", "break_down", "list_archives"}


@pytest.mark.parametrize("swagger", ["{}", '{"paths": []}', "no JSON"])
async def test_an_xo_that_does_not_tell_hides_nothing(package: Path, tmp_path: Path, swagger: str):
    file = tmp_path / "swagger.json"
    file.write_text(swagger)
    log = tmp_path / "log"
    with FakeXo(vms=3, swagger=file) as odd:
        async with over_stdio(package, variables(odd, XO_MCP_XO_RELEASE="auto"), log=log) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == EVERYTHING
    assert "none is hidden" in log.read_text()


async def test_a_route_the_xo_does_not_have_names_the_release_that_has_it(package: Path):
    with FakeXo(vms=12, lag=0) as old:
        old.fault("PATCH /vms/{id}", "status-404", times=1, body=b"<!DOCTYPE html><pre>Cannot PATCH</pre>")
        async with over_stdio(package, variables(old)) as client:
            answer = await client.call_tool("update_vm", {"id": old.find("vms")["id"], "nameLabel": "x"})
    assert answer.is_error
    assert text_of(answer).endswith("update_vm needs XO 6.5 or newer.")
