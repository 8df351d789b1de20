"""Where the client goes on, and where never."""

import pytest
from asking import client_of
from loopback import Asked, Raw, answer, loopback
from xo_mcp.errors import XoError
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


ME = "a67d1dbf-2abe-4d05-8307-8fbc4bd7e84e"


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
        done = await client.request(Call("POST", route, path={"id": "me"}, query={"a": "b c"}, body={"x": 1}))
        assert done.data == {"id": ME}
        assert xo.lines == [
            f"POST {prefix}/rest/v0/users/me/authentication_tokens?a=b%20c HTTP/1.1",
            f"POST {prefix}/rest/v0/users/{ME}/authentication_tokens?a=b%20c HTTP/1.1",
        ]
        assert [asked.body for asked in xo.seen] == [b'{"x":1}', b'{"x":1}']
        assert [asked.all("Cookie") for asked in xo.seen] == [["authenticationToken=secret-token"]] * 2
        await client.request(Call("GET", "/users/{id}", path={"id": "me"}))
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
            await client.request(Call("GET", "/users/{id}", path={"id": "me"}))
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
                await client.request(Call(method, "/vms"))
            assert "hidden" not in str(caught.value)
        assert len(xo.seen) == 2
