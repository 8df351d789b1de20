"""Each client its own user of XO: nothing of one is ever another's."""

import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import httpx2
import pytest
from authorization import RESOURCE, authorization_server
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from listener import Served
from mcp import Client
from mcp.shared.exceptions import MCPError
from serving import ERAS, http_server, over_http, text_of, variables
from team import BEARER, PEOPLE, team_file, token_files
from xo_mcp.config.config import Config, resolve
from xo_mcp.config.identity import NARROWING, Identity, parse_identity
from xo_mcp.config.options import OPTIONS
from xo_mcp.errors import ConfigError
from xo_mcp.server.serve import build
from xo_mcp.web.bearer import FileTokens

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"
CALLS = 100


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=6) as fake:
        yield fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("team")


@pytest.fixture(scope="module")
def settings(xo: FakeXo, folder: Path) -> dict[str, str]:
    (folder / "key").write_text("k" * 40)
    (folder / "files").mkdir()
    return variables(
        xo,
        XO_TOKEN=xo.tokens["nobody"],
        XO_MCP_AUTH_TOKEN_FILE=str(
            team_file(folder, xo, f"guest {BEARER['guest']}", rita="--no-enable-actions --toolsets=vms,hosts")
        ),
        XO_MCP_CONFIRM_KEY_FILE=str(folder / "key"),
        XO_MCP_AUDIT_LOG=str(folder / "audit"),
        XO_MCP_DOWNLOAD_DIR=str(folder / "files"),
        XO_MCP_UPLOAD_DIR=str(folder / "files"),
        XO_MCP_RATE_LIMIT="0",
        # What is kept apart here must be so by the session, not by what is listed.
        XO_MCP_HIDE_FORBIDDEN="0",
    )


@pytest.fixture(scope="module")
def served(settings: dict[str, str]) -> Iterator[Served]:
    with http_server(GENERATED, settings) as served:
        yield served


async def names_of(client: Client) -> set[str]:
    return {tool.name for tool in (await client.list_tools()).tools}


async def test_a_hundred_concurrent_calls_of_three_people_reach_xo_as_who_made_them(served: Served, xo: FakeXo):
    before = len(xo.requests)
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(over_http(served, token=BEARER[name], era="auto"))
            for name in (*PEOPLE, "guest")
        }

        async def ask(number: int) -> None:
            name = list(clients)[number % len(clients)]
            mark = f"{name}-{number}"
            answer = await clients[name].call_tool("list_hosts", {"filter": f"!name_label:{mark}", "limit": 50})
            assert answer.structured_content is not None, text_of(answer)
            found = len(answer.structured_content["items"])
            # Only an administrator and who may read everything see hosts.
            assert (found > 0) == (name in {"alice", "rita"})

        async with anyio.create_task_group() as tasks:
            for number in range(CALLS):
                tasks.start_soon(ask, number)
    users = {**PEOPLE, "guest": "nobody"}
    marked = [seen for seen in xo.requests[before:] if "name_label" in seen.query]
    assert len(marked) == CALLS
    for seen in marked:
        (name,) = (name for name in users if f"{name}-" in seen.query)
        assert seen.user.startswith(users[name])


async def test_whoever_may_do_less_is_shown_less_and_no_name_helps(served: Served, xo: FakeXo):
    vm = str(xo.find("vms")["id"])
    async with over_http(served, token=BEARER["rita"]) as rita, over_http(served, token=BEARER["alice"]) as alice:
        shown, all_of_it = await names_of(rita), await names_of(alice)
        assert {"list_vms", "list_hosts"} <= shown < all_of_it
        assert not shown & {"start_vm", "list_srs"}
        for name in ("start_vm", "list_srs"):
            with pytest.raises(MCPError, match="Unknown tool"):
                await rita.call_tool(name, {"id": vm})
        templates = await rita.list_resource_templates()
        assert "xo://srs/{id}" not in {each.uri_template for each in templates.resource_templates}
        with pytest.raises(MCPError):
            await rita.read_resource(f"xo://srs/{xo.find('srs')['id']}")


@pytest.mark.parametrize("era", ERAS)
async def test_a_confirmation_is_good_for_who_got_it_on_any_worker(
    served: Served, settings: dict[str, str], xo: FakeXo, era: str
):
    vm = str(xo.find("vms", power_state="Halted")["id"])
    with http_server(GENERATED, settings) as other:
        async with over_http(served, token=BEARER["alice"], era=era) as alice:
            asked = (await alice.call_tool("delete_vm", {"id": vm})).structured_content
        assert asked is not None
        confirmed = {"id": vm, "confirm_token": asked["confirm_token"]}
        for worker in (served, other):
            for thief in ("olga", "guest"):
                async with over_http(worker, token=BEARER[thief], era=era) as client:
                    refused = await client.call_tool("delete_vm", confirmed)
                    assert refused.is_error
                    assert "Nothing was done" in text_of(refused)
        assert xo.find("vms", id=vm)
        async with over_http(other, token=BEARER["alice"], era=era) as alice:
            done = await alice.call_tool("delete_vm", confirmed)
            assert not done.is_error, text_of(done)
        async with over_http(served, token=BEARER["alice"], era=era) as alice:
            assert (await alice.call_tool("delete_vm", confirmed)).is_error


