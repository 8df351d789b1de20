"""One client of one XO: what it sends, what it repeats, where it goes on, what it makes of good answers."""

import asyncio
import datetime as dt
import gzip
import json
import logging
import ssl
import zlib
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from loopback import CLOSE, Asked, Raw, answer, loopback
from xo_mcp.api.client import Client, ClientSettings, McpStatus, RetryPolicy, Timeouts
from xo_mcp.errors import (
    ArgumentError,
    ConfigError,
    McpDisabled,
    NotFound,
    ServerError,
    TransferError,
    Unreachable,
    XoError,
)
from xo_mcp.types import OMIT

pytestmark = pytest.mark.anyio

UUID = "6db5acbc-cb97-5e7a-8a48-8f8728ec375c"
ME = "a67d1dbf-2abe-4d05-8307-8fbc4bd7e84e"
DISABLED = {"error": "MCP is disabled by administrator", "data": {"error": "mcp_disabled"}}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Naps:
    """Counts pauses instead of making them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def client_of(url: str, sleep: Naps | None = None, retries: RetryPolicy | None = None, **changes: Any) -> Client:
    settings = ClientSettings(url=url, **{"token": "secret-token", **changes})
    return Client(settings, sleep=sleep or Naps(), retries=retries)


def in_turn(*replies: Raw) -> Callable[[Asked], Raw]:
    """Give the first reply first; the last one again and again."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


# What is sent


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (OMIT, b""),
        ({}, b"{}"),
        ({"a": OMIT, "b": None, "c": [1, "\u00e9\ud800"]}, b'{"b":null,"c":[1,"\\u00e9\\ud800"]}'),
        (None, b"null"),
        ([1, 2], b"[1,2]"),
    ],
)
async def test_bodies_are_json_without_what_was_omitted(body: Any, sent: bytes) -> None:
    async with loopback(lambda _: answer(status=204)) as xo, client_of(xo.url) as client:
        reply = await client.request("POST", "/vms", body=body)
        (asked,) = xo.seen
        assert asked.body == sent
        assert asked.all("Content-Type") == ([] if body is OMIT else ["application/json"])
        assert (reply.status, reply.data) == (204, None)


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": object()}])
async def test_a_body_that_is_no_json_is_not_sent(body: Any) -> None:
    async with loopback(lambda _: answer()) as xo, client_of(xo.url) as client:
        with pytest.raises(ArgumentError):
            await client.request("POST", "/vms", body=body)
        assert xo.seen == []


async def test_a_url_without_end_is_not_sent() -> None:
    async with loopback(lambda _: answer()) as xo, client_of(xo.url) as client:
        with pytest.raises(ArgumentError, match="too long"):
            await client.request("GET", "/vms", query={"filter": "x" * 70_000})
        assert xo.seen == []


async def test_connections_are_shared() -> None:
    async with loopback(lambda _: answer([])) as xo, client_of(xo.url) as client:
        for _ in range(5):
            await client.request("GET", "/vms")
        assert len(xo.seen) == 5
        assert xo.connections == 1


async def test_twenty_calls_at_once() -> None:
    async with loopback(lambda asked: answer({"target": asked.target})) as xo, client_of(xo.url) as client:
        found: dict[int, Any] = {}

        async def one(number: int) -> None:
            found[number] = (await client.request("GET", "/vms/{id}", path={"id": f"vm-{number}"})).data

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(one, number)
        assert found == {number: {"target": f"/rest/v0/vms/vm-{number}"} for number in range(20)}


# What is made of good answers


@pytest.mark.parametrize(
    ("content", "media", "data"),
    [
        (b'{"a": [1]}', "application/json; charset=utf-8", {"a": [1]}),
        (b'\xef\xbb\xbf{"a": 1}', "application/json", {"a": 1}),
        (b'{"a": 1}', "application/problem+json", {"a": 1}),
        (b'{"a":1}\n\n{"b":2}\r\n', "application/x-ndjson", [{"a": 1}, {"b": 2}]),
        (b"", "application/x-ndjson", None),
        (b"| a |\n", "text/markdown; charset=utf-8", "| a |\n"),
        (b"caf\xe9", "text/plain", "caf\ufffd"),
        (b"line", "application/octet-stream", "line"),
        (b'[{"a": 1}]', None, [{"a": 1}]),
        (b"plain", None, "plain"),
        (b"", "application/json", None),
    ],
)
async def test_answers_are_read_leniently(content: bytes, media: str | None, data: Any) -> None:
    async with loopback(lambda _: answer(content, media=media)) as xo, client_of(xo.url) as client:
        reply = await client.request("GET", "/vms")
        assert reply.data == data
        assert reply.media_type == (media or "").partition(";")[0]
        assert reply.headers["content-length"] == str(len(content))


