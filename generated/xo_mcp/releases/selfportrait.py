"""What an XO tells of itself: its list of operations, asked once at the start and kept between starts by its ETag."""

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio

from xo_mcp.api.client import Client
from xo_mcp.api.replies import read
from xo_mcp.errors import CallError, XoError
from xo_mcp.program.config import Config
from xo_mcp.program.logs import REDACTOR, get_logger
from xo_mcp.releases.ancestry import METHODS
from xo_mcp.safety.access import client_settings

PATIENCE: Final = 10
"""Seconds the XO may take; a client waits for the server meanwhile, and XO answers in less than one."""
ROUTE: Final = "/docs/swagger.json"
LARGEST: Final = 64 * 1024 * 1024
"""Bytes; XO 6.7.1 sends 1.5 MB."""
NOT_MODIFIED: Final = 304
log = get_logger("releases")


@dataclass(frozen=True)
class Portrait:
    """The XO's operations.

    Attributes:
        operations: `METHOD /path`, routes of its plugins among them.
        rest_api: Version of the document.
        etag: Of the document, to ask whether it changed.
        remembered: It is from an earlier start, because the XO did not answer now.
        problem: Why it did not.
    """

    operations: tuple[str, ...]
    rest_api: str = ""
    etag: str = ""
    remembered: bool = False
    problem: str = ""


def look(config: Config) -> Portrait:
    """Ask the XO, within a time limit; what it said at an earlier start stands in where it does not answer.

    Returns:
        A portrait; without operations when nothing is known, and then `problem` says why.
    """
    settings = client_settings(config)
    file = _folder() / f"{hashlib.sha256(str(settings.base).encode()).hexdigest()[:32]}.json"
    known = _recall(file)
    found, problem = anyio.run(_ask, config, known)
    if found is None:
        return Portrait(
            known.operations, known.rest_api, known.etag, remembered=bool(known.operations), problem=problem
        )
    if found != known:
        _remember(file, found)
    return found


async def _ask(config: Config, known: Portrait) -> tuple[Portrait | None, str]:
    headers = {"Accept-Encoding": "gzip"}
    if known.etag and known.operations:
        headers["If-None-Match"] = known.etag
    try:
        with anyio.fail_after(PATIENCE):
            async with (
                Client(client_settings(config)) as client,
                client.stream("GET", ROUTE, headers=headers, patience="normal") as response,
            ):
                content, cut = await read(response, LARGEST)
                etag = str(response.headers.get("ETag", ""))
    except TimeoutError:
        return None, f"no answer within {PATIENCE} seconds"
    except XoError as error:
        if error.status == NOT_MODIFIED and known.operations:
            return known, ""
        return None, REDACTOR.redact(str(error))
    except CallError as error:
        return None, REDACTOR.redact(str(error))
    found = None if cut else _read(content, etag)
    return found, "" if found else "its list of operations can't be read"


def _read(content: bytes, etag: str) -> Portrait | None:
    try:
        document = json.loads(content)
        paths = document["paths"].items()
        rest_api = str(document.get("info", {}).get("version", ""))
        operations = [
            f"{method.upper()} {path}" for path, item in paths for method in item if method.lower() in METHODS
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Portrait(tuple(operations), rest_api, etag) if operations else None


def _folder() -> Path:
    """Where caches of this user belong."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home())
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "xen-orchestra-mcp"


def _recall(file: Path) -> Portrait:
    """What was kept; nothing where that can't be read."""
    try:
        kept: dict[str, Any] = json.loads(file.read_bytes())
        return Portrait(tuple(map(str, kept["operations"])), str(kept["rest_api"]), str(kept["etag"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Portrait(())


def _remember(file: Path, portrait: Portrait) -> None:
    kept = {"etag": portrait.etag, "rest_api": portrait.rest_api, "operations": list(portrait.operations)}
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".operations-")
        with os.fdopen(handle, "w", encoding="utf-8") as fresh:
            json.dump(kept, fresh)
        Path(name).replace(file)
    except OSError as error:
        # Without it, the next start asks for the whole document again.
        log.info("what XO told can't be kept: %s", error.strerror)
