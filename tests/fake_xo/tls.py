"""Certificates, good and bad, made on the spot."""

import datetime as dt
import ipaddress
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("good", "wrong-host", "self-signed", "expired")
DAY = dt.timedelta(days=1)


@dataclass
class Certificate:
    """Files of one certificate.

    Attributes:
        ca_file: PEM of the authority that signed it, or of another one when it is self-signed.
    """

    folder: Path
    ca_file: str
    cert_file: str
    key_file: str

    def remove(self) -> None:
        """Delete the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def make_certificate(kind: str) -> Certificate:
    """Make a certificate for 127.0.0.1 and localhost, or one that must be refused.

    Args:
        kind: `good`, `wrong-host` (of another machine), `self-signed` (no authority) or `expired`.
    """
    if kind not in KINDS:
        raise ValueError(f"no such certificate: {kind}; there are {', '.join(KINDS)}")
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, name = _name("Harbour Test Authority"), _name("xo.example.org")
    now = dt.datetime.now(dt.UTC)
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), now - DAY, now + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    end = now - DAY / 2 if kind == "expired" else now + 30 * DAY
    hosts: list[x509.GeneralName] = [x509.DNSName("elsewhere.example.org")]
    if kind != "wrong-host":
        hosts = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    alone = kind == "self-signed"
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        key.public_key() if alone else authority_key.public_key()
    )
    certificate = (
        _builder(name, name if alone else authority_name, key.public_key(), now - DAY, end)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(signer, critical=False)
        .sign(key if alone else authority_key, hashes.SHA256())
    )
    return _written(authority, certificate, key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    start: dt.datetime,
    end: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def _written(
    authority: x509.Certificate, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> Certificate:
    folder = Path(tempfile.mkdtemp(prefix="fake-xo-"))
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = {"ca.pem": authority.public_bytes(pem), "cert.pem": certificate.public_bytes(pem), "key.pem": private}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Certificate(folder, *(str(folder / name) for name in files))
