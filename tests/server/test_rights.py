"""What the user of XO may not do is not offered, and what changes in XO changes the list of tools."""

import socket
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from mcp import Client as McpClient
from mcp.shared.exceptions import MCPError
from mcp.types import ToolListChangedNotification
from newest import SPECS
from serving import ERAS, http_server, over_http, text_of, variables
from team import BEARER, PEOPLE, team_file
from xo_mcp.api.client import Client, ClientSettings
from xo_mcp.config.config import resolve
from xo_mcp.definitions import load_entries
from xo_mcp.program.cli import main
from xo_mcp.server.rights import RightsWatch
from xo_mcp.server.serve import build
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=3) as fake:
        yield fake


def granted(xo: FakeXo, user: str) -> set[tuple[str, str]]:
    """What the fake's roles give a user, from its own store."""
    record = next(each for each in xo.xo.store.every("users") if each["name"].startswith(user))
    return {(each["resource"], each["action"]) for each in xo.xo.rbac.privileges(record)}


async def names_of(client: McpClient) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def tools_once(client: McpClient, wanted: set[str], *, without: set[str] = frozenset()) -> set[str]:
    """The list of tools, once it is as it should be."""
    with anyio.fail_after(20):
        while True:
            names = await names_of(client)
            if wanted <= names and not names & without:
                return names
            await anyio.sleep(0.05)


async def test_each_person_is_offered_what_their_roles_allow(tmp_path: Path, xo: FakeXo):
    settings = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(team_file(tmp_path, xo)))
    entries = {entry.name: entry for entry in load_entries()}
    with http_server(GENERATED, settings) as served:
        for name, user in PEOPLE.items():
            async with over_http(served, token=BEARER[name], era="auto") as client:
                shown = await tools_once(client, {"list_vms"}, without=set() if user == "admin" else {"delete_vm"})
            held = granted(xo, user)
            for tool, entry in entries.items():
                if entry.facts.operation is None or entry.facts.denied:
                    continue
                needed = [tuple(each.split(":", 1)) for each in entry.facts.privileges if not each.endswith("?")]
                missing = [
                    (resource, action)
                    for resource, action in needed
                    if not {(resource, action), (resource, "*"), (resource, action.split(":")[0])} & held
                ]
                may = user == "admin" or not (missing or entry.facts.permission == "admin")
                assert (tool in shown) == may, (name, tool)


async def test_a_hidden_tool_says_why(tmp_path: Path, xo: FakeXo):
    settings = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(team_file(tmp_path, xo)))
    with http_server(GENERATED, settings) as served:
        async with over_http(served, token=BEARER["olga"], era="auto") as olga:
            await tools_once(olga, {"list_vms"}, without={"delete_vm"})
            with pytest.raises(MCPError, match=r"the XO user operator@example.org lacks the privilege vm:delete"):
                await olga.call_tool("delete_vm", {"id": str(xo.find("vms")["id"])})


async def test_everything_is_offered_where_the_operator_wants_that(xo: FakeXo):
    config = resolve({"hide_forbidden": False}, variables(xo, XO_TOKEN=xo.tokens["operator"]))
    before = len(xo.requests)
    async with McpClient(build(config), mode="legacy") as client:
        await client.call_tool("list_vms", {"limit": 1})
        assert "delete_vm" in await names_of(client)
    assert not [
        seen for seen in xo.requests[before:] if "acl-privileges" in seen.path and "fields=action" in seen.query
    ]


async def test_a_list_is_corrected_and_clients_are_notified(xo: FakeXo):
    reported = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            reported.set()

    config = resolve({}, variables(xo, XO_TOKEN=xo.tokens["operator"]))
    async with McpClient(build(config), mode="legacy", message_handler=hear) as client:
        first = await names_of(client)
        assert "delete_vm" in first
        later = await tools_once(client, {"start_vm"}, without={"delete_vm"})
        assert later < first
        with anyio.fail_after(10):
            await reported.wait()


@pytest.mark.parametrize("door", ["call", "many"])
async def test_a_refusal_has_the_rights_read_again(xo: FakeXo, monkeypatch: pytest.MonkeyPatch, door: str):
    monkeypatch.setattr("xo_mcp.server.view.RightsWatch", lambda changed: RightsWatch(changed, soon=0.05))
    role = next(each for each in xo.xo.store.every("acl-roles") if each["name"] == "VM starter")
    kept = [dict(each) for each in xo.xo.store.every("acl-privileges")]
    config = resolve({}, variables(xo, XO_TOKEN=xo.tokens["operator"]))
    async with McpClient(build(config), mode="legacy") as client:
        await tools_once(client, {"start_vm"}, without={"delete_vm"})
        # An administrator takes one right away and gives another.
        for each in kept:
            if each["roleId"] == role["id"] and each["action"] in {"start", "snapshot"}:
                action = "delete" if each["action"] == "start" else "pause"
                xo.xo.store.update("acl-privileges", each["id"], action=action)
        vm = str(xo.find("vms", power_state="Halted")["id"])
        if door == "call":
            refused = await client.call_tool("start_vm", {"id": vm})
            assert refused.is_error, text_of(refused)
        else:
            refused = await client.call_tool("run_on_many", {"tool": "start_vm", "targets": [vm]})
            assert '"failed":1' in text_of(refused), text_of(refused)
        names = await tools_once(client, {"delete_vm", "pause_vm"}, without={"start_vm", "snapshot_vm"})
        assert "list_vms" in names
        for each in kept:
            xo.xo.store.update("acl-privileges", each["id"], action=each["action"])
        # What is hidden may be allowed again, and nobody is refused meanwhile: asking for it is enough.
        with pytest.raises(MCPError):
            await client.call_tool("start_vm", {"id": vm})
        await tools_once(client, {"start_vm"}, without={"delete_vm"})


