"""An XO that says nothing: how long the client waits, and that it stays usable."""

import asyncio

import anyio
import pytest
from asking import Naps, client_of
from loopback import Asked, Raw, answer, loopback
from xo_mcp.api.client import Timeouts
from xo_mcp.errors import ConfigError, Unreachable
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_silent_xo_is_given_up(method: str) -> None:
    never = asyncio.Event()

    async def silent(_: Asked) -> Raw:
        await never.wait()
        return answer([])

    timeouts = Timeouts(normal=0.05)
    async with loopback(silent) as xo, client_of(xo.url, timeouts=timeouts) as client:
        with pytest.raises(Unreachable, match=f"did not answer {method} /vms within 0.05 s") as caught:
            await client.request(Call(method, "/vms"))
        assert len(xo.seen) == 1
        assert ("unknown" in str(caught.value)) is (method == "DELETE")


async def test_a_call_that_waits_outlasts_an_ordinary_one() -> None:
    async def slow(_: Asked) -> Raw:
        await anyio.sleep(0.3)
        return answer({"status": "success"})

    timeouts = Timeouts(normal=0.05, transfer=0.05)
    async with loopback(slow) as xo, client_of(xo.url, timeouts=timeouts) as client:
        reply = await client.request(Call("GET", "/tasks/{id}", path={"id": "t"}), patience="wait")
        assert reply.data == {"status": "success"}
        with pytest.raises(Unreachable):
            async with client.stream(Call("GET", "/vms")):
                pass


async def test_a_cancelled_call_leaves_the_client_usable() -> None:
    never = asyncio.Event()

    async def sometimes(asked: Asked) -> Raw:
        if asked.target.endswith("/slow"):
            await never.wait()
        return answer([1])

    async with loopback(sometimes) as xo, client_of(xo.url) as client:
        with anyio.move_on_after(0.05) as scope:
            await client.request(Call("GET", "/vms/{id}", path={"id": "slow"}), patience="wait")
        assert scope.cancelled_caught
        assert (await client.request(Call("GET", "/vms"))).data == [1]


async def test_a_connection_that_never_stands_is_tried_twice() -> None:
    naps = Naps()
    handlers = []

    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.append(asyncio.current_task())
        await reader.read()  # until the client gives up
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with client_of(url, naps, timeouts=Timeouts(connect=0.5)) as client:
            with pytest.raises(Unreachable, match=r"No connection to https://127\.0\.0\.1:\d+ within 0\.5 s"):
                await client.request(Call("POST", "/vms"))
        await asyncio.gather(*(handler for handler in handlers if handler))
    assert len(handlers) == 2
    assert len(naps.seconds) == 1


@pytest.mark.parametrize("name", ["connect", "normal", "wait", "transfer", "pool"])
async def test_a_timeout_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Timeouts(**{name: 0})


async def test_an_unknown_name_is_reported() -> None:
    naps = Naps()
    async with client_of("https://xo.invalid", naps) as client:
        with pytest.raises(Unreachable, match=r"xo\.invalid can't be resolved: check XO_URL"):
            await client.request(Call("GET", "/vms"))
    assert naps.seconds == []
