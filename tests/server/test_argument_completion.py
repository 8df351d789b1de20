"""Arguments of prompts and addresses are completed with what the client may see, and with nothing else."""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import PromptReference, ResourceTemplateReference
from serving import ERAS, http_server, over_http, variables
from team import BEARER, team_file, token_files
from xo_mcp.config.config import resolve
from xo_mcp.server.prompts import KINDS, RECIPES, TAG
from xo_mcp.server.serve import build

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=130, lag=0) as fake:
        one, other, third, odd, *_ = fake.xo.store.every("vms")
        for record, name in ((one, "Zeta one"), (other, "twin"), (third, "twin"), (odd, "x\x1b[2Jy")):
            fake.xo.store.update("vms", record["id"], name_label=name)
        fake.xo.store.update("vms", one["id"], tags=["gold", "Golden retriever"])
        yield fake


def template(uri: str) -> ResourceTemplateReference:
    return ResourceTemplateReference(uri=uri)


def prompt(name: str) -> PromptReference:
    return PromptReference(name=name)


async def values(client: Client, reference: Any, name: str, typed: str, **others: str) -> list[str]:
    answer = await client.complete(reference, {"name": name, "value": typed}, others or None)
    return list(answer.completion.values)


def unambiguous(xo: FakeXo, collection: str) -> set[str]:
    """Names that one object has, from the fake's own store."""
    names = Counter(each["name_label"] for each in xo.xo.store.every(collection))
    return {name for name, count in names.items() if count == 1}


@pytest.mark.parametrize("era", ERAS)
async def test_names_and_ids_complete_addresses_that_can_be_read(xo: FakeXo, era: str):
    config = resolve({}, variables(xo))
    async with Client(build(config), mode=era) as client:
        vms = template("xo://vms/{id}")
        answer = (await client.complete(vms, {"name": "id", "value": ""})).completion
        assert (len(answer.values), answer.total, answer.has_more) == (100, 130, True)
        assert await values(client, vms, "id", "zeta O") == ["Zeta one"]
        assert await values(client, vms, "id", "nothing like it") == []
        twins = {each["id"] for each in xo.xo.store.every("vms") if each["name_label"] == "twin"}
        odd = xo.find("vms", name_label="x\x1b[2Jy")["id"]
        for identifier in (*twins, odd):
            assert await values(client, vms, "id", str(identifier)[:20]) == [identifier]
        assert "twin" not in await values(client, vms, "id", "twin")
        hosts = await values(client, template("xo://hosts/{id}"), "id", "")
        assert set(hosts) >= unambiguous(xo, "hosts")
        (content,) = (await client.read_resource("xo://vms/Zeta%20one")).contents
        assert str(xo.find("vms", name_label="Zeta one")["id"]) in content.text
        with pytest.raises(MCPError, match="2 objects of the kind VM are called"):
            await client.read_resource("xo://vms/twin")
        assert "XoVm" in await values(client, template("xo://guides/fields/{record}"), "record", "xov")
        assert await values(client, vms, "name", "z") == []
        for unknown in (template("xo://vms/{x}"), template("xo://nothing/{id}"), prompt("health")):
            with pytest.raises(MCPError, match="Unknown") as caught:
                await values(client, unknown, "id", "")
            assert caught.value.code == -32602


async def test_arguments_of_prompts_are_names_and_tags(xo: FakeXo):
    async with Client(build(resolve({}, variables(xo)))) as client:
        listed = {
            each.name: {argument.name for argument in each.arguments or ()}
            for each in (await client.list_prompts()).prompts
        }
        taken = {argument for arguments in listed.values() for argument in arguments}
        assert {*KINDS, TAG} <= taken
        for name, recipe in RECIPES.items():
            for argument in recipe.arguments:
                found = await values(client, prompt(name), argument, "")
                if argument in KINDS:
                    assert set(found) & unambiguous(xo, KINDS[argument]), (name, argument)
        assert await values(client, prompt("backup_audit"), "tag", "GOLD") == ["Golden retriever", "gold"]
        assert await values(client, prompt("backup_audit"), "days", "3") == []
        filled = await client.get_prompt("look_into_vm", {"vm": "Zeta one"})
        assert "Look into Zeta one" in filled.messages[0].content.text


async def test_who_types_asks_xo_once(xo: FakeXo):
    async with Client(build(resolve({}, variables(xo)))) as client:
        before = len(xo.requests)
        async with anyio.create_task_group() as tasks:
            for typed in ("", "z", "ze", "zet", "zeta", "zeta "):
                tasks.start_soon(values, client, template("xo://vms/{id}"), "id", typed)
        asked = [seen for seen in xo.requests[before:] if seen.path == "/rest/v0/vms"]
        assert len(asked) == 1
        assert "fields=id%2Cname_label" in asked[0].query or "fields=id,name_label" in asked[0].query


