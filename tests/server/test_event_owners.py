"""Whose an event stream is: clients that are distinguished neither see nor use each other's."""

from pathlib import Path

import pytest
from event_routes import SUBSCRIPTION, Events, listening, opened, read
from fake_xo import running_fake_xo
from mcp import Client
from serving import ERAS, http_server, over_http, text_of, variables
from xo_mcp.errors import ArgumentError
from xo_mcp.types import Call

pytestmark = pytest.mark.anyio
GENERATED = Path(__file__).resolve().parents[2] / "generated"
ALICE, BOB = "alice-0123456789-token", "bob-0123456789-token"


async def open_stream(client: Client) -> str:
    answer = await client.call_tool("open_events_stream", {})
    assert answer.structured_content is not None
    return str(answer.structured_content["id"])


@pytest.mark.parametrize("era", ERAS)
async def test_a_stream_is_there_for_who_opened_it_alone(tmp_path: Path, era: str):
    tokens = tmp_path / "tokens"
    tokens.write_text(f"alice {ALICE}\nbob {BOB}\n")
    with (
        running_fake_xo(vms=3) as xo,
        http_server(GENERATED, variables(xo), "--auth-token-file", str(tokens)) as served,
    ):
        async with over_http(served, token=ALICE, era=era) as alice, over_http(served, token=BOB, era=era) as bob:
            stream = await open_stream(alice)
            for tool, more in (
                ("read_events", {"timeout": 0}),
                ("close_events_stream", {}),
                ("add_event_subscription", {"collection": "VM"}),
                ("remove_event_subscription", {"subscriptionId": "VM"}),
            ):
                refused = await bob.call_tool(tool, {"id": stream, **more})
                assert refused.is_error
                assert f"'{stream}' is not open here. Open one with" in text_of(refused)
            assert stream not in text_of(await bob.call_tool("read_events", {"id": "x"}))
            read_by_alice = await alice.call_tool("read_events", {"id": stream, "timeout": 0})
            assert not read_by_alice.is_error, text_of(read_by_alice)
            await alice.call_tool("close_events_stream", {"id": stream})
            assert "it was closed" not in text_of(await bob.call_tool("read_events", {"id": stream}))


async def test_one_client_s_streams_leave_another_its_own():
    async with listening(Events(), streams=1, of_all=2) as (hub, _):
        first = await opened(hub)
        with pytest.raises(ArgumentError, match=f"1 event streams are open already: {first}"):
            await hub.open(owner=None)
        second = str((await hub.open(owner="bob")).data["id"])
        with pytest.raises(ArgumentError, match="clients of this server have 2 event streams open") as full:
            await hub.open(owner="carol")
        assert first not in str(full.value)
        assert second not in str(full.value)
        with pytest.raises(ArgumentError, match=f"Open: {second}"):
            await read(hub, first, owner="bob")
        with pytest.raises(ArgumentError, match="is not open here"):
            await hub.unsubscribe(Call("DELETE", SUBSCRIPTION, {"id": second, "subscriptionId": "VM"}))
        await hub.close(id=first)
        assert await hub.open(owner="carol")
