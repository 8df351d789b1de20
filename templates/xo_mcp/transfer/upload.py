"""Imports: streams a file from the upload folder to XO with its length, in constant memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from xo_mcp.actions.creations import Creation
from xo_mcp.actions.expectations import creation
from xo_mcp.actions.read_after_write import PATIENCE, wait_until_visible
from xo_mcp.answer import Answer
from xo_mcp.errors import CallError, Forbidden, TransferError, Unreachable
from xo_mcp.parsing import object_in, parse_json
from xo_mcp.text import as_sent, one_line
from xo_mcp.transfer.folders import UploadFile, open_upload
from xo_mcp.transfer.formats import require_expected
from xo_mcp.transfer.progress import ProgressReporter
from xo_mcp.types import Call, Json, Progress, no_progress
from xo_mcp.units import readable_size

if TYPE_CHECKING:
    import httpx2

    from xo_mcp.api.client import Client

CHUNK: Final = 1024 * 1024
"""Bytes read and sent at once."""

_LONGEST_ANSWER: Final = 1024 * 1024


async def upload(
    client: "Client",
    folder: Path | None,
    call: Call,
    *,
    file: str,
    creates: str | None = None,
    progress: Progress = no_progress,
) -> Answer:
    """Send a file of the upload folder to XO.

    Args:
        client: Where to send it.
        folder: What `--upload-dir` says.
        call: The import, like `POST /srs/{id}/vdis`.
        file: Path below the folder.
        creates: The route of the GET of what is made, if anything is: it is waited for briefly.
        progress: Called with the bytes sent, twice a second, and the total.

    Returns:
        What XO answered (`id` of what was made, if anything was), with `file` and its `size` in bytes.

    Raises:
        ArgumentError: No upload folder, no such file in it, or one of another format than is expected.
        XoError: XO refused; Unreachable: nothing could be sent.
        TransferError: The import broke off, or the file changed meanwhile; XO drops what is incomplete.
    """
    source = await anyio.to_thread.run_sync(open_upload, folder, file)
    with source:
        await _require_format(call, source)
        await _require_target(client, call)
        body = FileBody(source)
        reporter = ProgressReporter(progress, lambda: body.sent, total=source.size, verb="sent")
        kind = call.content_type or "application/octet-stream"
        headers = {"Content-Type": kind, "Content-Length": str(source.size)}
        made = await Creation.noted(client, creates, {**call.path, **call.query})
        try:
            async with (
                reporter.running(),
                client.stream(call, content=body.chunks(), headers=headers) as response,
            ):
                await reporter.report()
                answer = await _read(response, source.size)
        except (Unreachable, TransferError) as error:
            if body.sent < source.size or made is None:
                raise _broken(error, body) from error
            created, note = await made.found(_unsaid(source.size), PATIENCE)
            return Answer({"id": created["id"], "file": source.name, "size": source.size}, (note,))
    return Answer({**answer, "file": source.name, "size": source.size}, await _notes(client, creates, answer.get("id")))


async def _require_format(call: Call, source: UploadFile) -> None:
    """See that the file is of a format that is expected.

    Raises:
        ArgumentError: It is another.
        TransferError: It can't be read.
    """
    try:
        await anyio.to_thread.run_sync(require_expected, call, source)
    except OSError as error:
        name = as_sent(source.name)
        raise TransferError(f"{name!r} can't be read ({error.strerror or error}); nothing was sent.") from error


@dataclass
class FileBody:
    """The content of a file on its way.

    Attributes:
        source: The open file.
        sent: Bytes handed to the connection so far.
    """

    source: UploadFile
    sent: int = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read exactly as much as was announced.

        Raises:
            TransferError: The file can't be read, or is not what it was: the last bytes are not sent then, so that XO
                never takes a mixture for a whole disk.
        """
        size = self.source.size
        while self.sent < size:
            wanted = min(CHUNK, size - self.sent)
            chunk = await anyio.to_thread.run_sync(self._next, wanted)
            yield chunk
            self.sent += len(chunk)

    def _next(self, wanted: int) -> bytes:
        name = one_line(self.source.name)
        try:
            chunk = self.source.read(wanted)
            is_last = self.sent + wanted >= self.source.size
            is_whole = len(chunk) == wanted and (not is_last or self.source.is_unchanged())
        except OSError as error:
            raise TransferError(
                f"{name!r} can't be read any further ({error.strerror or error}) after {readable_size(self.sent)}. The "
                "import was cut, XO drops it."
            ) from error
        if not is_whole:
            raise TransferError(
                f"{name!r} changed while it was sent: somebody writes to it. The import was cut, XO drops it; wait "
                "until the file is finished, then try again."
            )
        return chunk


async def _require_target(client: "Client", call: Call) -> None:
    """See that what is imported into exists, before gigabytes are sent.

    XO refuses at once, but a refusal is only looked at after the last byte went out.

    Raises:
        XoError: XO does not know it.
    """
    collection, _, rest = call.route.lstrip("/").partition("/")
    if not rest.startswith("{id}"):
        return
    try:
        await client.request(Call("GET", f"/{collection}/{{id}}", path=call.path))
    except Forbidden:
        # Who may import into it need not be allowed to look at it.
        return


async def _notes(client: "Client", creates: str | None, made: Json) -> tuple[str, ...]:
    """Wait until reads show what was made."""
    expected = creation(creates, made) if isinstance(made, str) else None
    note = None if expected is None else await wait_until_visible(client, expected)
    return (note,) if note else ()


async def _read(response: "httpx2.Response", size: int) -> dict[str, Json]:
    """What XO says about it: `{"id": ...}`, or nothing (204).

    Raises:
        TransferError: It is no answer of XO's, so that nobody knows what became of the file.
    """
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _LONGEST_ANSWER:
            raise _unsaid(size)
    kind = response.headers.get("Content-Type", "")
    try:
        answer = parse_json(content)
    except ValueError as error:
        if "json" in kind or "html" in kind:
            raise _unsaid(size) from error
        return {}
    return object_in(answer)


def _unsaid(size: int) -> TransferError:
    return TransferError(
        f"All {readable_size(size)} were sent, but XO has not said whether it took them. Look at list_tasks and at the "
        "target before you send them again."
    )


def _broken(error: CallError, body: FileBody) -> CallError:
    total = readable_size(body.source.size)
    if not body.sent or isinstance(error, TransferError):
        return error
    if body.sent < body.source.size:
        return TransferError(
            f"The import broke off after {readable_size(body.sent)} of {total}: the connection broke, as it does when "
            "XO refuses an import midway or a proxy limits the size. See list_tasks for the reason; check that the "
            "target has room, and that the file is of the format the tool wants."
        )
    return _unsaid(body.source.size)
