"""Saves files that this server made below the download folder, under the same rules as an export."""

from pathlib import Path

import anyio.to_thread

from xo_mcp.transfer.filenames import given_name
from xo_mcp.transfer.folders import download_folder
from xo_mcp.transfer.partfile import PartFile, Space

SPACE = Space()


async def save_text(folder: Path | None, filename: str, text: str, *, extension: str) -> Path:
    """Write a file, whole or not at all; an existing one is never replaced.

    Args:
        folder: What `--download-dir` says.
        filename: What to call it; made safe, and ending in the extension.
        text: What it holds, as UTF-8.
        extension: With its dot.

    Returns:
        Where it is.

    Raises:
        ArgumentError: No download folder, or a filename that can't be one.
        TransferError: The disk refuses.
    """
    return await save_bytes(folder, filename, text.encode(errors="replace"), extension=extension)


async def save_bytes(folder: Path | None, filename: str, content: bytes, *, extension: str) -> Path:
    """Write a file of bytes, as `save_text` does.

    Raises:
        As for `save_text`.
    """
    return await anyio.to_thread.run_sync(_save, folder, filename, content, extension)


def _save(folder: Path | None, filename: str, content: bytes, extension: str) -> Path:
    root = download_folder(folder)
    name = given_name(filename, extension)
    SPACE.require(root, len(content))
    part = PartFile(root, name, SPACE)
    try:
        part.write(memoryview(content))
        part.sync()
        return part.publish()
    finally:
        part.discard()
