"""The installed program over stdio and HTTP, in every protocol version, with the SDK's own client."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial

import anyio
import httpx2
import pytest
from desk import ENTRIES, EVERYTHING, Person, text_of
from fake_xo import FakeXo, running_fake_xo
from mcp import Client
from mcp.shared.exceptions import MCPError
from starting import VERSIONS, Guarded, guarded, over_http, over_stdio
from world import World

pytestmark = pytest.mark.anyio
TOKEN = "planted-client-token-0123456789abcdef"
NO_VM = "00000000-0000-4000-8000-000000000000"
SLOW = 30
"""Seconds of an answer nobody waits for."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=6, lag=0, task_seconds=0.4) as running:
        yield running


@pytest.fixture(scope="module")
def settings(fake: FakeXo) -> dict[str, str]:
    return {"XO_URL": fake.url, "XO_TOKEN": fake.admin_token, **EVERYTHING, "XO_MCP_CONFIRM": "destructive"}


@pytest.fixture(scope="module")
def served(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(settings, tmp_path_factory.mktemp("auth") / "tokens", TOKEN) as running:
        yield running


Connect = Callable[..., AbstractAsyncContextManager[Client]]


@dataclass
class Way:
    """How to reach the server.

    Attributes:
        version: Of the protocol.
        connect: Gives a client, of a person who can be asked or of nobody.
    """

    version: str
    connect: Connect


@pytest.fixture(params=[f"{transport}-{version}" for transport in ("stdio", "http") for version in VERSIONS])
def way(request: pytest.FixtureRequest, settings: dict[str, str]) -> Way:
    transport, version = str(request.param).split("-", 1)
    if transport == "stdio":
        return Way(version, partial(over_stdio, settings, version))
    return Way(version, partial(over_http, request.getfixturevalue("served"), version))


@pytest.fixture
def world(fake: FakeXo) -> Iterator[World]:
    kept = World(fake)
    yield kept
    kept.restore()


def writes(world: World) -> list[str]:
    """What was asked of XO that changes something."""
    return [f"{seen.method} {seen.path}" for seen in world.log() if seen.method != "GET"]


async def test_a_conversation(way: Way, fake: FakeXo, world: World):
    reported: list[tuple[float, float | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        del message
        reported.append((done, total))

    async with way.connect() as client:
        assert client.protocol_version == way.version
        assert {tool.name for tool in (await client.list_tools()).tools} == set(ENTRIES)

        listed = await client.call_tool("list_vms", {"limit": 3})
        assert not listed.is_error, text_of(listed)
        assert len((listed.structured_content or {})["items"]) == 3

        halted = fake.find("vms", power_state="Halted")["id"]
        started = await client.call_tool("start_vm", {"id": halted}, progress_callback=progress)
        assert (started.structured_content or {}).get("status") == "success", text_of(started)
        assert fake.find("vms", id=halted)["power_state"] == "Running"
        assert reported, "no progress"
        assert [done for done, _ in reported] == sorted(done for done, _ in reported)

        absent = await client.call_tool("get_vm", {"id": NO_VM})
        assert absent.is_error
        assert NO_VM in text_of(absent)

        with pytest.raises(MCPError) as caught:
            await client.call_tool("no_such_tool", {})
        assert caught.value.code == -32602
    assert writes(world) == [f"POST /rest/v0/vms/{halted}/actions/start"]


async def test_a_cancelled_call_leaves_the_server_usable(way: Way, fake: FakeXo, world: World):
    fault = fake.fault("GET /hosts", "slow", seconds=SLOW)
    async with way.connect() as client:
        with anyio.move_on_after(SLOW / 2) as patience:
            async with anyio.create_task_group() as calls:
                calls.start_soon(client.call_tool, "list_hosts", {})
                while not fault.hits:  # noqa: ASYNC110 - another thread counts
                    await anyio.sleep(0.01)
                calls.cancel_scope.cancel()
            after = await client.call_tool("list_hosts", {})
        assert not patience.cancelled_caught
        assert not after.is_error, text_of(after)
    assert [seen.status for seen in world.log() if seen.route == "GET /hosts"][-1] == 200


async def test_who_can_not_be_asked_gets_a_token_for_one_call(way: Way, fake: FakeXo, world: World):
    machine = fake.find("vms", power_state="Halted")["id"]
    async with way.connect() as client:
        asked = await client.call_tool("delete_vm", {"id": machine})
        assert not asked.is_error
        assert writes(world) == []
        token = (asked.structured_content or {})["confirm_token"]
        done = await client.call_tool("delete_vm", {"id": machine, "confirm_token": token})
        assert not done.is_error, text_of(done)
        again = await client.call_tool("delete_vm", {"id": machine, "confirm_token": token})
        assert again.is_error
    assert writes(world) == [f"DELETE /rest/v0/vms/{machine}"]


@pytest.mark.parametrize("action", ["accept", "decline", "cancel"])
async def test_who_can_be_asked_is(way: Way, fake: FakeXo, world: World, action: str):
    machine = fake.find("vms", power_state="Halted")
    person = Person(action)
    async with way.connect(person) as client:
        answer = await client.call_tool("delete_vm", {"id": machine["id"]})
    assert len(person.asked) == 1
    assert machine["name_label"] in person.asked[0]
    if action == "accept":
        assert not answer.is_error, text_of(answer)
        assert writes(world) == [f"DELETE /rest/v0/vms/{machine['id']}"]
    else:
        assert answer.is_error
        assert text_of(answer).startswith("Nothing was done")
        assert writes(world) == []


async def test_nobody_comes_in_without_the_token(served: Guarded, world: World):
    async with httpx2.AsyncClient() as http:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            answer = await http.post(
                served.url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers
            )
            assert answer.status_code == 401
    assert writes(world) == []


async def test_the_token_of_the_client_never_reaches_xo(served: Guarded, fake: FakeXo, world: World):
    async with over_http(served, "2026-07-28") as client:
        assert not (await client.call_tool("list_vms", {"limit": 1})).is_error
    sent = [value for seen in world.log() for _, value in seen.headers]
    assert sent
    assert not any(TOKEN.encode() in value for value in sent)
    assert any(fake.admin_token.encode() in value for value in sent)
