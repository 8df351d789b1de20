"""Exports: streams what XO sends to a file, whole or not at all, in constant memory."""

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import anyio.to_thread
import httpx2

from xo_mcp.answer import Answer, Link
from xo_mcp.api.blocking import GZIP
from xo_mcp.errors import TransferError
from xo_mcp.text import one_line
from xo_mcp.threads import in_thread
from xo_mcp.transfer.body import Body
from xo_mcp.transfer.filenames import FileName, given_name, name_of
from xo_mcp.transfer.folders import download_folder
from xo_mcp.transfer.partfile import PartFile, Space
from xo_mcp.transfer.progress import ProgressReporter
from xo_mcp.transfer.writer import PartWriter, Stored
from xo_mcp.types import OMIT, Call, Omit, Progress, no_progress
from xo_mcp.units import readable_size

if TYPE_CHECKING:
    from xo_mcp.api.client import Client

SPACE: Final = Space()

_MAY_BE_EMPTY: Final = frozenset({".txt"})
_MEDIA_TYPES: Final = {".txt": "text/plain", ".tgz": "application/gzip"}
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_LENGTH: Final = re.compile(r"[0-9]{1,19}")
_OK: Final = 200


async def download(
    client: "Client",
    folder: Path | None,
    call: Call,
    *,
    filename: str | Omit = OMIT,
    extension: str | None = None,
    progress: Progress = no_progress,
    space: Space = SPACE,
) -> Answer:
    """Save an export below the download folder.

    The file appears under its name when it is complete and on the disk; before that it is a hidden `.part` file, which
    a failure, a cut connection or a cancelled call removes. An existing file is never replaced: the next free name is
    taken, `vm-<id> (2).xva`.

    Args:
        client: Where to get it.
        folder: What `--download-dir` says; made if it is not there.
        call: The GET of the export, like `/vms/{id}.{format}`.
        filename: What to call the file; made safe, and ending in the extension. By default `vm-<id>.xva`.
        extension: Of the file, when the route does not report it.
        progress: Called with the bytes received, twice a second; the total only if XO reports it (6.7.1 does not).
        space: How much of the disk may be filled.

    Returns:
        `path` (absolute), `size` in bytes, `sha256` and `seconds`, with a link to the file.

    Raises:
        ArgumentError: No download folder, or a filename that can't be one.
        XoError: XO refused; Unreachable: it did not answer.
        TransferError: The export broke off, was empty, or did not fit the disk; nothing was kept.
    """
    root = await anyio.to_thread.run_sync(download_folder, folder)
    name = _name(call, filename, extension)
    await anyio.to_thread.run_sync(space.require, root, 0)
    opened = client.stream(call, blocking=True)
    setting = client.url_setting
    return await _save(opened, root, name, filename, setting, progress=progress, space=space)


async def save_file(
    client: "Client",
    folder: Path | None,
    address: Callable[[], Awaitable[str]],
    *,
    name: FileName,
    filename: str | Omit = OMIT,
    progress: Progress = no_progress,
    space: Space = SPACE,
) -> Answer:
    """Save a file that XO holds ready at an address of its own, as `download` does.

    Args:
        client: Where to get it.
        folder: As for `download`.
        address: Asks XO for the address, once there is a folder to write to.
        name: What to call the file.
        filename: What the caller asked for.
        progress: As for `download`.
        space: As for `download`.

    Raises:
        As for `download`.
    """
    root = await anyio.to_thread.run_sync(download_folder, folder)
    await anyio.to_thread.run_sync(space.require, root, 0)
    opened = client.stream_file(await address())
    return await _save(opened, root, name, filename, client.url_setting, progress=progress, space=space)


