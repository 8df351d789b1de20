"""What an older XO lacks is hidden, by its release or by its own list of operations."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_package
from fake_xo.server import FakeXo
from newest import METHODS, NEWEST, RELEASES, Release
from serving import over_stdio, text_of, variables
from small_xo import small_xo
from starlette.responses import Response
from xo_mcp.config.config import resolve
from xo_mcp.definitions import Entry, Facts
from xo_mcp.errors import ConfigError
from xo_mcp.releases.release_detection import identify, nearest_release, newest, shape
from xo_mcp.releases.releases import fit
from xo_mcp.safety.policy import offer

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.anyio
EVERYTHING = {"list_vms", "get_vm", "get_host", "ping", "break_down", "list_archives"} | {
    "start_vm",
    "update_vm",
    "delete_vm",
    "add_vm_tag",
}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with FakeXo(vms=12, lag=0) as fake:
        yield fake


def test_what_a_release_lacks_is_hidden_with_the_release_that_has_it():
    config = resolve({"xo_release": "6.4", "toolsets": ["all"], "enable_actions": True}, {})
    entries = [
        Entry(item["tool"], Facts.load(item["facts"], tag))
        for tag, items in tiny_package.definitions().items()
        for item in items
    ]
    fitting, lacking = fit(entries, config)
    offered = offer(fitting, config, lacking)
    assert offered.hidden["update_vm"] == "XO 6.4 lacks it; it came with XO 6.5"
    assert "get_host" not in offered.hidden
    assert fit(entries, resolve({}, {})) == (tuple(entries), None)


@pytest.mark.parametrize("release", ["6", "six", "6.x", "6.4.1.2", ""])
def test_what_is_no_release_is_refused(release: str):
    with pytest.raises(ConfigError, match=r"--xo-release is a release of Xen Orchestra such as 6\.4, or auto"):
        fit((), resolve({"xo_release": release}, {}))


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
async def test_an_xo_that_does_not_say_hides_nothing(package: Path, tmp_path: Path, swagger: str):
    file = tmp_path / "swagger.json"
    file.write_text(swagger)
    log = tmp_path / "log"
    with FakeXo(vms=3, swagger=file) as odd:
        settings = variables(odd, XO_MCP_XO_RELEASE="auto", XDG_CACHE_HOME=str(tmp_path))
        async with over_stdio(package, settings, log=log) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == EVERYTHING
    assert "none is hidden" in log.read_text()


async def test_a_route_the_xo_does_not_have_names_the_release_that_has_it(package: Path):
    with FakeXo(vms=12, lag=0) as old:
        old.fault("PATCH /vms/{id}", "status-404", times=1, body=b"<!DOCTYPE html><pre>Cannot PATCH</pre>")
        async with over_stdio(package, variables(old)) as client:
            answer = await client.call_tool("update_vm", {"id": old.find("vms")["id"], "nameLabel": "x"})
    assert answer.is_error
    assert text_of(answer).endswith("update_vm needs XO 6.5 or newer.")


def operations_of(release: str) -> tuple[frozenset[str], str]:
    """Shapes of the operations of a release, and the version of its document."""
    facts = json.loads((ROOT / "specs" / f"xo-{release}.json").read_text())
    keys = (f"{method.upper()} {path}" for path, item in facts["paths"].items() for method in METHODS if method in item)
    return frozenset(map(shape, keys)), facts["info"]["version"]


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.name)
def test_every_release_is_recognized_by_its_operations(release: Release):
    """Of releases that can't be distinguished, the newest."""
    reported = operations_of(release.name)
    twins = [other.name for other in RELEASES if operations_of(other.name) == reported]
    found = identify(*reported)
    assert found is not None
    assert (found.release, found.exact, found.newer) == (twins[-1], True, False)


def test_versions_decide_only_between_equals():
    operations, _ = operations_of("6.4")
    assert identify(operations, "0.15.0").release == "6.4"  # type: ignore[union-attr]
    twins, _ = operations_of("6.0")
    assert identify(twins, "0.21.1").release == "5.113"  # type: ignore[union-attr]
    assert identify(twins, "").release == "6.0"  # type: ignore[union-attr]


