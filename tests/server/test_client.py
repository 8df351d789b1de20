"""One client of one XO: what it sends, and what it makes of good answers."""

import gzip
import json
import zlib
from typing import Any

import anyio
import pytest
from asking import client_of, in_turn
from loopback import Raw, answer, loopback
from xo_mcp.errors import ArgumentError, XoError
from xo_mcp.types import OMIT, Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


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
        reply = await client.request(Call("POST", "/vms", body=body))
        (asked,) = xo.seen
        assert asked.body == sent
        assert asked.all("Content-Type") == ([] if body is OMIT else ["application/json"])
        assert (reply.status, reply.data) == (204, None)


@pytest.mark.parametrize("body", [{"a": float("nan")}, {"a": object()}])
async def test_a_body_that_is_no_json_is_not_sent(body: Any) -> None:
    async with loopback(lambda _: answer()) as xo, client_of(xo.url) as client:
        with pytest.raises(ArgumentError):
            await client.request(Call("POST", "/vms", body=body))
        assert xo.seen == []


async def test_a_url_without_end_is_not_sent() -> None:
    async with loopback(lambda _: answer()) as xo, client_of(xo.url) as client:
        with pytest.raises(ArgumentError, match="too long"):
            await client.request(Call("GET", "/vms", query={"filter": "x" * 70_000}))
        assert xo.seen == []


async def test_connections_are_shared() -> None:
    async with loopback(lambda _: answer([])) as xo, client_of(xo.url) as client:
        for _ in range(5):
            await client.request(Call("GET", "/vms"))
        assert len(xo.seen) == 5
        assert xo.connections == 1


async def test_twenty_calls_at_once() -> None:
    async with loopback(lambda asked: answer({"target": asked.target})) as xo, client_of(xo.url) as client:
        found: dict[int, Any] = {}

        async def one(number: int) -> None:
            found[number] = (await client.request(Call("GET", "/vms/{id}", path={"id": f"vm-{number}"}))).data

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
        reply = await client.request(Call("GET", "/vms"))
        assert reply.data == data
        assert reply.media_type == (media or "").partition(";")[0]
        assert reply.headers["content-length"] == str(len(content))


@pytest.mark.parametrize(
    ("content", "media", "said"),
    [
        (b'[{"a": 1}, {"b', "application/json", "not JSON"),
        (b"1" * 5000, "application/json", "not JSON"),
        (b'{"a":1}\n{"b"', "application/x-ndjson", "line 2"),
        (b"<html><title>Sign in</title></html>", "text/html", "web page instead of data"),
    ],
)
async def test_an_unreadable_answer_says_so(content: bytes, media: str, said: str) -> None:
    async with loopback(lambda _: answer(content, media=media)) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match=said) as caught:
            await client.request(Call("GET", "/vms"))
        assert (caught.value.status, caught.value.code) == (200, "unreadable")
        assert "XO_URL" in str(caught.value)


async def test_compressed_answers_are_read() -> None:
    content = gzip.compress(json.dumps([{"id": "x"}] * 1000).encode())
    zipped = answer(content, headers={"Content-Encoding": "gzip"})
    async with loopback(lambda _: zipped) as xo, client_of(xo.url) as client:
        assert len((await client.request(Call("GET", "/vms"))).data) == 1000  # type: ignore[arg-type]
        assert "gzip" in xo.seen[0].all("Accept-Encoding")[0]


async def test_a_damaged_compressed_answer_says_so() -> None:
    content = gzip.compress(b"[1]")[:-9] + b"damaged!!"
    broken = answer(b"no gzip" + content, headers={"Content-Encoding": "gzip"})
    async with loopback(lambda _: broken) as xo, client_of(xo.url) as client:
        with pytest.raises(XoError, match="damaged") as caught:
            await client.request(Call("GET", "/vms"))
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
                await client.request(Call("GET", "/vms"))
            assert caught.value.code == "too_large"
            assert "`limit`" in str(caught.value)
        assert (await client.request(Call("GET", "/vms"))).data == [1]


async def test_head_has_no_body() -> None:
    head = Raw([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"])
    async with loopback(lambda _: head) as xo, client_of(xo.url) as client:
        assert (await client.request(Call("HEAD", "/vms"))).data is None