async def _save(
    opened: AbstractAsyncContextManager[httpx2.Response],
    root: Path,
    name: FileName,
    filename: str | Omit,
    url_setting: str,
    *,
    progress: Progress,
    space: Space,
) -> Answer:
    started = monotonic()
    async with opened as response:
        total = _announced(response, url_setting)
        await anyio.to_thread.run_sync(space.require, root, total or 0)
        make = partial(PartFile, root, name, space)
        part = await in_thread(make, stop=lambda: None, undo=PartFile.discard)
        async with PartWriter(part) as writer:
            reporter = ProgressReporter(progress, lambda: writer.received, total=total, verb="received")
            async with reporter.running():
                await _receive(response, writer)
                await reporter.report()
                _require_content(writer.received, name)
                stored = await writer.commit()
    return _answer(stored, name, monotonic() - started, filename, unbounded=_is_unbounded(response))


def _name(call: Call, filename: str | Omit, extension: str | None) -> FileName:
    derived = name_of(call.route, call.path)
    suffix = f".{extension.lstrip('.')}" if extension else derived.extension
    if isinstance(filename, Omit):
        return FileName(derived.stem, suffix)
    return given_name(filename, suffix)


def _announced(response: httpx2.Response, url_setting: str) -> int | None:
    """The length that XO states, if it does.

    Raises:
        TransferError: This is not a file.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != _OK or kind in _HTML:
        what = "a web page" if kind in _HTML else f"the status {response.status_code}"
        raise TransferError(
            f"XO answered with {what} instead of a file. Check that {url_setting} is the address of XO, and no proxy "
            "answers instead."
        )
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in {"", "identity", *GZIP}:
        raise TransferError(
            f"XO, or a proxy before it, sent the file encoded ({one_line(encoding, 40)}), which nobody asked for."
        )
    length = response.headers.get("Content-Length")
    if length is None or encoding in GZIP:
        return None
    if not _LENGTH.fullmatch(length):
        raise TransferError(f"XO, or a proxy before it, states an impossible length: {one_line(length, 40)}.")
    return int(length)


async def _receive(response: httpx2.Response, writer: PartWriter) -> None:
    try:
        await writer.receive(Body(response))
    except httpx2.HTTPError as error:
        raise _broken(error, writer.received) from error


def _broken(error: httpx2.HTTPError, received: int) -> TransferError:
    if isinstance(error, httpx2.TimeoutException):
        why = "XO sent nothing for too long"
    elif isinstance(error, httpx2.DecodingError):
        why = "what a proxy compressed is not whole"
    elif isinstance(error, httpx2.RemoteProtocolError):
        why = "the connection was closed before the end"
    else:
        why = "the connection broke"
    return TransferError(
        f"The export broke off after {readable_size(received)}: {why}. Nothing was kept. See list_tasks for what XO "
        "says about it, then try again."
    )


def _require_content(received: int, name: FileName) -> None:
    if not received and name.extension not in _MAY_BE_EMPTY:
        raise TransferError(
            "XO sent an empty export, which can't be right. Nothing was kept. See list_tasks for what went wrong, then "
            "try again."
        )


def _is_unbounded(response: httpx2.Response) -> bool:
    """Whether only the end of the connection marked the end of the file."""
    return not {"content-length", "transfer-encoding"} & {name.lower() for name in response.headers}


def _answer(stored: Stored, name: FileName, seconds: float, filename: str | Omit, *, unbounded: bool) -> Answer:
    notes = []
    if not isinstance(filename, Omit) and stored.path.name != filename:
        taken = stored.path.name != str(name)
        why = "that name was taken" if taken else "made safe, with the extension of the format"
        notes.append(f"The file is called {stored.path.name!r}: {why}.")
    if unbounded:
        notes.append(
            "A proxy hid the length of the file, so a cut connection would not show: check it before you rely on it."
        )
    link = Link(
        uri=stored.path.as_uri(),
        name=stored.path.name,
        size=stored.size,
        media_type=_MEDIA_TYPES.get(name.extension, "application/octet-stream"),
    )
    return Answer(
        data={
            "path": str(stored.path),
            "size": stored.size,
            "sha256": stored.sha256,
            "seconds": round(seconds, 2),
        },
        notes=tuple(notes),
        links=(link,),
    )
