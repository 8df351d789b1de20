"""Who we are at XO: exactly one credential, the newest token, and what a refusal says."""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from credentials import PASSWORD, TOKEN, settings
from loopback import Asked, Raw, answer, loopback
from xo_mcp.api.client import Client
from xo_mcp.errors import ConfigError, Unauthorized, XoError
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


async def test_a_token_travels_as_cookie_and_never_with_basic() -> None:
    async with loopback(lambda _: answer([])) as xo, Client(settings(xo.url)) as client:
        await client.request(Call("GET", "/vms"))
        async with client.stream(Call("GET", "/vms"), headers={"Cookie": "other=1", "authorization": "Basic eA=="}):
            pass
        for asked in xo.seen:
            assert asked.all("Cookie") == [f"authenticationToken={TOKEN}"]
            assert asked.all("Authorization") == []
            assert asked.all("X-XO-Client") == ["mcp"]


async def test_a_login_travels_as_basic_and_never_with_a_cookie() -> None:
    async with (
        loopback(lambda _: answer([], headers={"Set-Cookie": "authenticationToken=other; Path=/"})) as xo,
        Client(settings(xo.url, username="ädmin", password=PASSWORD)) as client,
    ):
        await client.request(Call("GET", "/vms"))
        await client.request(Call("GET", "/vms"))
        for asked in xo.seen:
            (header,) = asked.all("Authorization")
            assert base64.b64decode(header.removeprefix("Basic ")).decode() == f"ädmin:{PASSWORD}"
            assert asked.all("Cookie") == []


async def test_cookies_of_the_server_are_not_kept() -> None:
    cookie = "authenticationToken=stolen; Path=/; Domain=127.0.0.1"
    async with (
        loopback(lambda _: answer([], headers={"Set-Cookie": cookie})) as xo,
        Client(settings(xo.url)) as client,
    ):
        for _ in range(3):
            await client.request(Call("GET", "/vms"))
        assert [asked.all("Cookie") for asked in xo.seen] == [[f"authenticationToken={TOKEN}"]] * 3


async def test_a_changed_token_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first-token\n")
    async with loopback(lambda _: answer([])) as xo, Client(settings(xo.url, token_file=file)) as client:

        async def sent() -> list[str]:
            await client.request(Call("GET", "/vms"))
            return xo.seen[-1].all("Cookie")

        assert await sent() == ["authenticationToken=first-token"]
        file.write_text("a-longer-second-token")
        assert await sent() == ["authenticationToken=a-longer-second-token"]
        # Same size and time, another file: how Kubernetes and `mv` change secrets.
        times = file.stat()
        other = tmp_path / "other"
        other.write_text("a-longer-third--token")
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        other.rename(file)
        assert await sent() == ["authenticationToken=a-longer-third--token"]
        # Same size and inode, another time.
        file.write_text("a-longer-fourth-token")
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
        assert await sent() == ["authenticationToken=a-longer-fourth-token"]


