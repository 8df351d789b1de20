"""The fake XO answers reads like XO 6.7.1: one test per surprise."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from asking import error_of
from fake_xo import FakeXo, running_fake_xo
from newest import PINNED_SPEC

TESTS = Path(__file__).resolve().parents[1]

LATER = 3600.0
"""A lag that no test waits for."""


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC) as running:
        yield running


@pytest.fixture(scope="module")
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


def test_an_unknown_id_is_404_in_json(xo: httpx2.Client) -> None:
    answer = xo.get("/vms/00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 404
    assert error_of(answer) == "no such VM 00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("target", ["/rest/v0/nope", "/rest/v0/vms/a/b/c/d", "/rest/v0/vms//tags/x"])
def test_an_unknown_route_is_404_in_html(fake: FakeXo, target: str) -> None:
    status, headers, body = fake.raw("GET", target)
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"Cannot GET /rest/v0/" in body


def test_a_method_that_is_not_offered_is_404_in_html(xo: httpx2.Client) -> None:
    assert xo.post("/vms").headers["content-type"] == "text/html; charset=utf-8"


def test_an_empty_id_reaches_the_collection(fake: FakeXo) -> None:
    assert fake.raw("GET", "/rest/v0/vms/")[2] == fake.raw("GET", "/rest/v0/vms")[2]


def test_deleting_the_empty_task_id_empties_the_log(own: FakeXo) -> None:
    assert own.xo.store.every("tasks")
    assert own.raw("DELETE", "/rest/v0/tasks/")[0] == 204
    assert own.xo.store.every("tasks") == []


def test_a_raw_dot_starts_an_export(fake: FakeXo) -> None:
    vm = fake.find("vms")["id"]
    status, headers, body = fake.raw("GET", f"/rest/v0/vms/{vm}.xva")
    assert (status, headers["content-type"], len(body)) == (200, "application/octet-stream", 1 << 20)


def test_dots_and_an_encoded_slash_are_taken_for_a_vm_named_dot(fake: FakeXo) -> None:
    status, _, body = fake.raw("GET", "/rest/v0/vms/..%2Fhosts")
    assert status == 404
    assert b"no such VM ." in body


def test_an_encoded_dot_is_an_honest_404(fake: FakeXo) -> None:
    vm = fake.find("vms")["id"]
    status, _, body = fake.raw("GET", f"/rest/v0/vms/{vm}%2Exva")
    assert status == 404
    assert f"no such VM {vm}.xva".encode() in body


@pytest.mark.parametrize("tag", ["%2E", "%2E%2E", "a%2Fb", "%C3%A9", "a%20b"])
def test_any_tag_works_when_encoded(own: FakeXo, tag: str) -> None:
    vm = own.find("vms")["id"]
    assert own.raw("PUT", f"/rest/v0/vms/{vm}/tags/{tag}")[0] == 204
    changed = own.record("vms", vm)
    assert changed is not None
    assert changed["tags"][-1] in {".", "..", "a/b", "é", "a b"}
    assert own.raw("DELETE", f"/rest/v0/vms/{vm}/tags/{tag}")[0] == 204


def test_a_broken_percent_encoding_is_400(fake: FakeXo) -> None:
    assert fake.raw("GET", "/rest/v0/vms/%zz")[0] == 400


def test_stats_are_series_nested_by_device_with_gaps(xo: httpx2.Client, fake: FakeXo) -> None:
    vm = fake.find("vms", power_state="Running")
    stats = xo.get(f"/vms/{vm['id']}/stats", params={"granularity": "minutes"}).json()
    assert stats["interval"] == 60
    assert set(stats["stats"]["cpus"]) == {str(number) for number in range(vm["CPUs"]["number"])}
    assert stats["stats"]["vifs"]["rx"]["0"][0] is None
    host = xo.get(f"/hosts/{fake.find('hosts')['id']}/stats").json()
    pool = xo.get(f"/pools/{fake.find('pools')['id']}/stats").json()
    assert pool[fake.find("hosts")["id"]] == host


def test_stats_of_a_halted_vm_are_422_with_a_whole_record(xo: httpx2.Client, fake: FakeXo) -> None:
    answer = xo.get(f"/vms/{fake.find('vms', power_state='Halted')['id']}/stats")
    assert answer.status_code == 422
    assert 4000 < len(answer.text) < 8000
    assert "data" in answer.json()


def test_an_unknown_granularity_is_422(xo: httpx2.Client, fake: FakeXo) -> None:
    running = fake.find("vms", power_state="Running")
    assert xo.get(f"/vms/{running['id']}/stats", params={"granularity": "years"}).status_code == 422


def test_backup_archives_are_none_without_a_repository(xo: httpx2.Client, fake: FakeXo) -> None:
    first, second = (record["id"] for record in fake.xo.store.every("backup-repositories"))
    assert xo.get("/backup-archives").json() == []
    everything = xo.get("/backup-archives", params={"backup-repository": "*"}).json()
    both = xo.get("/backup-archives", params={"backup-repository": [first, second]}).json()
    one = xo.get("/backup-archives", params={"backup-repository": first}).json()
    assert (len(everything), both, len(one)) == (12, everything, 6)


def test_the_href_of_an_archive_is_404_and_its_encoded_id_is_not(fake: FakeXo) -> None:
    archive = fake.find("backup-archives")["id"]
    assert "/" in archive
    assert fake.raw("GET", f"/rest/v0/backup-archives/{archive}")[0] == 404
    encoded = archive.replace("/", "%2F").replace(".", "%2E")
    assert fake.raw("GET", f"/rest/v0/backup-archives/{encoded}")[0] == 200


def test_archives_come_from_a_cache(own: FakeXo) -> None:
    own.options.archive_cache = LATER
    archive = own.find("backup-archives")
    with own.client() as xo:
        count = len(xo.get("/backup-archives", params={"backup-repository": "*"}).json())
        own.call(own.xo.store.add, "backup-archives", archive | {"id": archive["id"] + "2"})
        assert len(xo.get("/backup-archives", params={"backup-repository": "*"}).json()) == count
        own.options.archive_cache = 0
        assert len(xo.get("/backup-archives", params={"backup-repository": "*"}).json()) == count + 1


def test_some_answers_do_not_fit_their_own_schema(xo: httpx2.Client, fake: FakeXo) -> None:
    """XO did not make these VMs: they have no `creation`, which the schema asks for."""
    assert "creation" not in xo.get(f"/vms/{fake.find('vms')['id']}").json()


def test_times_are_in_the_units_xo_uses(xo: httpx2.Client) -> None:
    for url, name in (("/alarms", "time"), ("/tasks", "start")):
        assert xo.get(url, params={"fields": name}).json()[0][name] > 1e12
    for url, name in (("/messages", "time"), ("/vms", "startTime")):
        assert xo.get(url, params={"fields": name}).json()[0][name] < 1e10


def test_a_pool_that_is_not_connected_shows_nothing(own: FakeXo) -> None:
    own.options.pool = "connecting"
    vm = own.find("vms")["id"]
    with own.client() as xo:
        assert xo.get("/vms").json() == []
        assert xo.get(f"/vms/{vm}").status_code == 404
        assert xo.get("/servers?fields=status").json()[0]["status"] == "connecting"
        assert xo.get("/users").json() != []


def test_while_it_starts_it_accepts_and_does_not_answer(own: FakeXo) -> None:
    own.options.starting = True
    with own.client(timeout=0.3) as xo, pytest.raises(httpx2.ReadTimeout):
        xo.get("/ping")
    own.options.starting = False
    with own.client() as xo:
        assert xo.get("/ping").json()["result"] == "pong"


def test_outside_the_api_there_are_redirects(fake: FakeXo) -> None:
    assert fake.raw("GET", "/rest/v0")[1]["location"] == "/rest/v0/docs"
    assert fake.raw("GET", "/")[1]["location"] == "/signin"


def test_the_contract_is_served_with_an_etag(fake: FakeXo) -> None:
    with fake.client("") as xo:
        answer = xo.get("/docs/swagger.json")
        assert answer.json()["openapi"].startswith("3.0")
        assert xo.get("/docs/swagger.json", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_requests_are_kept_as_they_came(own: FakeXo) -> None:
    own.raw("GET", "/rest/v0/vms/a%2Fb?x=%20&x=1")
    with own.client() as xo:
        xo.patch("/vms/nobody", json={"nameLabel": "x"})
    first, second = own.requests
    assert (first.method, first.target) == ("GET", b"/rest/v0/vms/a%2Fb?x=%20&x=1")
    assert (first.route, first.status, first.user) == ("GET /vms/{id}", 404, "admin@example.org")
    assert second.json == {"nameLabel": "x"}
    assert second.header("Content-Type") == "application/json"


def test_the_same_seed_gives_the_same_world() -> None:
    worlds = [FakeXo(vms=30, seed=7), FakeXo(vms=30, seed=7), FakeXo(vms=30, seed=8)]
    first, again, other = (world.xo.store.every("vms") for world in worlds)
    assert first == again
    assert {vm["id"] for vm in first}.isdisjoint(vm["id"] for vm in other)


def test_two_thousand_vms_are_megabytes() -> None:
    with running_fake_xo(vms=2000, gzip=False) as big, big.client() as xo:
        answer = xo.get("/vms?fields=*")
    assert 2 << 20 < len(answer.content) < 8 << 20


def test_it_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "fake_xo", "--vms", "1"]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        reported = dict(program.stdout.readline().strip().split("=", 1) for _ in range(6))
        headers = {"Cookie": f"authenticationToken={reported['admin_token']}"}
        answer = httpx2.get(f"{reported['url']}/rest/v0/vms?fields=name_label", headers=headers, trust_env=False)
        program.send_signal(signal.SIGINT)
    assert [vm["name_label"] for vm in answer.json()] == ["web-prod-000"]
    assert program.returncode == 0


def test_it_comes_back_on_the_same_port(own: FakeXo) -> None:
    url = own.url
    own.stop()
    with own.client() as xo, pytest.raises(httpx2.ConnectError):
        xo.get("/ping")
    own.start()
    assert own.url == url
    with own.client() as xo:
        assert xo.get("/ping").status_code == 200
