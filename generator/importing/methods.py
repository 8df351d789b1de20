"""Importing what XO's JSON-RPC API says about its methods, into `specs/jsonrpc/xo-<release>.json`."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pydantic_core import to_json

from generator.errors import DocumentError, SourceError, SpecError
from generator.facts.dialect import extract_methods
from generator.facts.document import MAX_BYTES
from generator.layout import SPECS
from generator.library import replace_file
from generator.names.counts import counted
from generator.specs.methods import FOLDER, Methods, load_methods, read_methods
from generator.specs.releases import is_release, spelling

if TYPE_CHECKING:
    import ssl

FILE_NAME: Final = re.compile(r"xo-(\d+(?:\.\d+)+)\.json")
SERVER_NAME: Final = re.compile(r"xo-server-(\d+(?:\.\d+)+)")
ROUTE: Final = "/api/"
"""With the final slash: without it, XO never answers the handshake (xo-server 5.207.2)."""
SECONDS: Final = 10.0
INFO, VERSION = "system.getMethodsInfo", "system.getServerVersion"
"""Both answer without signing in."""


@dataclass(frozen=True)
class MethodsReport:
    """What an import of methods brought in.

    Attributes:
        origin: Where they were reported.
        out: The facts file.
        release: The XO release.
        server: The version of xo-server; empty when a file does not say it.
        methods: How many.
        change: What happened to the file: `new`, `changed` or `unchanged`.
    """

    origin: str
    out: Path
    release: str
    server: str
    methods: int
    change: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON data."""
        return {**asdict(self), "out": str(self.out)}

    @property
    def text(self) -> str:
        """In lines for a person."""
        server = f", xo-server {self.server}" if self.server else ""
        count = counted(self.methods, "JSON-RPC method")
        return f"{count} (XO {self.release}{server}) from {self.origin}\n{self.out}: {self.change}"


def import_methods(
    origin: str,
    *,
    release: str | None = None,
    out: Path | None = None,
    specs: Path = SPECS,
    insecure: bool = False,
    ca_file: Path | None = None,
) -> MethodsReport:
    """Take methods in and write their facts.

    Args:
        origin: The address of a live XO, or a file: what `system.getMethodsInfo` answered, or facts.
        release: The XO release; it can be left out for facts, and for a file named `xo-6.7.1.json`.
        out: The facts file; absent: `specs/jsonrpc/xo-<release>.json`.
        specs: The folder of all facts. What parameters name, which a live XO does not report, is kept from there.
        insecure: With an address: accept any TLS certificate.
        ca_file: With an address: trust this authority.

    Raises:
        SourceError: They can't be had, their release is unknown, or the file can't be written.
        DocumentError: The file does not hold what XO reports about its methods.
        SpecError: A method is not described as XO describes its methods.
    """
    found, details = fetch_methods(origin, release=release, insecure=insecure, ca_file=ca_file)
    if not is_release(found.release):
        raise SourceError("the XO release is not known", hint="XO does not report it: give --release, e.g. 6.7.1.")
    known = load_methods(specs, found.release)
    release = spelling(found.release, specs)
    facts = with_objects(found.facts, known.facts if known else {})
    out = out or specs / FOLDER / f"xo-{release}.json"
    server = found.server or (known.server if known and known.release == release else "")
    data = serialize_methods(Methods(release, server, facts))
    before = out.read_bytes() if out.is_file() else None
    try:
        if before != data:
            out.parent.mkdir(parents=True, exist_ok=True)
            replace_file(out, data)
    except OSError as error:
        raise SourceError(f"cannot be written: {error.strerror or 'unknown reason'}", place=str(out)) from error
    change = "new" if before is None else "unchanged" if before == data else "changed"
    return MethodsReport(details, out, release, server, len(facts), change)


def serialize_methods(methods: Methods) -> bytes:
    """The facts file: a line for each method, so that a diff of two releases shows the methods that differ."""
    head = {"x-xo-release": methods.release, "xo-server": methods.server}
    lines = [f"  {json.dumps(name)}: {to_json(facts).decode()}" for name, facts in sorted(methods.facts.items())]
    opening = "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items())
    listed = ",\n".join(lines)
    return f'{{\n{opening} "methods": {{\n{listed}\n }}\n}}\n'.encode()


