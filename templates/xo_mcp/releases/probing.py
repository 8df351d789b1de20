"""Asks an XO at the start what it has, and caches the answer for as long as its document stays the same."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from xo_mcp.api.access import client_settings
from xo_mcp.api.client import Client
from xo_mcp.api.replies import read
from xo_mcp.atomic import replace_file
from xo_mcp.config.config import Config
from xo_mcp.definitions import Entry
from xo_mcp.errors import CallError, NotFound, XoError
from xo_mcp.files import read_regular
from xo_mcp.logs import REDACTOR, get_logger
from xo_mcp.parsing import parse_json
from xo_mcp.release import XO_RELEASE
from xo_mcp.releases.capabilities import Capabilities
from xo_mcp.releases.release_detection import Likeness, identify, operations_of, shape
from xo_mcp.types import Call

DOCUMENT: Final = "/docs/swagger.json"
PATIENCE: Final = 10
"""Seconds the XO may take to answer; the server starts all the same."""
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of its document; XO 6.7.1 sends 1.5 MB."""
METHODS_INFO: Final = "system.getMethodsInfo"
NOT_MODIFIED: Final = 304
PLUGINS: Final = " /plugins/"
log = get_logger("probing")


@dataclass(frozen=True)
class Known:
    """What an XO said.

    Attributes:
        etag: Of its document; empty where it sent none.
        rest_api: Version of its document.
        operations: As `shape` writes them, those of plugins among them.
    """

    etag: str
    rest_api: str
    operations: frozenset[str]

    @property
    def likeness(self) -> Likeness | None:
        """The release with these operations."""
        return identify(frozenset(entry for entry in self.operations if PLUGINS not in entry), self.rest_api)


async def probe(config: Config, entries: Sequence[Entry], patience: float = PATIENCE) -> Capabilities | None:
    """Ask an XO for its operations and our plugins.

    Args:
        config: Says which XO, and as whom.
        entries: Every tool of this package.
        patience: Seconds it may take.

    Returns:
        What it has. When it does not say: what it had at the last start, or nothing; the log says what is assumed.
    """
    client = Client(client_settings(config))
    try:
        with anyio.fail_after(patience):
            async with client:
                return await ask(client, config, entries)
    except (CallError, TimeoutError, ValueError) as error:
        reason = REDACTOR.redact(str(error)) or f"no answer within {patience:g} seconds"
        return _assumed(_remembered(_cache_file(client.base)), reason)


async def ask(client: Client, config: Config, entries: Sequence[Entry]) -> Capabilities:
    """Ask an XO for its operations and our plugins, however long that takes.

    Args:
        client: Open.
        config: Says whether the JSON-RPC API is used.
        entries: Every tool of this package.

    Raises:
        CallError: It does not answer.
        ValueError: Its answer can't be read.
    """
    known = await _operations(client, _cache_file(client.base))
    plugins = await _plugins(client, entries, known.operations)
    methods = await _methods(client, config, entries)
    likeness = known.likeness
    named = ", ".join(sorted(plugins)) or "none of ours"
    log.info("by its operations, it is %s, with the plugins %s", likeness.text if likeness else "no known XO", named)
    return Capabilities(_release(likeness), known.operations, plugins, methods)


def _assumed(known: Known | None, reason: str) -> Capabilities | None:
    """Go on without an answer: as at the last start, else as if XO were as new as this package."""
    if known is None:
        log.warning("XO did not say what it has, so it is taken for XO %s and none is hidden: %s", XO_RELEASE, reason)
        return None
    release = _release(known.likeness)
    log.warning("XO did not say what it has, so it is taken for XO %s, as at the last start: %s", release, reason)
    return Capabilities(release, known.operations)


def _release(likeness: Likeness | None) -> str:
    """The release whose arguments and values are taken to be there."""
    return XO_RELEASE if likeness is None or likeness.newer else likeness.release


async def _operations(client: Client, file: Path) -> Known:
    """Read the XO's document, 1.5 MB of it, only when it changed.

    Raises:
        ValueError: It names no operation.
    """
    known = _remembered(file)
    headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": known.etag} if known and known.etag else {})
    try:
        async with client.stream(Call("GET", DOCUMENT), headers=headers, patience="normal") as response:
            content, _ = await read(response, LARGEST)
            etag = str(response.headers.get("ETag", ""))
    except XoError as error:
        if known is not None and error.status == NOT_MODIFIED:
            return known
        raise
    document = await anyio.to_thread.run_sync(parse_json, content)
    operations = operations_of(document)
    if not operations:
        raise ValueError(f"{DOCUMENT} names no operation")
    information = document.get("info") if isinstance(document, dict) else None
    rest_api = str(information.get("version", "")) if isinstance(information, dict) else ""
    found = Known(etag, rest_api, operations)
    _remember(file, found)
    return found


async def _plugins(client: Client, entries: Sequence[Entry], operations: frozenset[str]) -> frozenset[str]:
    """The plugins of ours an XO runs: named in its document, or answering on a route of theirs."""
    found: set[str] = set()
    for plugin in sorted({entry.facts.plugin for entry in entries if entry.facts.plugin}):
        if any(f"{PLUGINS}{plugin}/" in operation for operation in operations):
            found.add(plugin)
            continue
        # Not every plugin's routes are in XO's document, so one that changes nothing is tried.
        reads = (entry for entry in entries if entry.facts.plugin == plugin and entry.facts.method == "GET")
        reading = next(reads, None)
        if reading is not None and await _answers(client, reading):
            found.add(plugin)
    return frozenset(found)


async def _methods(client: Client, config: Config, entries: Sequence[Entry]) -> frozenset[str] | None:
    """The methods of its JSON-RPC API, which XO lists to anybody; nothing when it does not report them."""
    if config.no_jsonrpc or not any(entry.facts.is_call for entry in entries):
        return None
    try:
        answer = await client.jsonrpc.call(METHODS_INFO)
    except CallError as error:
        log.warning("XO did not report the methods of its JSON-RPC API: %s", REDACTOR.redact(str(error)))
        return None
    return frozenset(answer) if isinstance(answer, dict) and answer else None


async def _answers(client: Client, entry: Entry) -> bool:
    """Whether XO has the route of a read, whatever it says to an object that is not there."""
    query = {"limit": 1} if "limit" in entry.schema["properties"] else {}
    try:
        await client.request(Call("GET", shape(entry.facts.route).replace("{}", "none"), query=query))
    except NotFound as error:
        return error.code != "no_route"
    except XoError:
        pass  # It refuses or fails, so it is there.
    return True


def _cache_file(base: str) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        usual = Path.home() / ".cache"
    except RuntimeError:
        usual = Path(os.devnull)  # a user without a folder, as in a container: nothing can be kept, nothing is found
    return Path(folder or usual) / "xen-orchestra-mcp" / f"{hashlib.sha256(base.encode()).hexdigest()[:32]}.json"


def _remembered(file: Path) -> Known | None:
    try:
        data = json.loads(read_regular(file))
        operations = frozenset(map(str, data["operations"]))
        return Known(str(data["etag"]), str(data["rest_api"]), operations) if operations else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _remember(file: Path, known: Known) -> None:
    """Write it for the next start; where that can't be, XO is simply asked again."""
    kept = {"etag": known.etag, "rest_api": known.rest_api, "operations": sorted(known.operations)}
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(file, json.dumps(kept).encode())
    except OSError as error:
        log.info("What XO has can't be remembered: %s", error.strerror)
