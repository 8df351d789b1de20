"""Transfers of the fake XO, and how answers break on demand."""

import hashlib
import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fake_xo import FakeXo, Fault, export_sha256, running_fake_xo
from newest import PINNED_SPEC

SIZE = 3 * (1 << 18) + 1000


@pytest.fixture
def fake() -> Iterator[FakeXo]:
    with running_fake_xo(spec=PINNED_SPEC, lag=0, task_seconds=0.01, export_bytes=SIZE) as running:
        yield running


@pytest.fixture
def xo(fake: FakeXo) -> Iterator[httpx2.Client]:
    with fake.client() as client:
        yield client


# --- transfers


@pytest.mark.parametrize(
    ("collection", "extension"),
    [
        ("vms", "xva"),
        ("vms", "ova"),
        ("vm-templates", "xva"),
        ("vm-snapshots", "xva"),
        ("vdis", "vhd"),
        ("vdis", "raw"),
        ("vdi-snapshots", "vhd"),
    ],
)
def test_an_export_is_chunked_without_a_length(fake: FakeXo, collection: str, extension: str) -> None:
    object_id = fake.find(collection)["id"]
    status, headers, body = fake.raw("GET", f"/rest/v0/{collection}/{object_id}.{extension}")
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert headers["transfer-encoding"] == "chunked"
    assert "content-length" not in headers
    assert len(body) == SIZE
    assert hashlib.sha256(body).hexdigest() == export_sha256(object_id, extension, SIZE)


@pytest.mark.parametrize("size", [0, 5, 1 << 18])
def test_an_export_is_as_big_as_asked(fake: FakeXo, size: int) -> None:
    fake.options.export_bytes = size
    disk = fake.find("vdis")["id"]
    body = fake.raw("GET", f"/rest/v0/vdis/{disk}.vhd")[2]
    assert len(body) == size
    assert hashlib.sha256(body).hexdigest() == export_sha256(disk, "vhd", size)


def test_a_format_that_xo_does_not_have_is_422(fake: FakeXo) -> None:
    assert fake.raw("GET", f"/rest/v0/vdis/{fake.find('vdis')['id']}.odt")[0] == 422


def test_host_files_are_streamed(fake: FakeXo, xo: httpx2.Client) -> None:
    host = fake.find("hosts")["id"]
    assert xo.get(f"/hosts/{host}/audit.txt").text.count("\n") == 60
    assert xo.get(f"/hosts/{host}/logs.tgz").content[:2] == b"\x1f\x8b"


def test_an_upload_is_a_vhd_unless_raw(fake: FakeXo, xo: httpx2.Client) -> None:
    sr = fake.find("srs")["id"]
    headers = {"Content-Type": "application/octet-stream"}
    answer = xo.post(f"/srs/{sr}/vdis", content=b"no disk", headers=headers)
    assert answer.status_code == 500
    for query, content in (("?raw=true&name_label=data", b"no disk"), ("?name_label=data", b"conectix" + bytes(504))):
        answer = xo.post(f"/srs/{sr}/vdis{query}", content=content, headers=headers)
        assert answer.status_code == 201
        disk = xo.get(f"/vdis/{answer.json()['id']}").json()
        assert (disk["name_label"], disk["size"]) == ("data", len(content))
        assert fake.requests[-2].sha256 == hashlib.sha256(content).hexdigest()


def test_the_content_of_a_disk_is_replaced(fake: FakeXo, xo: httpx2.Client) -> None:
    disk = fake.find("vdis")["id"]
    assert xo.put(f"/vdis/{disk}.vhd", content=b"no disk").status_code == 500
    assert xo.put(f"/vdis/{disk}.raw", content=b"any bytes").status_code == 204
    assert xo.get(f"/vdis/{disk}").json()["usage"] == len(b"any bytes")


def test_an_exported_vm_can_be_imported(fake: FakeXo, xo: httpx2.Client) -> None:
    pool = fake.find("pools")["id"]
    content = xo.get(f"/vms/{fake.find('vms')['id']}.xva").content
    answer = xo.post(f"/pools/{pool}/vms", content=content)
    assert answer.status_code == 201
    assert xo.get(f"/vms/{answer.json()['id']}").status_code == 200
    assert xo.post(f"/pools/{pool}/vms", content=b"nonsense").json()["error"].startswith("IMPORT_ERROR")


# --- faults