@pytest.mark.parametrize(
    ("content", "media", "said"),
    [
        (b'[{"a": 1}, {"b', "application/json", "no JSON"),
        (b"[" * 100_000, "application/json", "no JSON"),
        (b"1" * 5000, "application/json", "no JSON"),
        (b'{"a":1}\n{"b"', "application/x-ndjson", "line 2"),
        (b"<html><title>Sign in</title></html>", "text/html", "web page instead of data"),
    ],
)
async def test_an_unreadable_answer_says_so(content: bytes, media: str, said: str) -> None:
    async with loopback(lambda _: answer(content, media=media)) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match=said) as caught:
            await client.request("GET", "/vms")
        assert (caught.value.status, caught.value.code) == (200, "unreadable")
        assert "XO_URL" in str(caught.value)


async def test_compressed_answers_are_read() -> None:
    content = gzip.compress(json.dumps([{"id": "x"}] * 1000).encode())
    zipped = answer(content, headers={"Content-Encoding": "gzip"})
    async with loopback(lambda _: zipped) as xo, client_of(xo.url) as client:
        assert len((await client.request("GET", "/vms")).data) == 1000  # type: ignore[arg-type]
        assert "gzip" in xo.seen[0].all("Accept-Encoding")[0]


async def test_a_damaged_compressed_answer_says_so() -> None:
    content = gzip.compress(b"[1]")[:-9] + b"damaged!!"
    broken = answer(b"no gzip" + content, headers={"Content-Encoding": "gzip"})
    async with loopback(lambda _: broken) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match="damaged") as caught:
            await client.request("GET", "/vms")
        assert caught.value.code == "unreadable"
        assert len(xo.seen) == 1


async def test_an_answer_without_end_is_not_kept() -> None:
    bomb = zlib.compress(b" " * 3_000_000)
    replies = in_turn(
        answer(b"[" + b" " * 1_000_000 + b"]"), answer(bomb, headers={"Content-Encoding": "deflate"}), answer(b"[1]")
    )
    async with loopback(replies) as xo, client_of(xo.url, max_reply=1_000_000) as client:
        for _ in range(2):
            with pytest.raises(XoError, match="larger than") as caught:
                await client.request("GET", "/vms")
            assert caught.value.code == "too_large"
            assert "`limit`" in str(caught.value)
        assert (await client.request("GET", "/vms")).data == [1]


