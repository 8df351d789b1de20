"""Clients for tests of the client, and answers to give them."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo
from loopback import Asked, Raw, loopback
from xo_mcp.api.client import Client, ClientSettings, RetryPolicy
from xo_mcp.api.settings import Timeouts
from xo_mcp.errors import XoError
from xo_mcp.types import Call


class Naps:
    """Counts pauses instead of making them."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def client_of(url: str, sleep: Naps | None = None, retries: RetryPolicy | None = None, **changes: Any) -> Client:
    settings = ClientSettings(url=url, **{"token": "secret-token", **changes})
    return Client(settings, sleep=sleep or Naps(), retries=retries)


def client_at(fake: FakeXo) -> Client:
    """A client of a fake XO, signed in as its administrator; use it as an async context manager."""
    return Client(ClientSettings(url=fake.url, token=fake.admin_token, timeouts=Timeouts(connect=2, normal=5)))


def in_turn(*replies: Raw) -> Callable[[Asked], Raw]:
    """Give the first reply first; the last one again and again."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


async def refused(reply: Raw, method: str = "POST", route: str = "/vms/{id}/actions/start") -> XoError:
    """The error that our client makes of an answer of XO."""
    async with loopback(lambda _: reply) as xo, client_of(xo.url, retries=RetryPolicy(tries=1)) as client:
        with pytest.raises(XoError) as caught:
            await client.request(Call(method, route, path={"id": "vm-1"}))
        return caught.value


def error_of(answer: httpx2.Response) -> Any:
    """What XO says in the body of a refusal."""
    return answer.json()["error"]
