"""The bytes of exports: cheap to make, of any size, the same every time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

PIECE = 1 << 16
VHD_MAGIC = b"conectix"


def _pieces(name: str, size: int) -> "list[bytes]":
    """One block that repeats, and its rest."""
    seed = hashlib.sha256(name.encode()).digest()
    block = (seed * (PIECE // len(seed) + 1))[:PIECE]
    return [block, block[: size % PIECE]]


async def export_bytes(name: str, size: int) -> AsyncIterator[bytes]:
    """The body of an export.

    Args:
        name: Id and format, `<uuid>.vhd`; other names, other bytes.
        size: How many; a VHD starts with its magic word.
    """
    block, rest = _pieces(name, size)
    magic = VHD_MAGIC if name.endswith(".vhd") else b""
    for number in range(size // PIECE):
        yield magic + block[len(magic) :] if number == 0 else block
        await asyncio.sleep(0)
    if rest:
        yield magic + rest[len(magic) :] if size < PIECE else rest


def export_sha256(object_id: str, extension: str, size: int) -> str:
    """The SHA-256 of an export, to compare with what was saved.

    Args:
        object_id: Of the VM, disk or snapshot.
        extension: `xva`, `ova`, `vhd` or `raw`.
        size: The `export_bytes` the fake was started with.
    """
    name = f"{object_id}.{extension}"
    block, rest = _pieces(name, size)
    magic = VHD_MAGIC if extension == "vhd" else b""
    digest = hashlib.sha256()
    whole = size // PIECE
    for number in range(whole):
        digest.update(magic + block[len(magic) :] if number == 0 else block)
    if rest:
        digest.update(rest if whole else magic + rest[len(magic) :])
    return digest.hexdigest()
