"""Recognises disk images and archives by their first bytes, before gigabytes of the wrong kind are sent.

Without a format, XO takes every upload for a VHD, and fails after the last byte with a 500 (XO 6.7.1). The offsets of
the signatures are public: qcow2 and VHD(X) in their specifications, ISO 9660 in ECMA-119, tar in POSIX.
"""

from collections.abc import Mapping
from typing import Final

from xo_mcp.decisions import decision
from xo_mcp.errors import ArgumentError
from xo_mcp.text import as_sent
from xo_mcp.transfer.folders import UploadFile
from xo_mcp.types import Call, Json

_SIGNATURES: Final[tuple[tuple[str, int, bytes], ...]] = (
    ("vhd", 0, b"conectix"),
    ("vhdx", 0, b"vhdxfile"),
    ("qcow2", 0, b"QFI\xfb"),
    ("vmdk", 0, b"KDMV"),
    ("vmdk", 0, b"# Disk DescriptorFile"),
    ("vdi", 64, b"\x7f\x10\xda\xbe"),
    ("xva", 0, b"ova.xml"),
    ("iso", 0x8001, b"CD001"),
    ("gzip", 0, b"\x1f\x8b"),
    ("zstd", 0, b"\x28\xb5\x2f\xfd"),
    ("xz", 0, b"\xfd7zXZ\x00"),
    ("zip", 0, b"PK\x03\x04"),
    ("7z", 0, b"7z\xbc\xaf\x27\x1c"),
    ("tar", 257, b"ustar"),
)
"""Format, offset of its signature, signature."""
_HEAD: Final = 0x8001 + 5
_FOOTER: Final = 512
"""Bytes at the end of a VHD of fixed size, which has its signature only there."""
RAW: Final = "raw"
"""What has no signature: the bytes of a disk, or something unknown."""


def format_of(file: UploadFile) -> str:
    """Name the format of a file, `raw` when it has no signature that is known.

    Raises:
        OSError: It can't be read.
    """
    head = file.peek(0, _HEAD)
    for name, offset, signature in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return name
    if file.size >= _FOOTER and file.peek(file.size - _FOOTER, len(b"conectix")) == b"conectix":
        return "fixed-vhd"
    return RAW


def require_expected(call: Call, file: UploadFile) -> None:
    """Refuse a file that XO would refuse, or take for something else, after it was sent.

    Args:
        call: The import; its operation's `expects` says what it takes.
        file: Open, not read yet.

    Raises:
        ArgumentError: It is of another format; says which, and what to do.
        OSError: It can't be read.
    """
    cases = decision(call.operation).expects
    given = {**call.path, **call.query}
    case = next((case for case in cases if _holds(case.get("when", {}), given)), None)
    if case is None:
        return
    found = format_of(file)
    if found in case["takes"]:
        return
    instead: Mapping[str, str] = case["instead"]
    advice = instead.get(found) or instead.get("other", "")
    kind = "has none of the signatures of images" if found == RAW else f"is {_article(found)} {found} file"
    name = as_sent(file.name)
    raise ArgumentError(
        f"Nothing was sent: `{name}` {kind}, and this takes {' or '.join(case['takes'])}. {advice}".rstrip()
    )


def _holds(when: Mapping[str, Json], given: Mapping[str, Json]) -> bool:
    return all(given.get(name) == value for name, value in when.items())


def _article(word: str) -> str:
    return "an" if word in ("iso", "xva", "xz") else "a"
