"""Three people at one server at the same time: what one finds, saves or agrees to is never another's."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from listener import Served
from mcp import Client
from mcp.shared.exceptions import MCPError
from serving import http_server, over_http, text_of, variables
from team import BEARER, PEOPLE, team_file
from xo_mcp.definitions import Entry, load_entries

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"
CALLS = 100
WISHES = (
    "delete a VM",
    "stop a VM",
    "list hosts",
    "snapshot",
    "storage repositories",
    "users",
    "restart a host",
    "backup",
)
ENTRIES = {entry.name: entry for entry in load_entries()}


@pytest.fixture(scope="module")
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=6) as fake:
        yield fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("people")


@pytest.fixture(scope="module")
def served(xo: FakeXo, folder: Path) -> Iterator[Served]:
    (folder / "files").mkdir()
    settings = variables(
        xo,
        XO_MCP_SURFACE="search",
        XO_MCP_AUTH_TOKEN_FILE=str(
            team_file(folder, xo, rita="--no-enable-actions --toolsets=vms,hosts --tools=query_inventory")
        ),
        XO_MCP_REQUIRE_OWN_IDENTITY="1",
        XO_MCP_DOWNLOAD_DIR=str(folder / "files"),
        XO_MCP_RATE_LIMIT="0",
    )
    with http_server(GENERATED, settings) as served:
        yield served


def may(xo: FakeXo, name: str, entry: Entry) -> bool:
    """Whether somebody is to see a tool: from the fake's roles, and for Rita from the operator's line about her."""
    narrowed = entry.facts.effect == "read" and {"vms", "hosts"} & set(entry.facts.tags)
    if name == "rita" and entry.name != "query_inventory" and not narrowed:
        return False
    user = PEOPLE[name]
    if user == "admin":
        return True
    record = next(each for each in xo.xo.store.every("users") if each["name"].startswith(user))
    held = {(each["resource"], each["action"]) for each in xo.xo.rbac.privileges(record)}
    needed = [tuple(each.split(":", 1)) for each in entry.facts.privileges if not each.endswith("?")]
    lacks = [
        (resource, action)
        for resource, action in needed
        if not {(resource, action), (resource, "*"), (resource, action.split(":")[0])} & held
    ]
    if entry.facts.operation is None and len(lacks) < len(needed):
        return entry.facts.permission != "admin"
    return not lacks and entry.facts.permission != "admin"


async def everybody(stack: AsyncExitStack, served: Served) -> dict[str, Client]:
    """A client of each; the server knows what each may do."""
    clients = {
        name: await stack.enter_async_context(over_http(served, token=BEARER[name], era="auto")) for name in PEOPLE
    }
    # Rita's line hides delete_vm at once; what needs an administrator goes when XO has said what she is.
    for name, tool in (("olga", "delete_vm"), ("rita", "list_esxi_vms")):
        with anyio.fail_after(20):
            while await described(clients[name], tool):  # noqa: ASYNC110 - XO notifies the server, not us
                await anyio.sleep(0.05)
    return clients


async def described(client: Client, name: str) -> bool:
    return not (await client.call_tool("describe_tools", {"names": [name]})).is_error


async def test_a_hundred_searches_of_three_people_find_what_each_may_use(served: Served, xo: FakeXo):
    found: dict[str, set[str]] = {name: set() for name in PEOPLE}
    async with AsyncExitStack() as stack:
        clients = await everybody(stack, served)

        async def search(number: int) -> None:
            name = list(PEOPLE)[number % len(PEOPLE)]
            answer = await clients[name].call_tool(
                "search_tools", {"query": WISHES[number // 3 % len(WISHES)], "limit": 20}
            )
            assert answer.structured_content is not None, text_of(answer)
            found[name] |= {tool["name"] for tool in answer.structured_content["tools"]}
            # Whom XO refuses is named as the one who asks, and nobody else.
            for other, user in PEOPLE.items():
                if other != name:
                    assert f"{user}@example.org" not in text_of(answer)

        async with anyio.create_task_group() as tasks:
            for number in range(CALLS):
                tasks.start_soon(search, number)
    for name, names in found.items():
        assert names, name
        assert [each for each in names if not may(xo, name, ENTRIES[each])] == [], name
    assert "delete_vm" in found["alice"]
    assert not found["rita"] & {"delete_vm", "list_srs"}


async def test_what_is_hidden_from_one_is_neither_described_nor_called(served: Served, xo: FakeXo):
    vm = str(xo.find("vms", power_state="Halted")["id"])
    before = len(xo.requests)
    async with AsyncExitStack() as stack:
        clients = await everybody(stack, served)
        outcomes: list[tuple[str, bool]] = []

        async def attack(name: str, tool: str, arguments: dict[str, Any]) -> None:
            try:
                answer = await clients[name].call_tool(tool, arguments)
                outcomes.append((name, answer.is_error))
            except MCPError:
                outcomes.append((name, True))

        async with anyio.create_task_group() as tasks:
            for name in ("olga", "rita"):
                for tool, arguments in (
                    ("describe_tools", {"names": ["delete_vm"]}),
                    ("call_tool_write", {"name": "delete_vm", "arguments": {"id": vm}}),
                    ("call_tool_read", {"name": "delete_vm", "arguments": {"id": vm}}),
                    ("delete_vm", {"id": vm}),
                ):
                    tasks.start_soon(attack, name, tool, arguments)
                    tasks.start_soon(attack, "alice", "describe_tools", {"names": ["delete_vm"]})
    assert {failed for name, failed in outcomes if name == "alice"} == {False}
    assert {failed for name, failed in outcomes if name != "alice"} == {True}
    assert not [seen for seen in xo.requests[before:] if seen.method == "DELETE"]


async def test_agreements_and_files_of_a_hundred_calls_stay_with_who_made_them(
    served: Served, xo: FakeXo, folder: Path
):
    vms = [str(each["id"]) for each in xo.xo.store.every("vms") if each["power_state"] == "Halted"][:3]
    async with AsyncExitStack() as stack:
        clients = await everybody(stack, served)
        tokens: list[tuple[str, str]] = []
        at_once = anyio.CapacityLimiter(30)  # a client may have 32 calls under way

        async def work(number: int) -> None:
            async with at_once:
                await call(number)

        async def call(number: int) -> None:
            name = list(PEOPLE)[number % len(PEOPLE)]
            if number % 4 == 0:
                asked = await clients["alice"].call_tool(
                    "call_tool_write", {"name": "delete_vm", "arguments": {"id": vms[number % len(vms)]}}
                )
                assert asked.structured_content is not None, text_of(asked)
                tokens.append((vms[number % len(vms)], asked.structured_content["confirm_token"]))
                return
            sql = f"SELECT '{name}' AS me, count(*) AS hosts FROM hosts"
            saved = await clients[name].call_tool("query_inventory", {"sql": sql, "filename": f"mine-{number}"})
            assert not saved.is_error, text_of(saved)

        async with anyio.create_task_group() as tasks:
            for number in range(CALLS):
                tasks.start_soon(work, number)

        async def steal(vm: str, token: str) -> None:
            arguments = {"id": vm, "confirm_token": token}
            stolen = await clients["olga"].call_tool("call_tool_write", {"name": "delete_vm", "arguments": arguments})
            assert stolen.is_error

        async with anyio.create_task_group() as tasks:
            for vm, token in tokens[:20]:
                tasks.start_soon(steal, vm, token)
    assert all(xo.find("vms", id=vm) for vm in vms)
    hosts = len(xo.xo.store.every("hosts"))
    for name in PEOPLE:
        files = list((folder / "files" / name).iterdir())
        assert files
        for file in files:
            head, row = file.read_text().splitlines()
            assert head == "me,hosts"
            # Olga's roles show no host.
            assert row == f"{name},{0 if name == 'olga' else hosts}"
