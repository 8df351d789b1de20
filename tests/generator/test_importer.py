"""Importing a document from a live XO, an address or a file."""

import datetime as dt
import hashlib
import http.server
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from importing import DOCUMENT, DOCUMENT_PATH, RAW, Site, serve
from newest import PINNED

from generator.errors import DocumentError, SourceError, SpecError
from generator.facts.document import read_document
from generator.importing import website
from generator.importing.importer import ImportReport, import_spec
from generator.importing.sources import Source

pytestmark = pytest.mark.usefixtures("specs")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, key and certificate in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "xo.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure_site(certificate: Path) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from serve(context)


def bring(url: str, **options: Any) -> ImportReport:
    return import_spec(Source(url=url, **options), release=PINNED)


@pytest.mark.parametrize("suffix", ["", "/", "/rest/v0", "/rest/v0/", DOCUMENT_PATH])
def test_a_live_xo(site: Site, specs: Path, suffix: str):
    report = bring(site.address + suffix)
    assert site.asked == [DOCUMENT_PATH]
    assert (report.operations, report.release, report.rest_api, report.change) == (1, PINNED, "0.37.0", "new")
    assert report.out == specs / f"xo-{PINNED}.json"
    assert report.origin == site.address + DOCUMENT_PATH
    assert report.source_sha256 == hashlib.sha256(RAW).hexdigest()
    assert read_document(report.out)["paths"]["/ping"]["get"] == {"responses": {"200": {"description": ""}}}


def test_an_xo_below_a_path(site: Site):
    site.answers[f"/xo{DOCUMENT_PATH}"] = site.answers.pop(DOCUMENT_PATH)
    assert bring(f"{site.address}/xo/rest/v0").operations == 1


def test_any_document_by_its_address(site: Site):
    site.answers["/spec/pets.yaml?raw=1"] = (200, {}, b"openapi: 3.0.0\npaths: {/a: {get: {responses: {}}}}\n")
    report = bring(f"{site.address}/spec/pets.yaml?raw=1#frag")
    assert report.operations == 1
    assert report.origin == f"{site.address}/spec/pets.yaml", "a query can hold a secret"


def test_a_redirect_is_followed_and_a_circle_is_not(site: Site):
    site.answers["/moved.json"] = (302, {"Location": DOCUMENT_PATH}, b"")
    site.answers["/circle.json"] = (302, {"Location": "/circle.json"}, b"")
    assert bring(f"{site.address}/moved.json").operations == 1
    with pytest.raises(SourceError, match="redirects more than 5 times"):
        bring(f"{site.address}/circle.json")


def test_a_second_import_changes_nothing_and_a_new_document_does(site: Site):
    first = bring(site.address)
    written = first.out.stat().st_mtime_ns
    assert bring(site.address).change == "unchanged"
    assert first.out.stat().st_mtime_ns == written
    changed = {**DOCUMENT, "info": {"title": "x", "version": "0.38.0"}}
    site.answers[DOCUMENT_PATH] = (200, {}, json.dumps(changed).encode())
    assert bring(site.address).change == "changed"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((404, {"Content-Type": "text/html"}, b"<h1>none</h1>"), "answered HTTP 404. Is this an XO"),
        ((500, {}, b""), "answered HTTP 500"),
        ((204, {}, b""), "answered HTTP 204"),
        ((200, {"Content-Type": "text/html; charset=utf-8"}, b"<h1>Sign in</h1>"), "answered HTML instead of JSON"),
        ((200, {"Content-Type": "application/json"}, b"<h1>Sign in</h1>"), "HTML or XML, not JSON"),
        ((200, {}, b""), "empty"),
        ((200, {}, b'{"swagger": "2.0", "paths": {}}'), "Swagger '2.0'"),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "the transfer failed: DecodingError"),
        ((200, {"Content-Length": "100"}, b"short"), "the transfer failed: RemoteProtocolError"),
    ],
)
def test_an_answer_that_is_no_document(
    site: Site, specs: Path, answer: tuple[int, dict[str, str], bytes], message: str
):
    site.answers[DOCUMENT_PATH] = answer
    with pytest.raises(DocumentError, match=message) as caught:
        bring(site.address)
    assert caught.value.place == site.address + DOCUMENT_PATH
    assert not specs.exists()


def test_an_answer_without_end_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(website, "MAX_BYTES", 1024 * 1024)
    site.answers[DOCUMENT_PATH] = (200, {}, b" " * (1024 * 1024 + 1))
    with pytest.raises(SourceError, match="sends more than 1 MiB"):
        bring(site.address)


def test_an_answer_that_drips_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(website, "DOWNLOAD_SECONDS", -1)
    with pytest.raises(SourceError, match="takes longer than"):
        bring(site.address)