def test_of_releases_that_fit_equally_well_the_newest_is_meant():
    alike = dict.fromkeys(("90.7", "90.7.1", "90.10", "90.10.0.1", "5.112"), frozenset({"GET /vms"}))
    while alike:
        found = nearest_release(frozenset({"GET /vms"}), "", alike, {})
        assert found == max(alike, key=lambda name: [int(part) for part in name.split(".")])
        del alike[found]


def test_an_xo_newer_than_this_package_is_called_so_and_a_strange_one_is_not_named():
    operations, rest_api = operations_of(NEWEST.name)
    found = identify(operations | {"POST /flying-carpets"}, rest_api)
    assert found is not None
    assert found.newer
    assert found.text == f"newer than XO {newest()}"
    patched = identify(operations - {"POST /srs"}, rest_api)
    assert patched is not None
    assert not patched.exact
    assert identify(frozenset({"GET /petstore", "GET /vms"}), "1") is None
    assert identify(frozenset(), "") is None


async def offered(xo: FakeXo, log: Path, **settings: str) -> dict[str, set[str]]:
    """The tools of the real package and their arguments."""
    wanted = variables(xo, XO_MCP_LOG_LEVEL="info", **settings)
    async with over_stdio(ROOT / "generated", wanted, log=log) as client:
        return {tool.name: set(tool.input_schema["properties"]) for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize("setting", ["6.4", "auto"])
async def test_the_real_tools_fit_an_older_xo(tmp_path: Path, setting: str):
    with FakeXo(vms=3, spec=ROOT / "specs" / "xo-6.4.json", plugins=False) as old:
        tools = await offered(old, tmp_path / "log", XO_MCP_XO_RELEASE=setting, XDG_CACHE_HOME=str(tmp_path))
    assert {"list_vms", "create_vm", "list_acl_roles"} <= tools.keys()
    assert not {"create_sr", "update_vdi", "update_vm", "delete_sr"} & tools.keys()
    assert {"cpus", "secureBoot"} <= tools["create_vm"]
    assert "high_availability" not in tools["create_vm"]
    assert "shutdownPinnedVms" not in tools["rolling_update_pool"]
    if setting == "auto":
        assert "list_audit_records" not in tools
        assert "by its operations, it is XO 6.4" in (tmp_path / "log").read_text()


async def test_what_an_xo_answered_is_remembered_by_its_etag_and_stands_in_when_it_is_silent(tmp_path: Path):
    cache = {"XDG_CACHE_HOME": str(tmp_path), "XO_MCP_XO_RELEASE": "auto"}
    with FakeXo(vms=3, spec=ROOT / "specs" / "xo-6.4.json") as old:
        first = await offered(old, tmp_path / "log", **cache)
        kept = next((tmp_path / "xen-orchestra-mcp").glob("*.json"))
        times = kept.stat().st_mtime_ns
        assert await offered(old, tmp_path / "log", **cache) == first
        asked = [entry for entry in old.requests if entry.path.endswith("swagger.json")]
        assert [entry.status for entry in asked] == [200, 304]
        assert kept.stat().st_mtime_ns == times
        old.fault("GET /docs/swagger.json", "status-503", times=9)
        silent = await offered(old, tmp_path / "log", **cache)
        assert first.keys() <= silent.keys()
        assert "create_sr" not in silent
        assert "it is taken for XO 6.4, as at the last start" in (tmp_path / "log").read_text()


async def test_a_damaged_cache_is_as_none(tmp_path: Path):
    cache = {"XDG_CACHE_HOME": str(tmp_path), "XO_MCP_XO_RELEASE": "auto"}
    with FakeXo(vms=3, spec=ROOT / "specs" / "xo-6.4.json") as old:
        first = await offered(old, tmp_path / "log", **cache)
        kept = next((tmp_path / "xen-orchestra-mcp").glob("*.json"))
        kept.write_text('{"etag": "x", "operations": 7}')
        assert await offered(old, tmp_path / "log", **cache) == first


async def test_a_former_name_still_works_and_the_answer_names_the_new_one(package: Path, xo: FakeXo):
    halted = xo.find("vms", power_state="Halted")
    async with over_stdio(package, variables(xo, XO_MCP_CONFIRM="none")) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("boot_vm", {"id": halted["id"]})
    assert "boot_vm" not in names
    assert not answer.is_error
    assert "boot_vm is called start_vm now" in text_of(answer)
    assert any("boot_vm is called start_vm now" in note for note in answer.structured_content["_notes"])


async def test_an_older_xo_is_asked_as_it_wants_it(tmp_path: Path):
    async with small_xo() as (asked, _):
        asked.on("GET /vms/{id}.xva", Response(b"x" * 512, media_type="application/octet-stream"))
        settings = {"XO_URL": asked.url, "XO_TOKEN": "a-token-of-tests", "XO_MCP_TOOLSETS": "all"}
        settings |= {"XO_MCP_XO_RELEASE": "6.5", "XO_MCP_DOWNLOAD_DIR": str(tmp_path)}
        async with over_stdio(ROOT / "generated", settings) as client:
            answer = await client.call_tool("export_vm_xva", {"id": "a", "compress": "zstd"})
            assert answer.is_error
            assert "true or false" in text_of(answer)
            await client.call_tool("export_vm_xva", {"id": "a", "compress": True})
        assert [each.query for each in asked.seen if each.path.endswith(".xva")] == [{"compress": ["true"]}]


def playing(release: str) -> FakeXo:
    """A fake XO of a release; what it is asked is held against that release's contract (tests/watch.py)."""
    return FakeXo(vms=4, lag=0, export_bytes=1000, spec=NEWEST.spec.with_name(f"xo-{release}.json"))


@pytest.mark.parametrize(("release", "given"), [("6.5", True), ("6.6", "zstd"), (NEWEST.name, "zstd")])
async def test_an_xo_that_says_its_release_exports_in_its_own_words(release: str, given: Any, tmp_path: Path):
    with playing(release) as xo:
        machine = xo.find("vms", power_state="Halted")["id"]
        settings = variables(xo, XO_MCP_XO_RELEASE="auto", XO_MCP_DOWNLOAD_DIR=str(tmp_path))
        async with over_stdio(ROOT / "generated", settings) as client:
            wrong = await client.call_tool("export_vm_xva", {"id": machine, "compress": 7})
            answer = await client.call_tool("export_vm_xva", {"id": machine, "compress": given})
        asked = [seen for seen in xo.requests if seen.path.endswith(f"/vms/{machine}.xva")]
    assert wrong.is_error
    assert not answer.is_error, text_of(answer)
    wanted = "true" if given is True else given
    assert [(seen.query, seen.status) for seen in asked] == [(f"compress={wanted}", 200)]


@pytest.mark.parametrize(("release", "required"), [("6.4", True), ("6.5", False), (NEWEST.name, False)])
async def test_an_xo_that_says_its_release_is_given_what_it_requires(release: str, required: bool):
    with playing(release) as xo:
        disk = {"srId": xo.find("srs", content_type="user")["id"], "virtual_size": 1 << 21}
        settings = variables(xo, XO_MCP_XO_RELEASE="auto", XO_MCP_CONFIRM="none")
        async with over_stdio(ROOT / "generated", settings) as client:
            short = await client.call_tool("create_vdi", disk)
            whole = await client.call_tool("create_vdi", {**disk, "other_config": {"owner": "tests"}})
        statuses = [seen.status for seen in xo.requests if seen.method == "POST" and seen.path.endswith("/vdis")]
    assert short.is_error is required, text_of(short)
    assert not required or "needs other_config" in text_of(short)
    assert not whole.is_error, text_of(whole)
    # What that XO would refuse is not even sent.
    assert statuses == ([201] if required else [201, 201])
