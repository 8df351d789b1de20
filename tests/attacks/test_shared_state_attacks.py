"""A store of shared state that hangs, answers nonsense, or holds what somebody else wrote: no request fails for it."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

import anyio
import pytest
from redis import Redis
from store import RealStore, real_store
from xo_mcp.cluster import connection
from xo_mcp.cluster.store import FullError, Limit, Store
from xo_mcp.errors import CallError

pytestmark = pytest.mark.anyio
KEY = b"k" * 40


class Odd(ThreadingTCPServer):
    """Answers every command with the same bytes, or with nothing."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.commands = 0
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Answer until the other side leaves."""
        server: Any = self.server
        while data := self.request.recv(65_536):
            server.commands += data.count(b"EVALSHA")
            for _ in range(max(data.count(b"*"), 1) if server.answer else 0):
                self.request.sendall(server.answer)


@pytest.fixture
def odd(request: pytest.FixtureRequest) -> Iterator[Odd]:
    with Odd(request.param) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def opened(port: int) -> Store:
    return Store(f"redis://127.0.0.1:{port}/0", KEY)


@pytest.mark.parametrize("odd", [b""], indirect=True)
async def test_a_store_that_hangs_holds_up_one_request_and_not_the_next(odd: Odd, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    store = opened(odd.server_address[1])
    async with store.running():
        assert await store.take("alice", 1, 10) is None
        tried = odd.commands
        for _ in range(50):
            assert await store.take("alice", 1, 10) is None
            async with store.counted([Limit("calls", 1)]):
                pass
        assert odd.commands == tried
        # What must not happen twice is still asked, and refused while nobody answers.
        with pytest.raises(CallError, match="Nothing was done"):
            await store.use_once("nonce", 60)


ANSWERS = [
    b"+OK\r\n", b":-7\r\n", b":99\r\n", b"$3\r\nnan\r\n", b"$3\r\ninf\r\n", b"$5\r\n1e308\r\n", b"$-1\r\n", b"*0\r\n",
    b"*1\r\n:1\r\n", b"-ERR x\r\n", b"nonsense", b"$999999999999\r\nx", b"\xff\xff\r\n", b"+1\r\n" * 50,
    b"*1\r\n" * 3_000, b",inf\r\n", b"-ERR \x1b[2J\xe2\x80\xae\r\n",
]  # fmt: skip


@pytest.mark.parametrize("odd", ANSWERS, indirect=True)
async def test_no_answer_of_a_store_is_a_fault(odd: Odd, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    monkeypatch.setattr("xo_mcp.cluster.store.BREAK", 0.0)
    store = opened(odd.server_address[1])
    with anyio.fail_after(20):
        async with store.running():
            wait = await store.take("alice", 2, 10)
            assert wait is None or 0 <= wait <= 0.5
            with suppress(FullError):
                async with store.counted([Limit("calls", 1), Limit("more", 1)]):
                    pass
            with suppress(CallError):
                await store.use_once("nonce", 60)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealStore]:
    with real_store(tmp_path_factory.mktemp("store")) as running:
        yield running


POISON = [
    {"level": "nan", "since": "nan"}, {"level": "inf", "since": "-inf"}, {"level": "-1e308", "since": "1e308"},
    {"level": "x" * 100_000, "since": ""}, {"level": "-9", "since": "99999999999"},
]  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
async def test_what_somebody_wrote_into_the_store_keeps_nobody_out_for_long(real: RealStore, poison: dict[str, str]):
    store = Store(real.url, KEY)
    with Redis.from_url(real.url) as direct:
        direct.flushdb()
        direct.hset(store._key("rate", "alice"), mapping=poison)
    async with store.running():
        for _ in range(3):
            wait = await store.take("alice", 2, 10)
            assert wait is None or 0 <= wait <= 0.5


async def test_a_key_of_another_kind_is_no_fault(real: RealStore):
    store = Store(real.url, KEY)
    with Redis.from_url(real.url) as direct:
        direct.flushdb()
        for kind, name in (("rate", "alice"), ("count", "calls"), ("used", "nonce")):
            direct.rpush(store._key(kind, name), "x")
    async with store.running():
        assert await store.take("alice", 1, 10) is None
        async with store.counted([Limit("calls", 1)]):
            pass
        assert await store.use_once("nonce", 60) is False


def test_the_store_learns_no_name_and_no_token(real: RealStore):
    store = Store(real.url, KEY)

    async def use() -> None:
        async with store.running(), store.counted([Limit("calls of alice", 5)]):
            await store.take("token alice", 1, 10)
            await store.use_once("secret-nonce", 60)
            with Redis.from_url(real.url) as direct:
                kept.extend(direct.keys())

    kept: list[bytes] = []
    anyio.run(use)
    assert len(kept) >= 3
    assert not any(word in b" ".join(kept) for word in (b"alice", b"nonce-", b"token"))
