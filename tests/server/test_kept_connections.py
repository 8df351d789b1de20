"""Connections between two calls are kept for longer than clients keep them; half a request is not waited for."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from xo_mcp.config.config import Config
from xo_mcp.web import connections, http


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """An empty server whose deadlines are tenths of a second."""
    monkeypatch.setitem(connections.WAITING, connections.h11.IDLE, 0.3)
    monkeypatch.setattr(connections, "LOOK", 0.05)
    server = uvicorn.Server(http._bounded(Starlette(), Config(url="http://127.0.0.1:1")))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


def ask(client: socket.socket) -> None:
    """Send a request, and read its answer to the end."""
    client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    received = b""
    while not received.endswith(b"\r\n\r\nNot Found"):
        piece = client.recv(4096)
        assert piece
        received += piece


def test_a_connection_is_kept_between_two_calls(address: tuple[str, int]):
    with socket.create_connection(address, timeout=5) as client:
        for _ in range(2):
            ask(client)
            time.sleep(0.8)


@pytest.mark.parametrize("kept", [False, True])
def test_half_a_request_is_not_waited_for(address: tuple[str, int], *, kept: bool):
    with socket.create_connection(address, timeout=5) as client:
        if kept:
            ask(client)
            time.sleep(0.8)
        client.sendall(b"GET / HT")
        while client.recv(4096):
            pass


def test_connections_are_kept_for_longer_than_the_sdk_keeps_them():
    bounded = http._bounded(Starlette(), Config(url="http://127.0.0.1:1"))
    assert bounded.timeout_keep_alive > 2 * (httpx2.Limits().keepalive_expiry or 0)