@pytest.mark.parametrize("era", ERAS)
async def test_rights_are_read_again_now_and_then_and_clients_hear_of_it(
    xo: FakeXo, monkeypatch: pytest.MonkeyPatch, era: str
):
    # As it is, that takes ten minutes; nobody calls anything meanwhile, so that no refusal can be the reason.
    monkeypatch.setattr("xo_mcp.server.view.RightsWatch", lambda changed: RightsWatch(changed, every=0.1, soon=600))
    reported = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            reported.set()

    async def listen(client: McpClient) -> None:
        async with client.listen(tools_list_changed=True) as stream:
            async for _ in stream:
                reported.set()

    role = next(each for each in xo.xo.store.every("acl-roles") if each["name"] == "VM starter")
    (right,) = (
        dict(each)
        for each in xo.xo.store.every("acl-privileges")
        if each["roleId"] == role["id"] and each["action"] == "start"
    )
    config = resolve({}, variables(xo, XO_TOKEN=xo.tokens["operator"]))
    async with McpClient(build(config), mode=era, message_handler=hear) as client, anyio.create_task_group() as tasks:
        await tools_once(client, {"start_vm"}, without={"delete_vm"})
        if era == "auto":
            tasks.start_soon(listen, client)
            await anyio.sleep(0.2)
        reported = anyio.Event()
        xo.xo.store.update("acl-privileges", right["id"], action="delete")
        try:
            with anyio.fail_after(20):
                await reported.wait()
            await tools_once(client, {"delete_vm"}, without={"start_vm"})
        finally:
            xo.xo.store.update("acl-privileges", right["id"], action="start")
        tasks.cancel_scope.cancel()


def test_they_are_read_every_ten_minutes_unless_a_test_says_otherwise():
    assert signature(RightsWatch).parameters["every"].default == 600


@pytest.mark.parametrize("surface", ["full", "search"])
async def test_a_list_does_not_wait_for_an_xo_that_is_silent(tmp_path: Path, surface: str):
    with running_fake_xo(vms=1, starting=True) as silent:
        settings = variables(silent, XO_MCP_SURFACE=surface, XO_MCP_XO_RELEASE="auto", XDG_CACHE_HOME=str(tmp_path))
        with http_server(GENERATED, settings) as served:
            async with over_http(served, era="auto") as client:
                with anyio.fail_after(10):  # XO is given up after 30 seconds
                    assert await names_of(client) & {"delete_vm", "search_tools"}


async def test_a_start_does_not_wait_for_one_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with running_fake_xo(vms=1, starting=True) as silent, anyio.fail_after(15):  # XO is given up after 30 seconds
        config = resolve({"xo_release": "auto"}, variables(silent))
        assert await anyio.to_thread.run_sync(build, config, abandon_on_cancel=True)


async def test_an_xo_that_refuses_to_tell_is_not_asked_again_for_that():
    """Its refusal is one like others, after which rights are asked for."""
    with running_fake_xo(vms=1) as xo:
        xo.fault("GET /users/me/acl-privileges", "status-403", times=100)
        settings = ClientSettings(url=xo.url, token=xo.tokens["operator"])
        async with Client(settings) as client, anyio.create_task_group() as tasks:
            watch = RightsWatch(lambda: None, soon=0)
            tasks.start_soon(watch.run, SimpleNamespace(client=client))
            await watch.wait()
            for _ in range(10):  # time enough to ask again
                await client.request(Call("GET", "/pools"))
            tasks.cancel_scope.cancel()
        asked = [seen for seen in xo.requests if seen.path.endswith("acl-privileges")]
    assert len(asked) == 1


async def test_an_xo_that_was_away_at_the_start_is_known_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("xo_mcp.server.views.LATER", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    old = FakeXo(vms=1, port=port, spec=SPECS / "xo-6.1.2.json")
    config = resolve({"xo_release": "auto"}, variables(old))
    server = await anyio.to_thread.run_sync(build, config)
    async with McpClient(server, mode="legacy") as client:
        assert "list_acl_roles" in await names_of(client)
        with old:
            await tools_once(client, {"list_vms"}, without={"list_acl_roles"})


async def test_an_older_xo_reports_nothing_and_nothing_is_hidden(xo: FakeXo):
    del xo
    with running_fake_xo(vms=1, spec=SPECS / "xo-6.1.2.json") as old:
        config = resolve({}, variables(old, XO_TOKEN=old.tokens["operator"]))
        async with McpClient(build(config), mode="legacy") as client:
            await client.call_tool("list_vms", {"limit": 1})
            await anyio.sleep(0.3)
            assert "delete_vm" in await names_of(client)


def test_the_command_line_says_what_is_hidden_and_why(
    xo: FakeXo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name, value in variables(xo, XO_TOKEN=xo.tokens["operator"]).items():
        monkeypatch.setenv(name, value)
    assert main(["tools"]) == 0
    printed = capsys.readouterr().out
    assert "the XO user operator@example.org lacks the privilege vm:delete" in printed
    assert "\ndelete_vm " not in printed
    assert "\nstart_vm " in printed
    main(["doctor"])
    assert "are hidden for that, such as" in capsys.readouterr().out
    monkeypatch.setenv("XO_URL", "http://127.0.0.1:9")
    assert main(["tools"]) == 0
    printed = capsys.readouterr().out
    assert "XO was not asked" in printed
    assert "\ndelete_vm " in printed