async def test_an_xo_that_does_not_answer_completes_nothing(xo: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("xo_mcp.server.completions.PATIENCE", 0.1)
    async with Client(build(resolve({}, variables(xo)))) as client:
        xo.fault("GET /hosts", "hang", times=1)
        assert await values(client, template("xo://hosts/{id}"), "id", "") == []
        xo.xo.faults.clear()
    async with Client(build(resolve({}, variables(xo, XO_URL="http://127.0.0.1:9")))) as client:
        assert await values(client, template("xo://hosts/{id}"), "id", "") == []


async def test_each_person_completes_what_they_may_see(tmp_path: Path, xo: FakeXo):
    clients = team_file(tmp_path, xo, rita="--toolsets=vms")
    settings = variables(
        xo, XO_MCP_AUTH_TOKEN_FILE=str(clients), XO_MCP_REQUIRE_OWN_IDENTITY="1", XO_MCP_RATE_LIMIT="0"
    )
    seen: dict[str, set[str]] = {"alice": set(), "olga": set(), "rita": set()}
    with http_server(GENERATED, settings) as served:

        async def ask(name: str) -> None:
            async with over_http(served, token=BEARER[name], era="auto") as client:
                for _ in range(5):
                    seen[name] |= set(await values(client, prompt("host_maintenance"), "host", ""))
                # Hosts are not among what the operator lets Rita use, nor is a query that would show them; Olga's
                # roles show none, which the server knows by then or learns later.
                with nullcontext() if name == "alice" else suppress(MCPError):
                    seen[name] |= set(await values(client, template("xo://hosts/{id}"), "id", ""))

        async with anyio.create_task_group() as tasks:
            for name in seen:
                tasks.start_soon(ask, name)
        async with over_http(served, token=BEARER["rita"], era="auto") as rita:
            assert "Zeta one" in await values(rita, template("xo://vms/{id}"), "id", "zeta")
    assert seen["alice"] >= unambiguous(xo, "hosts")
    # What Alice's session brought is nobody else's.
    assert seen["olga"] == set()
    assert seen["rita"] == set()


async def test_several_xos_complete_their_own(tmp_path: Path, xo: FakeXo, monkeypatch: pytest.MonkeyPatch):
    # The answers are what this is about, however busy the machine is.
    monkeypatch.setattr("xo_mcp.server.completions.PATIENCE", 30.0)
    with running_fake_xo(vms=3, seed=8, lag=0) as prod:
        prod.xo.store.update("vms", prod.find("vms")["id"], name_label="Zeta of prod")
        tokens, others = token_files(tmp_path, xo, "lab-"), token_files(tmp_path, prod, "prod-")
        (tmp_path / "all.toml").write_text(
            f'[lab]\nurl = "{xo.url}"\ntoken_file = "{tokens["alice"]}"\n'
            f'[prod]\nurl = "{prod.url}"\ntoken_file = "{others["alice"]}"\n'
            f'[away]\nurl = "http://127.0.0.1:9"\ntoken_file = "{others["alice"]}"\n'
        )
        settings = {"XO_MCP_INSTANCES": str(tmp_path / "all.toml"), "XO_MCP_TOOLSETS": "all"}
        vms = template("xo://{instance}/vms/{id}")
        async with Client(build(resolve({}, settings))) as client:
            assert await values(client, vms, "instance", "") == ["lab", "prod", "away"]
            assert await values(client, vms, "id", "zeta", instance="prod") == ["Zeta of prod"]
            assert await values(client, vms, "id", "zeta", instance="lab") == ["Zeta one"]
            assert await values(client, vms, "id", "zeta", instance="away") == []
            assert await values(client, vms, "id", "zeta") == []
            assert await values(client, prompt("look_into_vm"), "vm", "zeta") == ["Zeta one", "Zeta of prod"]
            assert await values(client, prompt("look_into_vm"), "vm", "zeta", instance="prod") == ["Zeta of prod"]
            assert await values(client, prompt("look_into_vm"), "instance", "p") == ["prod"]
            with pytest.raises(MCPError, match="Unknown"):
                await values(client, template("xo://vms/{id}"), "id", "")
            reported = (
                (await client.get_prompt("look_into_vm", {"vm": "x", "instance": "prod"})).messages[0].content.text
            )
            assert "`instance`: prod" in reported
            assert "do this for each `instance`" in (await client.get_prompt("health_check")).messages[0].content.text
        (tmp_path / "clients").write_text(f"rita {BEARER['rita']} prod={others['rita']}\n")
        own = {**settings, "XO_MCP_AUTH_TOKEN_FILE": str(tmp_path / "clients"), "XO_MCP_REQUIRE_OWN_IDENTITY": "1"}
        with http_server(GENERATED, own) as served:
            async with over_http(served, token=BEARER["rita"], era="auto") as rita:
                assert await values(rita, vms, "instance", "") == ["prod"]
                assert await values(rita, vms, "id", "zeta", instance="lab") == []
                assert await values(rita, prompt("look_into_vm"), "vm", "zeta") == ["Zeta of prod"]
