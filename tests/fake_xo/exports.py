"""The bytes of exports: cheap to make, of any size, the same every time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator

PIECE = 1 << 18
VHD_MAGIC = b"conectix"
XVA_MAGIC = b"ova.xml"
_MAGIC = {"vhd": VHD_MAGIC, "xva": XVA_MAGIC}


class _Export:
    """A block that repeats, an opening that tells the format, and a rest."""

    def __init__(self, name: str, size: int) -> None:
        seed = hashlib.sha256(name.encode()).digest()
        self._block = seed * (PIECE // len(seed))
        magic = _MAGIC.get(name.rsplit(".", 1)[1], b"")
        self._first = magic + self._block[len(magic) :]
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self._size, PIECE):
            block = self._block if start else self._first
            yield block if start + PIECE <= self._size else block[: self._size - start]


async def export_bytes(name: str, size: int) -> AsyncIterator[bytes]:
    """The body of an export.

    Args:
        name: Id and format, `<uuid>.vhd`; other names, other bytes.
        size: How many.
    """
    for block in _Export(name, size):
        yield block
        await asyncio.sleep(0)


def export_sha256(object_id: str, extension: str, size: int) -> str:
    """The SHA-256 of an export, to compare with what was saved.

    Args:
        object_id: Of the VM, disk or snapshot.
        extension: `xva`, `ova`, `vhd` or `raw`.
        size: The `export_bytes` the fake was started with.
    """
    digest = hashlib.sha256()
    for block in _Export(f"{object_id}.{extension}", size):
        digest.update(block)
    return digest.hexdigest()
