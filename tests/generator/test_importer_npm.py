"""Importing a document from XO's npm package."""

import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from importing import RAW, Site
from newest import NEXT

from generator.errors import DocumentError, SourceError
from generator.importing import sources
from generator.importing.importer import import_spec
from generator.importing.sources import Source

pytestmark = pytest.mark.usefixtures("specs")


NPM_CLIENTS = ["stub", *(["npm"] if shutil.which("npm") else [])]


def package(*files: tuple[str, bytes | None]) -> bytes:
    """An npm package; a file without content is a symbolic link to /etc/passwd."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content or b""))
    return stream.getvalue()


GOOD = package(
    ("package/package.json", b'{"name": "@xen-orchestra/rest-api", "version": "0.39.0"}'),
    ("package/dist/index.js", b""),
    ("package/open-api/spec/swagger.json", RAW),
)


STUB = f"""#!{sys.executable}
import pathlib, shutil, sys
command, wanted, *options = sys.argv[1:]
assert command == "pack" and "--ignore-scripts" in options, sys.argv
folder = pathlib.Path(options[options.index("--pack-destination") + 1])
here = pathlib.Path(__file__).parent
failure = here / "failure.txt"
if failure.exists():
    sys.exit(failure.read_text())
if wanted not in ("@xen-orchestra/rest-api@latest", "@xen-orchestra/rest-api@0.39.0"):
    sys.exit("npm error code ETARGET")
if (here / "package.tgz").exists():
    shutil.copy(here / "package.tgz", folder / "xen-orchestra-rest-api-0.39.0.tgz")
"""


@dataclass
class Npm:
    """An npm client with the registry it talks to."""

    folder: Path
    offer: Callable[[bytes], None]

    def fail(self, message: str) -> None:
        (self.folder / "failure.txt").write_text(message, encoding="utf-8")


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Npm:
    """A program called npm, alone on the PATH, that behaves as the test wants."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "npm"
    program.write_text(STUB, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))

    def offer(archive: bytes) -> None:
        (folder / "package.tgz").write_bytes(archive)

    return Npm(folder, offer)


@pytest.fixture
def registry(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Npm:
    """The real npm client, talking to a registry on loopback."""

    def offer(archive: bytes) -> None:
        address = f"{site.address}/rest-api-0.39.0.tgz"
        version = {
            "name": sources.PACKAGE,
            "version": "0.39.0",
            "dist": {"tarball": address, "shasum": hashlib.sha1(archive, usedforsecurity=False).hexdigest()},
        }
        index = {"name": sources.PACKAGE, "dist-tags": {"latest": "0.39.0"}, "versions": {"0.39.0": version}}
        site.answers["/@xen-orchestra%2frest-api"] = (200, {}, json.dumps(index).encode())
        site.answers["/rest-api-0.39.0.tgz"] = (200, {}, archive)

    for name in [name for name in os.environ if "proxy" in name.lower()]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("npm_config_registry", site.address)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
    monkeypatch.setenv("npm_config_update_notifier", "false")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    return Npm(tmp_path, offer)


@pytest.fixture(params=NPM_CLIENTS)
def npm(request: pytest.FixtureRequest) -> Npm:
    client: Npm = request.getfixturevalue({"stub": "stub", "npm": "registry"}[request.param])
    return client


@pytest.mark.parametrize("version", ["latest", "0.39.0"])
def test_the_npm_package(npm: Npm, specs: Path, version: str):
    npm.offer(GOOD)
    report = import_spec(Source(npm=version), release=NEXT)
    assert (report.operations, report.out, report.origin) == (
        1,
        specs / f"xo-{NEXT}.json",
        f"@xen-orchestra/rest-api@{version}",
    )


def test_a_version_that_does_not_exist(npm: Npm):
    npm.offer(GOOD)
    with pytest.raises(SourceError, match="there is no such version"):
        import_spec(Source(npm="99.0.0"), release=NEXT)


def test_a_package_without_a_document(npm: Npm):
    npm.offer(package(("package/package.json", b'{"name": "@xen-orchestra/rest-api", "version": "0.39.0"}')))
    with pytest.raises(SourceError, match=r"holds no swagger.json"):
        import_spec(Source(npm="latest"), release=NEXT)


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        (b"no gzip", "is damaged"),
        (GOOD[: len(GOOD) // 2], "is damaged"),
        (b"", "is damaged"),
        (package(("package/swagger.json", None)), "holds no swagger.json"),
        (package(("package/a/swagger.json", RAW), ("package/b/swagger.json", RAW)), "several documents: package/a/"),
        (package(("package/swagger.json", b"<html>")), "HTML or XML"),
        (package(*[(f"package/{number}", b"") for number in range(50)]), "the package is too large"),
        (package(("package/big", b"\0" * 200_000), ("package/more", b"")), "the package is too large"),
    ],
)
def test_a_package_that_can_not_be_used(stub: Npm, monkeypatch: pytest.MonkeyPatch, archive: bytes, message: str):
    monkeypatch.setattr(sources, "MAX_MEMBERS", 40)
    monkeypatch.setattr(sources, "MAX_UNPACKED_BYTES", 100_000)
    stub.offer(archive)
    with pytest.raises(DocumentError, match=message):
        import_spec(Source(npm="latest"), release=NEXT)


def test_an_archive_writes_nothing_outside(stub: Npm, tmp_path: Path):
    stub.offer(package(("../../../../escaped.json", b"{}"), ("/tmp/escaped.json", b"{}"), ("../../swagger.json", RAW)))
    before = {path for path in tmp_path.rglob("*") if "bin" not in path.parts}
    report = import_spec(Source(npm="latest"), release=NEXT)
    assert {path for path in tmp_path.rglob("*") if "bin" not in path.parts} - before == {report.out, report.out.parent}


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        ("npm error code E404\nnpm error 404 Not Found", "there is no such version"),
        (
            "npm ERR! code ENOTFOUND\nnpm ERR! network",
            "the npm registry cannot be reached; take the document from a live XO or a file",
        ),
        ("npm error code EACCES\nsecret things", "npm failed with EACCES. Run it yourself"),
        ("something else", "npm failed with exit code 1"),
    ],
)
def test_why_npm_failed(stub: Npm, stderr: str, message: str):
    stub.fail(stderr)
    with pytest.raises(SourceError, match=message) as caught:
        import_spec(Source(npm="latest"), release=NEXT)
    assert "secret" not in str(caught.value)


@pytest.mark.usefixtures("stub")
def test_npm_that_delivers_nothing_or_never_ends(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SourceError, match="npm delivered nothing"):
        import_spec(Source(npm="latest"), release=NEXT)
    monkeypatch.setattr(sources, "NPM_SECONDS", 0)
    with pytest.raises(SourceError, match="npm took longer"):
        import_spec(Source(npm="latest"), release=NEXT)


def test_npm_that_can_not_be_run(stub: Npm):
    (stub.folder / "npm").write_text("#!/no/such/interpreter\n", encoding="utf-8")
    with pytest.raises(SourceError, match="npm cannot be run"):
        import_spec(Source(npm="latest"), release=NEXT)


def test_no_npm_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SourceError, match=r"not installed. Install Node.js, or take .*--url .*--file .*FROM=https.*FROM=swagger"
    ):
        import_spec(Source(npm="latest"), release=NEXT)


@pytest.mark.parametrize(
    "version", ["", "../x", "file:/etc", "1.0.0; rm -rf /", "--registry=http://evil", "^1", "latest\n"]
)
def test_what_is_no_version(version: str):
    with pytest.raises(SourceError, match="is no version"):
        import_spec(Source(npm=version), release=NEXT)