async def test_head_has_no_body() -> None:
    head = Raw([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"])
    async with loopback(lambda _: head) as xo, client_of(xo.url) as client:
        assert (await client.request("HEAD", "/vms")).data is None


# What is repeated


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_reads_are_repeated_while_xo_is_busy(status: int) -> None:
    naps = Naps()
    replies = in_turn(answer(status=status), answer({"error": "busy"}, status), answer([1]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        assert (await client.request("GET", "/vms")).data == [1]
        assert len(xo.seen) == 3
        assert 0 < naps.seconds[0] <= 0.25
        assert 0 < naps.seconds[1] <= 0.5


async def test_repeating_ends() -> None:
    naps = Naps()
    async with loopback(lambda _: answer(status=502)) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(ServerError, match="proxy before XO"):
            await client.request("GET", "/vms")
        assert len(xo.seen) == 4
        assert len(naps.seconds) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 500, 501])
async def test_an_honest_refusal_is_not_repeated(status: int) -> None:
    async with loopback(lambda _: answer({"error": "no"}, status)) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError):
            await client.request("GET", "/vms")
        assert len(xo.seen) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("reply", [answer(status=502), answer(status=503), answer(status=429), CLOSE])
async def test_writes_are_never_repeated_once_sent(method: str, reply: Raw) -> None:
    async with loopback(lambda _: reply) as xo, client_of(xo.url) as client:
        with pytest.raises((XoError, Unreachable)) as caught:
            await client.request(method, "/vms", body={})
        assert len(xo.seen) == 1
        if reply is CLOSE:
            assert isinstance(caught.value, Unreachable)
            assert caught.value.maybe_done
            assert "unknown" in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_everything_is_repeated_while_nothing_listens(method: str) -> None:
    async with loopback(lambda _: answer()) as gone:
        port = gone.port
    naps = Naps()
    async with client_of(f"http://127.0.0.1:{port}", naps) as client:
        with pytest.raises(Unreachable, match=r"Nothing listens at http://127\.0\.0\.1") as caught:
            await client.request(method, "/vms")
    assert len(naps.seconds) == 3
    assert not caught.value.maybe_done


async def test_a_write_goes_through_once_something_listens() -> None:
    async with loopback(lambda _: answer()) as gone:
        port = gone.port
    listening = asyncio.Event()
    server: list[asyncio.Server] = []
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async def start(_: float) -> None:
        server.append(await asyncio.start_server(serve, "127.0.0.1", port))
        listening.set()

    settings = ClientSettings(url=f"http://127.0.0.1:{port}", token="secret-token")

    async def upload() -> AsyncIterator[bytes]:
        yield b""

    async with Client(settings, sleep=start) as client, client.stream("POST", "/vms", content=upload()) as response:
        assert response.status_code == 204
    server[0].close()
    await server[0].wait_closed()
    assert listening.is_set()
    assert len(seen) == 1


async def test_reads_are_repeated_when_the_connection_breaks() -> None:
    cut = Raw([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n[1"], asyncio.Event())
    assert cut.wait_for is not None
    cut.wait_for.set()
    async with loopback(in_turn(CLOSE, cut, answer([1]))) as xo, client_of(xo.url) as client:
        assert (await client.request("GET", "/vms")).data == [1]
        assert len(xo.seen) == 3


@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_honoured(as_date: bool) -> None:
    naps = Naps()
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
    header = format_datetime(moment, usegmt=True) if as_date else "3"
    replies = in_turn(answer(status=429, headers={"Retry-After": header}), answer([1]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        assert (await client.request("GET", "/vms")).data == [1]
    (seconds,) = naps.seconds
    assert 0 < seconds <= 5 if as_date else seconds == 3


@pytest.mark.parametrize("header", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
async def test_a_long_retry_after_is_not_waited_for(header: str) -> None:
    naps = Naps()
    reply = answer(status=503, headers={"Retry-After": header})
    async with loopback(lambda _: reply) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(ServerError):
            await client.request("GET", "/vms")
        assert len(xo.seen) == 1
    assert naps.seconds == []


@pytest.mark.parametrize("header", ["soon", "-1", "1.5", ""])
async def test_an_unreadable_retry_after_is_as_none(header: str) -> None:
    naps = Naps()
    replies = in_turn(answer(status=503, headers={"Retry-After": header}), answer([1]))
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        assert (await client.request("GET", "/vms")).data == [1]
    assert 0 < naps.seconds[0] <= 0.25


# Silence


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_silent_xo_is_given_up(method: str) -> None:
    never = asyncio.Event()

    async def silent(_: Asked) -> Raw:
        await never.wait()
        return answer([])

    timeouts = Timeouts(normal=0.05)
    async with loopback(silent) as xo, client_of(xo.url, timeouts=timeouts) as client:
        with pytest.raises(Unreachable, match=f"did not answer {method} /vms within 0.05 s") as caught:
            await client.request(method, "/vms")
        assert len(xo.seen) == 1
        assert caught.value.maybe_done is (method == "DELETE")
        assert ("unknown" in str(caught.value)) is (method == "DELETE")


async def test_a_call_that_waits_outlasts_an_ordinary_one() -> None:
    async def slow(_: Asked) -> Raw:
        await anyio.sleep(0.3)
        return answer({"status": "success"})

    timeouts = Timeouts(normal=0.05, transfer=0.05)
    async with loopback(slow) as xo, client_of(xo.url, timeouts=timeouts) as client:
        reply = await client.request("GET", "/tasks/{id}", path={"id": "t"}, patience="wait")
        assert reply.data == {"status": "success"}
        with pytest.raises(Unreachable):
            async with client.stream("GET", "/vms"):
                pass


async def test_a_cancelled_call_leaves_the_client_usable() -> None:
    never = asyncio.Event()

    async def sometimes(asked: Asked) -> Raw:
        if asked.target.endswith("/slow"):
            await never.wait()
        return answer([1])

    async with loopback(sometimes) as xo, client_of(xo.url) as client:
        with anyio.move_on_after(0.05) as scope:
            await client.request("GET", "/vms/{id}", path={"id": "slow"}, patience="wait")
        assert scope.cancelled_caught
        assert (await client.request("GET", "/vms")).data == [1]


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
                await client.request("POST", "/vms")
        await asyncio.gather(*(handler for handler in handlers if handler))
    assert len(handlers) == 2
    assert len(naps.seconds) == 1


@pytest.mark.parametrize("name", ["connect", "normal", "wait", "transfer", "pool"])
async def test_a_timeout_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Timeouts(**{name: 0})


async def test_an_unknown_name_is_told() -> None:
    naps = Naps()
    async with client_of("https://xo.invalid", naps) as client:
        with pytest.raises(Unreachable, match=r"xo\.invalid can't be resolved: check XO_URL"):
            await client.request("GET", "/vms")
    assert naps.seconds == []


# Redirects


@pytest.mark.parametrize(
    "prefix", [pytest.param("", marks=pytest.mark.breaks_contract("any query and body show that both are kept")), "/xo"]
)
@pytest.mark.parametrize("absolute", [False, True])
async def test_me_is_followed_with_method_and_body(prefix: str, absolute: bool) -> None:
    def reply(asked: Asked) -> Raw:
        if "/users/me" in asked.target:
            # XO knows nothing of a path before its own.
            location = asked.target.removeprefix("/xo").replace("/users/me", f"/users/{ME}")
            return answer(status=307, headers={"Location": (xo.url if absolute else "") + location})
        return answer({"id": ME})

    async with loopback(reply) as xo, client_of(f"{xo.url}{prefix}") as client:
        route = "/users/{id}/authentication_tokens"
        done = await client.request("POST", route, path={"id": "me"}, query={"a": "b c"}, body={"x": 1})
        assert done.data == {"id": ME}
        assert xo.lines == [
            f"POST {prefix}/rest/v0/users/me/authentication_tokens?a=b%20c HTTP/1.1",
            f"POST {prefix}/rest/v0/users/{ME}/authentication_tokens?a=b%20c HTTP/1.1",
        ]
        assert [asked.body for asked in xo.seen] == [b'{"x":1}', b'{"x":1}']
        assert [asked.all("Cookie") for asked in xo.seen] == [["authenticationToken=secret-token"]] * 2
        await client.request("GET", "/users/{id}", path={"id": "me"})
        assert xo.lines[-1] == f"GET {prefix}/rest/v0/users/{ME} HTTP/1.1"


@pytest.mark.parametrize(
    ("status", "location"),
    [
        (307, "http://127.0.0.2:{port}/rest/v0/users/" + ME),
        (307, "http://localhost:{port}/rest/v0/users/" + ME),
        (307, "http://evil@127.0.0.1:{port}/rest/v0/users/" + ME),
        (307, "https://127.0.0.1:{port}/rest/v0/users/" + ME),
        (307, "//evil.invalid/rest/v0/users/" + ME),
        (307, "/rest/v0/vms/" + ME),
        (307, "/rest/v0/users/"),
        (307, "/rest/v0/users/me"),
        (307, "/users/" + ME),
        (307, "http://[bad"),
        (302, "/rest/v0/users/" + ME),
        (301, "/rest/v0/users/" + ME),
    ],
)
async def test_me_is_followed_nowhere_else(status: int, location: str) -> None:
    def reply(_: Asked) -> Raw:
        return answer(status=status, headers={"Location": location.format(port=xo.port)})

    async with loopback(reply) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match="not followed") as caught:
            await client.request("GET", "/users/{id}", path={"id": "me"})
        assert caught.value.code == "redirect"
        assert len(xo.seen) == 1


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/signin", "sign-in page"),
        ("https://127.0.0.1/rest/v0/vms", "Write https:// into XO_URL"),
        (f"/rest/v0/users/{ME}", "Check that XO_URL"),
        ("/rest/v0/docs", "Check that XO_URL"),
        ("https://login.example.org/start?ticket=hidden", "login.example.org/start"),
    ],
)
async def test_other_redirects_are_errors_that_say_so(location: str, said: str) -> None:
    async with (
        loopback(lambda _: answer(status=307, headers={"Location": location})) as xo,
        client_of(xo.url) as client,
    ):
        for method in ("GET", "DELETE"):
            with pytest.raises(XoError, match=said) as caught:
                await client.request(method, "/vms")
            assert "hidden" not in str(caught.value)
        assert len(xo.seen) == 2


# The kill switch


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (answer({"enabled": True}), McpStatus(enabled=True, known=True)),
        (answer(b"<html><title>Error</title></html>", 404, media="text/html"), McpStatus(enabled=True, known=False)),
        (answer({"error": "not authenticated"}, 401), McpStatus(enabled=True, known=False)),
    ],
)
async def test_the_probe_tells_what_xo_allows(reply: Raw, status: McpStatus) -> None:
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
            await client.request(method, "/vms")
        assert caught.value.code == "mcp_disabled"
        with pytest.raises(McpDisabled):
            async with client.stream(method, "/vms"):
                pass
        assert len(xo.seen) == 2


async def test_the_probe_tells_a_wrong_address() -> None:
    page = answer(b"<html>hello</html>", media="text/html")
    async with loopback(lambda _: page) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match="XO_URL"):
            await client.probe_mcp_status()


# Streams


async def test_a_download_comes_piece_by_piece_and_uncompressed() -> None:
    hang_up = asyncio.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    got = []

    async def download(client: Client) -> None:
        async with client.stream("GET", "/vms/{id}.{format}", path={"id": UUID, "format": "xva"}) as response:
            async for piece in response.aiter_bytes():
                got.append(piece)
                hang_up.set()

    begun = Raw([head + b"5\r\nhello\r\n"], hang_up)
    async with loopback(lambda _: begun) as xo, client_of(xo.url) as client:
        with pytest.raises(TransferError, match=r"GET /vms/\{id\}\.\{format\} ended too early"):
            await download(client)
        assert got == [b"hello"]
        assert xo.seen[0].all("Accept-Encoding") == ["identity"]


async def test_a_failed_download_is_refused_before_it_starts() -> None:
    async with loopback(lambda _: answer({"error": "no such VM x"}, 404)) as xo, client_of(xo.url) as client:
        with pytest.raises(NotFound, match="no such VM x"):
            async with client.stream("GET", "/vms/{id}.{format}", path={"id": UUID, "format": "xva"}):
                pytest.fail("an error was handed on as a stream")
        assert len(xo.seen) == 1


async def test_an_upload_is_sent_with_its_length() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async with loopback(lambda _: answer({"id": "new"}, 201)) as xo, client_of(xo.url) as client:
        headers = {"Content-Length": "6", "Content-Type": "application/octet-stream"}
        async with client.stream("POST", "/srs/{id}/vdis", path={"id": UUID}, content=parts(), headers=headers) as got:
            assert got.status_code == 201
            assert json.loads(await got.aread()) == {"id": "new"}
        (asked,) = xo.seen
        assert asked.body == b"abcdef"
        assert asked.all("Content-Length") == ["6"]
        assert asked.all("Transfer-Encoding") == []
        assert asked.all("Content-Type") == ["application/octet-stream"]


@pytest.mark.parametrize("announced", ["5", "7"])
async def test_an_upload_of_another_length_is_an_error(announced: str) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"def"

    async with loopback(lambda _: answer({"id": "new"}, 201)) as xo, client_of(xo.url) as client:
        with pytest.raises(TransferError, match="than the announced"):
            async with client.stream("POST", "/vms", content=parts(), headers={"Content-Length": announced}):
                pass


async def test_an_upload_is_not_repeated() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"abc"

    replies = in_turn(answer({"error": "too fast authentication tries"}, 500), answer({}, 201))
    naps = Naps()
    async with loopback(replies) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(ServerError) as caught:
            async with client.stream("POST", "/vms", content=parts()):
                pass
        assert caught.value.code == "too_fast"
        assert len(xo.seen) == 1
    assert naps.seconds == []


async def test_an_error_of_the_reader_passes_unchanged() -> None:
    async with loopback(lambda _: answer([1])) as xo, client_of(xo.url) as client:
        with pytest.raises(OSError, match="disk full"):
            async with client.stream("GET", "/vms"):
                raise OSError("disk full")
        assert (await client.request("GET", "/vms")).data == [1]


# TLS and proxies


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, as a fresh XO has one; the key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "xo")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("tls") / "xo.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return file


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_an_unknown_certificate_is_refused(certificate: Path) -> None:
    naps = Naps()
    async with loopback(lambda _: answer([1]), serving(certificate)) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(Unreachable, match=r"certificate of https://127\.0\.0\.1") as caught:
            await client.request("GET", "/vms")
        assert "--ca-file" in str(caught.value)
        assert "--insecure" in str(caught.value)
        assert xo.seen == []
    assert naps.seconds == []