async def test_an_event_stream_is_its_opener_s_and_carries_what_they_may_see(served: Served):
    async with over_http(served, token=BEARER["alice"]) as alice, over_http(served, token=BEARER["olga"]) as olga:
        opened = (await alice.call_tool("open_events_stream", {})).structured_content
        assert opened is not None
        assert (await olga.call_tool("read_events", {"id": opened["id"], "timeout": 0})).is_error
        assert (await olga.call_tool("add_event_subscription", {"id": opened["id"], "collection": "VM"})).is_error
        assert not (await alice.call_tool("close_events_stream", {"id": opened["id"]})).is_error


async def test_files_of_one_are_no_other_s(served: Served, folder: Path, xo: FakeXo):
    async with over_http(served, token=BEARER["alice"]) as alice, over_http(served, token=BEARER["olga"]) as olga:
        saved = await alice.call_tool("query_inventory", {"sql": "SELECT id FROM hosts", "filename": "hosts"})
        assert not saved.is_error, text_of(saved)
        assert (folder / "files" / "alice" / "hosts.csv").is_file()
        sr = str(xo.find("srs")["id"])
        for path in ("hosts.csv", "../alice/hosts.csv", str(folder / "files/alice/hosts.csv")):
            before = len(xo.requests)
            refused = await olga.call_tool("import_vdi_to_sr", {"id": sr, "file": path, "raw": True})
            assert refused.is_error
            assert not [seen for seen in xo.requests[before:] if seen.method == "POST"]
        sent = await alice.call_tool("import_vdi_to_sr", {"id": sr, "file": "hosts.csv", "raw": True})
        assert not sent.is_error, text_of(sent)


async def test_the_audit_log_names_the_person_and_the_user_of_xo(served: Served, folder: Path, xo: FakeXo):
    vm = str(xo.find("vms")["id"])
    for name in ("alice", "olga"):
        async with over_http(served, token=BEARER[name]) as client:
            await client.call_tool("add_vm_tag", {"id": vm, "tag": f"by-{name}"})
    lines = [json.loads(line) for line in (folder / "audit").read_text().splitlines()]
    for name in ("alice", "olga"):
        (start,) = [
            line for line in lines if line["outcome"] == "started" and line["arguments"].get("tag") == f"by-{name}"
        ]
        assert start["client"]["token"] == name
        assert start["xo"] == {"user": f"{PEOPLE[name]}@example.org"}


async def test_who_has_no_identity_is_refused_where_the_operator_says_so(tmp_path: Path, xo: FakeXo):
    clients = team_file(tmp_path, xo)
    own = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(clients), XO_MCP_REQUIRE_OWN_IDENTITY="1")
    del own["XO_TOKEN"]
    with http_server(GENERATED, own) as served:
        before = len(xo.requests)
        clients.write_text(clients.read_text() + f"guest {BEARER['guest']}\n")
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {BEARER['guest']}"}) as http:
            assert (await http.post(served.url, json={})).status_code == 401
        async with over_http(served, token=BEARER["olga"]) as olga:
            assert not (await olga.call_tool("list_vms", {"limit": 1})).is_error
        users = {seen.user for seen in xo.requests[before:] if seen.user}
        assert users == {"operator@example.org"}


async def test_whoever_becomes_another_or_leaves_keeps_nothing(tmp_path: Path, xo: FakeXo):
    clients = team_file(tmp_path, xo)
    with http_server(GENERATED, variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(clients))) as served:
        async with over_http(served, token=BEARER["alice"]) as alice:
            before = await alice.call_tool("list_hosts", {"limit": 1})
            assert before.structured_content
            stream = (await alice.call_tool("open_events_stream", {})).structured_content
            assert before.structured_content["items"]
            assert stream
            before_the_change = set(xo.xo.events.streams)
            assert len(before_the_change) == 1
            clients.write_text(clients.read_text().replace("alice.xo", "olga.xo").replace(BEARER["olga"], "x" * 20))
            after = await alice.call_tool("list_hosts", {"limit": 1})
            assert after.structured_content
            assert after.structured_content["items"] == []
            assert (await alice.call_tool("read_events", {"id": stream["id"], "timeout": 0})).is_error
            # Nor does XO go on telling this server what the former user may see.
            with anyio.fail_after(10):
                while before_the_change & set(xo.xo.events.streams):  # noqa: ASYNC110 - another program hangs up
                    await anyio.sleep(0.05)


def test_nobody_without_an_identity_is_served_however_they_came_in(tmp_path: Path, xo: FakeXo):
    own = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(team_file(tmp_path, xo)), XO_MCP_REQUIRE_OWN_IDENTITY="1")
    server = build(resolve({"transport": "http"}, own))
    for serve in (server.list_tools, server.list_resources, server.list_prompts):
        with pytest.raises(MCPError, match="no Xen Orchestra user"):
            anyio.run(serve)


