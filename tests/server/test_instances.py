"""Several XOs in one server: each call goes to the one it names, and none hurts another."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from mcp import Client
from mcp.shared.exceptions import MCPError
from newest import SPECS
from serving import ERAS, Person, http_server, over_http, text_of
from team import BEARER, token_files
from xo_mcp.api.access import client_settings
from xo_mcp.config.config import resolve
from xo_mcp.config.instances import load_instances
from xo_mcp.definitions import load_entries
from xo_mcp.errors import ConfigError
from xo_mcp.program.cli import main
from xo_mcp.safety.policy import offer
from xo_mcp.server.serve import build
from xo_mcp.server.surface import definitions

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"
DOWN = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def lab() -> Iterator[FakeXo]:
    with running_fake_xo(vms=5, seed=7) as fake:
        yield fake


@pytest.fixture(scope="module")
def prod() -> Iterator[FakeXo]:
    with running_fake_xo(vms=3, seed=8) as fake:
        yield fake


def instances_file(folder: Path, **tables: str) -> Path:
    file = folder / "instances.toml"
    file.write_text("\n".join(f"[{name}]\n{table}" for name, table in tables.items()))
    return file


def table(folder: Path, name: str, xo: FakeXo | str, more: str = "", user: str = "admin") -> str:
    url, token = (xo, "x" * 43) if isinstance(xo, str) else (xo.url, xo.tokens[user])
    (folder / f"{name}.token").write_text(token)
    return f'url = "{url}"\ntoken_file = "{name}.token"\n{more}\n'


def settings_of(folder: Path, lab: FakeXo, prod: FakeXo, **changes: str) -> dict[str, str]:
    file = instances_file(
        folder,
        lab=table(folder, "lab", lab),
        prod=table(folder, "prod", prod, "read_only = true"),
        away=table(folder, "away", DOWN),
    )
    usual = {"XO_MCP_INSTANCES": str(file), "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_TOOLSETS": "all"}
    return {**usual, **changes}


def enum_of(tools: dict[str, Any], name: str) -> list[str]:
    schema = tools[name].input_schema
    assert "instance" in schema["required"]
    found: list[str] = schema["properties"]["instance"]["enum"]
    return found


def listings(xo: FakeXo) -> list[Any]:
    """What was asked about VMs."""
    return [seen for seen in xo.requests if seen.path.startswith("/rest/v0/vms")]


async def tools_of(client: Client) -> dict[str, Any]:
    return {tool.name: tool for tool in (await client.list_tools()).tools}


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_goes_to_the_xo_it_names(tmp_path: Path, lab: FakeXo, prod: FakeXo, era: str):
    config = resolve({}, settings_of(tmp_path, lab, prod))
    async with Client(build(config), mode=era) as client:
        tools = await tools_of(client)
        assert enum_of(tools, "list_vms") == ["lab", "prod", "away"]
        assert enum_of(tools, "start_vm") == ["lab", "away"]
        for name, xo in (("lab", lab), ("prod", prod)):
            other = prod if xo is lab else lab
            before = len(listings(other))
            answer = await client.call_tool("list_vms", {"instance": name, "fields": "name_label"})
            assert answer.structured_content, text_of(answer)
            ids = {each["id"] for each in answer.structured_content["items"]}
            assert ids == {each["id"] for each in xo.xo.store.every("vms")}
            assert len(listings(other)) == before
        refused = await client.call_tool("start_vm", {"instance": "prod", "id": str(prod.find("vms")["id"])})
        assert refused.is_error
        assert "prod does not offer start_vm: the server was started without --enable-actions" in text_of(refused)
        for wrong in ({}, {"instance": "lap"}, {"instance": "*"}, {"instance": ["lab"]}, {"instance": DOWN}):
            refused = await client.call_tool("list_vms", wrong)
            assert refused.is_error
            assert "one of lab, prod, away" in text_of(refused)
        down = await client.call_tool("list_vms", {"instance": "away"})
        assert down.is_error
        assert not (await client.call_tool("list_hosts", {"instance": "prod"})).is_error


async def test_one_query_over_all_has_a_column_for_the_xo(tmp_path: Path, lab: FakeXo, prod: FakeXo):
    config = resolve({}, settings_of(tmp_path, lab, prod, XO_MCP_DOWNLOAD_DIR=str(tmp_path / "files")))
    expected = {(name, each["id"]) for name, xo in (("lab", lab), ("prod", prod)) for each in xo.xo.store.every("vms")}
    async with Client(build(config)) as client:
        assert enum_of(await tools_of(client), "query_inventory")[-1] == "*"
        asked = {"instance": "*", "sql": "SELECT instance, id FROM vms ORDER BY id"}
        answer = await client.call_tool("query_inventory", asked)
        data = answer.structured_content
        assert data, text_of(answer)
        assert data["columns"] == ["instance", "id"]
        # One ORDER BY for all: not one XO after the other.
        assert [tuple(row) for row in data["rows"]] == sorted(expected, key=lambda row: row[1])
        assert "away is missing:" in text_of(answer)
        markdown = text_of(await client.call_tool("query_inventory", {**asked, "format": "markdown"}))
        assert "|instance|" in markdown
        await client.call_tool("query_inventory", {**asked, "filename": "all"})
        saved = (tmp_path / "files" / "all.csv").read_text().splitlines()
        assert {tuple(line.split(",")) for line in saved[1:]} == expected
        hinted = await client.call_tool("query_inventory", {"instance": "*", "sql": "SELECT count(*) FROM vms"})
        assert hinted.structured_content
        assert hinted.structured_content["rows"] == [[len(expected)]]
        assert "Every table has the column `instance`" in text_of(hinted)
        wrong = await client.call_tool("query_inventory", {"instance": "*", "sql": "SELECT nothing FROM vms"})
        assert wrong.is_error
        assert text_of(wrong).count("nothing") >= 1


async def test_one_whose_token_is_gone_hurts_no_other(tmp_path: Path, lab: FakeXo, prod: FakeXo):
    server = build(resolve({}, settings_of(tmp_path, lab, prod)))
    (tmp_path / "lab.token").unlink()
    async with Client(server) as client:
        asked = {"instance": "*", "sql": "SELECT DISTINCT instance FROM vms"}
        answer = await client.call_tool("query_inventory", asked)
        assert answer.structured_content
        assert answer.structured_content["rows"] == [["prod"]]
        assert "lab is missing:" in text_of(answer)
        assert not (await client.call_tool("list_vms", {"instance": "prod", "limit": 1})).is_error
        assert (await client.call_tool("list_vms", {"instance": "lab", "limit": 1})).is_error


@pytest.mark.parametrize("single", [False, True])
async def test_errors_name_the_entry_in_the_file(tmp_path: Path, lab: FakeXo, *, single: bool):
    tables = {"lab": table(tmp_path, "lab", lab), "away": table(tmp_path, "away", DOWN)}
    file = instances_file(tmp_path, **tables)
    (tmp_path / "lab.token").write_text("y" * 43)
    chosen = {"lab": f"token_file of [lab] in {file}", "away": f"url of [away] in {file}"}
    for name, expected in chosen.items():
        if single:
            file = instances_file(tmp_path, **{name: tables[name]})
        server = build(resolve({}, {"XO_MCP_INSTANCES": str(file)}))
        async with Client(server) as client:
            answer = await client.call_tool("list_vms", {"limit": 1} | ({} if single else {"instance": name}))
        assert answer.is_error
        assert expected in text_of(answer)
        assert not re.search(r"XO_(URL|TOKEN)|--url", text_of(answer))


@pytest.mark.parametrize("era", ERAS)
async def test_an_agreement_holds_for_the_xo_it_was_asked_about(tmp_path: Path, era: str):
    with running_fake_xo(vms=2, seed=3) as one, running_fake_xo(vms=2, seed=3) as twin:
        file = instances_file(tmp_path, one=table(tmp_path, "one", one), twin=table(tmp_path, "twin", twin))
        settings = {
            "XO_MCP_INSTANCES": str(file),
            "XO_MCP_ENABLE_ACTIONS": "1",
            "XO_MCP_TOOLSETS": "all",
            "XO_MCP_AUDIT_LOG": str(tmp_path / "audit"),
        }
        vm = str(one.find("vms")["id"])
        assert twin.find("vms", id=vm)  # the same fleet, so that nothing else distinguishes them
        async with Client(build(resolve({}, settings)), mode=era) as client:
            asked = (await client.call_tool("delete_vm", {"instance": "one", "id": vm})).structured_content
            assert asked
            assert "On one:" in asked["question"]
            confirmed = {"id": vm, "confirm_token": asked["confirm_token"]}
            stolen = await client.call_tool("delete_vm", {"instance": "twin", **confirmed})
            assert stolen.is_error
            assert "another call" in text_of(stolen)
            done = await client.call_tool("delete_vm", {"instance": "one", **confirmed})
            assert not done.is_error, text_of(done)
        assert not [seen for seen in twin.requests if seen.method == "DELETE"]
        person = Person()
        async with Client(build(resolve({}, settings)), mode=era, elicitation_callback=person) as client:
            await client.call_tool("delete_vm", {"instance": "twin", "id": vm})
        assert person.asked[0].startswith("On twin:")
        lines = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
        assert [line["xo"]["instance"] for line in lines] == ["one", "twin", "one", "one", *["twin"] * (len(lines) - 4)]


async def test_objects_have_addresses_with_the_xo_in_them(tmp_path: Path, lab: FakeXo, prod: FakeXo):
    config = resolve({}, settings_of(tmp_path, lab, prod))
    async with Client(build(config)) as client:
        templates = {each.uri_template for each in (await client.list_resource_templates()).resource_templates}
        assert "xo://{instance}/vms/{id}" in templates
        vm = str(prod.find("vms")["id"])
        (content,) = (await client.read_resource(f"xo://prod/vms/{vm}")).contents
        assert vm in content.text
        for address in (f"xo://lab/vms/{vm}", f"xo://vms/{vm}", f"xo://nowhere/vms/{vm}", "xo://prod/guides/sql"):
            with pytest.raises(MCPError):
                await client.read_resource(address)
        assert (await client.read_resource("xo://guides/sql")).contents


async def test_each_has_its_own_release_and_rights(tmp_path: Path, lab: FakeXo):
    with running_fake_xo(vms=1, spec=SPECS / "xo-6.1.2.json") as old:
        file = instances_file(
            tmp_path,
            lab=table(tmp_path, "lab", lab, user="operator"),
            old=table(tmp_path, "old", old, 'xo_release = "6.1"'),
        )
        settings = {"XO_MCP_INSTANCES": str(file), "XO_MCP_ENABLE_ACTIONS": "1", "XO_MCP_TOOLSETS": "all"}
        with http_server(GENERATED, settings) as served:
            async with over_http(served, era="auto") as client:
                refused = await client.call_tool("list_acl_roles", {"instance": "old"})
                assert refused.is_error
                assert "old does not offer list_acl_roles: XO 6.1 lacks it" in text_of(refused)
                with anyio.fail_after(20):
                    while True:
                        tools = await tools_of(client)
                        if "lab" not in enum_of(tools, "delete_vm"):
                            break
                        await anyio.sleep(0.05)
                assert enum_of(tools, "start_vm") == ["lab", "old"]
                refused = await client.call_tool("delete_vm", {"instance": "lab", "id": str(lab.find("vms")["id"])})
                assert "lacks the privilege vm:delete" in text_of(refused)


async def test_a_person_uses_the_xos_they_have_tokens_for(tmp_path: Path, lab: FakeXo, prod: FakeXo):
    at_lab, at_prod = token_files(tmp_path, lab, "lab-"), token_files(tmp_path, prod, "prod-")
    clients = tmp_path / "clients"
    clients.write_text(
        f"alice {BEARER['alice']} lab={at_lab['alice']} prod={at_prod['olga']}\n"
        f"rita {BEARER['rita']} lab={at_lab['rita']} --no-enable-actions\n"
    )
    settings = settings_of(tmp_path, lab, prod, XO_MCP_AUTH_TOKEN_FILE=str(clients), XO_MCP_REQUIRE_OWN_IDENTITY="1")
    with http_server(GENERATED, settings) as served:
        seen_before = len(prod.requests)
        async with over_http(served, token=BEARER["rita"], era="auto") as rita:
            assert enum_of(await tools_of(rita), "list_vms") == ["lab"]
            for name in ("prod", "away"):
                assert (await rita.call_tool("list_vms", {"instance": name})).is_error
            rows = (await rita.call_tool("query_inventory", {"instance": "lab", "sql": "SELECT 1 AS x"})).is_error
            assert not rows
        assert len(prod.requests) == seen_before
        async with over_http(served, token=BEARER["alice"], era="auto") as alice:
            for name in ("lab", "prod"):
                assert not (await alice.call_tool("list_vms", {"instance": name, "limit": 1})).is_error
        assert {seen.user for seen in prod.requests[seen_before:] if seen.user} == {"operator@example.org"}
    bare = tmp_path / "bare"
    bare.write_text(f"alice {BEARER['alice']} {at_lab['alice']}\n")
    with pytest.raises(ConfigError, match="say of which XO"):
        build(resolve({"transport": "http"}, {**settings, "XO_MCP_AUTH_TOKEN_FILE": str(bare)}))


async def test_the_search_surface_takes_it_among_the_arguments(tmp_path: Path, lab: FakeXo, prod: FakeXo):
    config = resolve({}, settings_of(tmp_path, lab, prod, XO_MCP_SURFACE="search"))
    async with Client(build(config)) as client:
        found = text_of(await client.call_tool("search_tools", {"query": "list VMs"}))
        assert '"instance"' in found
        call = {"name": "list_vms", "arguments": {"instance": "prod", "limit": 1}}
        answer = await client.call_tool("call_tool_read", call)
        assert not answer.is_error, text_of(answer)
        assert (await client.call_tool("call_tool_read", {"name": "list_vms", "arguments": {}})).is_error


async def test_one_xo_in_the_file_is_what_a_server_of_one_is(tmp_path: Path, lab: FakeXo):
    file = instances_file(tmp_path, lab=table(tmp_path, "lab", lab))
    alone = resolve({}, {"XO_URL": lab.url, "XO_TOKEN": lab.admin_token})
    async with Client(build(resolve({}, {"XO_MCP_INSTANCES": str(file)}))) as client:
        shown = [
            tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in (await client.list_tools()).tools
        ]
    expected = definitions(offer(load_entries(), alone), alone)
    assert json.loads(json.dumps(shown)) == json.loads(json.dumps(expected))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "names no XO"),
        ("[lab", "is not TOML"),
        ("lab = 1", "on a line of its own"),
        ("[Lab]\nurl = 'http://x'", "small letters"),
        ("[guides]\nurl = 'http://x'", "not one of guides"),
        ("[lab]\ntoken_file = 'key'", "url is missing"),
        ("[lab]\nurl = 'http://x'", "token_file is missing"),
        ("[lab]\nurl = 'http://x'\ntoken_file = 'gone'", "there is no file"),
        ("[lab]\nurl = 1", "url is a text"),
        ("[lab]\nurl = 'http://x'\ninsecure = 'yes'", "true or false"),
        ("[lab]\nurl = 'http://x'\ntokenfile = 'key'", "did you mean token_file"),
    ],
)
def test_what_is_wrong_in_the_file_is_reported(tmp_path: Path, text: str, part: str):
    file = tmp_path / "instances.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=part):
        load_instances(resolve({}, {"XO_MCP_INSTANCES": str(file)}))


@pytest.mark.parametrize(
    ("url", "more", "parts"),
    [
        ("http://127.0.0.1:9", 'insecure = true\nca_file = "lab.token"', ["insecure", "ca_file"]),
        ("http://alice:pass@127.0.0.1:9", "", ["url"]),
        ("ftp://127.0.0.1", "", ["url"]),
    ],
)
def test_settings_that_can_not_work_are_named_as_in_the_file(tmp_path: Path, url: str, more: str, parts: list[str]):
    file = instances_file(tmp_path, lab=table(tmp_path, "lab", url, more))
    (own,) = load_instances(resolve({}, {"XO_MCP_INSTANCES": str(file)})).values()
    with pytest.raises(ConfigError) as caught:
        client_settings(own)
    assert all(f"{part} of [lab] in {file}" in str(caught.value) for part in parts)
    assert "XO_" not in str(caught.value)
    assert "pass@" not in str(caught.value)


def test_the_file_and_a_single_xo_exclude_each_other(tmp_path: Path, lab: FakeXo):
    file = instances_file(tmp_path, lab=table(tmp_path, "lab", lab))
    for more in ({"XO_URL": lab.url}, {"XO_TOKEN": "x"}, {"XO_INSECURE": "1"}):
        with pytest.raises(ConfigError, match="exclude each other"):
            load_instances(resolve({}, {"XO_MCP_INSTANCES": str(file), **more}))


def test_doctor_and_tools_look_at_each(
    tmp_path: Path,
    lab: FakeXo,
    prod: FakeXo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    for name, value in settings_of(tmp_path, lab, prod).items():
        monkeypatch.setenv(name, value)
    assert main(["tools"]) == 0
    printed = capsys.readouterr().out
    assert all(f"== {name} ==" in printed for name in ("lab", "prod", "away"))
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok") and "lab: login" in line for line in lines)
    assert any(line.startswith("ok") and "prod: login" in line for line in lines)
    assert any(line.startswith("fail") and "away: connection" in line for line in lines)
    file = tmp_path / "instances.toml"
    assert lines[-1].startswith("Next: away: Check that XO runs")
    assert f"url of [away] in {file}" in lines[-1]
    assert any("lab: token file" in line for line in lines)