def test_a_fault_strikes_as_often_as_asked(fake: FakeXo, xo: httpx2.Client) -> None:
    fault = fake.fault("GET /vms", "status-503", times=2)
    assert [xo.get("/vms").status_code for _ in range(3)] == [503, 503, 200]
    assert fault.hits == 2


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ("*", True),
        ("GET *", True),
        ("POST *", False),
        ("GET /vms/{id}", True),
        ("* /vms/{id}", True),
        ("/vms/{id}", True),
        ("GET /vms", False),
        ("GET /vms/*", True),
    ],
)
def test_what_a_fault_strikes(fake: FakeXo, xo: httpx2.Client, match: str, struck: bool) -> None:
    fake.fault(match, "status-500")
    assert (xo.get(f"/vms/{fake.find('vms')['id']}").status_code == 500) is struck


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no such fault: gremlins"):
        Fault("*", "gremlins")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_proxy_answers_in_html(fake: FakeXo, xo: httpx2.Client, status: int) -> None:
    fake.fault("GET /vms", f"status-{status}", headers={"Retry-After": "1"})
    answer = xo.get("/vms")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    assert answer.headers["retry-after"] == "1"


def test_an_error_may_have_a_body_of_its_own(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.fault("*", "status-500", body=b'{"error":"x"}', headers={"Content-Type": "application/json"})
    assert xo.get("/vms").json() == {"error": "x"}


def test_answers_that_are_no_json(fake: FakeXo, xo: httpx2.Client) -> None:
    for kind in ("garbage", "html", "empty"):
        fake.fault("GET /vms", kind)
        answer = xo.get("/vms")
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_huge_answer(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.fault("GET /vms", "huge", size=5 << 20)
    assert len(xo.get("/vms").content) > 4 << 20


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset-early", httpx2.ReadError),
        ("close", httpx2.RemoteProtocolError),
        ("lost-answer", httpx2.ReadError),
    ],
)
def test_a_connection_that_ends_before_the_answer(
    fake: FakeXo, xo: httpx2.Client, kind: str, error: type[Exception]
) -> None:
    fake.fault("GET /vms", kind)
    with pytest.raises(error):
        xo.get("/vms")
    assert xo.get("/vms").status_code == 200


def test_a_lost_answer_has_done_what_was_asked(fake: FakeXo, xo: httpx2.Client) -> None:
    vm = fake.find("vms")["id"]
    for kind, done in (("reset-early", False), ("lost-answer", True)):
        fake.fault("PUT *", kind)
        with pytest.raises(httpx2.TransportError):
            xo.put(f"/vms/{vm}/tags/{kind}")
        assert (kind in xo.get(f"/vms/{vm}").json()["tags"]) is done


@pytest.mark.parametrize("kind", ["reset", "truncate"])
@pytest.mark.parametrize("path", ["/vms?fields=*", "/vdis/{}.raw"])
def test_an_answer_that_breaks_off(fake: FakeXo, xo: httpx2.Client, kind: str, path: str) -> None:
    fake.fault("*", kind)
    got = b""

    def read() -> None:
        nonlocal got
        with xo.stream("GET", path.format(fake.find("vdis")["id"])) as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw():
                got += piece

    with pytest.raises(httpx2.TransportError):
        read()
    assert got or kind == "reset"


def test_an_export_that_ends_properly_but_early(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.fault("*", "cut-short", size=1000)
    assert len(xo.get(f"/vdis/{fake.find('vdis')['id']}.raw").content) == 1000


@pytest.mark.parametrize("kind", ["hang", "stall"])
def test_an_answer_that_never_ends(fake: FakeXo, kind: str) -> None:
    fake.fault("*", kind)
    with fake.client(timeout=0.3) as xo, pytest.raises(httpx2.ReadTimeout):
        xo.get("/vms")


@pytest.mark.parametrize("kind", ["slow", "drip"])
def test_a_slow_answer_arrives(fake: FakeXo, xo: httpx2.Client, kind: str) -> None:
    fake.fault("*", kind, seconds=0.05)
    assert len(xo.get("/vms").json()) == 60


def test_faults_can_be_taken_back(fake: FakeXo, xo: httpx2.Client) -> None:
    fake.fault("*", "status-500", times=None)
    assert xo.get("/ping").status_code == 500
    fake.xo.faults.clear()
    assert xo.get("/ping").status_code == 200


# --- TLS


def test_a_good_certificate_is_accepted_by_who_trusts_its_authority() -> None:
    with running_fake_xo(spec=PINNED_SPEC, tls="good") as fake:
        with fake.client() as trusting:
            assert trusting.get("/ping").status_code == 200
        with fake.client(verify=ssl.create_default_context()) as strict, pytest.raises(httpx2.ConnectError):
            strict.get("/ping")


@pytest.mark.parametrize("kind", ["wrong-host", "self-signed", "expired"])
def test_a_bad_certificate_is_refused(kind: str) -> None:
    with (
        running_fake_xo(spec=PINNED_SPEC, tls=kind) as fake,
        fake.client() as trusting,
        pytest.raises(httpx2.ConnectError) as refused,
    ):
        trusting.get("/ping")
    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value)


def test_an_unknown_certificate_is_refused() -> None:
    settings: dict[str, Any] = {"tls": "shiny"}
    with pytest.raises(ValueError, match="no such certificate: shiny"):
        FakeXo(**settings)