async def test_a_ca_file_is_trusted(certificate: Path) -> None:
    async with (
        loopback(lambda _: answer([1]), serving(certificate)) as xo,
        client_of(xo.url, ca_file=certificate) as client,
    ):
        assert (await client.request("GET", "/vms")).data == [1]


async def test_the_name_in_the_certificate_counts(certificate: Path) -> None:
    async with loopback(lambda _: answer([1]), serving(certificate)) as xo:
        url = xo.url.replace("127.0.0.1", "localhost")
        async with client_of(url, ca_file=certificate) as client:
            with pytest.raises(Unreachable, match=r"not trusted.*localhost"):
                await client.request("GET", "/vms")


async def test_insecure_is_possible_and_warned_about(certificate: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        loopback(lambda _: answer([1]), serving(certificate)) as xo,
        client_of(xo.url, insecure=True) as client,
    ):
        assert (await client.request("GET", "/vms")).data == [1]
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "XO_INSECURE" in record.getMessage()


async def test_sending_credentials_in_the_clear_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    client_of("http://127.0.0.1:1")
    client_of("http://localhost:1")
    assert caplog.records == []
    client_of("http://xo.example.org")
    assert "unencrypted" in caplog.text


async def test_https_where_xo_listens_with_http_is_told() -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as server:
        naps = Naps()
        async with client_of(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", naps) as client:
            with pytest.raises(Unreachable, match="does XO listen with http://"):
                await client.request("GET", "/vms")
    assert naps.seconds == []


async def test_http_where_xo_listens_with_https_is_told(certificate: Path) -> None:
    async with (
        loopback(lambda _: answer([1]), serving(certificate)) as xo,
        client_of(xo.url.replace("https:", "http:")) as client,
    ):
        with pytest.raises(Unreachable, match="If XO listens with https://"):
            await client.request("GET", "/vms")


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_a_ca_file_without_certificate_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match="XO_CA_FILE"):
        client_of("https://xo.example.org", ca_file=file)