@pytest.mark.parametrize("broken", [None, "", "  \n", "no token; at all"])
async def test_a_token_file_that_breaks_keeps_the_last_token(
    tmp_path: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "token"
    file.write_text("first-token")
    async with loopback(lambda _: answer([])) as xo, Client(settings(xo.url, token_file=file)) as client:
        file.unlink()
        if broken is not None:
            file.write_text(broken)
        await client.request(Call("GET", "/vms"))
        assert xo.seen[-1].all("Cookie") == ["authenticationToken=first-token"]
        assert "XO_TOKEN_FILE" in caplog.text
        assert "at all" not in caplog.text
        file.write_text("second-token")
        await client.request(Call("GET", "/vms"))
        assert xo.seen[-1].all("Cookie") == ["authenticationToken=second-token"]


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"token": None}, ["XO_TOKEN", "XO_TOKEN_FILE", "XO_USERNAME"]),
        ({"token": ""}, ["XO_TOKEN"]),
        ({"token": "t", "token_file": Path("f")}, ["XO_TOKEN and XO_TOKEN_FILE"]),
        ({"token": "t", "username": "u", "password": "p"}, ["XO_TOKEN and XO_USERNAME"]),
        ({"token_file": Path("f"), "password": "p"}, ["XO_TOKEN_FILE and XO_USERNAME"]),
        ({"username": "u"}, ["XO_PASSWORD"]),
        ({"password": "p"}, ["XO_USERNAME"]),
        ({"username": "a:b", "password": "p"}, ["XO_USERNAME", "colon"]),
        ({"token": "t", "insecure": True, "ca_file": Path("f")}, ["XO_INSECURE", "XO_CA_FILE"]),
    ],
)
async def test_absent_or_contradictory_credentials_are_refused(changes: dict[str, Any], names: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(**changes)
    for name in names:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"token": "with space"}, "XO_TOKEN"),
        ({"token": "a;b"}, "XO_TOKEN"),
        ({"token": "a\r\nX-Evil: 1"}, "XO_TOKEN"),
        ({"token": "töken"}, "XO_TOKEN"),
        ({"token_file": Path("/nowhere/token")}, "XO_TOKEN_FILE"),
    ],
)
async def test_a_token_that_can_be_none_is_refused_without_showing_it(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        Client(settings(**changes))
    assert "Evil" not in str(caught.value)
    assert "with space" not in str(caught.value)


async def test_an_empty_token_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("\n")
    with pytest.raises(ConfigError, match=r"XO_TOKEN_FILE.*empty"):
        Client(settings(token_file=file))


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@xo",
        "https://user@xo",
        "ftp://xo",
        "xo.example.org",
        "https://",
        "//xo",
        "",
        "https://xo/?a=1",
        "https://xo/#/vms",
        "https://xo/rest/v0/vms",
        "http://[::1",
        "https://x\no",
        "https://xo..org",
        "https://xo:port",
        "https://xo:99999",
        "https://xo:0",
    ],
)
async def test_what_is_no_address_of_an_xo_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="XO_URL") as caught:
        settings(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("suffix", "prefix"),
    [
        ("", ""),
        ("/", ""),
        ("/rest/v0", ""),
        ("/rest/v0/", ""),
        ("/xo", "/xo"),
        ("/xo/", "/xo"),
        ("/a/xo/rest/v0/", "/a/xo"),
    ],
)
async def test_every_spelling_of_the_url_reaches_the_same_route(suffix: str, prefix: str) -> None:
    async with loopback(lambda _: answer([])) as xo, Client(settings(f"  {xo.url}{suffix} ")) as client:
        await client.request(Call("GET", "/vms", query={"limit": 1}))
        assert xo.lines == [f"GET {prefix}/rest/v0/vms?limit=1 HTTP/1.1"]
        assert client.base == f"{xo.url}{prefix}/rest/v0"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"token": TOKEN}, "XO does not accept XO_TOKEN: it is mistyped, expired or revoked"),
        ({"username": "admin", "password": "pass"}, "Check XO_USERNAME (admin) and XO_PASSWORD."),
        ({"username": "admin", "password": "pa:ss"}, "first colon"),
    ],
)
async def test_a_refused_login_names_the_variable(changes: dict[str, Any], expected: str) -> None:
    async with (
        loopback(lambda _: answer({"error": "invalid credentials"}, 401)) as xo,
        Client(settings(xo.url, **changes)) as client,
    ):
        with pytest.raises(Unauthorized) as caught:
            await client.request(Call("GET", "/vms"))
        assert "XO answered 401 to GET /vms: invalid credentials." in str(caught.value)
        assert expected in str(caught.value)


async def test_a_refused_token_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first-token")
    async with (
        loopback(lambda _: answer({"error": "invalid credentials"}, 401)) as xo,
        Client(settings(xo.url, token_file=file)) as client,
    ):
        with pytest.raises(Unauthorized, match=r"token \(XO_TOKEN_FILE\)"):
            await client.request(Call("GET", "/vms"))


async def test_the_login_throttle_is_waited_out_once() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    busy = answer({"error": "too fast authentication tries"}, 500)

    def reply(asked: Asked) -> Raw:
        if asked.method == "POST":
            return busy if len(xo.lines) == 1 else answer({"id": "new"}, 201)
        return busy

    async with (
        loopback(reply) as xo,
        Client(settings(xo.url, username="admin", password="pass"), sleep=sleep) as client,
    ):
        done = await client.request(Call("POST", "/vms", body={"name": "a"}))
        assert done.data == {"id": "new"}
        assert [asked.body for asked in xo.seen] == [b'{"name":"a"}'] * 2
        assert len(waited) == 1
        assert 2 <= waited[0] < 3
        with pytest.raises(XoError) as caught:
            await client.request(Call("GET", "/vms"))
        assert caught.value.code == "too_fast"
        assert "Wait a few seconds" in str(caught.value)
        assert len(waited) == 2
