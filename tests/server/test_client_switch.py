"""XO's switch that turns MCP clients away."""

import pytest
from asking import Naps, client_of
from loopback import Raw, answer, loopback
from xo_mcp.api.client import McpStatus
from xo_mcp.errors import McpDisabled, XoError
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


DISABLED = {"error": "MCP is disabled by administrator", "data": {"error": "mcp_disabled"}}


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (answer({"enabled": True}), McpStatus(enabled=True, known=True)),
        (answer(b"<html><title>Error</title></html>", 404, media="text/html"), McpStatus(enabled=True, known=False)),
        (answer({"error": "not authenticated"}, 401), McpStatus(enabled=True, known=False)),
    ],
)
async def test_the_probe_says_what_xo_allows(reply: Raw, status: McpStatus) -> None:
    async with loopback(lambda _: reply) as xo, client_of(xo.url) as client:
        assert await client.probe_mcp_status() == status
        (asked,) = xo.seen
        assert asked.line == "GET /rest/v0/mcp/status HTTP/1.1"
        assert asked.all("X-XO-Client") == ["mcp"]
        assert asked.all("Cookie") == asked.all("Authorization") == []


@pytest.mark.parametrize(
    "reply",
    [answer(DISABLED, 503), answer({"data": {"error": "mcp_disabled"}}, 503), answer({"enabled": False})],
)
async def test_the_probe_honours_the_kill_switch(reply: Raw) -> None:
    naps = Naps()
    async with loopback(lambda _: reply) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(McpDisabled, match="administrator has switched MCP access off"):
            await client.probe_mcp_status()
        assert len(xo.seen) == 1
    assert naps.seconds == []


@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_call_honours_the_kill_switch(status: int, method: str) -> None:
    async with loopback(lambda _: answer(DISABLED, status)) as xo, client_of(xo.url) as client:
        with pytest.raises(McpDisabled) as caught:
            await client.request(Call(method, "/vms"))
        assert caught.value.code == "mcp_disabled"
        with pytest.raises(McpDisabled):
            async with client.stream(Call(method, "/vms")):
                pass
        assert len(xo.seen) == 2


async def test_the_probe_recognizes_a_wrong_address() -> None:
    page = answer(b"<html>hello</html>", media="text/html")
    async with loopback(lambda _: page) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match="XO_URL"):
            await client.probe_mcp_status()