async def test_the_trust_store_is_the_systems(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with loopback(lambda _: answer([1]), serving(certificate)) as xo, client_of(xo.url) as client:
        assert (await client.request("GET", "/vms")).data == [1]
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        client_of("https://xo.example.org")


async def test_proxies_are_used_but_not_for_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer(["proxy"])) as proxy, loopback(lambda _: answer(["xo"])) as xo:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client_of(xo.url) as client:
            assert (await client.request("GET", "/vms")).data == ["proxy"]
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with client_of(xo.url) as client:
            assert (await client.request("GET", "/vms")).data == ["xo"]


async def test_https_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer(status=403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with client_of("https://xo.invalid") as client:
            with pytest.raises(Unreachable, match=r"proxy won't connect to https://xo\.invalid.*NO_PROXY"):
                await client.request("GET", "/vms")
        assert proxy.lines[0] == "CONNECT xo.invalid:443 HTTP/1.1"
        assert all("secret-token" not in str(asked) for asked in proxy.seen)


async def test_an_absent_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer()) as gone:
        url = gone.url
    monkeypatch.setenv("HTTP_PROXY", url)
    async with client_of("http://xo.invalid") as client:
        with pytest.raises(Unreachable, match="HTTP_PROXY is set"):
            await client.request("GET", "/vms")


@pytest.mark.parametrize("proxy", ["socks5://user:hunter2@127.0.0.1:1", "gopher://user:hunter2@127.0.0.1:1"])
async def test_a_proxy_that_can_be_none_is_refused(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as caught:
        client_of("https://xo.example.org")
    assert "hunter2" not in str(caught.value)
