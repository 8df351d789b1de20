"""Where a document comes from: a file, a live XO, or the npm package that carries it. All answer bytes."""

import gzip
import re
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from generator.errors import SourceError
from generator.facts.document import MAX_BYTES

PACKAGE = "@xen-orchestra/rest-api"
OTHERWISE = (
    "take the document from a live XO or a file: `python -m generator import` with `--url https://my-xo` or "
    "`--file swagger.json`, `make upgrade` with `FROM=https://my-xo` or `FROM=swagger.json`"
)
NPM_SECONDS = 180
MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024

_NPM_VERSION = re.compile(r"latest|next|\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?")
_DOCUMENT_FILE = re.compile(r"(.*/)?(swagger|openapi)\.json")
_UNKNOWN_VERSION = ("E404", "ETARGET")
_OFFLINE = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")


@dataclass(frozen=True)
class Source:
    """Where to take a document from; exactly one of `url`, `npm` and `file` is given.

    Attributes:
        url: A live XO, with or without `/rest/v0`, or the address of a document (`.json`, `.yaml`).
        npm: A version of the npm package `@xen-orchestra/rest-api`, or `latest`.
        file: A file.
        insecure: With `url`: accept any TLS certificate.
        ca_file: With `url`: a PEM file of certificate authorities to trust instead of the system's.
    """

    url: str | None = None
    npm: str | None = None
    file: Path | None = None
    insecure: bool = False
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what would be ignored.

        Raises:
            SourceError: There is no connection; the message says why.
        """
        if self.url is None and (self.insecure or self.ca_file is not None):
            flag = "--insecure" if self.insecure else "--ca-file"
            raise SourceError("is about the connection to a live XO, and no address is given", place=flag)


def fetch(source: Source) -> tuple[bytes, str]:
    """Fetch a document.

    Returns:
        The bytes, and their origin in words for messages; it holds no credentials.

    Raises:
        SourceError: They can't be had; says why and what to try.
    """
    if source.file is not None:
        return _from_file(source.file), str(source.file)
    if source.npm is not None:
        return _from_npm(source.npm), f"{PACKAGE}@{source.npm}"
    if source.url is not None:
        # Loading an HTTP client takes longer than most commands, which need none.
        from generator.importing.website import download

        return download(source.url, insecure=source.insecure, ca_file=source.ca_file)
    raise SourceError("no source is given", hint="Name a file, a URL or a version of the npm package.")


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or 'unknown reason'}", place=str(path)) from error


def _from_npm(version: str) -> bytes:
    if not _NPM_VERSION.fullmatch(version):
        raise SourceError(f"{version!r} is no version", place="npm", hint="Give `latest` or one like 0.37.0.")
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("the npm client is not installed", hint=f"Install Node.js, or {OTHERWISE}.")
    with tempfile.TemporaryDirectory(prefix="xo-spec-") as folder:
        _pack(npm, f"{PACKAGE}@{version}", Path(folder))
        archive = next(Path(folder).glob("*.tgz"), None)
        if archive is None:
            raise SourceError("npm delivered nothing", place=f"{PACKAGE}@{version}")
        return _from_archive(archive, f"{PACKAGE}@{version}")


def _pack(npm: str, package: str, folder: Path) -> None:
    """Let the npm client fetch a package, and run none of its scripts."""
    command = [npm, "pack", package, "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - the version was checked, no shell is involved
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"npm took longer than {NPM_SECONDS} seconds", place=package) from error
    except OSError as error:
        raise SourceError(f"npm cannot be run: {error.strerror}", place=package) from error
    if done.returncode == 0:
        return
    if any(code in done.stderr for code in _UNKNOWN_VERSION):
        raise SourceError("there is no such version", place=package, hint=f"`npm view {PACKAGE} versions` lists them.")
    if any(code in done.stderr for code in _OFFLINE):
        raise SourceError("the npm registry cannot be reached", place=package, hint=OTHERWISE)
    code = re.search(r"npm (?:ERR!|error) code (\w+)", done.stderr)
    raise SourceError(
        f"npm failed with {code[1] if code else f'exit code {done.returncode}'}",
        place=package,
        hint=f"Run it yourself to see why: npm pack {package}",
    )


def _from_archive(archive: Path, package: str) -> bytes:
    """Take the document out of a package, in memory: nothing that an archive names is written anywhere."""
    found: dict[str, bytes] = {}
    unpacked = 0
    try:
        with tarfile.open(archive, "r:gz") as members:
            for count, member in enumerate(members):
                unpacked += member.size
                if count >= MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
                    raise SourceError("the package is too large", place=package)
                if member.isfile() and _DOCUMENT_FILE.fullmatch(member.name):
                    file = members.extractfile(member)
                    found[member.name] = file.read(MAX_BYTES + 1) if file else b""
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, OSError) as error:
        raise SourceError("the package is damaged", place=package) from error
    if not found:
        raise SourceError("the package holds no swagger.json", place=package)
    if len(found) > 1:
        raise SourceError(f"the package holds several documents: {', '.join(sorted(found))}", place=package)
    return found.popitem()[1]
