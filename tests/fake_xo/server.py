"""A fake XO on a real socket, in a thread of its own."""

import asyncio
import dataclasses
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Self

import httpx2
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fake_xo.app import Xo
from fake_xo.faults import Fault
from fake_xo.options import Options
from fake_xo.people import PASSWORD
from fake_xo.requests import Seen
from fake_xo.store import Record
from fake_xo.tasks import STEPS
from fake_xo.tls import Certificate, make_certificate

STOP_SECONDS = 10
CLOSING_ROUNDS = 5  # of the loop, until each socket has been closed


class FakeXo:
    """A running fake XO.

    Args:
        options: How it is; `**changes` are fields of Options, for short.

    Attributes:
        options: May be changed while it runs where Options says so.
        xo: Its insides: `xo.store`, `xo.tasks`, `xo.events`.
    """

    def __init__(self, options: Options | None = None, **changes: Any) -> None:
        self.options = dataclasses.replace(options or Options(), **changes)
        self.xo = Xo(self.options)
        self._certificate: Certificate | None = make_certificate(self.options.tls) if self.options.tls else None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = self.options.port

    @property
    def url(self) -> str:
        """Where it listens, `http://127.0.0.1:PORT`."""
        return f"{'https' if self.options.tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def tokens(self) -> dict[str, str]:
        """A token of each user: admin, reader (everything but tasks), operator (starts VMs, no tasks), nobody."""
        return self.xo.people.tokens

    @property
    def admin_token(self) -> str:
        """A token of the administrator."""
        return self.tokens["admin"]

    @property
    def reader_token(self) -> str:
        """A token of a user who may read everything except tasks."""
        return self.tokens["reader"]

    @property
    def operator_token(self) -> str:
        """A token of a user who may see, start and stop VMs, but read no task."""
        return self.tokens["operator"]

    @property
    def password(self) -> str:
        """The password of every user; their name is `<user>@example.org`."""
        return PASSWORD

    @property
    def ca_file(self) -> str | None:
        """With TLS, the PEM file of the authority to trust."""
        return self._certificate.ca_file if self._certificate else None

    @property
    def requests(self) -> list[Seen]:
        """Every request so far."""
        return self.xo.requests

    def fault(self, match: str, kind: str, **settings: Any) -> Fault:
        """Break answers: see Fault for what there is.

        Args:
            match: `GET /vms`, `* /vms/{id}`, `*`.
            kind: `slow`, `reset`, `truncate`, `status-503`, `garbage`, `huge`, ...
            **settings: times, seconds, size, body, headers.
        """
        return self.xo.faults.add(Fault(match, kind, **settings))

    def find(self, collection: str, **fields: Any) -> Record:
        """The first record with these fields, as it really is.

        Raises:
            LookupError: There is none.
        """
        for record in self.xo.store.every(collection):
            if all(record.get(name) == value for name, value in fields.items()):
                return record
        raise LookupError(f"no {collection} with {fields}")

    def record(self, collection: str, object_id: str) -> Record | None:
        """One record as it really is, whatever reads show."""
        return self.xo.store.actual(collection, object_id)

    def client(self, user: str = "admin", **settings: Any) -> httpx2.Client:
        """A plain HTTP client, signed in as a user (`` for nobody), whose URLs start below `/rest/v0`."""
        cookies = {"authenticationToken": self.tokens[user]} if user else {}
        trust = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True
        settings = {"timeout": 10, "verify": trust, "trust_env": False} | settings
        return httpx2.Client(base_url=f"{self.url}/rest/v0", cookies=cookies, **settings)

    def raw(self, method: str, target: str, user: str = "admin") -> tuple[int, dict[str, str], bytes]:
        """Send a request whose target goes out as it is: status, headers (lower case) and body of the answer.

        Args:
            method: HTTP method.
            target: Path and query from the root, `/rest/v0/vms/..`.
            user: Who asks.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(method, target, headers={"Cookie": f"authenticationToken={self.tokens[user]}"})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def start(self) -> Self:
        """Listen. After `stop` it comes back on the same port, its records as they were."""
        # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer takes 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._server = _Server(_config(self.xo, self._certificate))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="fake-xo", daemon=True)
        self._thread.start()
        while not self._server.up.wait(1):
            if not self._thread.is_alive():
                raise RuntimeError("the fake XO could not start: its thread died")
        self.xo.authentication.restarted()
        return self

    def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._server is None or self._thread is None:
            return
        self.call(self._server.closing.set)
        self._thread.join(STOP_SECONDS)
        self._server = self._thread = None

    def change(self, collection: str, object_id: str, **changes: Any) -> Record:
        """Change a record behind everybody's back; reads show it after the usual lag."""
        return dict(self.call(self.xo.store.update, collection, object_id, **changes))

    def call(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Run something in the server's loop, for instance a write to the store, and give back what it returns."""
        if self._server is None or self._server.loop is None:
            raise RuntimeError("the fake is not running")
        result: Future[Any] = Future()

        def run() -> None:
            try:
                result.set_result(function(*args, **named))
            except Exception as error:  # noqa: BLE001 - raised where it was called from
                result.set_exception(error)

        self._server.loop.call_soon_threadsafe(run)
        return result.result(STOP_SECONDS)

    def advance(self, task_id: str, steps: int = STEPS) -> None:
        """Let a running task come to its end, or only some of its four steps further, without waiting for its time."""
        self.call(self.xo.tasks.advance, task_id, steps)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._certificate is not None:
            self._certificate.remove()
        if self.xo.tasks.crashes:
            raise RuntimeError("the fake itself broke; mend it") from self.xo.tasks.crashes[0]


@contextmanager
def running_fake_xo(options: Options | None = None, **changes: Any) -> Iterator[FakeXo]:
    """A fake XO for the time of a `with` block."""
    with FakeXo(options, **changes) as fake:
        yield fake


class _Protocol(H11Protocol):
    """Gives the application its transport, for faults that break the connection."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """Says when it is up, and stops at once: what is under way is cut off."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.closing = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.loop = asyncio.get_running_loop()
        self.up.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.closing.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets
        loop = asyncio.get_running_loop()
        for listener in [each for server in self.servers for each in server.sockets]:
            loop.remove_reader(listener)
        for _ in range(CLOSING_ROUNDS):  # a connection that is being accepted while its server closes is never closed
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _ in range(CLOSING_ROUNDS):
            await asyncio.sleep(0)
            for connection in list(self.server_state.connections):  # accepted meanwhile
                connection.transport.abort()


def _config(app: Xo, certificate: Certificate | None) -> uvicorn.Config:
    tls: dict[str, Any] = (
        {"ssl_certfile": certificate.cert_file, "ssl_keyfile": certificate.key_file} if certificate else {}
    )
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=100 << 20,
        ws_ping_interval=None,
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,  # the fake has a clock of its own
        **tls,
    )