async def test_no_client_names_the_xo_to_talk_to(served: Served):
    with running_fake_xo(vms=1) as elsewhere:
        headers = {"Authorization": f"Bearer {BEARER['alice']}", "XO-URL": elsewhere.url, "X-XO-Token": "x"}
        async with over_http(served, token=BEARER["alice"]) as alice:
            for argument in ("url", "XO_URL", "instance", "xo"):
                refused = await alice.call_tool("list_vms", {argument: elsewhere.url})
                assert refused.is_error
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_vms", "arguments": {}}}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            await http.post(served.url, json=body, headers={"Accept": "application/json, text/event-stream"})
        assert elsewhere.requests == []


@pytest.mark.parametrize("claim", ["sub", "email"])
async def test_subjects_of_access_tokens_are_users_of_xo(tmp_path: Path, xo: FakeXo, claim: str):
    files = token_files(tmp_path, xo)
    table = tmp_path / "subjects"
    table.write_text(f"alice {files['alice']}\nolga@example.net {files['olga'].name} --no-enable-actions\n")
    who = "alice" if claim == "sub" else "olga@example.net"
    expected = "admin" if claim == "sub" else "operator"
    with authorization_server() as issuer:
        settings = variables(
            xo,
            XO_MCP_OAUTH_ISSUER=issuer.url,
            XO_MCP_OAUTH_RESOURCE=RESOURCE,
            XO_MCP_OAUTH_IDENTITIES=str(table),
            XO_MCP_OAUTH_IDENTITY_CLAIM=claim,
            XO_MCP_REQUIRE_OWN_IDENTITY="1",
        )
        with http_server(GENERATED, settings) as served:
            before = len(xo.requests)
            async with over_http(served, token=issuer.token(**{claim: who})) as client:
                assert not (await client.call_tool("list_vms", {"limit": 1})).is_error
                assert ("start_vm" in await names_of(client)) == (claim == "sub")
            for stranger in ("mallory", ["alice", "olga@example.net"], "alice ", ""):
                claims = {claim: stranger}
                async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {issuer.token(**claims)}"}) as http:
                    assert (await http.post(served.url, json={})).status_code == 401
            assert {seen.user for seen in xo.requests[before:] if seen.user} == {f"{expected}@example.org"}


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        ("--enable-actions", "allows more"),
        ("--allow-denied", "allows more"),
        ("--no-disable-destructive", "allows more"),
        ("--confirm=none", "allows more"),
        ("--output-budget=90000", "allows more"),
        ("--output-budget", "takes a value"),
        ("--output-budget=many", "whole number"),
        ("--enable-actions=1", "takes no value"),
        ("--url=http://example.org", "can't be set for one client"),
        ("--rate-limit=0", "can't be set for one client"),
        ("missing.xo", "two files"),
    ],
)
def test_a_line_can_only_narrow(tmp_path: Path, flags: str, part: str):
    (tmp_path / "alice.xo").write_text("secret")
    (tmp_path / "missing.xo").write_text("secret")
    config = Config(disable_destructive=True)
    with pytest.raises(ConfigError, match=part):
        parse_identity("alice", ["alice.xo", flags], config, tmp_path)


def test_what_may_differ_are_settings_that_exist():
    assert set(NARROWING) <= {option.name for option in OPTIONS}


def test_a_line_narrows(tmp_path: Path):
    (tmp_path / "alice.xo").write_text("secret")
    config = resolve({"enable_actions": True, "exclude_tools": ["a"], "download_dir": str(tmp_path)}, {"XO_TOKEN": "t"})
    words = ["alice.xo", "--disable-destructive", "--exclude-tools=b", "--confirm=all", "--output-budget=4000"]
    identity = parse_identity("alice", words, config, tmp_path)
    assert identity is not None
    own = identity.at("", config)
    assert own is not None
    assert (own.enable_actions, own.disable_destructive, own.confirm, own.output_budget) == (True, True, "all", 4000)
    assert own.exclude_tools == ("a", "b")
    assert own.token is None
    assert own.token_file == tmp_path / "alice.xo"
    assert own.download_dir == tmp_path / "alice"
    assert "secret" not in repr(identity)


def test_no_two_people_have_one_folder():
    names = ["alice", "Alice", "..", "../alice", "al/ice", "al-ice", "al ice", "", ".", "a" * 70, "a" * 71, "älice"]
    folders = [Identity(name, ()).folder for name in names]
    assert len(set(folders)) == len(names)
    assert all("/" not in each and each.strip(".") for each in folders)


def test_a_wrong_line_of_an_identity_stops_the_start(tmp_path: Path):
    file = tmp_path / "clients"
    file.write_text(f"alice {BEARER['alice']} nowhere.xo\n")
    with pytest.raises(ConfigError, match=r"line 1 of .*: alice: the file with its XO token can't be read") as caught:
        FileTokens(file)
    assert BEARER["alice"] not in str(caught.value)
