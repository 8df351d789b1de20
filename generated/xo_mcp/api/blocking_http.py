"""Requests sent and read by blocking calls, through urllib3.

It moves a gigabyte with a quarter of the processor time that httpx2 takes, which parses it piece by piece in Python.
Its errors become those of httpx2, so that one place words them. An answer 103 before the real one, which a download has
no use for, is an error here.
"""

import logging
import socket
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from http.client import HTTPException, RemoteDisconnected
from typing import Final, TypeAlias
from urllib.parse import unquote

import httpx2
import urllib3
from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import Timeout, make_headers, parse_url
from urllib3.util.ssltransport import SSLTransport

from xo_mcp.api.blocking import GZIP
from xo_mcp.api.proxies import proxy_for

Connected: TypeAlias = Callable[[socket.socket], None]
"""Is called with the socket of a connection as soon as it is made."""

PIECE: Final = 64 * 1024
"""Bytes read at once, at most."""

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_INFLATED: Final = 1024 * 1024
"""Bytes that a piece becomes at once, at most: a few bytes may expand to many."""
_CONNECTED: ContextVar[Connected] = ContextVar("connected")
"""Of the request that this thread sends: urllib3 makes its connections out of reach."""
_ERRORS: Final[Mapping[type[Exception], type[httpx2.RequestError]]] = {
    exceptions.ProxyError: httpx2.ProxyError,
    exceptions.NewConnectionError: httpx2.ConnectError,
    exceptions.ConnectTimeoutError: httpx2.ConnectTimeout,
    exceptions.ReadTimeoutError: httpx2.ReadTimeout,
    exceptions.DecodeError: httpx2.DecodingError,
    exceptions.SSLError: httpx2.ReadError,
}
"""The first that fits counts: some are kinds of others."""

# Its warnings quote whole URLs, and addresses of files are secrets; that certificates go unchecked is said at start.
logging.getLogger("urllib3").propagate = False
urllib3.disable_warnings(exceptions.InsecureRequestWarning)


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _report(self.sock)


class _SecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _report(self.sock)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Incoming:
    """An answer whose body is unread.

    Args:
        response: What came.
        manager: What holds its connection, which serves no second request.

    Attributes:
        status: Of HTTP.
        headers: As they came.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse, manager: urllib3.PoolManager) -> None:
        self.status = response.status
        # As bytes: httpx2 takes only ASCII as text, and what answers instead of XO may send anything.
        self.headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.iteritems()
        ]
        self._response = response
        self._manager = manager

    @property
    def size(self) -> int:
        """Bytes of the body that came so far."""
        return self._response.tell()

    def pieces(self, *, decoded: bool) -> Iterator[bytes]:
        """Read the body, each piece as it comes.

        Args:
            decoded: Whether to undo gzip, which a proxy may have added.

        Raises:
            RequestError: It broke off, ended early, or was silent for too long.
        """
        came = self._response.stream(PIECE, decode_content=False)
        is_zipped = decoded and self._response.headers.get("Content-Encoding", "").strip().lower() in GZIP
        try:
            yield from _unzipped(came) if is_zipped else came
        except (exceptions.HTTPError, HTTPException, ValueError) as error:  # ValueError: a chunk of -3 bytes
            raise _translated(error, connected=True) from error

    def close(self) -> None:
        """Hang up."""
        self._response.close()
        self._manager.clear()


def _unzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Undo gzip, and see that it is whole, which urllib3 does not.

    Raises:
        DecodingError: It is no gzip, or ends before its end.
    """
    unzip = zlib.decompressobj(_GZIP_WINDOW)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                unzip = zlib.decompressobj(_GZIP_WINDOW) if unzip.eof else unzip  # one may follow another
                if data := unzip.decompress(rest, _INFLATED):
                    yield data
                rest = unzip.unconsumed_tail or unzip.unused_data
        if data := unzip.flush():
            yield data
    except zlib.error as error:
        raise httpx2.DecodingError(str(error)) from error
    if not unzip.eof:
        raise httpx2.DecodingError("it ends before its end")


def send(request: httpx2.Request, certificates: ssl.SSLContext, connected: Connected) -> Incoming:
    """Send a request without a body over a connection of its own, and wait for the start of the answer.

    Args:
        request: Its extension `timeout` counts.
        certificates: Whose certificates are believed.
        connected: Called from this thread.

    Raises:
        RequestError: There was no answer, as httpx2 would say it.
    """
    url = str(request.url)
    if parse_url(url).request_uri.encode() != request.url.raw_path:
        raise httpx2.LocalProtocolError("this address would be requested in another spelling")
    seconds = request.extensions["timeout"]
    manager = _manager(request.url, certificates)
    made = False

    def note(connection: socket.socket) -> None:
        nonlocal made
        made = True
        connected(connection)

    _CONNECTED.set(note)
    try:
        response = manager.urlopen(
            request.method,
            url,
            headers=dict(request.headers),
            timeout=Timeout(connect=seconds["connect"], read=seconds["read"]),
            retries=False,
            redirect=False,
            preload_content=False,
        )
    except (exceptions.HTTPError, HTTPException) as error:
        manager.clear()
        raise _translated(error, connected=made) from error
    return Incoming(response, manager)


def _manager(url: httpx2.URL, certificates: ssl.SSLContext) -> urllib3.PoolManager:
    proxy = proxy_for(url)
    if proxy is None:
        manager = urllib3.PoolManager(ssl_context=certificates)
    else:
        parsed = parse_url(proxy)
        login = make_headers(proxy_basic_auth=unquote(parsed.auth)) if parsed.auth else None
        bare = parsed._replace(auth=None).url
        manager = urllib3.ProxyManager(bare, proxy_headers=login, ssl_context=certificates)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager


def _report(connection: socket.socket | SSLTransport) -> None:
    """Report the connection to the caller; TLS within TLS wraps the one that can be shut down."""
    _CONNECTED.get()(connection.socket if isinstance(connection, SSLTransport) else connection)


def _translated(error: Exception, *, connected: bool) -> httpx2.RequestError:
    kind = next((ours for theirs, ours in _ERRORS.items() if isinstance(error, theirs)), None)
    if kind is None:
        lost = any(isinstance(part, OSError) and not isinstance(part, RemoteDisconnected) for part in error.args)
        kind = httpx2.ReadError if lost else httpx2.RemoteProtocolError
    if not connected and kind is not httpx2.ProxyError:
        kind = httpx2.ConnectTimeout if issubclass(kind, httpx2.TimeoutException) else httpx2.ConnectError
    return kind(str(error))
