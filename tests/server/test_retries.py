"""How long is waited between tries, without waiting."""

import random
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from xo_mcp.api.retry import Retries, RetryPolicy, retry_after

POLICY = RetryPolicy(tries=5, first=1.0, longest=3.0, login=2.5)


def retries(method: str = "GET", *, replayable: bool = True) -> Retries:
    return Retries(POLICY, method, replayable=replayable)


def answered(status: int, wait: str | None = None) -> httpx2.Response:
    return httpx2.Response(status, headers={} if wait is None else {"Retry-After": wait})


def after(answer: httpx2.Response, tries: Retries, *, too_fast: bool = False) -> float | None:
    return tries.after_answer(answer, too_fast=too_fast, disabled=False)


@pytest.mark.parametrize("part", [0.0, 1.0])
def test_pauses_double_up_to_the_longest_and_vary_by_half(monkeypatch: pytest.MonkeyPatch, part: float):
    monkeypatch.setattr(random, "uniform", lambda least, most: least + part * (most - least))
    tries = retries()
    pauses = [after(answered(503), tries) for _ in range(5)]
    most = [1.0, 2.0, 3.0, 3.0, None]
    assert pauses == [value if value is None or part else value / 2 for value in most]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_only_reads_whose_body_is_at_hand_are_repeated_after_a_passing_error(status: int):
    assert after(answered(status), retries("GET")) is not None
    assert after(answered(status), retries("HEAD")) is not None
    assert after(answered(status), retries("PUT")) is None
    assert after(answered(status), retries("DELETE")) is None
    assert after(answered(status), retries("GET", replayable=False)) is None
    assert retries("GET").after_answer(answered(status), too_fast=False, disabled=True) is None


@pytest.mark.parametrize("status", [400, 404, 500, 501, 505])
def test_a_lasting_error_is_no_reason_to_ask_again(status: int):
    assert after(answered(status), retries()) is None


def test_a_throttled_login_is_waited_for_once_whatever_the_method():
    tries = retries("POST")
    assert after(answered(401), tries, too_fast=True) == POLICY.login
    assert after(answered(401), tries, too_fast=True) is None
    assert after(answered(401), retries("POST", replayable=False), too_fast=True) is None


@pytest.mark.parametrize(("asked", "pause"), [("0", 0.0), ("2", 2.0), (" 3 ", 3.0), ("4", None)])
def test_what_the_server_asks_for_is_waited_up_to_the_longest(asked: str, pause: float | None):
    assert after(answered(503, asked), retries()) == pause


def test_what_the_server_asks_for_counts_as_a_try():
    tries = retries()
    assert [after(answered(503, "1"), tries) for _ in range(5)] == [1.0, 1.0, 1.0, 1.0, None]


def test_a_date_to_wait_for_is_in_universal_time_unless_it_says_otherwise():
    soon = datetime.now(UTC) + timedelta(hours=3)
    for text in (
        format_datetime(soon),
        soon.strftime("%a, %d %b %Y %H:%M:%S"),
        soon.strftime("%a, %d %b %Y %H:%M:%S -0000"),
    ):
        found = retry_after(text)
        assert found is not None
        assert 3 * 3600 - 60 < found <= 3 * 3600
    elsewhere = (soon + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0200")
    assert 3 * 3600 - 60 < (retry_after(elsewhere) or 0) <= 3 * 3600


def test_a_date_that_has_passed_is_now_and_nonsense_is_nothing():
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("soon") is None
    assert retry_after("-5") is None
    assert retry_after(None) is None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_was_never_sent_is_sent_again_whatever_it_is(method: str):
    tries = retries(method, replayable=False)
    assert tries.after_failure(httpx2.ConnectError("refused")) is not None
    assert retries(method).after_failure(httpx2.ConnectTimeout("slow")) is not None


@pytest.mark.parametrize(
    "cause", [ssl.SSLError(1, "wrong version number"), socket.gaierror(socket.EAI_NONAME, "unknown")]
)
def test_what_stays_so_is_not_tried_again(cause: OSError):
    error = httpx2.ConnectError("it failed")
    error.__cause__ = cause
    assert retries().after_failure(error) is None


def test_a_name_server_that_is_busy_is_asked_again():
    error = httpx2.ConnectError("it failed")
    error.__cause__ = socket.gaierror(socket.EAI_AGAIN, "busy")
    assert retries().after_failure(error) is not None


def test_a_second_connection_that_waited_in_vain_is_the_last():
    tries = retries()
    assert tries.after_failure(httpx2.ConnectTimeout("slow")) is not None
    assert tries.after_failure(httpx2.ConnectTimeout("slow")) is None


@pytest.mark.parametrize(
    ("error", "repeated"),
    [(httpx2.ReadError("reset"), True), (httpx2.RemoteProtocolError("cut"), True), (httpx2.ReadTimeout("slow"), False)],
)
def test_a_broken_read_is_repeated_and_a_silent_one_not(error: httpx2.RequestError, repeated: bool):
    assert (retries().after_failure(error) is not None) is repeated
    assert retries("POST").after_failure(error) is None
    assert retries(replayable=False).after_failure(error) is None