def test_an_answer_that_never_comes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(website, "ANSWER_SECONDS", 0.1)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(SourceError, match=r"did not answer in time\. An XO that starts"),
    ):
        bring(f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_a_port_without_a_listener():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as closed:
        port = closed.server_port
    with pytest.raises(SourceError, match=r"cannot be reached. Check host and port .*refused"):
        bring(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://xo.example", "must be https:// or http:// and a host"),
        ("file:///etc/passwd", "must be https:// or http:// and a host"),
        ("https://", "must be https:// or http:// and a host"),
        ("https://xo example", "must be https:// or http:// and a host"),
        ("https://xo.example:port", "no URL"),
        ("http://[::1", "no URL"),
        ("https://admin:hunter2@xo.example", "take the user name out"),
    ],
)
def test_what_is_no_address(url: str, message: str):
    with pytest.raises(SourceError, match=message) as caught:
        bring(url)
    assert "hunter2" not in str(caught.value)


def test_an_untrusted_certificate_is_refused(secure_site: Site):
    with pytest.raises(SourceError, match=r"TLS connection failed: self.signed certificate.*--ca-file"):
        bring(secure_site.address)


def test_a_certificate_we_trust(secure_site: Site, certificate: Path):
    assert bring(secure_site.address, ca_file=certificate).operations == 1


def test_any_certificate_when_asked_to(secure_site: Site):
    assert bring(secure_site.address, insecure=True).operations == 1


def test_tls_where_there_is_none(site: Site):
    with pytest.raises(SourceError, match="TLS connection failed"):
        bring(site.address.replace("http:", "https:"))


def test_a_ca_file_that_is_none(tmp_path: Path):
    wrong = tmp_path / "ca.pem"
    with pytest.raises(SourceError, match="No such file"):
        bring("https://xo.example", ca_file=wrong)
    wrong.write_text("no certificate", encoding="utf-8")
    with pytest.raises(SourceError, match="no PEM certificates"):
        bring("https://xo.example", ca_file=wrong)


def test_a_file_named_after_its_release(tmp_path: Path, specs: Path):
    path = tmp_path / "xo-6.7.0-rest-api-0.37.0.json"
    path.write_bytes(RAW)
    report = import_spec(Source(file=path))
    assert (report.release, report.out) == ("6.7", specs / "xo-6.7.json")
    assert read_document(report.out)["x-xo-release"] == "6.7"


def test_a_file_of_any_name(tmp_path: Path, specs: Path):
    path = tmp_path / "swagger.json"
    path.write_bytes(RAW)
    with pytest.raises(SourceError, match=r"the XO release is not known.*--release"):
        import_spec(Source(file=path))
    assert import_spec(Source(file=path), release="6.6.0").out == specs / "xo-6.6.json"
    elsewhere = import_spec(Source(file=path), out=tmp_path / "there" / "facts.json")
    assert (elsewhere.release, elsewhere.out.is_file()) == ("", True)


def test_facts_know_their_release(tmp_path: Path):
    path = tmp_path / "swagger.json"
    path.write_bytes(RAW)
    facts = import_spec(Source(file=path), release="6.6.0").out
    renamed = facts.rename(tmp_path / "some.json")
    assert import_spec(Source(file=renamed)).release == "6.6"


@pytest.mark.parametrize("release", ["6", "six", "../../etc/6.6", "6.6.1/..", "6.6.1\n", ""])
def test_what_is_no_release(release: str, tmp_path: Path):
    with pytest.raises(SourceError, match="is not a release"):
        import_spec(Source(file=tmp_path / "swagger.json"), release=release)


def test_a_release_the_document_invents_is_no_path(tmp_path: Path):
    path = tmp_path / "swagger.json"
    path.write_text(json.dumps({**DOCUMENT, "x-xo-release": "..-..-evil"}), encoding="utf-8")
    with pytest.raises((SourceError, SpecError)):
        import_spec(Source(file=path))


def test_a_file_that_is_not_there_and_a_folder_that_takes_none(tmp_path: Path):
    with pytest.raises(SourceError, match="No such file"):
        import_spec(Source(file=tmp_path / "none.json"), release=PINNED)
    path = tmp_path / "swagger.json"
    path.write_bytes(RAW)
    with pytest.raises(SourceError, match="cannot be written"):
        import_spec(Source(file=path), release=PINNED, out=path / "below" / "facts.json")


def test_no_source_at_all():
    with pytest.raises(SourceError, match="no source"):
        import_spec(Source(), release=PINNED, out=Path("never.json"))


def test_the_release_is_asked_for_before_anything_is_fetched(site: Site):
    with pytest.raises(SourceError, match="release is not known"):
        import_spec(Source(url=site.address))
    assert site.asked == []


def test_the_report_for_people_and_for_scripts(tmp_path: Path):
    wrong = json.loads(RAW)
    wrong["components"]["schemas"]["A"] = {"type": "object", "required": [None]}
    path = tmp_path / f"xo-{PINNED}.json"
    path.write_text(json.dumps(wrong), encoding="utf-8")
    report = import_spec(Source(file=path))
    assert report.text.splitlines()[0] == f"1 operation (XO {PINNED}, rest-api 0.37.0) from {path}"
    assert "repaired required-null in 1 place: `required` lists null" in report.text
    assert "repairs it does not need: required-empty, security-none, security-any" in report.text
    data = json.loads(json.dumps(report.as_dict()))
    assert data["repairs"][0]["name"] == "required-null"
    assert data["out"] == str(report.out)
