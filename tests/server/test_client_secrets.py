"""The client's own secrets: in no error, representation or log, in whatever form XO sends them back."""

import base64
import logging
from pathlib import Path

import pytest
from credentials import PASSWORD, TOKEN, settings
from loopback import answer, loopback
from xo_mcp.api.client import Client
from xo_mcp.errors import XoError
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


def forms() -> list[str]:
    basic = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    return [PASSWORD, "p%22%C3%A4%20ss%2Fw%C3%B6rd%2B%26", "p%22%c3%a4+ss%2fw%c3%b6rd%2b%26", 'p\\"ä ss/wörd+&', basic]


@pytest.mark.parametrize("form", forms())
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 500, 503])
async def test_a_server_that_echoes_the_password_is_not_believed(form: str, status: int) -> None:
    text = f"{'x' * 480} seen: {form}"
    bodies = [
        {"error": text, "data": {"reason": form, "missingPrivileges": [{"action": form, "resource": form}]}},
        {"error": {f"body.{form}": {"message": form, "value": form}}},
        {"error": f"SR_FULL({form}, {'y' * 150}{form})", "info": form},
        {"error": "x", "data": {"stringToParse": form, "property": form, "expected": form, "actual": form}},
    ]
    replies = iter([answer(body, status) for body in bodies])
    async with (
        loopback(lambda _: next(replies)) as xo,
        Client(settings(xo.url, username="admin", password=PASSWORD)) as client,
    ):
        for _ in bodies:
            with pytest.raises(XoError) as caught:
                await client.request(Call("POST", "/vms"))
            shown = f"{caught.value} {caught.value!r} {vars(caught.value)}"
            for secret in (*forms(), "ss/wörd", "%C3%B6rd", "%c3%b6rd"):
                assert secret not in shown


async def test_a_short_password_is_hidden_only_as_a_word() -> None:
    body = {"error": "an unanimous an"}
    async with (
        loopback(lambda _: answer(body, 409)) as xo,
        Client(settings(xo.url, username="admin", password="an")) as client,
    ):
        with pytest.raises(XoError, match=r"\[secret\] unanimous \[secret\]"):
            await client.request(Call("POST", "/vms"))


async def test_a_short_password_stays_in_records_and_its_header_does_not() -> None:
    """It is a word that XO's users use; taken out of their records, it would be reported."""
    async with Client(settings(username="admin", password="admin")) as client:
        assert client.redact("admin@example.org, admin") == "admin@example.org, admin"
        basic = base64.b64encode(b"admin:admin").decode()
        assert client.redact(f"got Basic {basic}.") == "got Basic [secret]."
    async with Client(settings(username="admin", password="admin-12")) as client:
        assert client.redact("xadmin-12x") == "x[secret]x"


async def test_tokens_read_later_are_hidden_too(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first-token-value")
    body = {"error": "first-token-value second-token-value"}
    async with loopback(lambda _: answer(body, 409)) as xo, Client(settings(xo.url, token_file=file)) as client:
        file.write_text("second-token-value")
        with pytest.raises(XoError) as caught:
            await client.request(Call("POST", "/vms"))
        assert "token-value" not in str(caught.value)
        assert client.redact("a second-token-value b") == "a [secret] b"


async def test_no_representation_shows_a_secret() -> None:
    by_token, by_login = settings(), settings(username="admin", password=PASSWORD)
    shown = []
    for each in (by_token, by_login):
        client = Client(each)
        shown += [repr(each), str(each), repr(client), repr(client._credentials), repr(client._secrets)]
    for text in shown:
        assert TOKEN not in text
        assert PASSWORD not in text
        assert "ss/w" not in text


async def test_no_log_shows_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with loopback(lambda _: answer([])) as xo, Client(settings(xo.url)) as client:
        await client.request(Call("GET", "/vms"))
    assert "/rest/v0/vms" in caplog.text
    assert TOKEN not in caplog.text
