"""Certificates and proxies between the client and XO."""

import asyncio
import datetime as dt
import logging
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from asking import Naps, client_of
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from loopback import answer, loopback
from xo_mcp.errors import ConfigError, Unreachable
from xo_mcp.types import Call

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_proxies")]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, as a fresh XO has one; the key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "xo")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path_factory.mktemp("tls") / "xo.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return file


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_an_unknown_certificate_is_refused(certificate: Path) -> None:
    naps = Naps()
    async with loopback(lambda _: answer([1]), serving(certificate)) as xo, client_of(xo.url, naps) as client:
        with pytest.raises(Unreachable, match=r"certificate of https://127\.0\.0\.1") as caught:
            await client.request(Call("GET", "/vms"))
        assert "--ca-file" in str(caught.value)
        assert "--insecure" in str(caught.value)
        assert xo.seen == []
    assert naps.seconds == []


async def test_a_ca_file_is_trusted(certificate: Path) -> None:
    async with (
        loopback(lambda _: answer([1]), serving(certificate)) as xo,
        client_of(xo.url, ca_file=certificate) as client,
    ):
        assert (await client.request(Call("GET", "/vms"))).data == [1]


async def test_the_name_in_the_certificate_counts(certificate: Path) -> None:
    async with loopback(lambda _: answer([1]), serving(certificate)) as xo:
        url = xo.url.replace("127.0.0.1", "localhost")
        async with client_of(url, ca_file=certificate) as client:
            with pytest.raises(Unreachable, match=r"not trusted.*localhost"):
                await client.request(Call("GET", "/vms"))


async def test_insecure_is_possible_and_warned_about(certificate: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        loopback(lambda _: answer([1]), serving(certificate)) as xo,
        client_of(xo.url, insecure=True) as client,
    ):
        assert (await client.request(Call("GET", "/vms"))).data == [1]
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "XO_INSECURE" in record.getMessage()


async def test_sending_credentials_in_the_clear_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    client_of("http://127.0.0.1:1")
    client_of("http://localhost:1")
    assert caplog.records == []
    client_of("http://xo.example.org")
    assert "unencrypted" in caplog.text


async def test_https_where_xo_listens_with_http_is_reported() -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as server:
        naps = Naps()
        async with client_of(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", naps) as client:
            with pytest.raises(Unreachable, match="does XO listen with http://"):
                await client.request(Call("GET", "/vms"))
    assert naps.seconds == []


async def test_http_where_xo_listens_with_https_is_reported(certificate: Path) -> None:
    async with (
        loopback(lambda _: answer([1]), serving(certificate)) as xo,
        client_of(xo.url.replace("https:", "http:")) as client,
    ):
        with pytest.raises(Unreachable, match="If XO listens with https://"):
            await client.request(Call("GET", "/vms"))


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_a_ca_file_without_certificate_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match="XO_CA_FILE"):
        client_of("https://xo.example.org", ca_file=file)


async def test_the_trust_store_is_the_systems(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with loopback(lambda _: answer([1]), serving(certificate)) as xo, client_of(xo.url) as client:
        assert (await client.request(Call("GET", "/vms"))).data == [1]
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with pytest.raises(ConfigError, match="SSL_CERT_FILE"):
        client_of("https://xo.example.org")


async def test_proxies_are_used_but_not_for_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer(["proxy"])) as proxy, loopback(lambda _: answer(["xo"])) as xo:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with client_of(xo.url) as client:
            assert (await client.request(Call("GET", "/vms"))).data == ["proxy"]
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with client_of(xo.url) as client:
            assert (await client.request(Call("GET", "/vms"))).data == ["xo"]


async def test_https_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer(status=403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with client_of("https://xo.invalid") as client:
            with pytest.raises(Unreachable, match=r"proxy won't connect to https://xo\.invalid.*NO_PROXY"):
                await client.request(Call("GET", "/vms"))
        assert proxy.lines[0] == "CONNECT xo.invalid:443 HTTP/1.1"
        assert all("secret-token" not in str(asked) for asked in proxy.seen)


async def test_an_absent_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback(lambda _: answer()) as stopped:
        url = stopped.url
    monkeypatch.setenv("HTTP_PROXY", url)
    async with client_of("http://xo.invalid") as client:
        with pytest.raises(Unreachable, match="HTTP_PROXY is set"):
            await client.request(Call("GET", "/vms"))


@pytest.mark.parametrize("proxy", ["socks5://user:hunter2@127.0.0.1:1", "gopher://user:hunter2@127.0.0.1:1"])
async def test_a_proxy_that_can_be_none_is_refused(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as caught:
        client_of("https://xo.example.org")
    assert "hunter2" not in str(caught.value)