def with_objects(facts: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what we know of the objects that parameters name, where nothing newer is reported."""
    result = {}
    for name, entry in facts.items():
        objects = entry.get("objects") or {
            parameter: details
            for parameter, details in known.get(name, {}).get("objects", {}).items()
            if parameter in entry["params"].get("properties", {})
        }
        result[name] = {**entry, "objects": objects} if objects else entry
    return result


def is_address(origin: str) -> bool:
    """Whether methods are asked of a live XO, and not read from a file."""
    return origin.startswith(("http://", "https://"))


def holds_methods(path: Path) -> bool:
    """Whether a file holds methods, raw or as facts, and no OpenAPI document."""
    if not path.is_file() or path.suffix != ".json":
        return False
    content = _read(path)
    return not content.keys() & {"openapi", "swagger", "paths"}


def fetch_methods(
    origin: str, *, release: str | None = None, insecure: bool = False, ca_file: Path | None = None
) -> tuple[Methods, str]:
    """Ask a live XO or read a file; answers the methods and where they are from.

    Raises:
        SourceError, DocumentError, SpecError: As for `import_methods`.
    """
    if is_address(origin):
        raw, server = _introduced(origin, insecure=insecure, ca_file=ca_file)
        return Methods(release or "", server, extract_methods(raw)), origin.partition("?")[0]
    if insecure or ca_file is not None:
        flag = "--insecure" if insecure else "--ca-file"
        raise SourceError("is about the connection to a live XO, and no address is given", place=flag)
    path = Path(origin)
    content = _read(path)
    if "methods" in content and "x-xo-release" in content:
        kept = read_methods(path)
        return Methods(release or kept.release, kept.server, _facts_again(kept.facts)), origin
    raw = content["result"] if isinstance(content.get("result"), dict) else content
    by_name, server_name = FILE_NAME.fullmatch(path.name), SERVER_NAME.search(path.name)
    release = release or (by_name[1] if by_name else "")
    return Methods(release, server_name[1] if server_name else "", extract_methods(raw)), origin


def _facts_again(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that are facts already, looked at because a person may have edited them."""
    for name, entry in facts.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("params"), dict) or "permission" not in entry:
            raise SpecError("has no parameters or no permission", place=name)
    return dict(facts)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or 'unknown reason'}", place=str(path)) from error
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DocumentError("is not JSON", place=str(path)) from error
    if not isinstance(content, dict) or not content:
        raise DocumentError("does not hold the methods of an XO", place=str(path))
    return content


def _introduced(url: str, *, insecure: bool, ca_file: Path | None) -> tuple[dict[str, Any], str]:
    """Ask a live XO for its methods and its version."""
    # Loading it takes longer than most commands, which need none.
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    parts = urlsplit(url)
    base = parts.path.rstrip("/").removesuffix("/rest/v0")
    address = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{base}{ROUTE}"
    if parts.username is not None:
        raise SourceError("XO reports its methods without login; take the user name out of the URL", place="--jsonrpc")
    trust = _trust(insecure=insecure, ca_file=ca_file) if parts.scheme == "https" else None
    try:
        with connect(address, ssl=trust, open_timeout=SECONDS, max_size=MAX_BYTES) as socket:
            answers = []
            for number, method in enumerate((INFO, VERSION)):
                socket.send(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": {}}))
                answers.append(json.loads(socket.recv(timeout=SECONDS)))
    except (OSError, TimeoutError, ValueError, WebSocketException) as error:
        raise SourceError(
            "does not answer JSON-RPC over WebSocket",
            place=address,
            hint="Is this an XO, and does the proxy before it, if any, let WebSockets through?",
        ) from error
    raw, server = ({entry.get("id"): entry.get("result") for entry in answers}.get(number) for number in (0, 1))
    if not isinstance(raw, dict) or not raw:
        raise SourceError("did not report its methods", place=address)
    return raw, server if isinstance(server, str) else ""


def _trust(*, insecure: bool, ca_file: Path | None) -> "ssl.SSLContext":
    import ssl  # takes as long to import as a whole history to read, and only a live XO needs it

    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        reason = "no PEM certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise SourceError(f"cannot be used: {reason}", place=str(ca_file)) from error
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
