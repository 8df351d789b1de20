"""Where a document comes from: a file, a live XO, or the npm package that carries it. All answer bytes."""

import gzip
import re
import shutil
import ssl
import subprocess
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx2

from generator.document import MAX_BYTES, YAML_SUFFIXES
from generator.errors import SourceError

PACKAGE = "@xen-orchestra/rest-api"
DOCUMENT_ROUTE = "/rest/v0/docs/swagger.json"
ANSWER_SECONDS = 30.0
DOWNLOAD_SECONDS = 120
"""XO serves its document in about a second; a server that drips must not hold the import for ever."""
NPM_SECONDS = 180
MAX_REDIRECTS = 5
MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024

_NPM_VERSION = re.compile(r"latest|next|\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?")
_DOCUMENT_FILE = re.compile(r"(.*/)?(swagger|openapi)\.json")
_UNKNOWN_VERSION = ("E404", "ETARGET")
_OFFLINE = ("ENOTFOUND", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH")


@dataclass(frozen=True)
class Source:
    """One place to take a document from; exactly one of `url`, `npm` and `file` is given.

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
        address = _address(source.url)
        origin = address.partition("?")[0]  # a query can hold a secret
        return _from_url(address, origin, _trust(source)), origin
    raise SourceError("no source is given", hint="Name a file, a URL or a version of the npm package.")


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or 'unknown reason'}", place=str(path)) from error


def _address(url: str) -> str:
    """The address of the document that belongs to what the user typed."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise SourceError(f"no URL: {error}", place="--url") from error
    if parts.scheme not in ("http", "https") or not host or any(char.isspace() for char in url):
        raise SourceError("the address must be https:// or http:// and a host", place="--url")
    if parts.username is not None or parts.password is not None:
        raise SourceError("XO serves its document without login; take the user name out of the URL", place="--url")
    if parts.path.endswith((".json", *YAML_SUFFIXES)):
        return urlunsplit(SplitResult(parts.scheme, parts.netloc, parts.path, parts.query, ""))
    base = parts.path.rstrip("/").removesuffix("/rest/v0")
    return urlunsplit(SplitResult(parts.scheme, parts.netloc, base + DOCUMENT_ROUTE, "", ""))


def _trust(source: Source) -> ssl.SSLContext | bool:
    if source.insecure:
        return False
    if source.ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(source.ca_file))
    except (OSError, ssl.SSLError) as error:
        reason = "no PEM certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SourceError(f"cannot be used: {reason}", place=str(source.ca_file)) from error


def _from_url(address: str, origin: str, verify: ssl.SSLContext | bool) -> bytes:
    try:
        with (
            httpx2.Client(
                verify=verify, timeout=ANSWER_SECONDS, follow_redirects=True, max_redirects=MAX_REDIRECTS
            ) as client,
            client.stream("GET", address, headers={"Accept": "application/json"}) as response,
        ):
            _require_document(response, origin)
            return b"".join(_bounded(response, origin))
    except httpx2.ConnectError as error:
        raise _unreachable(error, origin) from error
    except httpx2.TimeoutException as error:
        raise SourceError("did not answer in time", place=origin, hint="An XO that starts needs a moment.") from error
    except httpx2.TooManyRedirects as error:
        raise SourceError(f"redirects more than {MAX_REDIRECTS} times", place=origin) from error
    except httpx2.InvalidURL as error:
        raise SourceError(f"no URL: {error}", place=origin) from error
    except httpx2.HTTPError as error:
        raise SourceError(f"the transfer failed: {type(error).__name__}", place=origin) from error


def _require_document(response: httpx2.Response, address: str) -> None:
    if response.status_code != httpx2.codes.OK:
        raise SourceError(
            f"answered HTTP {response.status_code}", place=address, hint="Is this an XO of release 5.110 or later?"
        )
    if response.headers.get("content-type", "").split(";")[0].strip().lower() == "text/html":
        raise SourceError(
            "answered HTML instead of JSON",
            place=address,
            hint="A sign-in page, or no XO: give the address that XO's REST API is under.",
        )


def _bounded(response: httpx2.Response, address: str) -> Iterator[bytes]:
    end = time.monotonic() + DOWNLOAD_SECONDS
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BYTES:
            raise SourceError(f"sends more than {MAX_BYTES // 1024 // 1024} MiB", place=address)
        if time.monotonic() > end:
            raise SourceError(f"takes longer than {DOWNLOAD_SECONDS} seconds", place=address)
        yield chunk


def _unreachable(error: httpx2.ConnectError, address: str) -> SourceError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", None) or cause.reason or "handshake failed"
            return SourceError(
                f"the TLS connection failed: {reason}",
                place=address,
                hint="Trust its authority with --ca-file, or use --insecure on a network you control.",
            )
        cause = cause.__cause__ or cause.__context__
    return SourceError("cannot be reached", place=address, hint=f"Check host and port ({error}).")


def _from_npm(version: str) -> bytes:
    if not _NPM_VERSION.fullmatch(version):
        raise SourceError(f"{version!r} is no version", place="--npm", hint="Give `latest` or one like 0.37.0.")
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("the npm client is not installed", hint="Install Node.js, or use --url or --file.")
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
        raise SourceError("the npm registry cannot be reached", place=package, hint="Use --file with a saved document.")
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
