"""The watch over all tests' requests sees what it must see, and leaves alone what is not the server's."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fake_xo import FakeXo, running_fake_xo
from fake_xo.requests import Seen
from oracle import RELEASE
from watch import WATCH, Watch

OURS = {"X-XO-Client": "mcp"}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(vms=1) as running:
        yield running


def asked(target: str, **more: str) -> Seen:
    headers = {"x-xo-client": "mcp", "cookie": "authenticationToken=t", **more}
    return Seen("GET", target.encode(), [(name.encode(), value.encode()) for name, value in headers.items()])


@pytest.mark.parametrize(
    ("target", "part"),
    [("/vms?colour=red", "'colour'"), ("/vms?limit=many", "limit"), ("/no-such-thing", "not found")],
)
def test_a_wrong_request_to_a_fake_is_found_once(fake: FakeXo, target: str, part: str):
    with fake.client(headers=OURS) as http:
        http.get(target)
        http.get("/vms")
    (complaint,) = WATCH.complaints()
    assert part in complaint
    assert WATCH.complaints() == []


def test_requests_of_others_are_not_judged(fake: FakeXo):
    with fake.client() as http:
        http.get("/vms?colour=red")
    assert WATCH.complaints() == []


def test_a_body_that_was_not_read_is_not_judged_and_one_that_was_is(fake: FakeXo):
    wrong = {"authenticationToken": "wrong"}
    with httpx2.Client(base_url=f"{fake.url}/rest/v0", headers=OURS, cookies=wrong) as nobody:
        assert nobody.post("/groups", json={}).status_code == 401
    assert WATCH.complaints() == []
    with fake.client(headers=OURS) as http:
        http.post("/groups", json={})
    (complaint,) = WATCH.complaints()
    assert "'name' is a required property" in complaint


def test_each_request_is_judged_by_the_release_it_was_made_to():
    watch = Watch()
    for facts in (RELEASE, Path(RELEASE).with_name("xo-6.4.json")):
        watch.whole(asked("/rest/v0/mcp/status"), facts)
    (complaint,) = watch.complaints()
    assert "/mcp/status" in complaint


def test_what_only_a_small_server_knows_is_not_judged():
    watch = Watch()
    for target in ("/rest/v0/x?a=1", "/x", "/rest/v0/vms?colour=red"):
        watch.partial(asked(target))
    (complaint,) = watch.complaints()
    assert "'colour'" in complaint
