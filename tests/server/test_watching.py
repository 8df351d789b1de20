"""Who watches an object of XO hears when it changes, and nothing of what they may not see."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from fake_xo import running_fake_xo
from fake_xo.server import FakeXo
from mcp import Client
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp.types import ResourceUpdatedNotification
from newest import SPECS
from serving import http_server, over_http, variables
from team import BEARER, team_file, token_files
from xo_mcp.config.config import resolve
from xo_mcp.definitions import load_entries
from xo_mcp.server import subscribing, watching
from xo_mcp.server.serve import build

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"


@pytest.fixture
def xo() -> Iterator[FakeXo]:
    with running_fake_xo(vms=4, lag=0) as fake:
        yield fake


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSE", 0.01)
    monkeypatch.setattr(watching, "LATER", 0.2)


def address(record: Any, collection: str = "vms") -> str:
    return f"xo://{collection}/{record['id']}"


def rename(xo: FakeXo, record: Any, name: str, collection: str = "vms") -> None:
    xo.change(collection, record["id"], name_label=name)


async def heard(events: Any, seconds: float = 10) -> str:
    with anyio.fail_after(seconds):
        event = await anext(events)
    assert isinstance(event, ResourceUpdated)
    return event.uri


async def until(what: Any) -> None:
    with anyio.fail_after(10):
        while not what():  # noqa: ASYNC110 - the fake lives in another thread
            await anyio.sleep(0.02)


async def test_a_stream_hears_of_what_it_watches_and_ends_with_it(xo: FakeXo):
    watched, other, *_ = xo.xo.store.every("vms")
    async with Client(build(resolve({}, variables(xo)))) as client:
        uris = [address(watched), "xo://guides/sql", "xo://vms/none", "xo://nothing/1"]
        async with client.listen(resource_subscriptions=uris) as stream:
            assert stream.honored.resource_subscriptions == uris[:2]
            events = aiter(stream)
            rename(xo, other, "unheard")
            rename(xo, watched, "first")
            assert await heard(events) == address(watched)
            (content,) = (await client.read_resource(address(watched))).contents
            assert "first" in content.text
            # What changes often is reported once in a while.
            for number in range(50):
                rename(xo, watched, f"name {number}")
            assert await heard(events) == address(watched)
            assert len(xo.xo.events.streams) == 1
            assert [set(each.subscriptions) for each in xo.xo.events.streams.values()] == [{"VM"}]
        await until(lambda: not xo.xo.events.streams)


@asynccontextmanager
async def hearing(settings: dict[str, str]) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client of an older protocol version, and the addresses it was notified of."""
    reported: list[str] = []

    async def hear(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            reported.append(str(message.params.uri))

    async with Client(build(resolve({}, settings)), mode="legacy", message_handler=hear) as client:
        yield client, reported


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
async def test_a_session_of_an_older_version_subscribes(xo: FakeXo):
    one, two, *_ = xo.xo.store.every("vms")
    host = xo.find("hosts")
    async with hearing(variables(xo)) as (client, reported):
        await client.subscribe_resource(address(one))
        await client.subscribe_resource(address(one))
        await client.subscribe_resource(address(host, "hosts"))
        rename(xo, two, "unheard")
        rename(xo, one, "changed")
        await until(lambda: address(one) in reported)
        (stream,) = xo.xo.events.streams.values()
        assert set(stream.subscriptions) == {"VM", "host"}
        await client.unsubscribe_resource(address(one))
        assert set(stream.subscriptions) == {"host"}
        reported.clear()
        rename(xo, one, "changed again")
        rename(xo, host, "changed", "hosts")
        await until(lambda: reported)
        assert set(reported) == {address(host, "hosts")}
        await client.unsubscribe_resource(address(host, "hosts"))
        await until(lambda: not xo.xo.events.streams)
        for wrong in ("xo://vms/none", "xo://nothing/1", "other://x"):
            with pytest.raises(MCPError) as caught:
                await client.subscribe_resource(wrong)
            assert caught.value.code == -32602
        await client.subscribe_resource(address(one))
    await until(lambda: not xo.xo.events.streams)


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
async def test_there_are_bounds(xo: FakeXo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "MOST", 2)
    monkeypatch.setattr(subscribing, "STREAMS", 1)
    uris = [address(each) for each in xo.xo.store.every("vms")[:3]]
    async with hearing(variables(xo)) as (client, _):
        for uri in uris[:2]:
            await client.subscribe_resource(uri)
        with pytest.raises(MCPError, match="2 addresses are watched already"):
            await client.subscribe_resource(uris[2])
        await client.unsubscribe_resource(uris[0])
        await client.subscribe_resource(uris[2])
    async with (
        Client(build(resolve({}, variables(xo)))) as client,
        client.listen(resource_subscriptions=uris) as stream,
    ):
        assert stream.honored.resource_subscriptions == uris[:2]
        with pytest.raises(MCPError, match="open already"):
            await client.listen(tools_list_changed=True).__aenter__()
    # Each costs a request to XO, whether it is there or not.
    before = len(xo.requests)
    nobody = [f"xo://vms/5f2c0000-0000-4000-8000-{number:012}" for number in range(50)]
    async with (
        Client(build(resolve({}, variables(xo)))) as client,
        client.listen(resource_subscriptions=nobody) as stream,
    ):
        assert not stream.honored.resource_subscriptions
    assert sum("5f2c0000" in seen.path for seen in xo.requests[before:]) == 2


@pytest.mark.parametrize("how", ["cut", "restarted"])
async def test_a_broken_connection_is_made_again_and_reported(xo: FakeXo, how: str):
    vm = xo.find("vms")
    if how == "cut":
        xo.fault("GET /events", "reset", size=300)
    async with (
        Client(build(resolve({}, variables(xo)))) as client,
        client.listen(resource_subscriptions=[address(vm)]) as stream,
    ):
        events = aiter(stream)
        if how == "cut":
            rename(xo, vm, "an event of more bytes than come through")
        else:
            # A right token is refused for a moment after the start, so that the stream ends for good.
            await anyio.to_thread.run_sync(xo.stop)
            await anyio.to_thread.run_sync(xo.start)
        # Changes may have been missed: that is reported as a change.
        assert await heard(events, 30) == address(vm)

        async def go_on() -> None:
            number = 0
            while True:
                number += 1
                rename(xo, vm, f"after {number}")
                await anyio.sleep(0.2)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(go_on)
            assert await heard(events, 30) == address(vm)
            tasks.cancel_scope.cancel()


async def test_nobody_hears_of_what_they_may_not_see(tmp_path: Path, xo: FakeXo):
    clients = team_file(tmp_path, xo)
    settings = variables(xo, XO_MCP_AUTH_TOKEN_FILE=str(clients), XO_MCP_REQUIRE_OWN_IDENTITY="1")
    host, vm = xo.find("hosts"), xo.find("vms")
    uris = [address(host, "hosts"), address(vm)]
    with http_server(GENERATED, settings) as served:
        async with (
            over_http(served, token=BEARER["alice"], era="auto") as alice,
            over_http(served, token=BEARER["olga"], era="auto") as olga,
            alice.listen(resource_subscriptions=uris) as hers,
            olga.listen(resource_subscriptions=uris) as others,
        ):
            assert hers.honored.resource_subscriptions == uris
            assert others.honored.resource_subscriptions == uris[1:]
            assert {each.user["email"] for each in xo.xo.events.streams.values()} == {
                "admin@example.org", "operator@example.org",
            }  # fmt: skip
            rename(xo, host, "changed", "hosts")
            assert await heard(aiter(hers)) == uris[0]
            rename(xo, vm, "changed")
            assert await heard(aiter(others)) == uris[1]
            # A client that becomes another user of XO hears nothing more as the one it was.
            clients.write_text(clients.read_text().replace("olga.xo", "rita.xo"))
            await olga.list_tools()
            with anyio.fail_after(10):
                assert [event async for event in others] == []


async def test_each_xo_reports_its_own(tmp_path: Path, xo: FakeXo):
    with running_fake_xo(vms=2, seed=9, lag=0) as prod:
        tokens, others = token_files(tmp_path, xo, "lab-"), token_files(tmp_path, prod, "prod-")
        (tmp_path / "all.toml").write_text(
            f'[lab]\nurl = "{xo.url}"\ntoken_file = "{tokens["alice"]}"\n'
            f'[prod]\nurl = "{prod.url}"\ntoken_file = "{others["alice"]}"\n'
            f'[away]\nurl = "http://127.0.0.1:9"\ntoken_file = "{others["alice"]}"\n'
        )
        config = resolve({}, {"XO_MCP_INSTANCES": str(tmp_path / "all.toml"), "XO_MCP_TOOLSETS": "all"})
        vm = prod.find("vms")
        uri = f"xo://prod/vms/{vm['id']}"
        async with Client(build(config)) as client:
            asked = [uri, f"xo://lab/vms/{vm['id']}", f"xo://vms/{vm['id']}"]
            async with client.listen(resource_subscriptions=asked) as stream:
                assert stream.honored.resource_subscriptions == [uri]
                rename(prod, vm, "changed")
                assert await heard(aiter(stream)) == uri
            await until(lambda: not prod.xo.events.streams)


async def test_sessions_that_end_with_their_request_are_offered_no_subscription(xo: FakeXo):
    with http_server(GENERATED, variables(xo)) as served:
        async with over_http(served) as client:
            assert client.server_capabilities.resources is not None
            assert not client.server_capabilities.resources.subscribe


@pytest.mark.breaks_contract("events came with XO 5.113")
async def test_an_xo_without_events_grants_nothing():
    with running_fake_xo(vms=1, spec=SPECS / "xo-5.112.json") as old:
        async with (
            Client(build(resolve({}, variables(old)))) as client,
            client.listen(resource_subscriptions=[address(old.find("vms"))]) as stream,
        ):
            assert not stream.honored.resource_subscriptions


def test_events_name_the_kinds_of_most_collections():
    kinds = watching.kinds_of_events(load_entries())
    assert {
        "vms": "VM",
        "hosts": "host",
        "srs": "SR",
        "vm-snapshots": "VM-snapshot",
        "tasks": "task",
    }.items() <= kinds.items()
