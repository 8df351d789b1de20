"""Why there was no answer, in words: one sentence for what httpx2 raises, and whether to repeat the call."""

import socket
import ssl

import httpx2
import pytest
from xo_mcp.api.settings import ClientSettings, Timeouts
from xo_mcp.api.unreachable import broken_off, cause_of, no_answer
from xo_mcp.errors import CallError, TransferError, Unreachable

URL = httpx2.URL("https://user:planted-secret@xo.example.org/rest/v0/vms?filter=planted-secret")
SETTINGS = ClientSettings(url="https://xo.example.org", token="t")
READ, WRITE = "GET /vms/{id}", "POST /vms"


def words(error: httpx2.RequestError, operation: str = READ) -> str:
    found = no_answer(error, operation=operation, url=URL, settings=SETTINGS, patience="normal")
    assert "planted-secret" not in str(found)
    return str(found)


def connecting(cause: BaseException) -> httpx2.ConnectError:
    """What httpx2 raises when a connection fails for a reason of the system's."""
    error = httpx2.ConnectError("it failed")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (connecting(socket.gaierror(-2, "Name or service not known")), "The name xo.example.org can't be resolved"),
        (connecting(ConnectionRefusedError(111, "refused")), "Nothing listens at https://xo.example.org"),
        (connecting(OSError(113, "No route to host")), "No connection to https://xo.example.org (No route to host): "),
        (httpx2.ConnectError("it failed"), "No connection to https://xo.example.org: "),
        (httpx2.ConnectTimeout("slow"), f"No connection to https://xo.example.org within {Timeouts().connect:g} s"),
        (connecting(ssl.SSLError(1, "wrong version number")), "does XO listen with http:// there?"),
        (httpx2.ProxyError("407"), "The proxy won't connect to https://xo.example.org: check HTTPS_PROXY"),
        (httpx2.PoolTimeout("full"), "Too many calls to XO at once"),
    ],
)
def test_what_never_reached_xo(error: httpx2.RequestError, expected: str):
    assert expected in words(error, READ)
    assert words(error, READ) == words(error, WRITE)


def test_a_request_that_is_no_http_is_not_xos_fault():
    error = no_answer(
        httpx2.LocalProtocolError("too much data"), operation=WRITE, url=URL, settings=SETTINGS, patience="normal"
    )
    assert isinstance(error, TransferError)
    assert str(error) == "POST /vms could not be sent: it would be no valid HTTP."


@pytest.mark.parametrize(
    ("operation", "maybe"), [(READ, False), ("HEAD /vms", False), (WRITE, True), ("DELETE /vms/{id}", True)]
)
@pytest.mark.parametrize("error", [httpx2.ReadTimeout("slow"), httpx2.WriteTimeout("slow"), httpx2.ReadError("reset")])
def test_what_may_have_reached_xo_says_so_for_a_write(operation: str, maybe: bool, error: httpx2.RequestError):
    found: CallError = no_answer(error, operation=operation, url=URL, settings=SETTINGS, patience="normal")
    assert isinstance(found, Unreachable)
    assert ("Whether XO did it is unknown" in str(found)) is maybe
    assert str(found).endswith("Try again in a moment.") is not maybe
    assert operation in str(found)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (httpx2.ReadTimeout("slow"), "XO stayed silent for too long"),
        (httpx2.ReadError("reset"), "the connection broke"),
    ],
)
def test_an_answer_that_broke_off_is_incomplete(error: httpx2.RequestError, why: str):
    assert str(broken_off(error, operation=READ)) == (
        f"The answer to {READ} ended too early: {why}. What came is incomplete; try again."
    )
    assert "try again" not in str(broken_off(error, operation=WRITE))


def test_a_cause_is_found_through_groups_and_circles():
    wanted = ssl.SSLCertVerificationError("not trusted")
    outer, inner = ValueError("outer"), KeyError("inner")
    outer.__cause__, inner.__context__ = inner, outer
    assert cause_of(outer, ssl.SSLCertVerificationError) is None
    inner.__cause__ = ExceptionGroup("both attempts", [OSError(1, "one"), wanted])
    assert cause_of(outer, ssl.SSLCertVerificationError) is wanted
